import { hash, hex } from './noise.ts'
import type { Effects, Scenario } from './scenarios/scenario.ts'

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
type Episode = { readonly scenario: Scenario; readonly from: number; readonly until: number | undefined }

/** A time in which a service, or Prometheus, did not run (seconds; no end: still down). */
export type Outage = { readonly from: number; readonly until: number | undefined }

/** All that the world remembers; everything else is computed from it and the time. */
export type ShopState = {
  readonly startedAt: number
  readonly episodes: readonly Episode[]
  readonly outages: Readonly<Partial<Record<ServiceName, readonly Outage[]>>>
}

/** An episode with what it does worked out. */
export type Trouble = Effects & { readonly from: number; readonly until: number | undefined; readonly id: string }

export const troublesOf = (state: ShopState): Trouble[] =>
  state.episodes.map(({ scenario, from, until }) => ({ ...scenario.effects(from, until), from, until, id: scenario.id }))

/** One pod. It exists from `from` to `to` and takes its share of the traffic from `serving` on (seconds). */
export type Pod = {
  readonly name: string
  readonly service: ServiceName
  readonly version: string
  readonly from: number
  readonly serving: number
  readonly to: number
  readonly ip: string
  readonly poolMax: number
  /** The pod's part of its service's traffic. */
  readonly share: number
  /** The stretches in which its process runs. */
  readonly lives: readonly { readonly from: number; readonly to: number }[]
}

/** Every pod that there ever was, in a fixed order. */
export const podsOf = (state: ShopState): Pod[] =>
  (Object.keys(services) as ServiceName[]).flatMap((service) => podsOfService(state, service))

const podsOfService = (state: ShopState, service: ServiceName): Pod[] => {
  const { pods, replicaSet, version, poolMax } = services[service]
  return Array.from({ length: pods }, (_, slot) => {
    const born = state.startedAt - 4 * 86_400 - slot * 71
    const first = { name: podName(service, replicaSet, slot, 'first'), version, poolMax, from: born, serving: born }
    const holders = service === 'checkout' ? holdersOf(state, slot, first) : [first]
    return holders.map((holder, index) => {
      const next = holders[index + 1]
      const to = next === undefined ? Number.POSITIVE_INFINITY : next.serving
      return { ...holder, service, to, share: 1 / pods, ip: ipOf(holder.name), lives: livesOf(state, service, { from: holder.from, to }) }
    })
  }).flat()
}

type Holder = { readonly name: string; readonly version: string; readonly poolMax: number; readonly from: number; readonly serving: number }

/** The pods that hold one place of checkout one after the other. A roll-out replaces all places but the last, one every 12 s: the last keeps the old version and shows the difference. */
const holdersOf = (state: ShopState, slot: number, first: Holder): Holder[] => {
  const holders: Holder[] = [first]
  if (slot === services.checkout.pods - 1) return holders
  for (const { deploy, from } of troublesOf(state)) {
    if (deploy === undefined) continue
    const rolledOut = from + 12 * (slot + 1)
    const reached = deploy.until === undefined || rolledOut < deploy.until
    if (!reached) continue
    const { version, poolMax } = deploy
    holders.push({ name: podName('checkout', '5c8f6d7b9d', slot, `${from}`), version, poolMax, from: rolledOut - 4, serving: rolledOut })
    if (deploy.until === undefined) continue
    const back = deploy.until + 3 * (slot + 1)
    const name = podName('checkout', services.checkout.replicaSet, slot, `${deploy.until}`)
    holders.push({ name, version: deploy.previous, poolMax: services.checkout.poolMax, from: back - 2, serving: back })
  }
  return holders
}

const podName = (...[service, replicaSet, slot, seed]: [service: ServiceName, replicaSet: string, slot: number, seed: string]): string => {
  if (replicaSet === '') return `${service}-${slot}`
  const letters = 'bcdfghjklmnpqrstvwxz2456789'
  const suffix = [...hex(`${service}/${slot}/${seed}`, 10).matchAll(/../g)].map(
    ([pair]) => letters[Number.parseInt(pair, 16) % letters.length],
  )
  return `${service}-${replicaSet}-${suffix.join('')}`
}

const ipOf = (pod: string): string => `10.0.${hash(`${pod}/net`) % 8}.${2 + (hash(`${pod}/host`) % 250)}`

const livesOf = (state: ShopState, service: ServiceName, life: { from: number; to: number }): { from: number; to: number }[] => {
  let lives = [life]
  for (const { from, until } of state.outages[service] ?? [])
    lives = lives.flatMap((part) => {
      const pieces = [
        { from: part.from, to: Math.min(part.to, from) },
        { from: Math.max(part.from, until ?? Number.POSITIVE_INFINITY), to: part.to },
      ]
      return pieces.filter((piece) => piece.from < piece.to)
    })
  return lives
}
