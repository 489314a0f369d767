import { nearest } from '../text/nearest.ts'
import { findObject, isRead, nameOf, ofKind, type Ref } from './objects.ts'
import { templateOf } from './owners.ts'
import { at, listAt, textAt } from './read.ts'
import { oldServe, rolloutOf } from './rollout.ts'
import type { ClusterState, KubeObject } from './state.ts'

/** Something that an object refers to and that is not there. */
export type Missing = { readonly object: Ref; readonly key: string | null }

/** What a message of kubelet, scheduler or controller says is missing; null where it says nothing of the kind. */
export const missingIn = (message: string, namespace: string | undefined, pod?: KubeObject): Missing | null => {
  const key =
    /couldn't find key (?<key>\S+) in (?<kind>ConfigMap|Secret) (?:(?<ns>[^/\s]+)\/)?(?<name>[\w.-]+)/i.exec(message)?.groups ??
    /(?:non-existent|nonexistent) (?<kind>config|secret) key: ?(?<key>[^\s,;]+)/i.exec(message)?.groups
  if (key !== undefined) {
    const name = key['name'] ?? heldBy(pod, VOLUME.exec(message)?.[1])
    if (name !== undefined) return { object: refOf(kindOf(key['kind'] ?? ''), name, namespace), key: key['key'] ?? null }
  }
  const found =
    /\b(?<kind>configmaps?|secrets?|serviceaccounts?|persistentvolumeclaims?)\s+(?:[^/\s"]+\/)?"(?<name>[^"]+)" not found/i.exec(
      message,
    )?.groups
  if (found !== undefined) return { object: refOf(kindOf(found['kind'] ?? ''), found['name'] ?? '', namespace), key: null }
  const account = /error looking up service account [^/\s]+\/(?<name>[\w.-]+)/i.exec(message)?.groups
  return account === undefined ? null : { object: refOf('ServiceAccount', account['name'] ?? '', namespace), key: null }
}

/** The config map behind a volume that was waited for in vain, where there is none of that name; secrets cannot be looked for. */
export const missingSource = (state: ClusterState, pod: KubeObject, message: string): Missing | null => {
  const waited = /unmounted volumes=\[([^\]]*)\]/.exec(message)?.[1]?.split(/[\s,]+/) ?? []
  if (!isRead(state, 'ConfigMap')) return null
  const { namespace } = pod.metadata
  for (const volume of listAt(pod, 'spec', 'volumes').filter((one) => waited.includes(textAt(one, 'name')))) {
    const sources = [volume, ...listAt(volume, 'projected', 'sources')].filter((one) => at(one, 'configMap', 'optional') !== true)
    const absent = sources
      .map((one) => textAt(one, 'configMap', 'name'))
      .find((name) => name !== '' && findObject(state, refOf('ConfigMap', name, namespace)) === undefined)
    if (absent !== undefined) return { object: refOf('ConfigMap', absent, namespace), key: null }
  }
  return null
}

const VOLUME = /for volume "([\w.-]+)"/

/** The config map or secret of a volume, which is all that such a message names. */
const heldBy = (pod: KubeObject | undefined, volume: string | undefined): string | undefined => {
  const found = listAt(pod, 'spec', 'volumes').find((one) => textAt(one, 'name') === volume)
  const sources = [found, ...listAt(found, 'projected', 'sources')]
  const names = sources.flatMap(
    (one) => textAt(one, 'configMap', 'name') || textAt(one, 'secret', 'secretName') || textAt(one, 'secret', 'name') || [],
  )
  return names[0] ?? volume
}

/**
 * Why the reference is wrong rather than the thing missing: there is one of nearly that name, or the reference came with the newest rollout.
 * Null where neither is so: then the missing thing itself is to be made.
 */
export const slipOf = (state: ClusterState, workload: Ref, { object, key }: Missing): string | null => {
  const siblings = ofKind(state, object.kind)
    .filter(({ metadata }) => metadata.namespace === object.namespace)
    .map(({ metadata }) => metadata.name)
  const like = key === null && findObject(state, object) === undefined ? nearest(object.name, siblings) : undefined
  if (like !== undefined && isSlip(like, object.name)) return `there is ${nameOf({ ...object, name: like })}: the reference looks misspelt`
  const rollout = key === null ? rolloutOf(state, workload) : null
  const found = findObject(state, workload)
  const after = found === undefined ? undefined : templateOf(found)
  if (rollout === null || rollout.before === undefined || !names(after, object.name) || names(rollout.before, object.name)) return null
  // What a rollout of last week asks for has been there until now.
  const isNew = oldServe(rollout) || (rollout.at?.getTime() ?? 0) >= state.at.getTime() - RECENT_MS
  return isNew ? `the reference came with the rollout ${rollout.revision}${whenOf(rollout.at)}` : null
}

const RECENT_MS = 2 * 60 * 60_000

const names = (template: unknown, name: string): boolean => (JSON.stringify(template) ?? '').includes(JSON.stringify(name))

/** Two letters beside each other at most, and not a version's number: `web-config` is no slip of `app-config`, nor `v2` of `v1`. */
const isSlip = (known: string, written: string): boolean => {
  const [long, short] = known.length >= written.length ? [known, written] : [written, known]
  let head = 0
  while (head < short.length && long[head] === short[head]) head += 1
  let tail = 0
  while (tail < short.length - head && long.at(-1 - tail) === short.at(-1 - tail)) tail += 1
  const differs = long.slice(head, long.length - tail) + short.slice(head, short.length - tail)
  return long.length - head - tail <= 2 && !/\d/.test(differs) && known !== written
}

const whenOf = (at: Date | null): string => (at === null ? '' : ` of ${at.toISOString().slice(11, 16)} UTC`)

const kindOf = (word: string): string => {
  if (/^config/i.test(word)) return 'ConfigMap'
  if (/^secret/i.test(word)) return 'Secret'
  return /^serviceaccount/i.test(word) ? 'ServiceAccount' : 'PersistentVolumeClaim'
}

const refOf = (kind: string, name: string, namespace: string | undefined): Ref =>
  namespace === undefined ? { kind, name } : { kind, namespace, name }
