import type { Door } from '../door.ts'

/** One thing that a person asked of Vigil, by mention or by slash command. */
export type Ask = {
  readonly user: string
  readonly channel: string
  /** The asking message; null for a slash command, which has none. */
  readonly ts: string | null
  /** The thread that was asked in; null on the top level and for slash commands. */
  readonly threadTs: string | null
  readonly isDirect: boolean
  /** Names this asking for ever. */
  readonly key: string
}

/** One command: one file, one line in the register. */
export type Command = {
  /** What people type. */
  readonly name: string
  /** Other ways of saying it. */
  readonly also: readonly string[]
  /** True when words may follow it; without, further words make it another sentence ("why is checkout slow?"). */
  readonly takesWords: boolean
  /** For `help`: how it is typed, and what for. */
  readonly usage: string
  readonly does: string
  /** Returns mrkdwn for whoever asked; null when the thread says it. Throws TransientError to be tried again. */
  run(door: Door, ask: Ask, words: string): Promise<string | null>
}
