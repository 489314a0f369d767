import type { Verification } from '../db/schema.ts'
import type { EvidenceId } from '../investigation/evidence.ts'
import type { CheckReading } from './checked.ts'

/** What the alert's own expression and the entry's checks said right before the deed: what came after is measured against it. */
export type Baseline = {
  /** Of which alert, by its id: an incident may have several, and they have different expressions. */
  readonly alert?: string
  /** Null where it had no value. */
  readonly value: number | null
  /** Null where the expression is not known. */
  readonly text: string | null
  readonly checks?: readonly CheckReading[]
  readonly at: string
  readonly evidence: EvidenceId | null
}

/** What was seen since the deed. */
export type Watch = {
  /** The newest sample of the first of the looks that were all good until now; null: the last was not good. Milliseconds. */
  readonly goodSince: number | null
  /** Looks in a row that were clearly worse than before. */
  readonly worse: number
  /** The first of the looks that all saw something worse around the target than before the deed. Milliseconds. */
  readonly harmedSince?: number | null
  /** Seconds and value of each look, for the chart. */
  readonly points: readonly (readonly [number, number])[]
  readonly last: 'good' | 'bad' | 'blind'
}

export const UNSEEN: Watch = { goodSince: null, worse: 0, points: [], last: 'blind' }

/** One look: at the alert's own expression, and at the checks and guards of the entry. */
export type Look = {
  readonly at: number
  /** When the newest sample behind the value was taken; null: there is none. Milliseconds. */
  readonly sample: number | null
  /** `blind`: no sample newer than the deed, a source that is silent, or no answer. */
  readonly side: 'good' | 'bad' | 'blind'
  readonly value: number | null
  readonly limit: number | null
  /** What is not well beside the expression, in words: "4 of 12 pods ready". */
  readonly unwell: readonly string[]
  /** What of it is worse than right before the deed: another alert, the error rate of a neighbour. */
  readonly harm: readonly string[]
}

type Times = {
  /** Milliseconds: when the deed was done, and when watching ends. */
  readonly done: number
  readonly until: number
  /** How long all must be good without a break. */
  readonly needMs: number
}

/** A look that is half as bad again as before, twice in a row: less is noise. */
const WORSE = { times: 1.5, looks: 2 }
/** More points no chart of Slack shows (SLACK.md: 20). */
const POINTS = 240

/** What one more look makes of it; an outcome ends the watch. */
export const watched = (
  before: Watch,
  look: Look,
  { baseline, times }: { readonly baseline: Baseline | null; readonly times: Times },
): { readonly watch: Watch; readonly outcome: Verification | null } => {
  const good = look.side === 'good' && look.unwell.length === 0
  const watch: Watch = {
    goodSince: good ? (before.goodSince ?? look.sample) : null,
    worse: isWorse(look, baseline) ? before.worse + 1 : 0,
    harmedSince: look.harm.length === 0 ? null : (before.harmedSince ?? look.at),
    points:
      look.value === null || look.side === 'blind'
        ? before.points
        : [...before.points, [Math.round(look.at / 1000), look.value] as const].slice(-POINTS),
    last: look.side,
  }
  return { watch, outcome: outcomeOf(watch, look, times) }
}

const outcomeOf = (watch: Watch, look: Look, { done, until, needMs }: Times): Verification | null => {
  if (watch.worse >= WORSE.looks || isHarmed(watch, look, Math.max(needMs, Math.min(STIRRED_MS, until - done)))) return 'worsened'
  // The samples span it, not the looks: a metric that stops right after the deed looks healthy for as long as its last value is kept.
  if (watch.goodSince !== null && goodMs(watch, look) >= needMs) return 'verified'
  // Good now, but not for long enough: the end waits for it.
  if (look.at < Math.max(until, (watch.goodSince ?? 0) + PATIENCE * needMs)) return null
  return look.side === 'bad' ? 'no_change' : 'cannot_tell'
}

/** Rates of two minutes (golden-signals.ts) tell of what a rollout itself stirred up for so long; what stays a minute longer is there. */
const STIRRED_MS = 180_000

const isHarmed = ({ harmedSince }: Watch, { at }: Look, forMs: number): boolean => harmedSince != null && at - harmedSince >= forMs

/** For how long samples have been good without a break. */
export const goodMs = ({ goodSince }: Watch, { sample }: Look): number => (goodSince === null || sample === null ? 0 : sample - goodSince)

/** Samples may come as rarely as that; then it is known no better later. */
const PATIENCE = 3

/** Further on the wrong side of its limit than before the deed; without both values nothing is called worse. */
const isWorse = ({ side, value, limit }: Look, baseline: Baseline | null): boolean => {
  if (side !== 'bad' || value === null || limit === null || baseline === null || baseline.value === null) return false
  const [was, is] = [Math.abs(baseline.value - limit), Math.abs(value - limit)]
  return is > was * WORSE.times && is - was > Math.abs(limit) * 0.1
}
