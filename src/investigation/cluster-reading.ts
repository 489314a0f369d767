import type { Clock } from '../context.ts'
import type { Kubernetes, ListOptions } from '../datasources/kubernetes.ts'
import { InputError, PermanentError, TransientError } from '../errors.ts'
import { type KindName, kindOf } from '../kubernetes/kinds.ts'
import type { ClusterState, KubeObject } from '../kubernetes/state.ts'

/** Lists of one look at a cluster: what cannot be read is kept in words, and does not stop the rest. */
export type Reading = {
  /** Objects of a kind; none, and a note in `unread`, where it cannot be read. Throws only when the whole look is over. */
  list(kind: KindName, options?: Omit<ListOptions, 'signal'>): Promise<readonly KubeObject[]>
  /** The same of what is good to have: where it cannot be read in time, nothing is said of it, and nothing of its kind is in doubt. */
  aside(kind: KindName, options?: Omit<ListOptions, 'signal'>): Promise<readonly KubeObject[]>
  unread(): ClusterState['unread']
  /** Throws TransientError when none of what every answer rests on could be read. */
  check(): void
  end(): void
}

export type ReadingOptions = {
  readonly kubernetes: Kubernetes
  readonly clock: Clock
  /** Aborts when the time is over. */
  readonly signal: AbortSignal
  /** How long there is. */
  readonly ms: number
}

export const openReading = ({ kubernetes, clock, signal, ms }: ReadingOptions): Reading => {
  const soft = new AbortController()
  const softMs = ms * SOFT_SHARE
  const cancel = clock.after(softMs, () => soft.abort())
  const reasons = new Map<KindName, Set<string>>()
  const answered = new Set<KindName>()
  const note = (kind: KindName, reason: string): void => {
    reasons.set(kind, (reasons.get(kind) ?? new Set()).add(reason))
  }
  return {
    list: async (kind, options = {}) => {
      const patience = ESSENTIAL.includes(kind) ? signal : AbortSignal.any([signal, soft.signal])
      const most = MOST[kind] ?? 500
      try {
        const { objects, complete } = await kubernetes.list(kind, { most, ...options, signal: patience })
        answered.add(kind)
        if (!complete) note(kind, `there are more than ${options.most ?? most}, of which the first by name were read`)
        return objects
      } catch (error) {
        if (signal.aborted) throw error
        const isLate = soft.signal.aborted && !ESSENTIAL.includes(kind)
        const reason = isLate ? `no answer in ${Math.round(softMs / 100) / 10} s` : reasonOf(kind, error)
        if (reason === null) answered.add(kind)
        else note(kind, reason)
        return []
      }
    },
    aside: async (kind, options = {}) => {
      try {
        return (await kubernetes.list(kind, { ...options, signal: AbortSignal.any([signal, soft.signal]) })).objects
      } catch (error) {
        if (signal.aborted) throw error
        return []
      }
    },
    unread: () =>
      [...reasons]
        .map(([kind, all]) => ({ kind, reason: [...all].toSorted().join('; ') }))
        .toSorted((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0)),
    check: () => {
      if (ESSENTIAL.some((kind) => answered.has(kind))) return
      const [reason] = ESSENTIAL.flatMap((kind) => [...(reasons.get(kind) ?? [])])
      if (reason !== undefined) throw new TransientError(`Kubernetes${/^(at|\d+) /.test(reason) ? '' : ':'} ${reason}`)
    },
    end: cancel,
  }
}

/** What every answer rests on: these are waited for until the end. */
const ESSENTIAL: readonly KindName[] = ['Pod', 'Event', 'Node']

/** Of the time: what is slower must not take the look from what has answered. */
const SOFT_SHARE = 2 / 3

/** Objects of a kind in one question; 500 of the others. A namespace with more pods than this is read no further. */
const MOST: Partial<Record<KindName, number>> = { Pod: 1000, ReplicaSet: 1000, Event: 2000 }

/** Why a kind could not be read, in words for people; null where that means that there are none. Faults of Vigil are thrown on. */
const reasonOf = (kind: KindName, error: unknown): string | null => {
  if (!(error instanceof TransientError || error instanceof PermanentError || error instanceof InputError)) throw error
  const { isExtension, resource } = kindOf(kind)
  if (/^Kubernetes 404 /.test(error.message)) return isExtension === true ? null : `this API does not know ${resource}`
  if (/^Kubernetes 403 /.test(error.message))
    return isExtension === true ? null : `Vigil may not list ${resource} (403): vigil manifest rbac prints the rights`
  if (/^Kubernetes 401 /.test(error.message)) return 'the token is not accepted (401)'
  return error.message.replace(/^Kubernetes /, '')
}
