import type { Handle } from '../../src/demo/world/server.ts'
import type { Span } from '../../src/traces/span.ts'
import type { Trace, Written } from './recording.ts'
import { idOf, stretchesOf } from './repeat.ts'
import { readTraceQl } from './traceql.ts'

/** Tempo's HTTP API over a recording as it stood at `now`: search by TraceQL and one trace (https://grafana.com/docs/tempo/latest/api_docs/). */
export const tempoApi = (written: Written, now: Date): Handle => {
  const held = heldOf(written, now.getTime())
  return ({ path, params }) => {
    if (path === '/api/echo') return { status: 200, body: 'echo' }
    if (path === '/api/search') return search(held, params, now.getTime() / 1000)
    const id = /^\/api\/(?:v2\/)?traces\/([0-9a-f]+)$/i.exec(path)?.[1]?.toLowerCase()
    const trace = id === undefined ? undefined : held.get(id.padStart(32, '0'))
    if (trace === undefined) return { status: 404, body: id === undefined ? '404 page not found' : 'trace not found' }
    const whole = { batches: batchesOf(trace) }
    return { status: 200, body: path.startsWith('/api/v2/') ? { trace: whole, status: 'COMPLETE' } : whole }
  }
}

/** Spans are there when they have ended. Moved in time when they are asked for: copies share their spans. */
type Held = Trace & { readonly shiftMs: number }

const heldOf = (written: Written, now: number): ReadonlyMap<string, Held> =>
  new Map(
    stretchesOf(written).flatMap(({ copy, shift, traces }) =>
      traces.flatMap(({ id, spans }) => {
        const ended = spans.filter(({ end }) => end + shift * 1000 <= now)
        const own = idOf(id, copy).toLowerCase().padStart(32, '0')
        return ended.length === 0
          ? []
          : [[own, { id: own, spans: ended.length === spans.length ? spans : ended, shiftMs: shift * 1000 }] as const]
      }),
    ),
  )

/** What Tempo takes when nothing is said. */
const LIMIT = 20
const SPANS_PER_SET = 3

const search = (held: ReadonlyMap<string, Held>, params: URLSearchParams, now: number) => {
  const matches = readTraceQl(params.get('q') ?? '{}')
  if (typeof matches === 'string') return { status: 400, body: `invalid TraceQL query: ${matches}` }
  const start = Number(params.get('start') ?? now - 3600) * 1000
  const end = Number(params.get('end') ?? now) * 1000
  const limit = Number(params.get('limit') ?? LIMIT)
  const most = Number(params.get('spss') ?? SPANS_PER_SET)
  if (![start, end, limit, most].every(Number.isFinite) || limit <= 0) return { status: 400, body: 'invalid search parameters' }
  if (end < start) return { status: 400, body: 'http parameter start must be before end. received start after end' }
  const answers = new Map<readonly Span[], readonly Span[]>()
  const matched = (trace: Held): readonly Span[] => {
    const known = answers.get(trace.spans) ?? trace.spans.filter((span) => matches(span, trace.spans))
    answers.set(trace.spans, known)
    return known
  }
  // Tempo gives any that match; the newest come first here, so that the same question has the same answer.
  const found = [...held.values()]
    .map((trace) => ({ trace, began: Math.min(...trace.spans.map((span) => span.start)) + trace.shiftMs }))
    .filter(({ trace, began }) => began >= start && began < end && matched(trace).length > 0)
    .toSorted((a, b) => b.began - a.began || (a.trace.id < b.trace.id ? -1 : 1))
    .slice(0, limit)
  return {
    status: 200,
    body: { traces: found.map(({ trace }) => summaryOf(trace, matched(trace), most)), metrics: { inspectedTraces: held.size } },
  }
}

const summaryOf = ({ id, spans, shiftMs }: Held, matched: readonly Span[], most: number) => {
  const root = spans.find(({ parent }) => parent === null)
  const start = Math.min(...spans.map((span) => span.start))
  const sets = {
    spans: matched.slice(0, most).map((span) => ({
      spanID: span.id,
      startTimeUnixNano: nano(span.start + shiftMs),
      durationNanos: String(Math.round((span.end - span.start) * 1e6)),
    })),
    matched: matched.length,
  }
  return {
    traceID: id.replace(/^0+(?=.)/, ''),
    rootServiceName: root?.service ?? '<root span not yet received>',
    rootTraceName: root?.name ?? '',
    startTimeUnixNano: nano(start + shiftMs),
    durationMs: Math.floor(Math.max(...spans.map((span) => span.end)) - start),
    spanSet: sets,
    spanSets: [sets],
  }
}

const batchesOf = ({ id, spans, shiftMs }: Held) =>
  [...Map.groupBy(spans, ({ service }) => service)].map(([service, all]) => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
    scopeSpans: [
      {
        scope: {},
        spans: all.map((span) => ({
          traceId: base64(id),
          spanId: base64(span.id),
          ...(span.parent === null ? {} : { parentSpanId: base64(span.parent) }),
          name: span.name,
          kind: `SPAN_KIND_${span.kind.toUpperCase()}`,
          startTimeUnixNano: nano(span.start + shiftMs),
          endTimeUnixNano: nano(span.end + shiftMs),
          status: span.error === null ? {} : { code: 'STATUS_CODE_ERROR', message: span.error },
        })),
      },
    ],
  }))

/** Protobuf's JSON writes bytes so. */
const base64 = (id: string): string => Buffer.from(id, /^([0-9a-f]{2})+$/i.test(id) ? 'hex' : 'utf8').toString('base64')

const nano = (milliseconds: number): string => String(BigInt(Math.round(milliseconds * 1000)) * 1000n)
