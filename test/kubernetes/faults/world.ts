import { createHash } from 'node:crypto'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import type { ContainerLog } from './case.ts'

export type Json = Record<string, unknown>

/** A cluster that is being written. Times are told as seconds before `now`. */
export type World = {
  readonly seed: string
  readonly now: number
  readonly objects: KubeObject[]
  readonly logs: Record<string, ContainerLog>
  /** Names of nodes that pods may be put on, and of all others. */
  readonly workers: string[]
  readonly cordoned: string[]
  readonly controlPlane: string[]
  /** Nodes that are in the API but do not answer. */
  readonly lost: string[]
  /** Nodes that only daemons are put on by chance. */
  readonly reserved: string[]
  readonly addresses: Set<string>
  readonly lostSince: Record<string, number>
  /** `Kind/namespace/name` of what must not be made on the way. */
  readonly absent: string[]
  /** Seconds that the API server keeps an event (--event-ttl): an hour if nobody changed it. */
  readonly ttl: number
  readonly random: () => number
  placed: number
  /** Namespaces that get no neighbours by chance. */
  readonly alone: string[]
  /** What is to be laid in when all else stands. */
  readonly later: (() => void)[]
}

export const s = (n: number): number => n
export const m = (n: number): number => n * 60
export const h = (n: number): number => n * 3600
export const d = (n: number): number => n * 86_400

export const hex = (text: string): string => createHash('sha256').update(text).digest('hex')

export const uid = (text: string): string => {
  const x = hex(`uid ${text}`)
  return `${x.slice(0, 8)}-${x.slice(8, 12)}-4${x.slice(13, 16)}-a${x.slice(17, 20)}-${x.slice(20, 32)}`
}

/** Letters as Kubernetes draws them for generated names. */
export const letters = (text: string, length: number): string => {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
  const bytes = createHash('sha256').update(`letters ${text}`).digest()
  return Array.from({ length }, (_, i) => alphabet[(bytes[i] ?? 0) % alphabet.length]).join('')
}

export const number = (text: string, below: number): number => Number.parseInt(hex(text).slice(0, 8), 16) % below

/** A time `seconds` before now, as the API server writes it. */
export const ago = (w: World, seconds: number): string => `${new Date(w.now - seconds * 1000).toISOString().slice(0, 19)}Z`

export const microAgo = (w: World, seconds: number): string =>
  ago(w, seconds).replace('Z', `.${String(100_000 + number(`${w.seed}${seconds}`, 899_999))}Z`)

export const seeded = (text: string): (() => number) => {
  let state = number(text, 2 ** 31)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const pick = <T>(w: World, from: readonly T[]): T => from[Math.floor(w.random() * from.length)]!

export const add = (w: World, object: KubeObject): KubeObject => {
  w.objects.push(object)
  return object
}

export const meta = (
  w: World,
  of: { kind: string; ns?: string; name: string; age: number; labels?: Json; annotations?: Json; generation?: number } & Json,
): KubeObject['metadata'] => {
  const { kind, ns, name, age, labels, annotations, ...more } = of
  return {
    name,
    ...(ns === undefined ? {} : { namespace: ns }),
    uid: uid(`${w.seed}/${kind}/${ns}/${name}`),
    resourceVersion: String(10_000_000 + number(`${w.seed}/${kind}/${ns}/${name}`, 80_000_000)),
    creationTimestamp: ago(w, age),
    ...(labels === undefined ? {} : { labels: labels as Record<string, string> }),
    ...(annotations === undefined ? {} : { annotations: annotations as Record<string, string> }),
    ...more,
  }
}

export const owner = (
  of: KubeObject,
): { apiVersion: string; kind: string; name: string; uid: string; controller: boolean; blockOwnerDeletion: boolean } => ({
  apiVersion: of.apiVersion,
  kind: of.kind,
  name: of.metadata.name,
  uid: String(of.metadata.uid),
  controller: true,
  blockOwnerDeletion: true,
})

/** Merges deeply; arrays are replaced. */
export const merge = (a: Json, b: Json | undefined): Json => {
  const out: Json = { ...a }
  for (const [key, value] of Object.entries(b ?? {})) {
    const mine = out[key]
    out[key] = plain(mine) && plain(value) ? merge(mine, value) : value
  }
  return out
}

const plain = (x: unknown): x is Json => typeof x === 'object' && x !== null && !Array.isArray(x)

/** The same object with some fields laid over it, in the world too. */
export const patch = (w: World, object: KubeObject, over: Json): KubeObject => {
  const at = w.objects.findIndex((o) => o.metadata.uid === object.metadata.uid && o.kind === object.kind)
  const changed = merge(w.objects[at] as unknown as Json, over) as unknown as KubeObject
  w.objects[at] = changed
  return changed
}
