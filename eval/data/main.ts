import { existsSync, statSync } from 'node:fs'
import { InputError } from '../../src/errors.ts'
import type { Rule } from '../../src/investigation/rules/rule.ts'
import { type Bench, openBench } from '../bench.ts'
import { readNezha } from './nezha.ts'
import { readPetshop } from './petshop.ts'
import { type Running, startPrometheus } from './prometheus.ts'
import type { Metrics, Recording } from './recording.ts'
import { reportOf } from './report.ts'
import { look, startSources } from './run.ts'
import { type Bar, barsOf, type Row, score, storyBars } from './score.ts'

export type DataAsked = {
  readonly directory: string
  /** nezha, petshop, stories, or the beginning of an incident's name. */
  readonly only?: string
  /** At most so many incidents of each set, and so many normal windows, evenly spread. */
  readonly limit?: number
  /** Minutes of normal operation before each incident. */
  readonly history?: number
  /** What is tried in the place of Vigil's own. */
  readonly rules?: readonly Rule[]
}

export type DataEvaluated = { readonly report: string; readonly passed: boolean; readonly rows: readonly Row[] }

const HISTORY_MINUTES = 360

/** Measures the first look on recorded incidents (docs/eval.md). Throws InputError where there are none. */
export const evaluateData = async (asked: DataAsked): Promise<DataEvaluated> => {
  const recordings = chosen(read(asked), asked)
  const told = asked.rules === undefined && (asked.only === undefined || asked.only === 'stories') ? await stories() : []
  if (recordings.length + told.length === 0)
    throw new InputError(
      `There is no recording in ${asked.directory}${asked.only === undefined ? '' : ` for ${asked.only}`}: docs/eval.md says how it is laid out`,
    )
  const rows = recordings.length === 0 ? [] : await lookAtAll(recordings, asked)
  const bars = [...barsOf(rows), ...told]
  return { rows, report: reportOf(rows, bars), passed: bars.every(({ met }) => met) }
}

const lookAtAll = async (recordings: readonly Recording[], { rules }: DataAsked): Promise<Row[]> => {
  const bench = await openBench(recordings)
  const running = new Map<Metrics, Running>()
  const rows: Row[] = []
  try {
    for (const [at, one] of recordings.entries()) {
      const prometheus = running.get(one.metrics) ?? (await startPrometheus(one.metrics))
      running.set(one.metrics, prometheus)
      rows.push(await lookAt(bench, one, { running: prometheus, rules }))
      if (recordings.slice(at + 1).every(({ metrics }) => metrics !== one.metrics)) {
        running.delete(one.metrics)
        await prometheus.close()
      }
    }
    return rows
  } finally {
    await Promise.all([...running.values()].map((one) => one.close()))
    await bench.close()
  }
}

const STORIES = new URL('../stories/main.ts', import.meta.url)

type Stories = { runStories(): Promise<{ readonly precision: number; readonly recall: number; readonly n: number }> }

/** Deploys made up with what confounds them: they need no recording. */
const stories = async (): Promise<Bar[]> => {
  if (!existsSync(STORIES)) return []
  const { runStories } = (await import(STORIES.href)) as Stories
  return storyBars(await runStories())
}

type Trial = { readonly running: Running; readonly rules: readonly Rule[] | undefined }

const lookAt = async (bench: Bench, one: Recording, { running, rules }: Trial): Promise<Row> => {
  const { sources, close } = await startSources(one, running)
  try {
    return score(one, await look(bench, one, { sources, ...(rules === undefined ? {} : { rules }) }))
  } finally {
    await close()
  }
}

/** A folder of the recordings, or one that holds the folders of several sets. */
const read = ({ directory, only, history = HISTORY_MINUTES }: DataAsked): Recording[] => {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) throw new InputError(`--data ${directory}: there is no such folder`)
  const wants = (set: Recording['set']): boolean => only === undefined || !['nezha', 'petshop', 'stories'].includes(only) || only === set
  const nezha = wants('nezha') ? readNezha(directory, history) : []
  return [...nezha, ...(wants('petshop') ? readPetshop(directory, history) : [])]
}

const chosen = (all: readonly Recording[], { only, limit }: DataAsked): Recording[] => {
  const named = all.filter(({ set, name }) => only === undefined || only === set || name.startsWith(only))
  if (limit === undefined) return named
  const groups = Map.groupBy(named, ({ set, expected }) => `${set} ${expected === null}`)
  const kept = new Set([...groups.values()].flatMap((group) => spread(group, limit)))
  return named.filter((one) => kept.has(one))
}

const spread = <T>(all: readonly T[], limit: number): T[] =>
  all.length <= limit
    ? [...all]
    : Array.from({ length: limit }, (_, n) => all[Math.floor((n * all.length) / limit)]).flatMap((one) => one ?? [])
