import { existsSync } from 'node:fs'
import { openBench } from '../eval/bench.ts'
import { readNezha } from '../eval/data/nezha.ts'
import { startPrometheus } from '../eval/data/prometheus.ts'
import type { Recording } from '../eval/data/recording.ts'
import { look, startSources } from '../eval/data/run.ts'
import type { Fetch } from '../src/context.ts'
import { atMost, counted, type Measured } from './measure.ts'
import { madeMinutePair } from './minute-pair.ts'

/** The first look at a pair is not timed: it fills the memory that the others read from. */
const LOOKS = 12
const LIMIT_MS = 300

/** All rules over a minute with a fault and one without, of a system of 46 pods, with every answer of every data source in memory. */
export const rules = async (directory: string | undefined): Promise<Measured[]> => {
  const recorded = directory === undefined ? [] : readNezha(directory, 60).filter(({ expected }) => expected !== null)
  const pairs = recorded.length === 0 ? [madeMinutePair()] : recorded.map(pairOf)
  const names = pairs.flatMap(({ name }) => Array.from({ length: LOOKS + 1 }, (_, n) => `${name}-${n}`))
  const bench = await openBench(names.map((name) => ({ name })))
  const times: number[] = []
  try {
    for (const pair of pairs) {
      const running = await startPrometheus(pair.metrics)
      const { sources, close } = await startSources(pair, running, remembering())
      try {
        for (let n = 0; n <= LOOKS; n++) {
          const { ms } = await look(bench, { ...pair, name: `${pair.name}-${n}` }, { sources })
          if (n > 0) times.push(ms)
        }
      } finally {
        await close()
        await running.close()
      }
    }
  } finally {
    await bench.close()
  }
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
  const what = `${recorded.length === 0 ? 'a made' : `${recorded.length} recorded`} minute pair${recorded.length > 1 ? 's' : ''}`
  return [
    counted(`rules over ${what}, p50`, at(0.5), atMost(100, ''), `ms, ${times.length} looks`),
    counted(`rules over ${what}, p95`, at(0.95), atMost(LIMIT_MS, ''), 'ms'),
  ]
}

/** The minute of the fault, and the fault-free one once before it. */
const pairOf = (one: Recording): Recording => {
  const onset = one.alert.startsAt.getTime() / 1000 - 60
  const end = onset + 60
  const written = one.written?.() ?? { since: onset, lines: [], traces: [], usual: [] }
  const inMinute = (seconds: number): boolean => seconds >= onset && seconds < end
  return {
    ...one,
    written: () => ({
      ...written,
      // Longer than one stretch, shorter than two.
      since: onset - 110,
      usual: written.usual.slice(0, 1),
      lines: written.lines.filter(({ nanoseconds }) => inMinute(Number(nanoseconds / 1_000_000n) / 1000)),
      traces: written.traces.filter(({ spans }) => inMinute((spans[0]?.start ?? 0) / 1000)),
    }),
  }
}

type Kept = { readonly status: number; readonly headers: [string, string][]; readonly body: string }

/** A network that asks everything once. */
const remembering = (): Fetch => {
  const known = new Map<string, Kept>()
  return async (input, init) => {
    const key = `${init?.method ?? 'GET'} ${String(input)} ${init?.body === undefined ? '' : String(init.body)}`
    const kept = known.get(key) ?? (await keep(input, init))
    known.set(key, kept)
    return new Response(kept.body, { status: kept.status, headers: kept.headers })
  }
}

const keep = async (...[input, init]: Parameters<Fetch>): Promise<Kept> => {
  const response = await fetch(input, init)
  return { status: response.status, headers: [...response.headers], body: await response.text() }
}

/** Where recordings stand: `--data DIR`, else VIGIL_EVAL_DATA. */
export const dataOf = (flag: string | undefined): string | undefined => {
  const directory = flag ?? process.env['VIGIL_EVAL_DATA']
  if (directory !== undefined && !existsSync(directory)) throw new Error(`there is no folder ${directory}`)
  return directory
}
