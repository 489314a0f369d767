import { hash, hex } from './noise.ts'
import type { Born, Effects, Scenario } from './scenarios/scenario.ts'
import { type Change, isSameTemplate, keyOf, type Standing, usual } from './standing.ts'

/** Where the shop runs: labels that every series and every log stream carries. */
export const place = { cluster: 'prod-eu', namespace: 'shop' } as const

/** The five services. `rate` is requests a second in all, `replicaSet` the hash in the names of the pods. */
export const services = {
  frontend: { version: 'v4.2.1', pods: 3, rate: 90, replicaSet: '7c9f5d6b8f', poolMax: 0 },
  checkout: { version: 'v2.13.4', pods: 5, rate: 60, replicaSet: '6f7d9c5b84', poolMax: 50 },
  cart: { version: 'v1.8.0', pods: 3, rate: 75, replicaSet: '84d5c7f9b6', poolMax: 30 },
  search: { version: 'v3.0.2', pods: 3, rate: 48, replicaSet: '5b6c8d7f49', poolMax: 0 },
  'payments-db': { version: '15.4', pods: 1, rate: 160, replicaSet: '', poolMax: 0 },
} as const satisfies Record<string, Kind>

export type ServiceName = keyof typeof services
type Kind = {
  readonly version: string
  readonly pods: number
  readonly rate: number
  readonly replicaSet: string
  readonly poolMax: number
}

/** A trouble of the shop: a scenario that began at `from` and was healed at `until` (seconds). */
export type Episode = { readonly scenario: Scenario; readonly from: number; readonly until: number | undefined }

/** A time in which a service, or Prometheus, did not run (seconds; no end: still down). */
export type Outage = { readonly from: number; readonly until: number | undefined }

/** All that the world remembers; everything else is computed from it and the time. */
export type ShopState = {
  readonly startedAt: number
  readonly episodes: readonly Episode[]
  readonly outages: Readonly<Partial<Record<ServiceName, readonly Outage[]>>>
  /** What checkout was set to, in order of time: by the pipeline, by hand, or by a deed on the cluster. */
  readonly changes: readonly Change[]
}

/** An episode with what it does worked out. */
export type Trouble = Effects & { readonly from: number; readonly until: number | undefined; readonly id: string }

export const troublesOf = (state: ShopState): Trouble[] =>
  state.episodes.map(({ scenario, from, until }) => ({
    ...scenario.effects({ from, until, changes: state.changes }),
    from,
    until,
    id: scenario.id,
  }))

/** One pod. It exists from `from` to `to` and takes its share of the traffic from `serving` on (seconds). */
export type Pod = Born & {
  readonly service: ServiceName
  readonly version: string
  readonly workload: string
  readonly serving: number
  readonly to: number
  readonly ip: string
  readonly node: string
  readonly poolMax: number
  /** The pod's part of its service's traffic, from which second on. */
  readonly shares: readonly Share[]
  /** The stretches in which its process runs. */
  readonly lives: readonly { readonly from: number; readonly to: number }[]
}

export type Share = { readonly from: number; readonly part: number }

/** The Deployment of the one pod of checkout that stays as it was when something is deployed, so that the two can be compared. */
export const BASELINE = 'checkout-baseline'

/** Every pod that there ever was, in a fixed order. */
export const podsOf = (state: ShopState): Pod[] => {
  const troubles = troublesOf(state)
  return (Object.keys(services) as ServiceName[]).flatMap((service) => podsOfService(state, service, troubles))
}

const podsOfService = (state: ShopState, service: ServiceName, troubles: readonly Trouble[]): Pod[] => {
  const { pods, version, poolMax } = services[service]
  const shares = service === 'checkout' ? sharesOf(state.changes) : [{ from: Number.NEGATIVE_INFINITY, part: 1 / pods }]
  const places = service === 'checkout' ? mostPods(state.changes) + 1 : pods
  return Array.from({ length: places }, (_, slot) => {
    const born = state.startedAt - 4 * 86_400 - slot * 71
    const isBaseline = service === 'checkout' && slot === places - 1
    const standing = { ...usual, version, poolMax }
    const first = { standing: isBaseline ? baseline(standing) : standing, from: born, serving: born, to: Number.POSITIVE_INFINITY }
    const holders = service === 'checkout' ? holdersOf(state.changes, isBaseline ? 'baseline' : slot, first) : [first]
    return holders.map((holder): Pod => {
      const workload = isBaseline ? BASELINE : service
      const name = podName(workload, setOf(service, holder.standing), slot, holder.from === born ? 'first' : `${holder.from}`)
      const pod = { ...holder, name, isBaseline }
      const kills = service === 'checkout' ? troubles.flatMap((trouble) => trouble.kills?.(pod) ?? []) : []
      return {
        ...pod,
        service,
        workload,
        shares,
        version: holder.standing.version,
        poolMax: holder.standing.poolMax,
        ip: ipOf(name),
        node: `worker-${1 + (slot % 3)}`,
        lives: livesOf([...(state.outages[service] ?? []), ...kills], pod),
      }
    })
  }).flat()
}

