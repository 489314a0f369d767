import { ownerOfPod } from '../../src/kubernetes/names.ts'
import { metricsOf } from './nezha-metrics.ts'
import { type Fault, type Part, partsOf } from './nezha-parts.ts'
import { entryOf, NAMESPACE } from './nezha-written.ts'
import type { AlertRule, Both, Recording, Written } from './recording.ts'

/** How long the fault lasts when its alert fires, the `for` of its rule; and how long after it Vigil looks. */
const FOR_SECONDS = 60
const LOOK_SECONDS = 60
/** Before the fault nothing was wrong: where so much of that was recorded, a false alert is raised there too. */
const QUIET_SECONDS = 40
const QUIET_FOR_SECONDS = 15
/** Logs and traces of so many minutes at most stand before the recording. */
const WRITTEN_MINUTES = 30

/**
 * Recordings in the layout of Nezha, at or below a folder: a folder or archive a fault with `fault.json`, `log/`, `trace/` and `metric/`, and folders or archives
 * without `fault.json` whose minutes are free of faults. `minutes` of the latter stand before each fault.
 */
export const readNezha = (directory: string, minutes: number): Recording[] => {
  const all = partsOf(directory)
  return all.flatMap((part) => {
    if (part.fault === null) return []
    const parts = all.filter((other) => !other.pods().isDisjointFrom(part.pods()))
    return recordingsOf(part, part.fault, { parts, minutes })
  })
}

/** `parts`: all of the same system. */
type Around = { readonly parts: readonly Part[]; readonly minutes: number }

/** The incident, and the time before it in which nothing was wrong yet, where that is long enough. */
const recordingsOf = (part: Part, fault: Fault, around: Around): Recording[] => {
  const onset = onsetOf(fault)
  const own = part.written()
  const usual = usualOf(part, around, onset)
  const starts = own.traces.flatMap(({ spans }) => spans.map(({ start }) => start / 1000))
  const [first, last] = starts.reduce(([low, high], start) => [Math.min(low, start), Math.max(high, start)], [onset, onset + 1])
  const entry = entryOf({ traces: own.traces, usual: usual.flatMap(({ traces }) => traces), onset })
  const written: Written = { since: Math.floor(first) - Math.min(around.minutes, WRITTEN_MINUTES) * 60, ...own, usual }
  const pod = fault.inject_pod
  const common = { around, entry, written }
  const startsAt = onset + FOR_SECONDS
  const now = Math.max(startsAt + 1, Math.min(startsAt + LOOK_SECONDS, Math.ceil(last)))
  const incident = recordingOf({ ...common, name: part.name, onset, forSeconds: FOR_SECONDS, now })
  const expected = { service: ownerOfPod(pod), names: [ownerOfPod(pod), pod] }
  if (onset - first < QUIET_SECONDS) return [{ ...incident, expected }]
  const quiet = { onset: Math.ceil(first), forSeconds: QUIET_FOR_SECONDS, now: onset - 1 }
  return [{ ...incident, expected }, recordingOf({ ...common, name: `${part.name}-before`, ...quiet })]
}

type About = {
  readonly around: Around
  readonly entry: string
  readonly written: Written
  readonly name: string
  readonly onset: number
  readonly forSeconds: number
  readonly now: number
}

const recordingOf = ({ around, entry, written, name, onset, forSeconds, now }: About): Recording => {
  const rule: AlertRule = {
    alert: 'EntryProbeFailing',
    expression: `probe_success{service=${JSON.stringify(entry)}} < 1`,
    forSeconds,
    labels: { severity: 'critical' },
  }
  return {
    set: 'nezha',
    name,
    alert: {
      labels: { alertname: rule.alert, service: entry, namespace: NAMESPACE, ...rule.labels },
      expression: rule.expression,
      startsAt: new Date((onset + forSeconds) * 1000),
    },
    now: new Date(now * 1000),
    metrics: {
      name,
      intervalSeconds: 60,
      rules: [rule],
      series: () => metricsOf({ parts: around.parts, written, entry, onset, now, minutes: around.minutes }),
    },
    written: () => written,
    expected: null,
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

/** What was recorded of the same system without a fault: whole minutes, and those before other faults; the nearest in time first. */
const usualOf = (part: Part, { parts }: Around, onset: number): Both[] =>
  parts
    .flatMap((other) => {
      if (other === part) return []
      const { fault } = other
      if (fault === null) return [other.written()]
      const before = until(other.written(), onsetOf(fault))
      return lengthOf(before) < QUIET_SECONDS ? [] : [before]
    })
    .filter(({ lines, traces }) => lines.length + traces.length > 0)
    .toSorted((a, b) => Math.abs(startOf(a) - onset) - Math.abs(startOf(b) - onset))

/** Traces that began and lines that were written before. */
const until = ({ lines, traces }: Both, end: number): Both => ({
  lines: lines.filter(({ nanoseconds }) => Number(nanoseconds / 1_000_000n) / 1000 < end),
  traces: traces.filter(({ spans }) => spans.every((span) => span.end / 1000 < end)),
})

const startsOf = ({ traces }: Both): number[] => traces.flatMap(({ spans: [span] }) => (span === undefined ? [] : [span.start / 1000]))
const startOf = (one: Both): number => Math.min(...startsOf(one))
const lengthOf = (one: Both): number => Math.max(0, ...startsOf(one)) - startOf(one)
