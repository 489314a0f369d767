import { wave } from './noise.ts'
import type { Pod, Trouble } from './shop.ts'
import { services } from './shop.ts'

/** The requests that a pod has answered since the beginning of time, split as its metrics need it: all are areas under rates, so they only grow. */
export const loadOf = (pod: Pod, troubles: readonly Trouble[]): Load => {
  const normalRate = services[pod.service].rate * pod.share
  const shape = wave(pod.name)
  const visited = pod.service === 'checkout' || pod.service === 'frontend'
  const failing = pod.service === 'checkout' ? troubles.filter((trouble) => failsIn(pod, trouble)) : []
  const normal = (seconds: number) => normalRate * shape.area(seconds)
  const extra = (seconds: number) => (visited ? normalRate * troubles.reduce((sum, { traffic }) => sum + traffic.area(seconds), 0) : 0)
  const errors = (seconds: number, code: '500' | '503') =>
    failing.reduce((sum, trouble) => sum + (trouble.code === code ? normalRate * weightOf(trouble) * trouble.errors.area(seconds) : 0), 0)
  return {
    total: (seconds) => normal(seconds) + extra(seconds),
    normal,
    errors,
    failing,
    rate: (seconds) =>
      normalRate * (shape.at(seconds) + (visited ? troubles.reduce((sum, { traffic }) => sum + traffic.at(seconds), 0) : 0)),
    errorRate: (seconds) => failing.reduce((sum, trouble) => sum + normalRate * weightOf(trouble) * trouble.errors.at(seconds), 0),
  }
}

/** A bad version hurts its own pods alone; other troubles hurt all. */
const failsIn = (pod: Pod, { deploy }: Trouble): boolean => deploy === undefined || deploy.version === pod.version

/** Four of five pods get the new version, and the share of failing requests is told for the whole service. */
const weightOf = ({ deploy }: Trouble): number => (deploy === undefined ? 1 : services.checkout.pods / (services.checkout.pods - 1))

/** Counts since the beginning of time at a second; rates are a second's. */
export type Load = {
  total(seconds: number): number
  /** What would have come without any trouble. */
  normal(seconds: number): number
  /** Requests that failed because of a trouble. */
  errors(seconds: number, code: '500' | '503'): number
  readonly failing: readonly Trouble[]
  rate(seconds: number): number
  errorRate(seconds: number): number
}
