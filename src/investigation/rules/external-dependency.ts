import { endpointsOf } from '../../datasources/sources.ts'
import { serviceIn } from '../../kubernetes/objects.ts'
import type { LogsAround } from '../../logs/around.ts'
import type { Pattern } from '../../logs/patterns.ts'
import { cut } from '../../text/cut.ts'
import { hostsIn, isForeign, type Ours } from '../../text/host.ts'
import { amount, duration, percent } from '../../text/number.ts'
import { oneLine } from '../../text/one-line.ts'
import type { TracesAround } from '../../traces/around.ts'
import type { Cited } from '../evidence.ts'
import type { Rule, RuleFinding, RuleInput } from './rule.ts'

/** Fewer lines or traces are nobody's outage. */
const LEAST = 3

/** A pattern is about a host that this part of its lines names. */
const MOST_LINES = 0.8

/** More foreign hosts that fail at once than this rather share our own way out. */
const MANY_HOSTS = 3

/** What somebody else refuses because of what we sent: our key, our quota, our request. */
const OUR_FAULT =
  /\b(?:400|401|403|404|409|422|429)\b|unauthori[sz]ed|forbidden|invalid (?:api )?(?:key|token|request)|rate.?limit|too many requests|quota/i

/**
 * Somebody else's service that fails: hosts that new errors name, peers of client spans that have become slow or fail, and blackbox probes. "Not ours"
 * is said only of names that are plainly not.
 */
export const externalDependency: Rule = {
  id: 'external-dependency',
  looksAt: 'external services',
  evaluate: async (input) => {
    const { surroundings, subject } = input
    // One of the two is enough; that the other could not be seen its own rule says.
    const [said, spans] = await Promise.allSettled([surroundings.logs(), surroundings.traces()])
    if (said.status === 'rejected' && spans.status === 'rejected') throw said.reason
    const [logs, traces] = [said, spans].map((one) => (one.status === 'fulfilled' ? one.value : null)) as [
      LogsAround | null,
      TracesAround | null,
    ]
    const services = [...(logs?.known ?? []), ...(subject === null ? [] : [subject])]
    const ours: Ours = { services, addresses: [...endpointsOf(input.sources), input.alert.generatorUrl ?? ''] }
    const signs = [...(logs === null ? [] : inLogs(logs, ours)), ...(traces === null ? [] : inTraces(traces, ours))]
    const hosts = [...Map.groupBy(signs, ({ host }) => host)].map(([host, all]) => ({ host, signs: all }))
    if (hosts.length === 0) return []
    if (hosts.length >= MANY_HOSTS && subject !== null) return [wayOut(hosts, input, subject)]
    const probes = await probesOf(input).catch((): Probes => ({ answer: null, down: new Set() }))
    return hosts
      .toSorted((a, b) => b.signs.length - a.signs.length || (a.host < b.host ? -1 : 1))
      .slice(0, 2)
      .map((one) => findingOf(one, { probes, cite: input.cite }))
  },
}

/** One thing that speaks against a host; `text` is the middle of a sentence. */
type Sign = {
  readonly host: string
  readonly text: string
  readonly since: string | null
  readonly service: string
  readonly answer: Cited
}
type Suspected = { readonly host: string; readonly signs: readonly Sign[] }

const inLogs = (logs: LogsAround, ours: Ours): Sign[] =>
  logs.services.flatMap(({ service, patterns }) =>
    patterns
      .filter(({ change, level, after, text }) => change !== 'vanished' && level === 'error' && after >= LEAST && !OUR_FAULT.test(text))
      .flatMap((pattern): Sign[] => {
        const host = hostOf(pattern, ours)
        return host === undefined || OUR_FAULT.test(pattern.lines[0]?.line ?? '') ? [] : [logSign(host, { pattern, service, logs })]
      }),
  )

/** The one foreign host that nearly all lines of a pattern name. */
const hostOf = ({ lines }: Pattern, ours: Ours): string | undefined => {
  const counts = new Map<string, number>()
  for (const { line } of lines) for (const host of hostsIn(line)) if (isForeign(host, ours)) counts.set(host, (counts.get(host) ?? 0) + 1)
  const named = [...counts].filter(([, count]) => count >= MOST_LINES * lines.length)
  return named.length === 1 ? named[0]?.[0] : undefined
}

const logSign = (host: string, { pattern, service, logs }: { pattern: Pattern; service: string; logs: LogsAround }): Sign => {
  const before = duration((logs.split.getTime() - logs.from.getTime()) / 1000)
  const text = `${amount(pattern.after)} error lines of ${service} name it since ${pattern.at.slice(11, 19)} UTC, ${amount(pattern.before)} in the ${before} before`
  const answer: Cited = {
    ...{ source: logs.source, query: logs.query, range: { from: logs.from.toISOString(), to: logs.to.toISOString() } },
    output: { kind: 'lines', lines: pattern.lines.slice(0, 100) },
    shown: [
      `${host}: ${text}: ${cut(oneLine(pattern.text), 300)}`,
      ...pattern.lines.slice(0, 3).map((line) => `  ${line.at} ${cut(oneLine(line.line), 300)}`),
    ].join('\n'),
    complete: false,
  }
  return { host, text, since: pattern.at, service, answer }
}

