/** A table of more cells is not worth its time: then all lines between the equal ends are shown on both sides. */
const MOST_CELLS = 250_000

/**
 * What differs between two texts of several lines: "- " before a line that goes, "+ " before one that comes, in their order. Nothing that
 * differs is left out, be it a place alone: a line that moves goes and comes.
 */
export const linesBetween = (before: string, after: string): string[] => {
  const [was, is] = [before.split('\n'), after.split('\n')]
  let start = 0
  while (start < was.length && start < is.length && was[start] === is[start]) start++
  let end = 0
  while (end < was.length - start && end < is.length - start && was.at(-1 - end) === is.at(-1 - end)) end++
  const [gone, come] = [was.slice(start, was.length - end), is.slice(start, is.length - end)]
  if (gone.length * come.length > MOST_CELLS) return [...gone.map((line) => `- ${line}`), ...come.map((line) => `+ ${line}`)]
  return walked(gone, come, commonIn(gone, come))
}

/** At `[i][j]`: how many lines the rests from `i` and `j` have in common, in order. */
const commonIn = (gone: readonly string[], come: readonly string[]): readonly (readonly number[])[] => {
  const table = Array.from({ length: gone.length + 1 }, () => new Array<number>(come.length + 1).fill(0))
  for (let i = gone.length - 1; i >= 0; i--)
    for (let j = come.length - 1; j >= 0; j--) {
      const [row, next] = [table[i] ?? [], table[i + 1] ?? []]
      row[j] = gone[i] === come[j] ? (next[j + 1] ?? 0) + 1 : Math.max(next[j] ?? 0, row[j + 1] ?? 0)
    }
  return table
}

const walked = (gone: readonly string[], come: readonly string[], common: ReturnType<typeof commonIn>): string[] => {
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < gone.length || j < come.length) {
    if (i < gone.length && j < come.length && gone[i] === come[j]) {
      i++
      j++
    } else if (j >= come.length || (i < gone.length && (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0))) lines.push(`- ${gone[i++]}`)
    else lines.push(`+ ${come[j++]}`)
  }
  return lines
}
