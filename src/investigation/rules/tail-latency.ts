import { latencies } from '../../datasources/latency.ts'
import { endpointsOf } from '../../datasources/sources.ts'
import { serviceIn } from '../../kubernetes/objects.ts'
import { quantile } from '../../series/episodes.ts'
import { clean } from '../../text/clean.ts'
import { cut } from '../../text/cut.ts'
import { isForeign } from '../../text/host.ts'
import { amount, duration, percent } from '../../text/number.ts'
import { oneLine } from '../../text/one-line.ts'
import type { TracesAround } from '../../traces/around.ts'
import type { FailsIn } from '../../traces/failing.ts'
import type { Slower } from '../../traces/self-time.ts'
import type { Category } from '../categories.ts'
import type { Cited } from '../evidence.ts'
import type { Rule, RuleFinding, RuleInput } from './rule.ts'

/** Traces that are read of each window, at least; fewer tell nothing. */
const LEAST_TRACES = 5

/** Traces in which it shows, at least: one slow request is nobody's fault. */
const LEAST_SLOW = 3

/** Of the extra time, for one place to be named. */
const LEAST_SHARE = 0.6

/** Of the usual duration of a trace, and in milliseconds: less than this nobody is alerted for. */
const LEAST_GAIN = 1
const LEAST_MS = 20

/** The slow tenth of the requests, against the slow tenth before. */
const SLOWER = 1.3

/** Where the time of slow requests went, and where failing ones fail first, by traces before the onset and since. */
export const tailLatency: Rule = {
  id: 'tail-latency',
  looksAt: 'traces',
  evaluate: async (input) => {
    const { surroundings, subject } = input
    const around = await surroundings.traces()
    if (subject === null) return []
    if (around === null) return slowHistograms({ ...input, subject })
    const given = { ...input, subject }
    return around.source === 'vigil' ? slowSamples(around, given) : [...slow(around, given), ...failing(around, given)]
  },
}

type Given = RuleInput & { readonly subject: string }

const slow = (around: TracesAround, given: Given): RuleFinding[] => {
  const { before, after } = around
  if (before.traces.length < LEAST_TRACES || after.traces.length < LEAST_TRACES) return []
  const services = around.slower
  const [top] = services
  const usual = quantile(before.durations, 0.5) ?? 0
  if (top === undefined || top.share < LEAST_SHARE || top.traces < LEAST_SLOW) return []
  if (top.ms < LEAST_MS || top.ms < LEAST_GAIN * usual) return []
  // Time that moved from one place to another made no request slower.
  if ((quantile(after.durations, 0.9) ?? 0) < SLOWER * (quantile(before.durations, 0.9) ?? 0)) return []
  // Whom nobody but the caller knows, and who is somebody else, is told by external-dependency.
  if (
    top.peer === 'host' &&
    isForeign(top.service, { services: [], addresses: [...endpointsOf(given.sources), given.alert.generatorUrl ?? ''] })
  )
    return []
  return [findingOf(top, { services, around, usual, ...given })]
}

type Found = Given & { readonly services: readonly Slower[]; readonly around: TracesAround; readonly usual: number }

const findingOf = (top: Slower, { services, around, usual, subject, own, cite, alert }: Found): RuleFinding => {
  const p99 = { before: quantile(around.before.durations, 0.99) ?? 0, after: quantile(around.after.durations, 0.99) ?? 0 }
  const limit = limitOf(own)
  const between = top.edges.reduce((sum, { ms }) => sum + ms, 0)
  const isBetween = between > 0.7 * top.ms
  const callers = [...new Set(top.edges.map(({ from, to }) => (to === top.service ? from : to)))]
  const where =
    top.peer !== null
      ? `in the calls to it`
      : isBetween
        ? `between ${top.service} and ${listed(callers)}, not in their code`
        : `in ${top.service} itself`
  const times = top.ms / Math.max(1, usual)
  return {
    rule: 'tail-latency',
    severity: limit === null || p99.after > limit ? 'high' : 'medium',
    confidence: top.share >= 0.8 && top.traces >= 2 * LEAST_SLOW ? 'high' : 'medium',
    summary:
      `Requests through ${subject} take ${duration(top.ms / 1000)} longer because of ${top.service}: ${percent(top.share)} of the extra time is ${where}. ` +
      `p99 ${duration(p99.after / 1000)}, before ${duration(p99.before / 1000)}.`,
    suggestion: isBetween
      ? `Look at the network, the connection pools and the queue in front of ${top.service}, and at its pods' CPU limits`
      : `Look at ${cut(clean(top.place.name), 120)}, which has gained most`,
    object:
      top.peer === 'database' || top.peer === 'queue'
        ? { kind: top.peer, name: top.service }
        : serviceIn(alert.labels['namespace'], top.service),
    category: categoryOf(top, { isBetween, subject }),
    weight: times >= 2 && top.share >= 0.8 ? 0.7 : 0.55,
    evidence: [cite(slowAnswer(top, { services, around, p99, limit }))],
  }
}

