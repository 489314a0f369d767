import { nothing } from './curve.ts'
import { wave } from './noise.ts'
import type { Pod, Share, Trouble } from './shop.ts'
import { services } from './shop.ts'

/** The requests that a pod has answered since the beginning of time, split as its metrics need it: all are areas under rates, so they only grow. */
export const loadOf = (pod: Pod, troubles: readonly Trouble[]): Load => {
  const { rate: all } = services[pod.service]
  const shape = wave(pod.name)
  const visited = pod.service === 'checkout' || pod.service === 'frontend'
  const failing = (pod.service === 'checkout' ? troubles : []).map((trouble) => ({ trouble, errors: trouble.errors(pod) }))
  const shared = sharedBy(pod.shares, all)
  const normal = remembered(shared((seconds) => shape.area(seconds)))
  const extras = troubles.map(({ traffic }) => shared((seconds) => traffic.area(seconds)))
  const extra = remembered((seconds) => (visited ? extras.reduce((sum, area) => sum + area(seconds), 0) : 0))
  const areas = failing.map(({ trouble, errors }) => ({
    code: trouble.code,
    isOfPool: trouble.pressure !== nothing,
    area: remembered(shared((seconds) => errors.area(seconds))),
  }))
  const errors = (seconds: number, code: '500' | '503') => areas.reduce((sum, one) => sum + (one.code === code ? one.area(seconds) : 0), 0)
  const share = (seconds: number): number => all * (pod.shares.findLast(({ from }) => from <= seconds)?.part ?? 0)
  return {
    total: (seconds) => normal(seconds) + extra(seconds),
    normal,
    errors,
    concerned: failing.filter((one) => one.errors !== nothing).map(({ trouble }) => trouble),
    timeouts: (seconds) => areas.reduce((sum, { area, isOfPool }) => sum + (isOfPool ? area(seconds) : 0), 0),
    failing: (seconds) => failing.filter((one) => one.errors.at(seconds) > 0).map(({ trouble }) => trouble),
    rate: (seconds) =>
      share(seconds) * (shape.at(seconds) + (visited ? troubles.reduce((sum, { traffic }) => sum + traffic.at(seconds), 0) : 0)),
    errorRate: (seconds) => share(seconds) * failing.reduce((sum, one) => sum + one.errors.at(seconds), 0),
  }
}

/** A pod's series are all read at the same seconds, a few dozen of them: what they are made of is worked out once. */
const remembered = (value: (seconds: number) => number): ((seconds: number) => number) => {
  const known = new Map<number, number>()
  return (seconds) => {
    const before = known.get(seconds)
    if (before !== undefined) return before
    if (known.size >= MOST_REMEMBERED) known.clear()
    const now = value(seconds)
    known.set(seconds, now)
    return now
  }
}

/** Three hours at a scrape every two seconds, and room. */
const MOST_REMEMBERED = 8000

/** The area under a rate of which the pod carries a part that changes from time to time. */
const sharedBy =
  (shares: readonly Share[], all: number) =>
  (area: (seconds: number) => number) =>
  (seconds: number): number =>
    shares.reduce((sum, { from, part }, index) => {
      const step = all * (part - (shares[index - 1]?.part ?? 0))
      if (index === 0) return step * area(seconds)
      return seconds <= from ? sum : sum + step * (area(seconds) - area(from))
    }, 0)

/** Counts since the beginning of time at a second; rates are a second's. */
export type Load = {
  total(seconds: number): number
  /** What would have come without any trouble. */
  normal(seconds: number): number
  /** Requests that failed because of a trouble. */
  errors(seconds: number, code: '500' | '503'): number
  /** Of these the ones that gave up waiting for a connection. */
  timeouts(seconds: number): number
  /** The troubles that this pod can have, and those that it has at a second. */
  readonly concerned: readonly Trouble[]
  failing(seconds: number): readonly Trouble[]
  rate(seconds: number): number
  errorRate(seconds: number): number
}
