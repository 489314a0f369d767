import type { Verdict } from '../src/investigation/analysis.ts'
import type { Category } from '../src/investigation/categories.ts'
import type { Reader } from './reader.ts'

/** How a series goes: `before`, and from `at` minutes before now on `after`, in one step or over `over` minutes. */
export type Course = {
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly before: number
  readonly after?: number
  readonly at?: number
  readonly over?: number
  /** Minutes before now at which it goes back to `before`. */
  readonly back?: number
  /** A counter: the values are its increase a second. */
  readonly counter?: boolean
  /** Minutes before now from which on there are no samples. */
  readonly gone?: number
}

/** Lines that a program writes: one every `every` seconds, between two moments (minutes before now). */
export type Lines = {
  readonly labels: Readonly<Record<string, string>>
  readonly every: number
  readonly from?: number
  readonly to?: number
  readonly line: (n: number) => string
}

export type Question = readonly [tool: string, input: Readonly<Record<string, unknown>>]

/** An incident of our own making, its cluster, and what is right to say of it. */
export type Case = {
  readonly name: string
  readonly title: string
  readonly alert: {
    readonly alertname: string
    readonly service: string
    readonly severity?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly expression: string
    readonly for: number
    /** Minutes before now at which it began to fire. */
    readonly started: number
  }
  readonly courses: readonly Course[]
  readonly lines: readonly Lines[]
  /** What the scripted model asks, round by round, and what it hands in of what it read. */
  readonly asks: readonly (readonly Question[])[]
  conclude(read: Reader): Readonly<Record<string, unknown>>
  /** What the scripted model hands in beside it although it is not so: it must not be shown. */
  readonly lies?: readonly Lie[]
  readonly expected: Expected
}

/** A false sentence with a receipt from the answer to a question: with these words, which need not stand there, or with its true value. */
export type Lie = { readonly text: string; readonly question: number; readonly quote?: string }

export type Expected = {
  readonly verdicts: readonly Verdict[]
  /** Null: no cause may be named. */
  readonly cause: {
    readonly category: Category
    /** Categories that are as right. */
    readonly or?: readonly Category[]
    readonly object: string
    readonly says: readonly RegExp[]
  } | null
  /** The red herrings: what no sentence may say. */
  readonly never: readonly RegExp[]
  readonly gaps?: readonly RegExp[]
  /** What the rules alone find: whether it still is on the wrong side, when it began (minutes before now), and words. `never` holds for them too. */
  readonly rules: { readonly firing: boolean | null; readonly onset: number | null; readonly says?: readonly RegExp[] }
}
