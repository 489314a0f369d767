import type { Curve } from '../curve.ts'
import type { Change, Standing, Told } from '../standing.ts'

/** One way in which the shop can break: a small file that says what changes from its beginning on, and what deeds make of it. */
export type Scenario = {
  readonly id: string
  /** One sentence for the demo's page. */
  readonly title: string
  /** What a person may do about it, for the same page: what to press, and what comes of it. */
  readonly hint: string
  /** What the demo says when Enter is pressed and somebody else mends it. */
  readonly mended: string
  /** Seconds from the beginning until more than 5 % of checkout's requests have failed over the rule's window of 1 minute. */
  readonly onsetSeconds: number
  /** The change that breaks it, where it is one of checkout itself. */
  readonly sets?: { readonly to: Partial<Standing>; readonly told: Told; readonly isForAll?: boolean }
  /** What somebody sets in the end to mend it; without it what was so before. */
  readonly mends?: Partial<Standing>
  effects(moment: Moment): Effects
}

/** Seconds since the epoch. */
export type Moment = {
  readonly from: number
  /** When somebody outside of the cluster mended it. */
  readonly until: number | undefined
  /** All that was set since the beginning, by whomever, in order of time. */
  readonly changes: readonly Change[]
}

/** What a scenario does to the shop; shares are of a pod's normal number of requests. */
export type Effects = {
  /** Requests of a pod of checkout that fail, and with which code. */
  errors(pod: Born): Curve
  readonly code: '500' | '503'
  /** Load above the normal, as a multiple of it, at frontend and checkout. */
  readonly traffic: Curve
  /** 0 to 1: how far payments-db has slowed down. */
  readonly slowness: Curve
  /** 0 to 1: how full the connection pools of the failing pods are. */
  readonly pressure: Curve
  /** Part of the time in which the scheduler holds a pod back. */
  throttled?(pod: Born): Curve
  /** Which part of the memory that it does not need a pod holds all the same, 0 to 1, from the second and the start of its process. */
  hoard?(pod: Born): (seconds: number, startedAt: number) => number
  /** When a pod's process is killed for memory, and when it runs again. */
  kills?(pod: Born): readonly { readonly from: number; readonly until: number }[]
  /** The message of a failing request, from a number in [0, 1). */
  failure(chance: number, pod: Born): string
  /** What a pod writes when its process starts. */
  onStart?(pod: Born): string
  /** Until when a certificate is valid that a scenario is about. */
  readonly certificateUntil?: number
}

/** A pod of checkout as far as a scenario can tell pods apart. */
export type Born = {
  readonly name: string
  readonly standing: Standing
  /** When it was made. */
  readonly from: number
  /** The one that is kept as it was, for comparison. */
  readonly isBaseline: boolean
}
