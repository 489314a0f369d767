import type { Point, Series } from '../../src/series/series.ts'
import type { CallGraph } from '../../src/traces/call-graph.ts'

/** A made-up shop of six services, an hour and a half of it, with noise that is the same every time. */

export const ONSET = Date.parse('2026-11-20T21:50:00Z') / 1000
export const END = ONSET + 360
const BEGIN = ONSET - 5400

export const SERVICES = ['web', 'checkout', 'orders', 'stock', 'mail', 'batch']

export const GRAPH: CallGraph = {
  edges: [
    { from: 'web', to: 'checkout' },
    { from: 'checkout', to: 'orders' },
    { from: 'checkout', to: 'mail' },
    { from: 'orders', to: 'stock' },
  ],
}

/** Evenly spread between 0 and 1, the same for the same seed (mulberry32). */
export const chance = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Times what it is without it, from `at` on. */
export type Fault = {
  readonly service: string
  readonly metric: string
  readonly times: number
  readonly at?: number
  readonly until?: number
}

export type Shop = { readonly faults?: readonly Fault[]; readonly seed?: number; readonly step?: number; readonly end?: number }

const LEVELS: Readonly<Record<string, number>> = {
  latency_seconds: 0.08,
  error_ratio: 0.01,
  cpu_usage: 0.3,
  memory_bytes: 4e8,
  requests_rate: 40,
}

export const shop = ({ faults = [], seed = 1, step = 30, end = END }: Shop = {}): Series[] => {
  const random = chance(seed)
  return SERVICES.flatMap((service) =>
    Object.entries(LEVELS).map(([metric, level]) => {
      const points: Point[] = []
      for (let at = BEGIN; at <= end; at += step) {
        const hit = faults
          .filter((one) => one.service === service && one.metric === metric && at >= (one.at ?? ONSET) && at < (one.until ?? Infinity))
          .reduce((times, one) => times * one.times, 1)
        points.push([at, level * (1 + 0.1 * (random() + random() - 1)) * hit])
      }
      return { labels: { __name__: metric, namespace: 'shop', pod: `${service}-7d4f5b99fd-ktwc6`, service }, points }
    }),
  )
}

/** orders gets slow and hot; who calls it gets slow with it. */
export const SLOW_ORDERS: readonly Fault[] = [
  { service: 'orders', metric: 'latency_seconds', times: 6 },
  { service: 'orders', metric: 'cpu_usage', times: 3 },
  { service: 'checkout', metric: 'latency_seconds', times: 4, at: ONSET + 30 },
  { service: 'web', metric: 'latency_seconds', times: 3, at: ONSET + 30 },
]
