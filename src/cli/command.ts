import type { Clock, Fetch } from '../context.ts'

/** What main hands to a command: the command line, and the parts of the process that a command may touch. */
export type CommandInput = {
  /** The words after the command's name. */
  readonly args: readonly string[]
  readonly flags: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly fetch: Fetch
  /** Writes to standard output: what the command was asked for. A line break is added. */
  print(text: string): void
  /** Writes to standard error: faults, and notes for people beside the log. */
  note(text: string): void
  /** Calls `stop` on each SIGTERM and SIGINT. */
  onStop(stop: () => void): void
  /** Calls `failed` when a promise that nobody waits for is rejected. */
  onStray(failed: (reason: unknown) => void): void
}

/** 0: done; 1: failed; 2: the command line or the configuration cannot be used. */
export type ExitStatus = 0 | 1 | 2

export type Command = {
  readonly name: string
  /** One line, for `vigil --help`. */
  readonly summary: string
  /** What may follow the name, for `vigil <command> --help`. */
  readonly usage: string
  /** The command's own flags. Where it reads the configuration, every key of that is a flag too. */
  readonly flags: readonly string[]
  readonly readsConfiguration: boolean
  /** True when words may follow the name. */
  readonly takesWords: boolean
  /** Throws InputError for what the user can mend; anything else thrown is a failure. */
  run(input: CommandInput): Promise<ExitStatus>
}
