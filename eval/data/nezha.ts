import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { filesOf, isArchive } from './archive.ts'
import { columnsOf, metricsOf } from './nezha-metrics.ts'
import { entryOf, type File, linesOf, NAMESPACE, serviceOf, tracesOf } from './nezha-written.ts'
import type { AlertRule, Line, Recording, Samples, Trace, Written } from './recording.ts'

/** How long the fault lasts when its alert fires, the `for` of its rule; and how long after it Vigil looks. */
const FOR_SECONDS = 60
const LOOK_SECONDS = 60
/** Logs and traces of so many minutes at most stand before the recording. */
const WRITTEN_MINUTES = 30

/**
 * Recordings in the layout of Nezha: a folder or archive a fault with `fault.json`, `log/`, `trace/` and `metric/`, and folders or archives
 * without `fault.json` whose minutes are free of faults. `minutes` of the latter stand before each fault.
 */
export const readNezha = (directory: string, minutes: number): Recording[] => {
  const parts = partsOf(directory)
  const usual = parts.filter(({ fault }) => fault === null)
  return parts.flatMap((part) => (part.fault === null ? [] : [recordingOf({ ...part, fault: part.fault }, { usual, all: parts, minutes })]))
}

type Fault = { readonly inject_time: string; readonly inject_timestamp?: string | number; readonly inject_pod: string }

/** One archive. What it holds is read when it is needed. */
export type Part = {
  readonly name: string
  readonly fault: Fault | null
  /** The contents of its files of one kind: log, trace, metric. */
  files(kind: 'log' | 'trace'): File[]
  /** What its metric files hold, read once. */
  metrics(): readonly Samples[]
}

const partsOf = (directory: string): Part[] =>
  readdirSync(directory)
    .filter((name) => isArchive(name) || statSync(join(directory, name)).isDirectory())
    .sort()
    .flatMap((name) => {
      const files = filesOf(join(directory, name))
      const fault = [...files].find(([path]) => path.endsWith('fault.json'))?.[1]
      const of = (kind: string) =>
        [...files]
          .filter(([path]) => new RegExp(`(^|/)${kind}/[^/]+\\.csv$`).test(path))
          .map(([path, text]) => ({ name: path, text }))
          .sort((a, b) => (a.name < b.name ? -1 : 1))
      if (of('log').length + of('trace').length + of('metric').length === 0) return []
      let metrics: readonly Samples[] | undefined
      return [
        {
          name: name.replace(/\.(tar\.gz|tgz|tar)$/, ''),
          fault: fault === undefined ? null : (JSON.parse(fault) as Fault),
          files: of,
          metrics: () => (metrics ??= of('metric').flatMap(({ text }) => columnsOf(text))),
        },
      ]
    })

type Around = { readonly usual: readonly Part[]; readonly all: readonly Part[]; readonly minutes: number }

const recordingOf = (part: Part & { readonly fault: Fault }, around: Around): Recording => {
  const onset = onsetOf(part.fault)
  const own = writtenOf(part)
  const usual = nearest(around.usual, onset)
  const first = Math.min(...own.traces.flatMap(({ spans }) => spans.map(({ start }) => start / 1000)), onset)
  const last = Math.max(...own.traces.flatMap(({ spans }) => spans.map(({ start }) => start / 1000)), onset + 1)
  const startsAt = onset + FOR_SECONDS
  const now = Math.max(startsAt + 1, Math.min(startsAt + LOOK_SECONDS, Math.ceil(last)))
  const entry = entryOf({ traces: own.traces, usual: usual.traces, onset })
  const rule: AlertRule = {
    alert: 'EntryProbeFailing',
    expression: `probe_success{service=${JSON.stringify(entry)}} < 1`,
    forSeconds: FOR_SECONDS,
    labels: { severity: 'critical' },
  }
  const since = Math.floor(first) - Math.min(around.minutes, WRITTEN_MINUTES) * 60
  const written: Written = { since, ...own, usual }
  const pod = part.fault.inject_pod
  return {
    set: 'nezha',
    name: part.name,
    alert: {
      labels: { alertname: rule.alert, service: entry, namespace: NAMESPACE, ...rule.labels },
      expression: rule.expression,
      startsAt: new Date(startsAt * 1000),
    },
    now: new Date(now * 1000),
    metrics: {
      name: part.name,
      intervalSeconds: 60,
      rules: [rule],
      series: () => metricsOf({ parts: around.all, written, entry, onset, now, minutes: around.minutes }),
    },
    written: () => written,
    expected: { service: serviceOf(pod), names: [serviceOf(pod), pod] },
  }
}

/** `inject_time` is in UTC; `inject_timestamp` may be off by whole hours, and where both differ by less the fault began at the earlier. */
const onsetOf = ({ inject_time: text, inject_timestamp: stamp }: Fault): number => {
  const said = Date.parse(`${text.replace(' ', 'T')}Z`) / 1000
  const other = Number(stamp)
  if (!Number.isFinite(other) || other === 0) return said
  return Math.min(said, said - shiftOf(other, said))
}

const HALF_HOUR = 1800

/** How much later `said` is than `other`, beside whole half hours. */
const shiftOf = (other: number, said: number): number => said - other - Math.round((said - other) / HALF_HOUR) * HALF_HOUR

const writtenOf = (part: Part): { readonly lines: readonly Line[]; readonly traces: readonly Trace[] } => ({
  lines: linesOf(part.files('log')),
  traces: tracesOf(part.files('trace')),
})

/** The fault-free minute that is nearest in time: another day has other pods. */
const nearest = (parts: readonly Part[], onset: number): { readonly lines: readonly Line[]; readonly traces: readonly Trace[] } => {
  const read = parts.map((part) => writtenOf(part)).filter(({ lines, traces }) => lines.length + traces.length > 0)
  const distance = ({ traces: [head] }: (typeof read)[number]): number => Math.abs((head?.spans[0]?.start ?? 0) / 1000 - onset)
  return read.toSorted((a, b) => distance(a) - distance(b))[0] ?? { lines: [], traces: [] }
}
