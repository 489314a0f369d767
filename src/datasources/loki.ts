import { z } from 'zod'
import { PermanentError } from '../errors.ts'
import type { LogLine } from '../logs/line.ts'
import { compare } from '../text/compare.ts'
import { parsed } from './answer.ts'
import { connect } from './http.ts'
import type { SourceOptions } from './line.ts'
import { sourceNames } from './sources.ts'

/** The client of one Loki. Guarding queries that come from models or people is for the caller: `guardLogql`. */
export const loki = (options: SourceOptions): Loki => {
  const line = connect(source, options)
  return {
    endpoint: line.endpoint,
    lines: async (query, { from, to, limit, signal }) => {
      const body = await line.ask({
        path: '/loki/api/v1/query_range',
        // One more than wanted tells a full answer from a cut one.
        query: { query, start: nanoseconds(from), end: nanoseconds(to), limit: String(limit + 1), direction: 'backward' },
        signal,
      })
      const { data } = parsed(source, streams, body)
      if (data.resultType !== 'streams') {
        throw new PermanentError(`${source}: ${query} is a metric query; ask a log query for lines, such as {app="checkout"} |= "error"`)
      }
      const lines = newestFirst(data.result)
      return { lines: lines.slice(0, limit), complete: lines.length <= limit }
    },
    labelNames: async ({ signal }) =>
      [...(parsed(source, labels, await line.ask({ path: '/loki/api/v1/labels', signal })).data ?? [])].sort(),
    labelValues: async (name, { from, to, signal }) => {
      const query = { start: nanoseconds(from), end: nanoseconds(to) }
      const path = `/loki/api/v1/label/${encodeURIComponent(name)}/values`
      return [...(parsed(source, labels, await line.ask({ path, query, signal })).data ?? [])].sort()
    },
  }
}

const source = sourceNames.loki

const stream = z.object({
  stream: z.record(z.string(), z.string()),
  // A third element is structured metadata, sent only to those who ask for it apart.
  values: z.array(z.tuple([z.string().regex(/^\d{1,19}$/), z.string()]).rest(z.unknown())),
})
const streams = z.object({
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('streams'), result: z.array(stream) }),
    z.object({ resultType: z.enum(['matrix', 'vector', 'scalar']) }),
  ]),
})
const labels = z.object({ data: z.array(z.string()).optional() })

/** By time, then by labels, so that the same answer gives the same bytes; within a stream as Loki has them. */
const newestFirst = (result: readonly z.infer<typeof stream>[]): LogLine[] =>
  result
    .flatMap((one) => {
      const entries = Object.entries(one.stream).sort(([a], [b]) => (a < b ? -1 : 1))
      const shared = { key: JSON.stringify(entries), labels: Object.fromEntries(entries) }
      return one.values.map(([at, line]) => ({ at: at.padStart(19, '0'), line, ...shared }))
    })
    .sort((a, b) => compare(b.at, a.at) || compare(a.key, b.key))
    .map(({ at, line, labels: own }) => ({ at: rfc3339(at), line, labels: own }))

/** 19 digits of nanoseconds, more than a number holds, to RFC 3339 with all of them. */
const rfc3339 = (digits: string): string =>
  `${new Date(Number(digits.slice(0, 10)) * 1000).toISOString().slice(0, 19)}.${digits.slice(10)}Z`

const nanoseconds = (moment: Date): string => `${moment.getTime()}000000`

/** A read-only client of Loki's HTTP API. Throws TransientError or PermanentError. */
export type Loki = {
  readonly endpoint: string
  /** Newest first. `complete` is false when `limit` cut the answer; an answer over the size cap is a PermanentError. */
  lines(
    query: string,
    options: { from: Date; to: Date; limit: number; signal?: AbortSignal },
  ): Promise<{ readonly lines: readonly LogLine[]; readonly complete: boolean }>
  labelNames(options: { signal?: AbortSignal }): Promise<readonly string[]>
  /** The values that a label had in a window, sorted. */
  labelValues(name: string, options: { from: Date; to: Date; signal?: AbortSignal }): Promise<readonly string[]>
}