/** It has room enough to be looked at when others break. */
const baseline = (standing: Standing): Standing => ({ ...standing, memoryMib: 2048, pods: 1 })

const mostPods = (changes: readonly Change[]): number => Math.max(usual.pods, ...changes.map(({ to }) => to.pods))

/** Each pod that comes or goes changes what the others carry. */
const sharesOf = (changes: readonly Change[]): Share[] => {
  const shares = [{ from: Number.NEGATIVE_INFINITY, part: 1 / (usual.pods + 1) }]
  let pods: number = usual.pods
  for (const { at, pace, to } of changes) {
    for (let more = 1; more <= to.pods - pods; more++) shares.push({ from: at + pace * more, part: 1 / (pods + more + 1) })
    if (to.pods < pods) shares.push({ from: at + 1, part: 1 / (to.pods + 1) })
    pods = to.pods
  }
  return shares
}

type Holder = { readonly standing: Standing; readonly from: number; readonly serving: number; readonly to: number }

/** The pods that hold one place of checkout one after the other: a change replaces one place after the other, and what comes later wins. */
const holdersOf = (changes: readonly Change[], place: number | 'baseline', first: Holder): Holder[] => {
  const isBaseline = place === 'baseline'
  const slot = isBaseline ? 0 : place
  const started = isBaseline || slot < usual.pods
  const turns: { readonly at: number; readonly to: Standing | null }[] = started ? [{ at: first.serving, to: first.standing }] : []
  let before = usual
  for (const { at, pace, to, isForAll = false } of changes) {
    const had = isBaseline || slot < before.pods
    const has = isBaseline || slot < to.pods
    const isReplaced = isBaseline ? isForAll : !isSameTemplate(before, to)
    const turn = !has ? at + 1 : had ? at + pace * (slot + 1) : at + pace * (slot - before.pods + 1)
    if (had !== has || (had && isReplaced)) {
      // A place that waits for its turn when something newer is set never sees what is old.
      while ((turns.at(-1)?.at ?? Number.NEGATIVE_INFINITY) > at && turns.length > 1) turns.pop()
      turns.push({ at: turn, to: has ? (isBaseline ? baseline(to) : to) : null })
    }
    before = to
  }
  return turns.flatMap(({ at, to }, index) => {
    if (to === null) return []
    const serving = at
    const from = index === 0 && started ? first.from : at - STARTS
    return [{ standing: to, from, serving, to: turns[index + 1]?.at ?? Number.POSITIVE_INFINITY }]
  })
}

/** From a pod's making until it takes requests. */
const STARTS = 2

/** The hash of the ReplicaSet that makes pods of this setting. */
export const setOf = (service: ServiceName, standing: Standing): string => {
  const { replicaSet, version, poolMax } = services[service]
  const isFirst = service !== 'checkout' || keyOf({ ...standing, memoryMib: usual.memoryMib }) === keyOf({ ...usual, version, poolMax })
  return isFirst ? replicaSet : hex(`set/${keyOf(standing)}`, 10)
}

const podName = (...[workload, replicaSet, slot, seed]: [workload: string, replicaSet: string, slot: number, seed: string]): string => {
  if (replicaSet === '') return `${workload}-${slot}`
  const letters = 'bcdfghjklmnpqrstvwxz2456789'
  const suffix = [...hex(`${workload}/${slot}/${seed}`, 10).matchAll(/../g)].map(
    ([pair]) => letters[Number.parseInt(pair, 16) % letters.length],
  )
  return `${workload}-${replicaSet}-${suffix.join('')}`
}

const ipOf = (pod: string): string => `10.0.${hash(`${pod}/net`) % 8}.${2 + (hash(`${pod}/host`) % 250)}`

const livesOf = (
  outages: readonly Outage[],
  { from, to }: { readonly from: number; readonly to: number },
): { from: number; to: number }[] => {
  let lives = [{ from, to }]
  for (const { from: down, until } of outages)
    lives = lives.flatMap((part) => {
      const pieces = [
        { from: part.from, to: Math.min(part.to, down) },
        { from: Math.max(part.from, until ?? Number.POSITIVE_INFINITY), to: part.to },
      ]
      return pieces.filter((piece) => piece.from < piece.to)
    })
  return lives
}
