import { serviceIn } from '../../kubernetes/objects.ts'
import type { LogsAround, ServiceLogs } from '../../logs/around.ts'
import { namedCause } from '../../logs/cause.ts'
import type { Pattern } from '../../logs/patterns.ts'
import { cut } from '../../text/cut.ts'
import { amount, duration, percent } from '../../text/number.ts'
import { oneLine } from '../../text/one-line.ts'
import type { CallGraph } from '../../traces/call-graph.ts'
import { reachOf } from '../../traces/reach.ts'
import type { Cited } from '../evidence.ts'
import type { Rule, RuleFinding } from './rule.ts'

/** Services that are named; a failure far down is echoed by all above it. */
const MOST = 3

/** Of one finding: patterns that are told, and lines that are kept. */
const PATTERNS = 5
const LINES = 200

const TEMPLATE = 140

/**
 * What the logs of the subject, and of what it calls, suddenly say: errors that are new or clearly more than in the window before, and
 * statements that have stopped.
 */
export const errorSpike: Rule = {
  id: 'error-spike',
  looksAt: 'logs',
  evaluate: async ({ surroundings, subject, alert, onset, cite }) => {
    const logs = await surroundings.logs()
    if (logs === null) return []
    const graph = await surroundings.callGraph().catch((): CallGraph => ({ edges: [] }))
    const spikes = logs.services.flatMap((service) => spikeOf(service, onset))
    return spikes
      .map((spike) => ({ ...spike, weight: spike.weight * echoed(spike, { spikes, graph, subject }) }))
      .sort((a, b) => b.weight - a.weight || (a.service < b.service ? -1 : 1))
      .slice(0, MOST)
      .map((spike) => ({ ...findingOf(spike, logs, cite), object: serviceIn(alert.labels['namespace'], spike.service) }))
  },
}

/** `head` is the pattern that tells most, `more` the others. */
type Spike = { readonly service: string; readonly head: Pattern; readonly more: readonly Pattern[]; readonly weight: number }

const spikeOf = ({ service, patterns: [head, ...more] }: ServiceLogs, onset: Date): Spike[] =>
  head === undefined ? [] : [{ service, head, more, weight: weightOf(head, onset) }]

/** Minutes after the onset from which on a pattern is rather a consequence. */
const LATE_MS = 5 * 60_000

const weightOf = ({ level, change, score, at, after }: Pattern, onset: Date): number => {
  const clear = Math.abs(score) >= 5 ? 0.1 : 0
  // A handful of new errors is a hint, ten are a story.
  const base = change === 'vanished' ? 0.35 : level === 'warning' ? 0.2 : change === 'new' ? 0.3 + 0.02 * Math.min(10, after) : 0.4
  const late = change !== 'vanished' && Date.parse(at) > onset.getTime() + LATE_MS
  return (base + clear) * (late ? 0.5 : 1)
}

type Beside = { readonly spikes: readonly Spike[]; readonly graph: CallGraph; readonly subject: string | null }

/** Errors further down explain those above: what a service calls fails, so it fails too. Those of a caller explain nothing that it calls. */
const echoed = (spike: Spike, { spikes, graph, subject }: Beside): number => {
  const below = (service: string): Set<string> => new Set(reachOf(graph, service, { most: 200, callers: false }))
  if (subject !== null && spike.service !== subject && !below(subject).has(spike.service)) return 0.5
  const under = below(spike.service)
  return spikes.some((other) => other !== spike && under.has(other.service) && other.weight >= spike.weight) ? 0.6 : 1
}

const findingOf = ({ service, head, more, weight }: Spike, logs: LogsAround, cite: (answer: Cited) => Cited): RuleFinding => {
  const others = more.length === 0 ? '' : ` ${counted(more.length, 'more statement')} changed with it.`
  return {
    rule: 'error-spike',
    severity: head.level === 'error' ? 'medium' : 'low',
    confidence: Math.abs(head.score) >= 5 ? 'high' : Math.abs(head.score) >= 3 ? 'medium' : 'low',
    summary: `${sentence(service, head, (logs.split.getTime() - logs.from.getTime()) / 1000)}${others}`,
    suggestion: `Read them: ${logs.query}`,
    category: head.change === 'vanished' ? 'unknown' : (namedCause(head.text) ?? 'unknown'),
    weight: Number(weight.toFixed(2)),
    ...(head.change === 'vanished' ? {} : { since: head.at }),
    evidence: [cite(answerOf(service, [head, ...more], logs))],
  }
}

const sentence = (service: string, pattern: Pattern, secondsBefore: number): string => {
  const { change, level, before, after, share, at, text } = pattern
  const quoted = `“${cut(oneLine(text).replace(LEADING, ''), TEMPLATE)}”`
  const past = `the ${duration(secondsBefore)} before`
  const kind = level === 'other' ? 'lines' : level === 'error' ? 'errors' : 'warnings'
  switch (change) {
    case 'new':
      return `${service} writes ${quoted} since ${clockOf(at)} UTC, never in ${past}: ${counted(after, 'line')}, ${percent(share)} of its ${kind}.`
    case 'grown':
      return `${service} writes ${quoted} far more often: ${counted(after, 'line')}, ${percent(share)} of its ${kind}, against ${amount(before)} in ${past}.`
    case 'vanished':
      return `${service} has stopped writing ${quoted}: ${counted(before, 'line')} in ${past}, the last at ${clockOf(at)} UTC, ${amount(after)} since.`
  }
}

/** A time and a number at the beginning of a statement say nothing of it. */
const LEADING = /^(?:<\*>[\s,:-]*)+(?=\S)/

const answerOf = (service: string, patterns: readonly Pattern[], logs: LogsAround): Cited => {
  const told = patterns.slice(0, PATTERNS)
  const lines = told.flatMap((pattern) => pattern.lines.slice(0, Math.ceil(LINES / told.length)))
  const [before, after] = [logs.split.getTime() - logs.from.getTime(), logs.to.getTime() - logs.split.getTime()]
  const heads = [
    `${service}: the ${duration(before / 1000)} before ${clockOf(logs.split.toISOString())} UTC against the ${duration(after / 1000)} after; ${counted(patterns.length, 'statement')} changed`,
  ]
  return {
    source: logs.source,
    query: logs.query,
    range: { from: logs.from.toISOString(), to: logs.to.toISOString() },
    output: { kind: 'lines', lines },
    shown: [...heads, ...told.flatMap(shownOf)].join('\n'),
    // The lines of what changed, not all that were read.
    complete: false,
  }
}

const shownOf = ({ change, level, text, before, after, share, at, lines }: Pattern): string[] => [
  `${change} ${level === 'other' ? 'statement' : level}, ${before} lines before, ${after} after, ${percent(share)} of its kind, ${change === 'vanished' ? 'last' : 'first'} ${at}: ${cut(oneLine(text), 2 * TEMPLATE)}`,
  ...lines.slice(0, 3).map((line) => `  ${line.at} ${cut(oneLine(line.line), 300)}`),
]

const clockOf = (at: string): string => at.slice(11, 19)

const counted = (count: number, noun: string): string => `${amount(count)} ${noun}${count === 1 ? '' : 's'}`
