import type { Line, Recording, Samples, Trace } from '../eval/data/recording.ts'
import { hash } from '../src/demo/world/noise.ts'
import type { Span } from '../src/traces/span.ts'

const PODS = 46
const COLUMNS = 18
const LINES = 3000
const TRACES = 70
const SPANS = 71
const ONSET = Date.parse('2026-11-20T12:00:00Z') / 1000
const NAMESPACE = 'shop'

/** The one at fault: deep in the tree of calls. */
const FAULTY = 21

const service = (n: number): string => `service-${String(n).padStart(2, '0')}`
const pod = (n: number): string => `${service(n)}-7d9f8c6b5-${hash(`pod ${n}`).toString(36).padStart(5, 'x').slice(0, 5)}`
/** 0 to 1 of a name, the same in every run. */
const chance = (name: string): number => hash(name) / 2 ** 32

/** A minute with a fault and one without, as large as those of a system of 46 services: the same whenever it is made. */
export const madeMinutePair = (): Recording => {
  const entry = service(0)
  const now = ONSET + 60
  return {
    set: 'nezha',
    name: 'made',
    alert: {
      labels: { alertname: 'EntryProbeFailing', service: entry, namespace: NAMESPACE, severity: 'critical' },
      expression: `probe_success{service="${entry}"} < 1`,
      startsAt: new Date((ONSET + 30) * 1000),
    },
    now: new Date(now * 1000),
    metrics: { name: 'made', intervalSeconds: 60, rules: [], series: () => [...columns(), ...calls(), probe(entry)] },
    written: () => ({
      since: ONSET - 90,
      lines: lines(ONSET, true),
      traces: traces(ONSET, true),
      usual: [{ lines: lines(ONSET - 3600, false), traces: traces(ONSET - 3600, false) }],
    }),
    expected: { service: service(FAULTY), names: [service(FAULTY), pod(FAULTY)] },
  }
}

const minutes = Array.from({ length: 62 }, (_, n) => ONSET - (60 - n) * 60)

const columns = (): Samples[] =>
  Array.from({ length: PODS * COLUMNS }, (_, at): Samples => {
    const [n, column] = [Math.floor(at / COLUMNS), at % COLUMNS]
    const usual = 10 + 990 * chance(`level ${at}`)
    return {
      metric: `pod_measure_${column}`,
      labels: { service: service(n), pod: pod(n), namespace: NAMESPACE },
      points: minutes.map((time) => {
        const grown = n === FAULTY && column < 3 && time >= ONSET ? 6 : 1
        return [time, usual * grown * (1 + 0.2 * (chance(`${at} ${time}`) - 0.5))] as const
      }),
    }
  })

const parentOf = (n: number): number => Math.floor((n - 1) / 2)

const calls = (): Samples[] =>
  Array.from({ length: PODS - 1 }, (_, at) => ({
    metric: 'traces_service_graph_request_total',
    labels: { client: service(parentOf(at + 1)), server: service(at + 1) },
    points: minutes.map((time, n) => [time, n * 40] as const),
  }))

const probe = (entry: string): Samples => ({
  metric: 'probe_success',
  labels: { service: entry, namespace: NAMESPACE },
  points: minutes.map((time) => [time, time < ONSET ? 1 : 0] as const),
})

const lines = (from: number, faulty: boolean): Line[] =>
  Array.from({ length: LINES }, (_, at): Line => {
    const n = hash(`who ${at}`) % PODS
    const trace = traceId(from, at % TRACES)
    return {
      nanoseconds: BigInt(from) * 1_000_000_000n + (BigInt(at) * 60_000_000_000n) / BigInt(LINES),
      labels: { service: service(n), pod: pod(n), namespace: NAMESPACE },
      line: `12:00:${String(at % 60).padStart(2, '0')}.${at % 1000} ${wordsOf(n, at, faulty)} TraceID: ${trace} order=${hash(`o ${from} ${at}`) % 10_000}`,
      trace,
    }
  })

const wordsOf = (n: number, at: number, faulty: boolean): string => {
  if (faulty && n === FAULTY && at % 2 === 0) return 'ERROR Client#88 upstream refused the connection after 3 attempts'
  const kind = hash(`kind ${at}`) % 4
  return `INFO ${service(n)}.Impl#${100 + kind * 17} [step ${kind}] ${['read', 'wrote', 'checked', 'sent'][kind]} one record of the table`
}

const traceId = (from: number, n: number): string => hash(`trace ${from} ${n}`).toString(16).padStart(8, '0').repeat(4)

const traces = (from: number, faulty: boolean): Trace[] =>
  Array.from({ length: TRACES }, (_, t): Trace => {
    const start = (from + (t * 60) / TRACES) * 1000
    const spans = Array.from({ length: SPANS }, (_, at) => spanOf({ t, at, start, faulty: faulty && t % 2 === 0 }))
    return { id: traceId(from, t), spans }
  })

/** A service's own span, and the call to it as its caller has it. */
const spanOf = ({ t, at, start, faulty }: { t: number; at: number; start: number; faulty: boolean }): Span => {
  const n = Math.ceil(at / 2) % PODS
  const isClient = at % 2 === 1
  const usual = (400 / 2 ** Math.floor(Math.log2(n + 1))) * (0.9 + 0.2 * chance(`${t} ${at}`))
  const slow = faulty && isAbove(n) ? 800 : 0
  return {
    id: `${t}-${at}`,
    parent: at === 0 ? null : isClient ? `${t}-${Math.max(0, parentOf(n) * 2)}` : `${t}-${at - 1}`,
    service: service(isClient ? parentOf(n) : n),
    name: isClient ? 'HTTP GET' : `/api/${n}`,
    kind: isClient ? 'client' : 'server',
    start: start + n + (isClient ? 0 : 0.5),
    end: start + n + usual + slow + (isClient ? 1 : 0),
    error: null,
  }
}

/** The faulty one and who waits for it. */
const isAbove = (n: number): boolean => {
  for (let at = FAULTY; at >= 0; at = at === 0 ? -1 : parentOf(at)) if (at === n) return true
  return false
}
