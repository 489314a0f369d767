import type { Loki } from '../datasources/loki.ts'
import { literally } from '../datasources/matcher.ts'
import { PermanentError, TransientError } from '../errors.ts'
import type { LogsAround, ServiceLogs } from '../logs/around.ts'
import type { LogLine } from '../logs/line.ts'
import { changedPatterns, type LogWindow } from '../logs/patterns.ts'
import type { CallGraph } from '../traces/call-graph.ts'
import { reachOf } from '../traces/reach.ts'
import type { Around } from './surroundings.ts'
import { type Halves, windowsAround } from './windows.ts'

type Asked = Omit<Around, 'ms' | 'about'> & { readonly graph: () => Promise<CallGraph> }

/** Lines of a window that are read; at a usual 300 bytes well below the 5 MB of one answer. */
const LINES = 2000

/** Services beside the subject. */
const SERVICES = 40

/**
 * Reads the logs of the subject and of what it calls in the half hour before the onset and since then: from Loki, or where
 * that has none of them from what was pushed to us. Null where nobody has any. Throws TransientError when the source does not answer.
 */
export const logsAround = async (asked: Asked): Promise<LogsAround | null> => {
  const { context, sources, subject, onset } = asked
  if (subject === null) return null
  const { kept, pushed } = windowsAround(onset, context.clock.now().getTime())
  const found = sources.loki === undefined ? null : await inLoki(sources.loki, { ...asked, subject, window: kept })
  return found ?? (await inPushed({ ...asked, subject, window: pushed }))
}

type InLoki = Asked & { readonly subject: string; readonly window: Halves }

const inLoki = async (loki: Loki, asked: InLoki): Promise<LogsAround | null> => {
  try {
    const [{ labels: found, hasNamespace }, graph] = await Promise.all([
      namesIn(loki, asked),
      asked.graph().catch((): CallGraph => ({ edges: [] })),
    ])
    const reach = new Set([asked.subject, ...reachOf(graph, asked.subject, { most: SERVICES, callers: true })])
    const labels = found.map(({ label, values }) => ({ label, all: values, values: values.filter((value) => reach.has(serviceOf(value))) }))
    // The first that knows the subject itself, else the one that knows most of what it calls: a gateway may write no logs.
    const bySubject = labels.find(({ values }) => values.some((value) => serviceOf(value) === asked.subject))
    const [chosen] = bySubject === undefined ? labels.toSorted((a, b) => b.values.length - a.values.length) : [bySubject]
    if (chosen === undefined || chosen.values.length === 0) return null
    return await linesOf(loki, asked, { ...chosen, namespace: hasNamespace ? asked.namespace : null })
  } catch (error) {
    // A refusal of Loki is something that could not be seen, no fault of a rule.
    throw error instanceof PermanentError ? new TransientError(error.message, { cause: error }) : error
  }
}

/** Labels that may name services, the configured ones first and then Loki's own, each with its values around the onset. */
const namesIn = async (loki: Loki, { context, window, signal }: InLoki): Promise<Names> => {
  const names = await loki.labelNames({ signal })
  const candidates = [...new Set([...context.config.subject.service, 'service_name'])].filter((name) => names.includes(name)).slice(0, 4)
  const options = { from: window.from, to: window.to, signal }
  const labels = await Promise.all(candidates.map(async (label) => ({ label, values: await loki.labelValues(label, options) })))
  return { labels, hasNamespace: names.includes('namespace') }
}

type Names = { readonly labels: readonly { readonly label: string; readonly values: readonly string[] }[]; readonly hasNamespace: boolean }

/** `values` are those that are asked for, `all` every service of this Loki. */
type Naming = {
  readonly label: string
  readonly values: readonly string[]
  readonly all: readonly string[]
  readonly namespace: string | null
}

/** Log agents write `namespace/app` into their label `job`. */
const serviceOf = (value: string): string => value.slice(value.lastIndexOf('/') + 1)

