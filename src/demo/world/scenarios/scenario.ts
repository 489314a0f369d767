import type { Curve } from '../curve.ts'

/** One way in which the shop can break: a small file that says what changes from `from` on, and how it ends at `until` (both seconds since the epoch). */
export type Scenario = {
  readonly id: string
  /** One sentence for the demo's page. */
  readonly title: string
  /** Seconds from the beginning until more than 5 % of checkout's requests have failed over the rule's window of 1 minute. */
  readonly onsetSeconds: number
  effects(from: number, until: number | undefined): Effects
}

/** What a scenario does to the shop. Shares are of checkout's normal number of requests. */
export type Effects = {
  readonly deploy?: Deploy
  /** Requests of checkout that fail, and with which code. */
  readonly errors: Curve
  readonly code: '500' | '503'
  /** Load above the normal, as a multiple of it, at frontend and checkout. */
  readonly traffic: Curve
  /** 0 to 1: how far payments-db has slowed down. */
  readonly slowness: Curve
  /** 0 to 1: how full the connection pools of the failing pods are. */
  readonly pressure: Curve
  /** The message of a failing request, from a number in [0, 1). */
  failure(chance: number): string
}

type Deploy = {
  readonly previous: string
  readonly version: string
  readonly commit: string
  readonly author: string
  /** Size of the database pool of the new version. */
  readonly poolMax: number
  readonly from: number
  readonly until: number | undefined
}
