import type { Alone, Bar, Row } from './score.ts'

/** The table of incidents, what each rule says alone, the times, and the bars. */
export const reportOf = (rows: readonly Row[], bars: readonly Bar[]): string =>
  [
    ...table([['', 'incident', 'expected', 'suspects', 'ms'], ...rows.map(rowOf)]),
    '',
    ...table([['rule alone', 'right', 'wrong', 'silent', 'accuses normal', 'p50 ms', 'p95 ms'], ...rulesOf(rows)]),
    '',
    `rules together: p50 ${ms(quantile(rows, 0.5))}, p95 ${ms(quantile(rows, 0.95))}, ${rows.length} first looks`,
    ...silentOf(rows),
    ...gapsOf(rows),
    '',
    ...table([
      ['', 'measured', 'bar', ''],
      ...bars.map(({ name, value, bar, met }) => [name, value, bar, bar === '' ? '' : met ? 'met' : 'BELOW']),
    ]),
  ].join('\n')

const rowOf = ({ name, expected, suspects, place, ms: took }: Row): string[] => [
  expected === null ? (suspects.length === 0 ? '✓' : '✗') : place === 1 ? '✓' : place === null ? '✗' : String(place),
  name,
  expected ?? 'nobody',
  suspects.map(({ object, weight, rules }) => `${object} ${weight.toFixed(2)} [${rules.join(' ')}]`).join(', ') || '(none)',
  ms(took),
]

const rulesOf = (rows: readonly Row[]): string[][] =>
  [...new Set(rows.flatMap(({ alone }) => Object.entries(alone).flatMap(([rule, what]) => (what === 'silent' ? [] : [rule]))))]
    .sort()
    .map((rule) => {
      const incidents = rows.filter(({ expected }) => expected !== null)
      const count = (of: readonly Row[], what: Alone): string => String(of.filter(({ alone }) => alone[rule] === what).length)
      const times = rows.map(({ each }) => each[rule] ?? 0)
      const normal = rows.filter(({ expected }) => expected === null)
      return [
        rule,
        ...(['right', 'wrong', 'silent'] as const).map((what) => count(incidents, what)),
        count(normal, 'wrong'),
        ms(at(times, 0.5)),
        ms(at(times, 0.95)),
      ]
    })

/** Rules that accused nobody, with their times where they have any. */
const silentOf = (rows: readonly Row[]): string[] => {
  const all = [...new Set(rows.flatMap(({ alone }) => Object.keys(alone)))].sort()
  const silent = all.filter((rule) => rows.every(({ alone }) => alone[rule] === 'silent'))
  const times = (rule: string): number[] => rows.map(({ each }) => each[rule] ?? 0)
  return silent.length === 0 ? [] : [`accused nobody (p95 ms): ${silent.map((rule) => `${rule} ${ms(at(times(rule), 0.95))}`).join(', ')}`]
}

const gapsOf = (rows: readonly Row[]): string[] =>
  [
    ...Map.groupBy(
      rows.flatMap(({ gaps }) => gaps),
      (gap) => gap.slice(0, 120),
    ),
  ]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .slice(0, 10)
    .map(([gap, all]) => `could not see, ${all.length} times: ${gap}`)

const quantile = (rows: readonly Row[], q: number): number =>
  at(
    rows.map((row) => row.ms),
    q,
  )

const at = (values: readonly number[], q: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0
}

const ms = (value: number): string => value.toFixed(0)

const table = (rows: readonly (readonly string[])[]): string[] => {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
