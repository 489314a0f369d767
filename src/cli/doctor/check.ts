import type { Config } from '../../config.ts'
import type { Clock, Fetch } from '../../context.ts'

/** `fault`: something that is configured does not work. `warning`: it works less well than it could. `note`: good to know. */
export type Level = 'ok' | 'warning' | 'fault' | 'note'

export type Line = {
  readonly level: Level
  /** What was looked at: Slack, Loki … */
  readonly part: string
  readonly text: string
  /** What to do about it: a command, a setting, a place. */
  readonly mend?: string
  /** Lines to copy. */
  readonly block?: string
  /** What else a fault means: Vigil refuses to start, or it starts and hears nothing from Slack. */
  readonly effect?: 'no start' | 'deaf'
}

/** One check. It never throws for what it looks at: that is a line. */
export type Check = (input: CheckInput) => Promise<readonly Line[]>

export type CheckInput = {
  readonly config: Config
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly fetch: Fetch
  readonly signal: AbortSignal
  /** What Slack says of the channels; other checks wait for it where they compare with it. Never rejects. */
  readonly channels: Promise<readonly Channel[]>
}

/** A channel that the configuration names, or that Vigil is in. */
export type Channel = {
  readonly id: string
  readonly name: string
  /** True where alerts posted there start something. */
  readonly isWatched: boolean
  readonly mode: string
  readonly isMember: boolean
  /** The bots believed there. */
  readonly trusted: readonly string[]
  readonly bots: readonly SeenBot[]
}

/** A bot that posted in the last seven days, `alerts` of its posts being alerts that Vigil can read. */
export type SeenBot = { readonly id: string; readonly name: string; readonly posts: number; readonly alerts: number }

/** The variable that a setting came from, for a mend that names the right one; the first of its names where it came from the file. */
export const nameOf = (env: CheckInput['env'], names: readonly [string, ...string[]]): string =>
  names.find((name) => env[name] || env[`${name}_FILE`]) ?? names[0]

/** An error in one line. Our own errors never hold credentials; of others only the message is taken. */
export const said = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim()

/** More than this and times in the thread would be wrong by more than people forgive. */
const TOLERATED_SKEW_MS = 5000

/** What to say of a clock that differs from ours: nothing below what is tolerated. */
export const skewLine = (part: string, who: string, skewMs: number): readonly Line[] =>
  Math.abs(skewMs) <= TOLERATED_SKEW_MS
    ? []
    : [
        {
          level: 'warning',
          part,
          text: `the clock of ${who} is ${(Math.abs(skewMs) / 1000).toFixed(0)} s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine's`,
          mend: 'set both by NTP: onsets, "since" and expiries are compared across them',
        },
      ]
