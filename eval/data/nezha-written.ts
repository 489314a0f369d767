import { ownerOfPod } from '../../src/kubernetes/names.ts'
import type { Span } from '../../src/traces/span.ts'
import { csvRecords } from './csv.ts'
import type { Line, Trace } from './recording.ts'

export const NAMESPACE = 'nezha'

type Row = Readonly<Record<string, string>>

export type File = { readonly name: string; readonly text: string }

/**
 * How far a file's clock is ahead of its name (`08_44_log.csv`), in whole half hours of a time zone: nanoseconds. A clock that is off does so
 * alike in all rows.
 */
const zoneOf = (times: readonly bigint[], name: string): bigint => {
  const [, hours, minutes] = /(?:^|\/)(\d\d)_(\d\d)[^/]*$/.exec(name) ?? []
  const middle = times.toSorted((a, b) => (a < b ? -1 : 1))[times.length >> 1]
  if (middle === undefined || hours === undefined) return 0n
  const ahead = (Number(middle / 1_000_000_000n) % 86_400) - (Number(hours) * 3600 + Number(minutes) * 60)
  const halfHours = ((((Math.round(ahead / 1800) + 24) % 48) + 48) % 48) - 24
  return BigInt(halfHours) * 1_800_000_000_000n
}

/** Ascending in time. */
export const linesOf = (files: readonly File[]): Line[] =>
  files.flatMap(fileLines).sort((a, b) => (a.nanoseconds < b.nanoseconds ? -1 : a.nanoseconds > b.nanoseconds ? 1 : 0))

const fileLines = ({ name, text }: File): Line[] => {
  const rows = csvRecords(text).filter(({ TimeUnixNano: at = '' }) => /^\d+$/.test(at))
  const zone = zoneOf(
    rows.map(({ TimeUnixNano: at = '' }) => BigInt(at)),
    name,
  )
  return rows.map(
    ({ TimeUnixNano: at = '', PodName: pod = '', Node: node = '', Container: container = '', TraceID: trace = '', Log: log = '' }) => ({
      nanoseconds: BigInt(at) - zone,
      labels: {
        service: ownerOfPod(pod),
        pod,
        namespace: NAMESPACE,
        ...(node === '' ? {} : { node }),
        ...(container === '' ? {} : { container }),
      },
      line: lineOf(log),
      trace,
    }),
  )
}

/** As a log shipper unpacks the file that a container's runtime writes. */
const lineOf = (text: string): string => {
  if (!text.startsWith('{')) return text
  try {
    const { log } = JSON.parse(text) as { log?: unknown }
    return typeof log === 'string' ? log.replace(/\n$/, '') : text
  } catch {
    return text
  }
}

export const tracesOf = (files: readonly File[]): Trace[] => {
  const rows = files.flatMap(({ name, text }) => {
    const known = csvRecords(text).filter(
      ({ StartTimeUnixNano: start = '', EndTimeUnixNano: end = '' }) => /^\d+$/.test(start) && /^\d+$/.test(end),
    )
    const zone = zoneOf(
      known.map(({ StartTimeUnixNano: at = '' }) => BigInt(at)),
      name,
    )
    return known.map((row) => ({ row, zone }))
  })
  return [...Map.groupBy(rows, ({ row: { TraceID: id = '' } }) => id)].map(([id, all]) => ({
    id,
    spans: spansOf(
      all.map(({ row }) => row),
      all[0]?.zone ?? 0n,
    ),
  }))
}

const spansOf = (rows: readonly Row[], zone: bigint): Span[] => {
  const pods = new Map(rows.map(({ SpanID: id = '', PodName: pod = '' }) => [id, ownerOfPod(pod)]))
  const calling = new Set(rows.flatMap(({ ParentID: parent = '', PodName: pod = '' }) => (isOther(pods.get(parent), pod) ? [parent] : [])))
  return rows.map((row): Span => {
    const { SpanID: id = '', ParentID: parent = '', PodName: pod = '', OperationName: name = '' } = row
    const isRoot = !pods.has(parent)
    return {
      id,
      parent: isRoot ? null : parent,
      service: ownerOfPod(pod),
      name,
      // Kinds were not kept: who is called from elsewhere serves, who has a child elsewhere calls.
      kind: isRoot || isOther(pods.get(parent), pod) ? 'server' : calling.has(id) ? 'client' : 'internal',
      start: milliseconds(row['StartTimeUnixNano'] ?? '', zone),
      end: milliseconds(row['EndTimeUnixNano'] ?? '', zone),
      error: null,
    }
  })
}

const isOther = (service: string | undefined, pod: string): boolean => service !== undefined && service !== ownerOfPod(pod)

const milliseconds = (nanoseconds: string, zone: bigint): number => Number((BigInt(nanoseconds) - zone) / 1000n) / 1000

type Entry = { readonly traces: readonly Trace[]; readonly usual: readonly Trace[]; readonly onset: number }

/**
 * The service whose users notice: the root of most traces after the onset that took longer than nineteen of twenty usual ones of the same
 * service; where none did, of most traces.
 */
export const entryOf = ({ traces, usual, onset }: Entry): string => {
  const roots = (all: readonly Trace[]): Span[] => all.flatMap(({ spans }) => spans.find(({ parent }) => parent === null) ?? [])
  const took = ({ start, end }: Span): number => end - start
  const limits = new Map(
    [...Map.groupBy(roots(usual), ({ service }) => service)].map(([service, all]) => {
      const times = all.map(took).toSorted((a, b) => a - b)
      return [service, times[Math.floor(times.length * 0.95)] ?? 0] as const
    }),
  )
  const later = [
    ...Map.groupBy(
      roots(traces).filter(({ start }) => start / 1000 >= onset),
      ({ service }) => service,
    ),
  ].map(([service, all]) => ({ service, slow: all.filter((span) => took(span) > (limits.get(service) ?? 0)).length, all: all.length }))
  return later.toSorted((a, b) => b.slow - a.slow || b.all - a.all || (a.service < b.service ? -1 : 1))[0]?.service ?? 'unknown'
}
