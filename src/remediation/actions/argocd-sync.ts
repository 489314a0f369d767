import { z } from 'zod'
import type { ApplicationDetail } from '../../datasources/argocd.ts'
import { InputError } from '../../errors.ts'
import { type Action, action } from './action.ts'
import {
  applicationParams,
  applicationProgress,
  applicationTarget,
  readApplication,
  sameApplication,
  shortRevision,
} from './application.ts'

const params = z.strictObject(applicationParams)

const own: Action<z.infer<typeof params>, ApplicationDetail> = {
  kind: 'argocd_sync',
  about: 'Syncs an application of Argo CD with Git, without pruning: helps where the cluster is not as Git has it',
  params,
  idempotent: false,
  timeoutSeconds: 300,
  target: applicationTarget,
  read: ({ application }, reading) => readApplication(application, reading),
  plan: ({ application }, live) => {
    if (live.sync === 'Synced') throw new InputError(`${application} is as Git has it already: a sync would change nothing`)
    const now = live.history.at(-1)
    const changed = live.outOfSync.slice(0, MOST).map((one) => `~ ${one}`)
    const more = live.outOfSync.length - changed.length
    return {
      title: `Sync ${application} to ${shortRevision(live.revision)}`,
      change: [...changed, ...(more > 0 ? [`~ and ${more} more`] : [])],
      risk: 'MEDIUM',
      why: ['what is in Git is applied', 'nothing is deleted: no pruning'],
      notes: ['Argo CD shows the difference of each object; it could not be tried beforehand without beginning an operation'],
      preconditions: sameApplication(live),
      steps: [{ runner: 'argocd', request: { do: 'sync', application, before: live.last?.startedAt ?? '' } }],
      undo: now === undefined ? null : { entry: 'argocd_rollback', params: { application, id: now.id } },
      command: `argocd app sync ${application}`,
    }
  },
  progress: applicationProgress,
}

export const argocdSync = action(own)

/** As many objects as a card can hold. */
const MOST = 15
