import type { ApplicationDetail } from '../../datasources/argocd.ts'
import { InputError, TransientError } from '../../errors.ts'
import type { Json, Target } from '../offer.ts'
import { objectName, type Progress, type Reading } from './action.ts'

export const applicationParams = { application: objectName }

export const applicationTarget = ({ application }: { readonly application: string }): Target => ({ kind: 'Application', name: application })

/** The live application, which nobody is changing now. Throws InputError where somebody is. */
export const readApplication = async (name: string, reading: Reading): Promise<ApplicationDetail> => {
  const live = await asked(name, reading)
  if (live.waiting !== null || RUNNING.has(live.last?.phase ?? ''))
    throw new InputError(`an operation on ${name} is under way in Argo CD already`)
  return live
}

const RUNNING = new Set(['Running', 'Terminating'])

const asked = (name: string, { sources, cluster, signal }: Reading): Promise<ApplicationDetail> => {
  if (sources.argocd === undefined) throw new TransientError(`Argo CD of ${cluster} is not configured for reading`)
  return sources.argocd.application({ name, signal })
}

/** What an approval rests on: this application, what Git has, how it is synced, and what was done to it last. */
export const sameApplication = (live: ApplicationDetail): { readonly [name: string]: Json } => ({
  uid: live.uid,
  revision: live.revision,
  deployed: live.history.at(-1)?.id ?? -1,
  automated: live.automated,
  before: live.last?.startedAt ?? '',
})

/** "Succeeded, Progressing": done when the operation went well and all of it is healthy. */
export const applicationProgress = async ({ application }: { readonly application: string }, reading: Reading): Promise<Progress> => {
  const live = await asked(application, reading)
  const phase = live.waiting === null ? (live.last?.phase ?? 'Unknown') : 'Waiting'
  const why = phase === 'Succeeded' || phase === 'Running' ? '' : `: ${live.last?.message.slice(0, 150) ?? ''}`
  return { done: phase === 'Succeeded' && live.health === 'Healthy', text: `${phase}${why}, ${live.health ?? 'health not known'}` }
}

/** A commit by its first seven digits; a tag or a chart's version as it is. */
export const shortRevision = (revision: string): string => (/^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 7) : revision)
