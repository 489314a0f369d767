import { z } from 'zod'
import type { Peer, Span } from '../traces/span.ts'
import { parsed } from './answer.ts'
import { connect } from './http.ts'
import type { SourceOptions } from './line.ts'
import { sourceNames } from './sources.ts'

/**
 * The client of one Tempo, 2.0 and later (https://grafana.com/docs/tempo/latest/api_docs/). TraceQL is made by `traceQl` alone: no text of a
 * model becomes one.
 */
export const tempo = (options: SourceOptions): Tempo => {
  const line = connect(source, options)
  return {
    endpoint: line.endpoint,
    search: async (query, { from, to, limit, signal }) => {
      // One more than wanted tells a full answer from a cut one.
      const asked = { q: query, start: seconds(from), end: seconds(to), limit: String(limit + 1) }
      const { traces } = parsed(source, found, await line.ask({ path: '/api/search', query: asked, signal }))
      const all = traces.map(summaryOf).sort((a, b) => b.ms - a.ms || (a.trace < b.trace ? -1 : 1))
      return { traces: all.slice(0, limit), complete: all.length <= limit }
    },
    trace: async (id, { signal }) => {
      const body = await line.ask({ path: `/api/traces/${traceId(id)}`, signal })
      const answer = parsed(source, whole, body)
      const resources = answer.batches ?? answer.resourceSpans ?? answer.trace?.batches ?? answer.trace?.resourceSpans ?? []
      return { spans: resources.flatMap(spansOf), complete: answer.status === undefined || answer.status === 'COMPLETE' }
    },
    echo: async ({ signal }) => {
      // Any answer of the search API says that it is there; an empty window costs nothing.
      parsed(
        source,
        found,
        await line.ask({ path: '/api/search', query: { q: '{ duration > 1h }', start: '1', end: '2', limit: '1' }, signal }),
      )
    },
  }
}

const source = sourceNames.tempo

/** A trace id as the path takes it: hexadecimal. What is anything else must not become part of an address. */
export const isTraceId = (id: string): boolean => /^[0-9a-f]{1,32}$/i.test(id)

const traceId = (id: string): string => (isTraceId(id) ? id.toLowerCase() : '0')

export type TraceQuestion = {
  readonly service: string
  readonly errors: boolean
  /** Milliseconds. */
  readonly slowerThan?: number
  readonly operation?: string
}

/** The one way to TraceQL: strings are quoted as Go does, which JSON's escapes are a part of. */
export const traceQl = ({ service, errors, slowerThan, operation }: TraceQuestion): string =>
  `{ ${[
    `resource.service.name = ${JSON.stringify(service)}`,
    ...(errors ? ['status = error'] : []),
    ...(slowerThan === undefined ? [] : [`duration > ${Math.round(slowerThan)}ms`]),
    ...(operation === undefined ? [] : [`name = ${JSON.stringify(operation)}`]),
  ].join(' && ')} }`

const nano = z.union([z.string(), z.number()]).transform(Number)

const summary = z.object({
  traceID: z.string(),
  rootServiceName: z.string().default('not known'),
  rootTraceName: z.string().default('not known'),
  startTimeUnixNano: nano.default(0),
  durationMs: z.number().default(0),
  spanSets: z.array(z.object({ matched: z.number().optional() })).nullish(),
  spanSet: z.object({ matched: z.number().optional() }).nullish(),
})
// What was found nothing of comes with its metrics alone.
const found = z
  .union([z.object({ traces: z.array(summary) }), z.object({ traces: z.null().optional(), metrics: z.looseObject({}) })])
  .transform(({ traces }) => ({ traces: traces ?? [] }))

const value = z.object({ stringValue: z.string().optional() })
const attributes = z.array(z.object({ key: z.string(), value: value.nullish() })).default([])
const span = z.object({
  spanId: z.string(),
  parentSpanId: z.string().nullish(),
  name: z.string().default(''),
  kind: z.union([z.string(), z.number()]).optional(),
  startTimeUnixNano: nano,
  endTimeUnixNano: nano,
  status: z.object({ code: z.union([z.string(), z.number()]).optional(), message: z.string().optional() }).nullish(),
  attributes: attributes.nullish(),
})
const scope = z.object({ spans: z.array(span).default([]) })
const resource = z.object({
  resource: z.object({ attributes }).nullish(),
  scopeSpans: z.array(scope).optional(),
  instrumentationLibrarySpans: z.array(scope).optional(),
})
const resources = z.array(resource).optional()
const whole = z.object({
  batches: resources,
  resourceSpans: resources,
  trace: z.object({ batches: resources, resourceSpans: resources }).optional(),
  status: z.string().optional(),
})