const inTraces = (traces: TracesAround, ours: Ours): Sign[] => {
  const { before, slower, failing, query, from, split, to, complete } = traces
  const cited = (shown: string, objects: readonly unknown[]): Cited => ({
    ...{ source: traces.source, query, range: { from: from.toISOString(), to: to.toISOString() }, complete },
    ...{ output: { kind: 'objects', objects }, shown },
  })
  const [slow] = slower
  const usual = before.durations[Math.floor(before.durations.length / 2)] ?? 0
  const isSlow = slow !== undefined && slow.peer === 'host' && slow.traces >= LEAST && slow.share >= 0.5 && slow.ms >= Math.max(20, usual)
  const signs: Sign[] = []
  if (isSlow && isForeign(slow.service, ours)) {
    const caller = slow.edges[0]?.from ?? ''
    const text = `calls of ${caller} to it take ${duration(slow.ms / 1000)} longer a trace, ${percent(slow.share)} of all extra time`
    signs.push({
      host: slow.service,
      text,
      since: null,
      service: caller,
      answer: cited(`${slow.service}: ${text}, in ${amount(slow.traces)} traces`, [slow]),
    })
  }
  const [first] = failing.in
  const peer = first?.span.peer
  const isNew = failing.before !== null && failing.after > 2 * failing.before
  if (first === undefined || peer?.kind !== 'host' || !isNew || first.traces < LEAST || !isForeign(peer.name, ours)) return signs
  if (OUR_FAULT.test(first.span.error ?? '')) return signs
  const text = `${amount(first.traces)} of ${amount(first.of)} failing traces end in a call of ${first.service} to it`
  const shown = `${peer.name}: ${text} since ${split.toISOString().slice(11, 19)} UTC: ${cut(oneLine(first.span.error ?? ''), 200)}`
  const since = new Date(first.span.start).toISOString()
  return [
    ...signs,
    {
      host: peer.name,
      text,
      since,
      service: first.service,
      answer: cited(shown, [{ service: first.service, peer: peer.name, error: first.span.error }]),
    },
  ]
}

type Probes = { readonly answer: Cited | null; readonly down: ReadonlySet<string> }

/** Targets of blackbox probes that fail now. */
const probesOf = async ({ sources: { prometheus }, clock, signal }: RuleInput): Promise<Probes> => {
  const query = 'probe_success == 0'
  if (prometheus === undefined) return { answer: null, down: new Set() }
  const { series, complete } = await prometheus.instant(query, { at: clock.now(), signal, limit: 200 })
  const down = series.flatMap(({ labels }) =>
    [labels['instance'], labels['target']].flatMap((target) => (target === undefined ? [] : targetOf(target))),
  )
  if (down.length === 0) return { answer: null, down: new Set() }
  const at = clock.now().toISOString()
  const answer: Cited = {
    ...{ source: 'prometheus', query, range: { from: null, to: at }, complete, link: prometheus.link(query) },
    output: { kind: 'series', series },
    shown: `probes that fail: ${cut(down.join(', '), 1000)}`,
  }
  return { answer, down: new Set(down) }
}

const targetOf = (target: string): string[] => [...hostsIn(target), target.toLowerCase()]

const findingOf = ({ host, signs }: Suspected, { probes, cite }: { probes: Probes; cite: RuleInput['cite'] }): RuleFinding => {
  const isProbed = probes.down.has(host)
  const [head, ...more] = signs as [Sign, ...Sign[]]
  const since = signs.flatMap((sign) => sign.since ?? []).sort()[0]
  const probed = isProbed && probes.answer !== null ? [cite(probes.answer)] : []
  return {
    rule: 'external-dependency',
    severity: 'high',
    confidence: isProbed || signs.length > 1 ? 'high' : 'medium',
    summary: `${cut(host, 80)} fails, and it is not ours: ${[head, ...more]
      .slice(0, 2)
      .map(({ text }) => text)
      .join('; ')}${isProbed ? '; its probe fails too' : ''}.`,
    suggestion: `Look at the status page of whoever runs ${cut(host, 80)}; let ${cut(head.service, 60)} do without it, or wait longer between its tries`,
    object: { kind: 'external', name: host },
    category: 'external',
    weight: Math.min(0.9, 0.6 + (isProbed ? 0.2 : 0) + (more.length > 0 ? 0.1 : 0)),
    ...(since === undefined ? {} : { since }),
    explains: [...new Set(signs.map(({ service }) => service))].sort().map((name) => ({ kind: 'service', name })),
    evidence: [cite(head.answer), ...more.slice(0, 3).map(({ answer }) => cite(answer)), ...probed],
  }
}

/** Several providers do not fail in the same minute; what they share is how we reach them. */
const wayOut = (hosts: readonly Suspected[], { cite, alert }: RuleInput, subject: string): RuleFinding => {
  const names = hosts.map(({ host }) => host).sort()
  const [head, ...more] = hosts.flatMap(({ signs }) => signs.slice(0, 1)) as [Sign, ...Sign[]]
  return {
    rule: 'external-dependency',
    severity: 'high',
    confidence: 'medium',
    summary: `${amount(names.length)} hosts of others fail at once (${cut(names.slice(0, 3).join(', '), 160)}): rather our own way out than all of them.`,
    suggestion: 'Look at egress, DNS and the proxy: can another pod reach them?',
    object: serviceIn(alert.labels['namespace'], subject),
    category: 'network',
    weight: 0.5,
    evidence: [
      cite({ ...head.answer, shown: `${amount(names.length)} hosts: ${names.join(', ')}\n${head.answer.shown}` }),
      ...more.slice(0, 4).map(({ answer }) => cite(answer)),
    ],
  }
}
