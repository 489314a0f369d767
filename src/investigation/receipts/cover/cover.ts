import type { Point } from '../../../series/series.ts'
import type { Evidence } from '../../evidence.ts'
import type { Kind } from '../read/names.ts'
import type { FoldedLines } from '../read/passage.ts'
import type { Dimension, Scale } from '../read/units.ts'
import type { Item, Statistic } from './recompute.ts'

/** A number that a receipt supports. */
export type Entry = {
  readonly from: 'statistic' | 'count' | 'quote' | 'label' | 'limit' | 'structure'
  readonly bases: readonly { readonly dimension: Dimension; readonly base: number }[]
  readonly evidence: string
  /** As it stands and as it was written: what a number without a unit is compared with. */
  readonly numerals: readonly number[]
  /** Nothing says what it measures: it fits a number of any unit. */
  readonly bare: boolean
  /** The objects that this number is of. */
  readonly names: ReadonlySet<string>
  readonly statistic?: Statistic
  /** Seconds that a change or what was counted took, for a pace: "5 MiB a minute". */
  readonly spans?: readonly number[]
  /** The query or the words that it comes from: what it measures. */
  readonly measures?: string
  /** Of the whole cited series. */
  readonly extremes?: { readonly min: number; readonly max: number }
  /** The values of one change, or of "50 -> 10" in one quote, know which came first. */
  readonly place?: 'first' | 'last'
  /** The other value of the same change. */
  readonly other?: number
  readonly at?: number
  /** The folded query that it comes from; of a limit, the metrics that it is a limit of. */
  readonly query?: string
  /** Written with a unit. */
  readonly united?: true
  /** Per second, by its query. */
  readonly rate?: true
  /** Measured with an offset: yesterday's. */
  readonly past?: true
  /** Counted in a cut answer: only "at least" can be said. */
  readonly least?: true
  /** For the reason of a failure: "E5 says last 12.4". */
  readonly says: string
}

/** A time that a receipt supports: `first`, `last` and any `line` of what was counted, `sample` merely when something was measured, `window` of the question. */
export type CoveredTime = { readonly at: number; readonly place: 'first' | 'last' | 'line' | 'point' | 'sample' | 'window' | 'date' }

/** What one receipt supports. */
export type Cover = {
  readonly entries: readonly Entry[]
  /** Other statistics of the cited series: each stands only where the sentence says which one it means ("peaked at", "from"). */
  readonly implied: readonly Entry[]
  readonly times: readonly CoveredTime[]
  readonly names: ReadonlySet<string>
  /** Names that are covered only together: values of one label among which the receipt does not choose. */
  readonly together: readonly (readonly string[])[]
  /** The receipt's own objects, by kind: what contradicts a name that only the alert carries. */
  readonly own: readonly { readonly kind: Kind; readonly name: string }[]
  /** Folded passages in which a quotation of the sentence may stand. */
  readonly passages: readonly string[]
  /** Seconds: how far back the question looked. */
  readonly windows: readonly number[]
  /** The course of the cited series. */
  readonly slopes: readonly {
    readonly up: boolean
    readonly down: boolean /** Within a tenth. */
    readonly flat: boolean
    readonly names: ReadonlySet<string>
  }[]
  /** The samples of the cited series, and what a number must agree with to be one of them. */
  readonly course?: { readonly points: readonly Point[]; readonly entry: (value: number) => Entry }
  readonly shows: 'presence' | 'absence' | 'value'
  readonly quote?: string
  readonly absent?: string
  /** The whole lines, folded, that a quote stands on, or some of those that were counted. */
  readonly lines?: readonly string[]
  /** All words around the receipt, for the question whether it speaks of the sentence's matter at all. */
  readonly context: string
}

/** Evidence with what is computed from it once for all receipts. */
export type Prepared = {
  readonly evidence: Evidence
  readonly shown: FoldedLines
  readonly items: () => readonly Item[]
  /** See variedNames. */
  readonly varied: () => readonly string[]
  readonly scale: Scale | null
  readonly query: { readonly names: ReadonlySet<string>; readonly together: readonly (readonly string[])[]; readonly own: Cover['own'] }
  readonly windows: readonly number[]
  readonly times: readonly CoveredTime[]
  /** How many series, objects and different label values there are. */
  readonly structure: readonly Entry[]
}
