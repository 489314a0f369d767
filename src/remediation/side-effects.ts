import type { Context } from '../context.ts'
import { type Golden, goldenSignals } from '../datasources/golden-signals.ts'
import type { Prometheus } from '../datasources/prometheus.ts'
import type { StoredAction } from '../db/schema.ts'
import { TransientError } from '../errors.ts'
import { EXPORTER, isPodOf, ownerOfPod } from '../kubernetes/names.ts'
import type { Labels } from '../series/series.ts'
import { clean } from '../text/clean.ts'
import { duration, percent } from '../text/number.ts'

/**
 * What is worse in the namespace than right before the deed, in words: alerts that fire since, and error rates, latencies and readiness of the
 * target and its neighbours. What cannot be seen is nothing against the deed, for the alert's own expression is its proof; that it was not seen is said.
 */
export const sideEffectsOf = async (
  context: Pick<Context, 'sources' | 'clock'>,
  { cluster, offer, baseline }: Pick<StoredAction, 'cluster' | 'offer' | 'baseline'>,
  { isStillBad, signal }: Looking,
): Promise<SideEffects> => {
  const { prometheus } = context.sources(cluster)
  const { namespace, name } = offer.target
  // Without a moment before there is nothing to compare with.
  if (prometheus === undefined || baseline === null) return { worse: [], unseen: false }
  if (namespace === undefined) return { worse: [], unseen: true }
  const asked = { namespace, before: new Date(baseline.at), now: context.clock.now(), signal }
  const found = await Promise.all([
    newAlerts(prometheus, asked).catch(() => null),
    goldenSignals(prometheus, asked).then(
      (signals) => signals.filter((one) => isWorse(one, name) && !(isStillBad && one.of === name)).map(wordsOf),
      () => null,
    ),
  ])
  const all = found.flatMap((one) => one ?? [])
  return {
    worse: all.length <= MOST ? all : [...all.slice(0, MOST), `${all.length - MOST} more`],
    unseen: found.includes(null),
  }
}

/** In words. `unseen`: not all of it could be asked. */
type SideEffects = { readonly worse: readonly string[]; readonly unseen: boolean }

/** `isStillBad`: the alert's own expression says it of the target already, by its own measure. */
type Looking = { readonly isStillBad: boolean; readonly signal: AbortSignal }

/** More of them nobody reads. */
const MOST = 3

/** Smaller steps are the noise of two minutes' requests. */
const ERRORS = { times: 2, least: 0.05 }
const LATENCY = { times: 2, leastSeconds: 0.1 }

const isWorse = ({ what, of, before, now }: Golden, target: string): boolean => {
  const more = now - before
  switch (what) {
    case 'errors':
      return more >= ERRORS.least && now >= before * ERRORS.times
    case 'latency':
      return more >= LATENCY.leastSeconds && now >= before * LATENCY.times
    case 'not_ready':
      // Whether the target is ready is asked of the API itself.
      return more > 0 && of !== target && !isPodOf(target, of)
  }
}

const wordsOf = ({ what, of, before, now }: Golden): string => {
  const name = clean(of).slice(0, 80)
  switch (what) {
    case 'errors':
      return `the error rate of ${name} rose from ${percent(before)} to ${percent(now)}`
    case 'latency':
      return `the 95th percentile of ${name} rose from ${duration(before)} to ${duration(now)}`
    case 'not_ready':
      return `${now} pods of ${name} are not ready; before the deed it was ${before}`
  }
}

/** In a storm a namespace has hundreds. */
const MOST_ALERTS = 2000

type Asked = { readonly namespace: string; readonly before: Date; readonly signal: AbortSignal }

const newAlerts = async (prometheus: Prometheus, { namespace, before, signal }: Asked): Promise<string[]> => {
  const here = `namespace=${JSON.stringify(namespace)}`
  const [then, now] = await Promise.all([
    // What was pending had its reason before the deed.
    prometheus.instant(`ALERTS{${here}}`, { at: before, signal, limit: MOST_ALERTS }),
    prometheus.instant(`ALERTS{alertstate="firing",${here}}`, { signal, limit: MOST_ALERTS }),
  ])
  // What is missing in the first would be called new.
  if (!then.complete) throw new TransientError('not all alerts of the moment before the deed were told')
  const known = new Set(then.series.map(({ labels }) => nameOf(labels)))
  const fresh = [...new Set(now.series.map(({ labels }) => nameOf(labels)))].filter((name) => !known.has(name)).toSorted()
  return fresh.length === 0
    ? []
    : [`since then also fires: ${fresh.slice(0, 3).join(', ')}${fresh.length > 3 ? ` and ${fresh.length - 3} more` : ''}`]
}

/** A pod by its workload: a rollout replaces the pods, and what fired of the old ones fires of the new ones. */
const nameOf = ({ alertname = 'an alert', service, pod, deployment, statefulset }: Labels): string => {
  const own = service === undefined || EXPORTER.test(service) ? undefined : service
  const of = own ?? deployment ?? statefulset ?? (pod === undefined ? service : ownerOfPod(pod))
  return of === undefined ? alertname : `${alertname} of ${of}`
}
