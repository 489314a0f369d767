import { existsSync } from 'node:fs'
import { openBench } from '../eval/bench.ts'
import { readNezha } from '../eval/data/nezha.ts'
import { startPrometheus } from '../eval/data/prometheus.ts'
import type { Recording } from '../eval/data/recording.ts'
import { type Fired, look, startSources } from '../eval/data/run.ts'
import type { Fetch } from '../src/context.ts'
import type { Sources } from '../src/datasources/sources.ts'
import { atMost, counted, type Measured } from './measure.ts'
import { madeMinutePair } from './minute-pair.ts'

/** Timed ones at each pair. */
const LOOKS = 12
const AIM_MS = 100
const LIMIT_MS = 300

/** All rules over a minute with a fault and one without, of a system of 46 pods, with every answer of every data source in memory. */
export const rules = async (directory: string | undefined): Promise<Measured[]> => {
  const pairs = await remembered(directory)
  const turns = Array.from({ length: LOOKS }, (_, n) => pairs.map((pair) => ({ ...pair, name: `${pair.name}-${n}` }))).flat()
  const bench = await openBench(turns)
  const times: { ms: number; cpuMs: number }[] = []
  try {
    for (const { sources, gaps, ...one } of turns) {
      const { brief, ms, cpuMs } = await look(bench, one, { sources })
      // What is not in memory is not there at all, and whoever sees nothing is fast.
      if (brief.gaps.join() !== gaps) throw new Error(`${one.name} asked something new: ${brief.gaps.join()}`)
      times.push({ ms, cpuMs })
    }
  } finally {
    await bench.close()
  }
  const at = (of: 'ms' | 'cpuMs', share: number): number => {
    const sorted = times.map((one) => one[of]).toSorted((a, b) => a - b)
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
  }
  const what = pairs.some(({ name }) => name === MADE) ? 'a made minute pair' : `${pairs.length} recorded minute pairs`
  return [
    counted(`rules over ${what}, p50`, at('ms', 0.5), atMost(AIM_MS, ''), `ms, ${times.length} looks`),
    counted(`rules over ${what}, p95`, at('ms', 0.95), atMost(LIMIT_MS, ''), 'ms'),
    counted('the same, processor time, p50', at('cpuMs', 0.5), atMost(AIM_MS, ''), 'ms'),
    counted('the same, processor time, p95', at('cpuMs', 0.95), atMost(LIMIT_MS, ''), 'ms'),
  ]
}

const MADE = 'made'

type Remembered = Fired & { readonly sources: Sources; readonly gaps: string }

/** One look at each pair, so that all it asks for is kept; of the recordings nothing else is. */
const remembered = async (directory: string | undefined): Promise<Remembered[]> => {
  const recorded = directory === undefined ? [] : readNezha(directory, 60).filter(({ expected }) => expected !== null)
  const pairs = recorded.length === 0 ? [madeMinutePair()] : recorded.map(pairOf)
  const bench = await openBench(pairs)
  const kept: Remembered[] = []
  try {
    for (const pair of pairs) {
      const running = await startPrometheus(pair.metrics)
      const { sources, close } = await startSources(pair, running, remembering(pair.name))
      try {
        const { brief } = await look(bench, pair, { sources })
        kept.push({ name: pair.name, alert: pair.alert, now: pair.now, sources, gaps: brief.gaps.join() })
      } finally {
        await close()
        await running.close()
      }
    }
  } finally {
    await bench.close()
  }
  return kept
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

/** A network that asks everything once. Each look is of a cluster of its own, which questions name; the answers are the same. */
const remembering = (name: string): Fetch => {
  const known = new Map<string, Kept>()
  const numbered = new RegExp(`${RegExp.escape(name)}-\\d+`, 'g')
  return async (input, init) => {
    const asked = `${init?.method ?? 'GET'} ${String(input)} ${init?.body === undefined ? '' : String(init.body)}`
    const key = asked.replaceAll(numbered, name)
    const kept = known.get(key) ?? (await keep(input, init))
    known.set(key, kept)
    return new Response(kept.body, { status: kept.status, headers: kept.headers })
  }
}

const keep = async (...[input, init]: Parameters<Fetch>): Promise<Kept> => {
  const response = await fetch(input, init)
  return { status: response.status, headers: [...response.headers], body: await response.text() }
}

/** Where recordings stand: `--data DIR`, else EVAL_DATA. */
export const dataOf = (flag: string | undefined): string | undefined => {
  const directory = flag ?? process.env['EVAL_DATA']
  if (directory !== undefined && !existsSync(directory)) throw new Error(`there is no folder ${directory}`)
  return directory
}
