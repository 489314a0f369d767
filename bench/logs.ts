import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { clustering } from '../src/logs/cluster.ts'
import type { LogLine } from '../src/logs/line.ts'
import { atLeast, counted, type Measured, median } from './measure.ts'

/** Where recorded logs stand with the statement of each line: a folder a system with `structured.csv` (columns Content and EventId). */
const LOGHUB = process.env['LOGHUB'] ?? '../shared/data/loghub'

/** How well and how fast log lines are grouped by the statement that wrote them, with one configuration for all systems. */
export const logs = async (): Promise<Measured[]> => {
  const systems = existsSync(LOGHUB) ? readdirSync(LOGHUB).filter((name) => existsSync(join(LOGHUB, name, 'structured.csv'))) : []
  if (systems.length === 0) throw new Error(`no recorded logs in ${LOGHUB}; LOGHUB names the folder`)
  const read = systems.map((name) => ({ name, ...columns(readFileSync(join(LOGHUB, name, 'structured.csv'), 'utf8')) }))
  const scores = read.map(({ contents, events }) => accuracy(contents, events))
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const all = read.flatMap(({ contents }) => contents)
  const many = lines(Array.from({ length: 25 }, () => all).flat())
  clustering(many)
  const speeds = Array.from({ length: 5 }, () => {
    const began = performance.now()
    clustering(many)
    return many.length / ((performance.now() - began) / 1000)
  })
  const of = systems.map((name, i) => `${name} ${scores[i]?.ga.toFixed(3)}/${scores[i]?.fga.toFixed(3)}`).join(', ')
  return [
    {
      ...counted('log grouping accuracy, mean', mean(scores.map(({ ga }) => ga)), atLeast(0.92, '')),
      ours: `${mean(scores.map(({ ga }) => ga)).toFixed(3)} (${of})`,
    },
    {
      ...counted('F1 of groups, mean', mean(scores.map(({ fga }) => fga)), atLeast(0.88, '')),
      ours: mean(scores.map(({ fga }) => fga)).toFixed(3),
    },
    counted('log lines a second', Math.round(median(speeds)), atLeast(500_000, '')),
  ]
}

const lines = (contents: readonly string[]): LogLine[] => contents.map((line) => ({ at: '2026-11-20T00:00:00Z', line, labels: {} }))

/** GA: the share of lines whose group is exactly the expected one. FGA: the F1 of groups. */
export const accuracy = (contents: readonly string[], expected: readonly string[]): { ga: number; fga: number } => {
  const { of } = clustering(lines(contents))
  const indexes = contents.map((_, index) => index)
  const wanted = Map.groupBy(indexes, (index) => expected[index])
  const found = Map.groupBy(indexes, (index) => of(contents[index] ?? ''))
  const right = [...found.values()].filter((group) => {
    const want = wanted.get(expected[group[0] ?? 0])
    return want?.length === group.length && group.every((index) => want.includes(index))
  })
  const [precision, recall] = [right.length / found.size, right.length / wanted.size]
  return { ga: right.flat().length / contents.length, fga: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) }
}

export const columns = (csv: string): { contents: string[]; events: string[] } => {
  const [head = [], ...rows] = readCsv(csv)
  const column = (title: string): string[] => rows.map((row) => row[head.indexOf(title)] ?? '')
  return { contents: column('Content'), events: column('EventId') }
}

const readCsv = (text: string): string[][] =>
  text
    .trimEnd()
    .split(/\r?\n/)
    .map((row) =>
      [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? ''),
    )
