import { z } from 'zod'
import type { ApplicationDetail } from '../../datasources/argocd.ts'
import { InputError } from '../../errors.ts'
import type { Step, UndoRef } from '../offer.ts'
import { type Action, action } from './action.ts'
import {
  applicationParams,
  applicationProgress,
  applicationTarget,
  readApplication,
  sameApplication,
  shortRevision,
} from './application.ts'

const params = z.strictObject({
  ...applicationParams,
  id: z.number().int().min(0).optional().describe('of its history; without it the one before the present'),
})

type Params = z.infer<typeof params>

const own: Action<Params, ApplicationDetail> = {
  kind: 'argocd_rollback',
  about: 'Brings an application of Argo CD back to an earlier entry of its history; where it syncs by itself, that is switched off first',
  params,
  idempotent: false,
  timeoutSeconds: 300,
  target: applicationTarget,
  read: ({ application }, reading) => readApplication(application, reading),
  plan: ({ application, id }, live) => {
    const now = live.history.at(-1)
    const to = id === undefined ? live.history.at(-2) : live.history.find((one) => one.id === id)
    if (now === undefined || to === undefined)
      throw new InputError(
        `${application} has no entry ${id ?? 'before the present one'} in its history (it has ${live.history.map((one) => one.id).join(', ') || 'none'})`,
      )
    if (to.id === now.id) throw new InputError(`${application} is at entry ${now.id} already`)
    const { automated } = live
    const rollback: Step = {
      runner: 'argocd',
      request: { do: 'rollback', application, before: live.last?.startedAt ?? '', id: to.id, revision: to.revision },
    }
    const pause: Step = { runner: 'argocd', request: { do: 'auto_sync', application, automated: null } }
    const paused = automated !== null
    return {
      title: `Roll back ${application} to ${shortRevision(to.revision)} (entry ${to.id} of its history)`,
      change: [
        `- revision ${shortRevision(now.revision)}`,
        `+ revision ${shortRevision(to.revision)}`,
        ...(paused ? ['- automatic sync'] : []),
      ],
      // Until somebody switches it on again, nothing that is merged is deployed.
      risk: paused ? 'HIGH' : 'MEDIUM',
      why: [`deployed before, at ${to.at.toISOString()}`, 'nothing is deleted: no pruning'],
      notes: [
        ...(paused ? ['Automatic sync stays off until it is switched on again: then Git must not have the bad version any more'] : []),
        ...wholeOf(live),
        'Git is not changed: the next sync brings back what it has',
        'Not known: whether the newer version changed data or a schema that the older one cannot read',
      ],
      preconditions: sameApplication(live),
      steps: paused ? [pause, rollback] : [rollback],
      undo: undoOf(application, live, now.id),
      ...(paused ? { leaves: { what: `automatic sync of ${application} is off`, back: undoOf(application, live, now.id) } } : {}),
      command: `${paused ? `argocd app set ${application} --sync-policy none && ` : ''}argocd app rollback ${application} ${to.id}`,
    }
  },
  progress: applicationProgress,
}

export const argocdRollback = action(own)

/** Whoever thinks of one workload must know what else goes back with it. */
const wholeOf = ({ resources }: ApplicationDetail): string[] => {
  const shown = resources.slice(0, 5).join(', ')
  return resources.length < 2 ? [] : [`All of it goes back: ${shown}${resources.length > 5 ? ` and ${resources.length - 5} more` : ''}`]
}

/** Where it synced by itself, to let it again is what brings back all that was: Git's version and the policy. */
const undoOf = (application: string, { automated }: ApplicationDetail, now: number): UndoRef =>
  automated === null
    ? { entry: 'argocd_rollback', params: { application, id: now } }
    : { entry: 'argocd_auto_sync', params: { application, prune: automated.prune, self_heal: automated.selfHeal } }
