/** One line of the table. Ratio is ours over baseline unless the measure says otherwise; without a baseline it is ours over the aim's unit. */
export type Measured = {
  readonly name: string
  readonly ours: string
  readonly baseline: string
  /** What the aim is compared with. */
  readonly value: number
  readonly aim: Aim | null
}

export type Aim = { readonly kind: 'at most' | 'at least'; readonly value: number; readonly unit: 'x' | '' }

export const atMost = (value: number, unit: Aim['unit'] = 'x'): Aim => ({ kind: 'at most', value, unit })
export const atLeast = (value: number, unit: Aim['unit'] = 'x'): Aim => ({ kind: 'at least', value, unit })

export const isMet = ({ value, aim }: Measured): boolean | null =>
  aim === null ? null : aim.kind === 'at most' ? value <= aim.value : value >= aim.value

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** A B A B …: what the machine does meanwhile hits both alike. The first turn of each warms up and is thrown away. */
export const inTurns = async (
  turns: number,
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<{ a: number; b: number; all: { a: number[]; b: number[] } }> => {
  const all: { a: number[]; b: number[] } = { a: [], b: [] }
  await a()
  await b()
  for (let i = 0; i < turns; i++) {
    all.a.push(await a())
    all.b.push(await b())
  }
  return { a: median(all.a), b: median(all.b), all }
}

/** Compares two medians of one run. `inverse`: more of ours is better, as for requests per second. */
export const compared = (
  name: string,
  medians: { a: number; b: number },
  shown: { unit: string; digits?: number; aim: Aim | null },
): Measured => {
  const text = (value: number): string => `${value.toFixed(shown.digits ?? 1)} ${shown.unit}`
  return { name, ours: text(medians.a), baseline: text(medians.b), value: medians.a / medians.b, aim: shown.aim }
}

/** A plain number against its aim. */
export const counted = (name: string, value: number, aim: Aim | null, note = ''): Measured => ({
  name,
  ours: `${Number.isInteger(value) ? value : value.toFixed(1)}${note === '' ? '' : ` ${note}`}`,
  baseline: '',
  value,
  aim,
})

const aimText = (aim: Aim | null): string => (aim === null ? '' : `${aim.kind === 'at most' ? '<=' : '>='} ${aim.value}${aim.unit}`)

const rowOf = (one: Measured): string[] => {
  const met = isMet(one)
  const ratio = one.baseline === '' ? '' : `${one.value.toFixed(2)}x`
  return [one.name, one.ours, one.baseline, ratio, aimText(one.aim), met === null ? '' : met ? 'met' : 'short']
}

/** The table, as Markdown that also reads well in a terminal. */
export const table = (measured: readonly Measured[]): string => {
  const rows = [['measure', 'ours', 'baseline', 'ratio', 'aim', ''], ...measured.map(rowOf)]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0), 3)) ?? []
  const line = (row: readonly string[]): string => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}