const linesOf = async (loki: Loki, { subject, window, signal }: InLoki, naming: Naming): Promise<LogsAround> => {
  const selector = `{${[
    `${naming.label}=~${JSON.stringify(naming.values.map(literally).join('|'))}`,
    ...(naming.namespace === null ? [] : [`namespace=${JSON.stringify(naming.namespace)}`]),
  ].join(', ')}}`
  const both = (query: string, limit: number) =>
    Promise.all([
      loki.lines(query, { from: window.from, to: window.split, limit, signal }),
      loki.lines(query, { from: window.split, to: window.to, limit, signal }),
    ])
  const [before, after] = await both(selector, LINES)
  const isCut = !before.complete || !after.complete
  const errors = isCut ? await both(`${selector} |~ ${JSON.stringify(ERRORS)}`, LINES / 2) : null
  const windows = {
    before: windowOf(before, window.from, window.split),
    after: windowOf(after, window.split, window.to),
    errors: errors && { before: windowOf(errors[0], window.from, window.split), after: windowOf(errors[1], window.split, window.to) },
  }
  return {
    source: 'loki',
    query: selector,
    ...window,
    complete: !isCut,
    services: byService(naming, subject, windows),
    known: naming.all.map(serviceOf),
  }
}

type Windows = {
  readonly before: LogWindow
  readonly after: LogWindow
  readonly errors: { readonly before: LogWindow; readonly after: LogWindow } | null
}

/** The subject first, then by name. */
const byService = ({ label, values }: Naming, subject: string, { before, after, errors }: Windows): ServiceLogs[] =>
  [...new Set(values.map(serviceOf))]
    .map((service): ServiceLogs => {
      const only = ({ lines, seconds }: LogWindow): LogWindow => ({
        lines: lines.filter(({ labels }) => serviceOf(labels[label] ?? '') === service),
        seconds,
      })
      const all = changedPatterns(only(before), only(after))
      if (errors === null) return { service, patterns: all }
      // Of cut windows the errors are known whole, and what has vanished only by what was read.
      const bad = changedPatterns(only(errors.before), only(errors.after)).filter(({ change }) => change !== 'vanished')
      return { service, patterns: [...bad, ...all.filter(({ change }) => change === 'vanished')] }
    })
    .sort((a, b) => Number(b.service === subject) - Number(a.service === subject) || (a.service < b.service ? -1 : 1))

/** Lines that were pushed, of the subject and its reach. */
const inPushed = async ({ context, cluster, subject, window, graph }: InLoki): Promise<LogsAround | null> => {
  const { edges } = await graph().catch((): CallGraph => ({ edges: [] }))
  const services = [subject, ...reachOf({ edges }, subject, { most: SERVICES, callers: true })]
  const read = async (from: Date, to: Date) => {
    const rows = await context.db
      .selectFrom('pushed_log')
      .select(['service', 'level', 'message', 'at'])
      .where('cluster', '=', cluster)
      .where('service', 'in', services)
      .where('at', '>=', from)
      .where('at', '<', to)
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(LINES + 1)
      .execute()
    const lines = rows.map(({ service, level, message, at }): LogLine => {
      return { at: at.toISOString(), line: message, labels: { service, ...(level === null ? {} : { level }) } }
    })
    return { lines: lines.slice(0, LINES), complete: lines.length <= LINES }
  }
  const [before, after] = await Promise.all([read(window.from, window.split), read(window.split, window.to)])
  if (before.lines.length + after.lines.length === 0) return null
  const naming = { label: 'service', values: services, all: services, namespace: null }
  const windows = { before: windowOf(before, window.from, window.split), after: windowOf(after, window.split, window.to), errors: null }
  return {
    ...{ source: 'vigil', query: `pushed logs of ${subject}`, ...window, complete: before.complete && after.complete },
    ...{ services: byService(naming, subject, windows), known: services },
  }
}

/** Case does not matter to it; what it lets through is looked at again. */
const ERRORS =
  '(?i)(error|exception|fatal|panic|critical|severe|emerg|alert|warn|fail|time.?out|timed out|refused|unavailable|unreachable|denied|no such host|no space left|out of memory|deadlock|traceback|too many)'

/** A cut answer has the newest lines: it covers the time from the oldest of them on. */
const windowOf = ({ lines, complete }: { lines: readonly LogLine[]; complete: boolean }, from: Date, to: Date): LogWindow => {
  const oldest = complete ? undefined : lines.at(-1)
  const start = oldest === undefined ? from.getTime() : Date.parse(oldest.at)
  return { lines, seconds: Math.max(1, (to.getTime() - start) / 1000) }
}
