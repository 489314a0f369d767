/** How much of a profile was spent in each function, in the profile's unit. `total` with what it called; recursion counts once. */
export type Profile = { readonly total: number; readonly functions: ReadonlyMap<string, { readonly self: number; readonly total: number }> }

/** A flame graph as profilers send it: for each level bars of four numbers: distance from the bar before, total, self, index of the name. */
export type Flames = { readonly names: readonly string[]; readonly levels: readonly (readonly number[])[] }

type Bar = { readonly from: number; readonly to: number; readonly name: string; readonly parent: Bar | undefined }

/** What a flame graph says of each function. Bars that do not fit are left out. */
export const profileOf = ({ names, levels }: Flames): Profile => {
  const functions = new Map<string, { self: number; total: number }>()
  let above: readonly Bar[] = []
  let total = 0
  for (const [depth, level] of levels.entries()) {
    const bars: Bar[] = []
    let x = 0
    for (let i = 0; i + 3 < level.length; i += 4) {
      const [offset = 0, size = 0, self = 0, index = -1] = level.slice(i, i + 4)
      const from = x + offset
      x = from + size
      const name = names[index]
      if (name === undefined) continue
      const parent = above.find((bar) => bar.from <= from && x <= bar.to)
      bars.push({ from, to: x, name, parent })
      if (depth === 0) {
        total += size
        continue
      }
      const known = functions.get(name) ?? { self: 0, total: 0 }
      functions.set(name, { self: known.self + self, total: known.total + (isBelowItself(name, parent) ? 0 : size) })
    }
    above = bars
  }
  return { total, functions }
}

const isBelowItself = (name: string, parent: Bar | undefined): boolean => {
  for (let bar = parent; bar !== undefined; bar = bar.parent) if (bar.name === name) return true
  return false
}

/** One function in two profiles, as shares of each (0..1). */
export type Change = {
  readonly name: string
  readonly self: number
  readonly selfBefore: number
  readonly total: number
  readonly totalBefore: number
}

/** The functions whose own share grew most, the largest growth first; of equal ones by name. */
export const grown = (now: Profile, before: Profile): Change[] => {
  const share = (part: number, { total }: Profile): number => (total === 0 ? 0 : part / total)
  return [...now.functions]
    .map(([name, { self, total }]): Change => {
      const old = before.functions.get(name) ?? { self: 0, total: 0 }
      return {
        name,
        self: share(self, now),
        selfBefore: share(old.self, before),
        total: share(total, now),
        totalBefore: share(old.total, before),
      }
    })
    .filter(({ self, selfBefore }) => self > selfBefore)
    .sort((a, b) => b.self - b.selfBefore - (a.self - a.selfBefore) || (a.name < b.name ? -1 : 1))
}
