import { z } from 'zod'
import type { ApplicationDetail } from '../../datasources/argocd.ts'
import { InputError } from '../../errors.ts'
import { type Action, action } from './action.ts'
import { applicationParams, applicationTarget, readApplication, sameApplication } from './application.ts'

const params = z.strictObject({ ...applicationParams, prune: z.boolean().default(false), self_heal: z.boolean().default(false) })

const own: Action<z.infer<typeof params>, ApplicationDetail> = {
  kind: 'argocd_auto_sync',
  about: 'Lets an application of Argo CD sync by itself again, after a rollback switched that off',
  params,
  idempotent: true,
  mends: false,
  timeoutSeconds: 60,
  target: applicationTarget,
  read: ({ application }, reading) => readApplication(application, reading),
  plan: ({ application, prune, self_heal: selfHeal }, live) => {
    if (live.automated !== null) throw new InputError(`${application} syncs by itself already`)
    return {
      title: `Let ${application} sync by itself again`,
      change: [`+ automatic sync${prune ? ', prunes' : ''}${selfHeal ? ', heals itself' : ''}`],
      risk: prune ? 'HIGH' : 'MEDIUM',
      why: ['what Git has is deployed at once', ...(prune ? ['what Git does not have is deleted'] : [])],
      notes: [`Git has ${live.revision.slice(0, 40)} now: that is what comes`],
      preconditions: sameApplication(live),
      steps: [{ runner: 'argocd', request: { do: 'auto_sync', application, automated: { prune, selfHeal } } }],
      undo: null,
      command: `argocd app set ${application} --sync-policy automated${prune ? ' --auto-prune' : ''}${selfHeal ? ' --self-heal' : ''}`,
    }
  },
}

export const argocdAutoSync = action(own)