const summaryOf = (one: z.infer<typeof summary>): TraceSummary => ({
  trace: one.traceID,
  service: one.rootServiceName,
  name: one.rootTraceName,
  start: one.startTimeUnixNano / 1e6,
  ms: one.durationMs,
  matched: (one.spanSets ?? (one.spanSet ? [one.spanSet] : [])).reduce((sum, { matched = 1 }) => sum + matched, 0),
})

const spansOf = ({ resource: from, scopeSpans, instrumentationLibrarySpans }: z.infer<typeof resource>): Span[] => {
  const service = from?.attributes.find(({ key }) => key === 'service.name')?.value?.stringValue ?? 'not known'
  return (scopeSpans ?? instrumentationLibrarySpans ?? [])
    .flatMap(({ spans }) => spans)
    .map(
      (one): Span => ({
        ...peerOf(one),
        id: one.spanId,
        parent: one.parentSpanId ? one.parentSpanId : null,
        service,
        name: one.name,
        kind: kindOf(one.kind),
        start: one.startTimeUnixNano / 1e6,
        end: one.endTimeUnixNano / 1e6,
        error: isError(one.status?.code) ? (one.status?.message ?? '') || 'error' : null,
      }),
    )
}

/** Names of OpenTelemetry's conventions, the present and the earlier ones: https://opentelemetry.io/docs/specs/semconv/ */
const ADDRESSES = [
  'peer.service',
  'server.address',
  'net.peer.name',
  'http.host',
  'url.full',
  'http.url',
  'net.sock.peer.name',
  'net.sock.peer.addr',
]

const peerOf = ({ kind, attributes: given }: z.infer<typeof span>): { peer?: Peer } => {
  const kindOfSpan = kindOf(kind)
  if (kindOfSpan !== 'client' && kindOfSpan !== 'producer') return {}
  const texts = new Map((given ?? []).flatMap(({ key, value: at }) => (at?.stringValue ? [[key, at.stringValue] as const] : [])))
  const address = ADDRESSES.flatMap((key) => texts.get(key) ?? [])[0]
  const database = texts.get('db.system.name') ?? texts.get('db.system')
  const queue = texts.get('messaging.system')
  const name = address === undefined ? (database ?? queue) : hostIn(address)
  if (name === undefined || name === '') return {}
  return { peer: { name, kind: database !== undefined ? 'database' : queue !== undefined ? 'queue' : 'host' } }
}

/** Of an address, or of a whole URL, the host without its port. */
const hostIn = (address: string): string =>
  address
    .replace(/^[a-z][\w+.-]*:\/\//i, '')
    .replace(/[/?#].*$/s, '')
    .replace(/^[^@]*@/, '')
    .replace(/(?<=^[^:]*):\d+$/, '')
    .slice(0, 253)

/** Protobuf's JSON has the names, OTLP's the numbers. */
const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const
const kindOf = (kind: string | number | undefined): Span['kind'] =>
  typeof kind === 'number' ? (KINDS[kind] ?? 'internal') : (KINDS.find((name) => kind === `SPAN_KIND_${name.toUpperCase()}`) ?? 'internal')

const isError = (code: string | number | undefined): boolean => code === 2 || code === 'STATUS_CODE_ERROR'

const seconds = (moment: Date): string => String(Math.floor(moment.getTime() / 1000))

/** A trace that a search found; `ms` is its duration, `start` in milliseconds since the epoch, `matched` its spans that fit the question. */
export type TraceSummary = {
  readonly trace: string
  readonly service: string
  readonly name: string
  readonly start: number
  readonly ms: number
  readonly matched: number
}

/** A read-only client of Tempo's HTTP API. Throws TransientError or PermanentError. */
export type Tempo = {
  readonly endpoint: string
  /** The slowest first. `complete` is false when `limit` cut the answer: Tempo then gives any of them. */
  search(
    query: string,
    options: { from: Date; to: Date; limit: number; signal?: AbortSignal },
  ): Promise<{ readonly traces: readonly TraceSummary[]; readonly complete: boolean }>
  trace(id: string, options: { signal?: AbortSignal }): Promise<{ readonly spans: readonly Span[]; readonly complete: boolean }>
  /** Throws where the search API is not there. */
  echo(options: { signal?: AbortSignal }): Promise<void>
}