const categoryOf = ({ peer, service }: Slower, { isBetween, subject }: { isBetween: boolean; subject: string }): Category => {
  if (peer !== null) return peer === 'host' ? 'dependency' : peer
  if (isBetween) return 'network'
  return service === subject ? 'unknown' : 'dependency'
}

type Told = {
  readonly services: readonly Slower[]
  readonly around: TracesAround
  readonly p99: { readonly before: number; readonly after: number }
  readonly limit: number | null
}

const SERVICES = 6

const slowAnswer = (top: Slower, { services, around, p99, limit }: Told): Cited => {
  const { before, after, from, split, to, query, complete } = around
  const told = services.slice(0, SERVICES)
  return {
    source: 'tempo',
    query,
    range: { from: from.toISOString(), to: to.toISOString() },
    output: { kind: 'objects', objects: told.map((one) => ({ ...one, ms: rounded(one.ms), own: rounded(one.own), place: one.place })) },
    shown: [
      `${amount(before.durations.length)} traces before ${split.toISOString().slice(11, 19)} UTC, ${amount(after.durations.length)} since; the spans of ${amount(before.traces.length)} and ${amount(after.traces.length)} were read`,
      `p99 ${duration(p99.before / 1000)} before, ${duration(p99.after / 1000)} after${limit === null ? '' : `, limit ${duration(limit / 1000)}`}`,
      'Extra time a trace, on the way that its end waited for (time between two services stands with both):',
      ...told.map(
        (one) =>
          `  ${one.service}: ${duration(one.ms / 1000)}, ${percent(one.share)} of all, in ${amount(one.traces)} traces, ${duration(one.own / 1000)} of it inside; ` +
          `most in ${cut(clean(one.place.name), 160)}, from ${duration(one.place.before / 1000)} (middle) to ${duration(one.place.after / 1000)} (slow tenth) a call`,
      ),
      ...top.edges.map((edge) => `  between ${edge.from} and ${edge.to}: ${duration(edge.ms / 1000)}`),
      `Slow ones: ${after.traces
        .slice(0, 3)
        .map(({ id }) => id)
        .join(', ')}`,
    ].join('\n'),
    complete,
  }
}

/** So many pushed samples tell what is usual. */
const LEAST_SAMPLES = 10

/** What is slow where neither the alert nor earlier samples say it: milliseconds, of p99. */
const SLOW_MS = 1000

/** Samples without spans tell that it is slow, not where. */
const slowSamples = ({ before, after, query, from, split, to, complete }: TracesAround, given: Given): RuleFinding[] => {
  const { subject, own, cite } = given
  const [was, is] = [quantile(before.durations, 0.99), quantile(after.durations, 0.99)]
  if (is === undefined || after.durations.length < LEAST_TRACES) return []
  const known = was !== undefined && before.durations.length >= LEAST_SAMPLES
  const limit = limitOf(own) ?? (known ? 2 * was : SLOW_MS)
  if (is <= limit || (known && (quantile(after.durations, 0.5) ?? 0) <= (quantile(before.durations, 0.5) ?? 0))) return []
  const counts = `${amount(after.durations.length)} recent traces`
  const past = known ? `, before ${duration(was / 1000)}` : `, limit ${duration(limit / 1000)}`
  const shown = `p99 ${duration(is / 1000)} of ${counts} of ${subject} since ${split.toISOString().slice(11, 19)} UTC${past}; ${amount(before.durations.length)} traces in the half hour before`
  return [
    {
      ...symptom(given),
      confidence: known ? 'medium' : 'low',
      summary: `${subject} is slow: p99 of its ${counts} is ${duration(is / 1000)}${past}.`,
      suggestion: `Push its spans to Tempo, and Vigil says where the time goes; until then look at what ${subject} calls`,
      evidence: [
        cite({
          ...{ source: 'vigil', query, range: { from: from.toISOString(), to: to.toISOString() }, shown, complete },
          output: { kind: 'objects', objects: after.durations.slice(-100).map((ms) => ({ service: subject, ms })) },
        }),
      ],
    },
  ]
}

