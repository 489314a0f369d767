import { InputError } from '../src/errors.ts'
import type { Recorded } from '../src/investigation/replay/recorded.ts'
import { usd } from '../src/text/number.ts'
import { type Bench, openBench } from './bench.ts'
import type { Case } from './case.ts'
import { cases } from './cases/index.ts'
import { runCase, type Trial } from './run.ts'
import { score, scoreRules } from './score.ts'

/** With the scripted model every case is right: it reads what is there. A real one may miss some, and must never invent. */
const REAL_MODEL_BAR = 0.7
/** Cases that run side by side. */
const AT_ONCE = 2

export type Asked = Trial & { readonly names?: readonly string[] }

export type Row = {
  readonly name: string
  /** Faults of the rules. */
  readonly rules: readonly string[]
  /** Null with the rules alone. */
  readonly right: boolean | null
  readonly faults: readonly string[]
  /** The worst of them: what is not so, and what has no proof. */
  readonly invented: readonly string[]
  readonly unsupported: number
  /** Share of the sentences that had no proof. */
  readonly unsupported_share: number
  readonly calls: number
  readonly tokens: number
  readonly usd: number
  readonly seconds: number
}

export type Evaluated = {
  readonly rows: readonly Row[]
  readonly report: string
  readonly passed: boolean
  /** What was stored of each case that a model thought about, to be replayed. */
  readonly recorded: readonly Recorded[]
}

/** Runs the cases, scores them without anybody's opinion, and says whether the bars hold (docs/eval.md). */
export const evaluate = async ({ names, ...trial }: Asked): Promise<Evaluated> => {
  const unknown = (names ?? []).filter((name) => !cases.some((one) => one.name === name))
  if (unknown.length > 0)
    throw new InputError(`There is no case ${unknown.join(', ')}. There are: ${cases.map(({ name }) => name).join(', ')}`)
  const wanted = cases.filter(({ name }) => names?.includes(name) ?? true)
  const bench = await openBench(wanted)
  try {
    const ran = await sideBySide(wanted, (one) => evaluateOne(bench, one, trial))
    const rows = ran.map(({ row }) => row)
    return { rows, ...sumOf(rows, trial), recorded: ran.flatMap(({ recorded }) => recorded ?? []) }
  } finally {
    await bench.close()
  }
}

const sideBySide = async <T>(all: readonly Case[], run: (one: Case) => Promise<T>): Promise<T[]> => {
  const results: T[] = []
  const waiting = all.entries()
  const worker = async (): Promise<void> => {
    for (const [at, one] of waiting) results[at] = await run(one)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return results
}

const evaluateOne = async (bench: Bench, one: Case, trial: Trial): Promise<{ row: Row; recorded: Recorded | undefined }> => {
  const { brief, thought } = await runCase(bench, one, trial)
  const rules = scoreRules(brief, one)
  if (thought === null) return { row: { name: one.name, rules, right: null, ...nothing }, recorded: undefined }
  const { analysis, recorded, calls, tokens, usd: cost, seconds } = thought
  const { faults, invented } = score(analysis, one, trial.model === undefined ? (one.lies ?? []).map(({ text }) => text) : [])
  const sentences = analysis.claims.length + analysis.ruled_out.length + (analysis.cause === null ? 0 : 1) + analysis.unsupported.length
  const row: Row = {
    name: one.name,
    rules,
    right: faults.length + invented.length === 0,
    faults,
    invented,
    unsupported: analysis.unsupported.length,
    unsupported_share: sentences === 0 ? 0 : analysis.unsupported.length / sentences,
    calls,
    tokens,
    usd: cost,
    seconds,
  }
  return { row, recorded }
}

const nothing = { faults: [], invented: [], unsupported: 0, unsupported_share: 0, calls: 0, tokens: 0, usd: 0, seconds: 0 }

const sumOf = (rows: readonly Row[], { rulesOnly = false, model }: Trial): Pick<Evaluated, 'report' | 'passed'> => {
  const right = rows.filter((row) => row.right === true).length
  const rulesRight = rows.filter(({ rules }) => rules.length === 0).length
  const isScripted = model === undefined
  const modelPassed =
    rulesOnly ||
    (isScripted ? right === rows.length : right >= REAL_MODEL_BAR * rows.length && rows.every((row) => row.invented.length === 0))
  const total = (of: 'calls' | 'tokens' | 'usd' | 'unsupported') => rows.reduce((sum, row) => sum + row[of], 0)
  const last = rulesOnly
    ? `rules: ${rulesRight} of ${rows.length} right`
    : `${right} of ${rows.length} right, rules ${rulesRight} of ${rows.length}; ${total('unsupported')} unsupported, ${total('calls')} calls, ${total('tokens')} tokens, ${usd(total('usd'))}`
  return { report: [...tableOf(rows), last].join('\n'), passed: modelPassed && rulesRight === rows.length }
}

const tableOf = (rows: readonly Row[]): string[] => {
  const width = Math.max(...rows.map(({ name }) => name.length)) + 2
  return rows.flatMap((row) => [
    `${row.rules.length === 0 && row.right !== false ? '✓' : '✗'} ${row.name.padEnd(width)}${row.right === null ? 'rules' : costs(row)}`,
    ...[...row.invented, ...row.faults].map((fault) => `    ${fault}`),
    ...row.rules.map((fault) => `    rules: ${fault}`),
  ])
}

const costs = ({ right, calls, tokens, usd: cost, seconds, unsupported }: Row): string =>
  `${right ? 'right' : 'wrong'}  ${calls} calls  ${tokens} tokens  ${usd(cost)}  ${seconds.toFixed(1)} s${unsupported === 0 ? '' : `  ${unsupported} unsupported`}`
