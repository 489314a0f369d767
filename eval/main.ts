import { InputError } from '../src/errors.ts'
import type { Model } from '../src/llm/model.ts'
import { usd } from '../src/text/number.ts'
import { cases } from './cases/index.ts'
import { runCase, runRules } from './run.ts'

/** With the scripted model every case is right: it reads what is there. A real one may miss some, and must never invent. */
const REAL_MODEL_BAR = 0.7

type Asked = { readonly names?: readonly string[]; readonly model?: Model; readonly rulesOnly: boolean }

type Row = {
  readonly name: string
  readonly rules: readonly string[]
  readonly right: boolean | null
  readonly faults: readonly string[]
  readonly unsupported: number
  readonly calls: number
  readonly tokens: number
  readonly usd: number
  readonly seconds: number
}

export type Evaluated = { readonly rows: readonly Row[]; readonly report: string; readonly passed: boolean }

/** Runs the cases, scores them without anybody's opinion, and says whether the bars hold (docs/eval.md). */
export const evaluate = async ({ names, model, rulesOnly }: Asked): Promise<Evaluated> => {
  const unknown = (names ?? []).filter((name) => !cases.some((one) => one.name === name))
  if (unknown.length > 0)
    throw new InputError(`There is no case ${unknown.join(', ')}. There are: ${cases.map(({ name }) => name).join(', ')}`)
  const rows: Row[] = []
  for (const one of cases.filter(({ name }) => names?.includes(name) ?? true)) {
    const rules = (await runRules(one)).faults
    const ran = rulesOnly ? undefined : await runCase(one, model === undefined ? {} : { model })
    rows.push({
      name: one.name,
      rules,
      right: ran?.score.right ?? null,
      faults: ran?.score.faults ?? [],
      unsupported: ran?.score.unsupported ?? 0,
      calls: ran?.calls ?? 0,
      tokens: ran?.tokens ?? 0,
      usd: ran?.usd ?? 0,
      seconds: ran?.seconds ?? 0,
    })
  }
  const right = rows.filter((row) => row.right === true).length
  const invented = rows.filter(({ faults }) =>
    faults.some((fault) => fault.startsWith('says what is not so') || fault.startsWith('names a cause where')),
  )
  const rulesRight = rows.filter(({ rules }) => rules.length === 0).length
  const modelPassed =
    rulesOnly || (model === undefined ? right === rows.length : invented.length === 0 && right >= REAL_MODEL_BAR * rows.length)
  return { rows, report: reportOf(rows, { right, rulesRight, rulesOnly }), passed: modelPassed && rulesRight === rows.length }
}

const reportOf = (rows: readonly Row[], sums: { right: number; rulesRight: number; rulesOnly: boolean }): string => {
  const width = Math.max(...rows.map(({ name }) => name.length)) + 2
  const lines = rows.flatMap((row) => [
    `${row.rules.length === 0 && row.right !== false ? '✓' : '✗'} ${row.name.padEnd(width)}${
      row.right === null
        ? 'rules'
        : `${row.right ? 'right' : 'wrong'}  ${row.calls} calls  ${row.tokens} tokens  ${usd(row.usd)}  ${row.seconds.toFixed(1)} s${row.unsupported === 0 ? '' : `  ${row.unsupported} unsupported`}`
    }`,
    ...row.faults.map((fault) => `    ${fault}`),
    ...row.rules.map((fault) => `    rules: ${fault}`),
  ])
  const total = (of: 'calls' | 'tokens' | 'usd') => rows.reduce((sum, row) => sum + row[of], 0)
  return [
    ...lines,
    sums.rulesOnly
      ? `rules: ${sums.rulesRight} of ${rows.length} right`
      : `${sums.right} of ${rows.length} right, rules ${sums.rulesRight} of ${rows.length}; ${total('calls')} calls, ${total('tokens')} tokens, ${usd(total('usd'))}`,
  ].join('\n')
}