/** Where there are no traces, the subject's own histograms tell that it is slow, not where. */
const slowHistograms = async (given: Given): Promise<RuleFinding[]> => {
  const { sources, alert, subject, clock, onset, own, signal, cite } = given
  const label = Object.entries(alert.labels).find(([name, value]) => value === subject && /^[a-zA-Z_]\w*$/.test(name))?.[0]
  const { prometheus } = sources
  if (prometheus === undefined || label === undefined) return []
  const found = await latencies(prometheus, { selector: `${label}=${JSON.stringify(subject)}`, onset, now: clock.now(), signal })
  const limit = limitOf(own) ?? 0
  const slowest = found.find(
    ({ now, middle, high, past }) => past >= LEAST_SAMPLES && now >= 2 * middle && now >= 1.2 * high && now * 1000 >= limit,
  )
  if (slowest === undefined) return []
  const { query, window, series, complete, now, middle, high } = slowest
  const shown = `p99 of ${slowest.name} ${duration(now)} now, ${duration(middle)} in the middle of the 30 min before the onset, ${duration(high)} at most`
  return [
    {
      ...symptom(given),
      confidence: 'medium',
      summary: `${subject} is slow: p99 of ${cut(slowest.name, 120)} is ${duration(now)}, ${duration(middle)} in the middle of the 30 min before.`,
      suggestion: `Look at what ${subject} calls: with traces in Tempo Vigil says where the time goes`,
      evidence: [
        cite({
          ...{ source: 'prometheus', query, range: { from: window.from.toISOString(), to: window.to.toISOString() }, shown, complete },
          ...{ output: { kind: 'series', series }, link: prometheus.link(query, window) },
        }),
      ],
    },
  ]
}

/** That it is slow accuses nobody by itself. */
const symptom = ({ alert, subject }: Given) =>
  ({
    rule: 'tail-latency',
    severity: 'medium',
    object: serviceIn(alert.labels['namespace'], subject),
    category: 'unknown',
    weight: 0.3,
  }) as const

/** The limit of a latency alert in milliseconds; null where the expression measures something else, or no unit is told. */
const limitOf = (own: RuleInput['own']): number | null => {
  if (own === null || own.threshold === null || !/quantile|latency|duration|response_time/i.test(own.expression)) return null
  if (/_milliseconds|_ms\b/.test(own.expression)) return own.threshold
  return /_seconds/.test(own.expression) ? own.threshold * 1000 : null
}

/** Failing traces that were read, at least, and how many of them one service must be the first in. */
const LEAST_FAILING = 3
const LEAST_FIRST = 0.6

const failing = (around: TracesAround, { subject, cite, alert }: Given): RuleFinding[] => {
  const { failing: found, from, split, to } = around
  const services = found.in
  const [top] = services
  if (found.before === null || top === undefined || top.traces < LEAST_FAILING || top.traces < LEAST_FIRST * top.of) return []
  // As many as ever, in the same time, explain nothing new.
  const expected = found.before * ((to.getTime() - split.getTime()) / Math.max(1, split.getTime() - from.getTime()))
  if (found.after < 2 * expected || found.after < LEAST_FAILING) return []
  return [
    {
      rule: 'tail-latency',
      severity: 'medium',
      confidence: top.traces >= 2 * LEAST_FAILING && top.traces >= 0.8 * top.of ? 'high' : 'medium',
      summary:
        `Failing requests through ${subject} fail first in ${top.service}: ${amount(top.traces)} of ${amount(top.of)} traces, in ` +
        `${cut(oneLine(top.span.name), 60)}: ${cut(oneLine(top.span.error ?? ''), 120)}.`,
      suggestion: `Look at the errors of ${top.service}`,
      object: serviceIn(alert.labels['namespace'], top.service),
      category: top.service === subject ? 'unknown' : 'dependency',
      weight: top.traces >= 0.8 * top.of ? 0.55 : 0.45,
      since: new Date(top.span.start).toISOString(),
      evidence: [cite(failingAnswer(services, around))],
    },
  ]
}

const failingAnswer = (services: readonly FailsIn[], { query, from, split, to, failing: found }: TracesAround): Cited => ({
  source: 'tempo',
  query: query.replace(/ }$/, ' && status = error }'),
  range: { from: split.toISOString(), to: to.toISOString() },
  output: {
    kind: 'objects',
    objects: services.map(({ service, traces, of, span }) => ({ service, traces, of, operation: span.name, error: span.error })),
  },
  shown: [
    `${amount(found.after)} failing traces since ${split.toISOString().slice(11, 19)} UTC, ${amount(found.before ?? Number.NaN)} in the ${duration((split.getTime() - from.getTime()) / 1000)} before; ${amount(found.read)} were read`,
    ...services
      .slice(0, SERVICES)
      .map(
        ({ service, traces, of, span }) =>
          `  ${amount(traces)} of ${amount(of)} fail first in ${service}: ${cut(oneLine(span.name), 60)}: ${cut(oneLine(span.error ?? ''), 200)}`,
      ),
  ].join('\n'),
  complete: found.read === found.after,
})

const listed = (names: readonly string[]): string => (names.length <= 2 ? names.join(' and ') : `${names.length} others`)

const rounded = (ms: number): number => Math.round(ms * 100) / 100
