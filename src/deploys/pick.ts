import type { Deploy } from '../investigation/rules/rule.ts'

/** How long before an onset a change is worth a word, milliseconds. */
export const REACH_MS = 2 * 3_600_000

export type Near = {
  /** The nearest before the onset that was not taken back by then. */
  readonly nearest: Deploy
  /** The others within reach, newest first. */
  readonly others: readonly Deploy[]
}

/**
 * Of the changes of one service the one that may have begun what began at `onset`, and the others within two hours. One that was rolled back
 * before the onset, and the rollback itself, are out: what runs then ran well before. `all`: newest first, also older ones, for these tell
 * what ran before.
 */
export const nearestBefore = (all: readonly Deploy[], onset: Date): Near | null => {
  const before = all.filter(({ at }) => at.getTime() <= onset.getTime())
  const undone = new Set(before.flatMap((deploy, i) => takenBack(before, i)?.concat(deploy) ?? []))
  const [nearest, ...others] = before.filter((deploy) => deploy.at.getTime() >= onset.getTime() - REACH_MS && !undone.has(deploy))
  return nearest === undefined ? null : { nearest, others }
}

/** The deploys that the one at `i` took back: it brought back what ran before them, within two hours. */
const takenBack = (newestFirst: readonly Deploy[], i: number): Deploy[] | undefined => {
  const rollback = newestFirst[i]
  if (rollback === undefined || rollback.kind !== 'deploy') return undefined
  const name = nameOf(rollback)
  if (name === null) return undefined
  const older = newestFirst.slice(i + 1).filter(({ kind }) => kind === 'deploy')
  const first = older[0]
  if (
    first === undefined ||
    nameOf(first) === name ||
    isForward(nameOf(first), name) ||
    rollback.at.getTime() - first.at.getTime() > REACH_MS
  )
    return undefined
  if (first.previous === name) return [first]
  const back = older.findIndex((deploy) => nameOf(deploy) === name)
  return back > 0 ? older.slice(0, back).filter(({ at }) => rollback.at.getTime() - at.getTime() <= REACH_MS) : undefined
}

/** A higher number is a new attempt, also where it ran once before. */
const isForward = (from: string | null, to: string): boolean =>
  from !== null && /\d+\.\d+/.test(from) && /\d+\.\d+/.test(to) && versions.compare(to, from) > 0

const versions = new Intl.Collator('en', { numeric: true })

const nameOf = ({ version, commit }: Deploy): string | null => version ?? commit
