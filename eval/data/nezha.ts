import { ownerOfPod } from '../../src/kubernetes/names.ts'
import { metricsOf } from './nezha-metrics.ts'
import { type Both, type Fault, type Part, partsOf } from './nezha-parts.ts'
import { entryOf, NAMESPACE } from './nezha-written.ts'
import type { AlertRule, Recording, Written } from './recording.ts'

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
    return recordingsOf({ ...part, fault: part.fault }, { parts, minutes })
  })
}

/** `parts`: all of the same system. */
type Around = { readonly parts: readonly Part[]; readonly minutes: number }

/** The incident, and the time before it in which nothing was wrong yet, where that is long enough. */
const recordingsOf = (part: Part & { readonly fault: Fault }, around: Around): Recording[] => {
  const onset = onsetOf(part.fault)
  const own = part.written()
  const usual = nearest(
    around.parts.filter(({ fault }) => fault === null),
    onset,
  )
  const starts = own.traces.flatMap(({ spans }) => spans.map(({ start }) => start / 1000))
  const [first, last] = starts.reduce(([low, high], start) => [Math.min(low, start), Math.max(high, start)], [onset, onset + 1])
  const entry = entryOf({ traces: own.traces, usual: usual.traces, onset })
  const written: Written = { since: Math.floor(first) - Math.min(around.minutes, WRITTEN_MINUTES) * 60, ...own, usual }
  const pod = part.fault.inject_pod
  const common = { part, around, entry, written }
  const startsAt = onset + FOR_SECONDS
  const now = Math.max(startsAt + 1, Math.min(startsAt + LOOK_SECONDS, Math.ceil(last)))
  const incident = recordingOf({ ...common, name: part.name, onset, forSeconds: FOR_SECONDS, now })
  const expected = { service: ownerOfPod(pod), names: [ownerOfPod(pod), pod] }
  if (onset - first < QUIET_SECONDS) return [{ ...incident, expected }]
  const quiet = { onset: Math.ceil(first), forSeconds: QUIET_FOR_SECONDS, now: onset - 1 }
  return [{ ...incident, expected }, recordingOf({ ...common, name: `${part.name}-before`, ...quiet })]
}

type About = {
  readonly part: Part
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

/** The fault-free minute that is nearest in time. */
const nearest = (parts: readonly Part[], onset: number): Both => {
  const read = parts.map((part) => part.written()).filter(({ lines, traces }) => lines.length + traces.length > 0)
  const distance = ({ traces: [head] }: (typeof read)[number]): number => Math.abs((head?.spans[0]?.start ?? 0) / 1000 - onset)
  return read.toSorted((a, b) => distance(a) - distance(b))[0] ?? { lines: [], traces: [] }
}
