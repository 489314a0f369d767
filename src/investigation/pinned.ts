/** What an investigation was run with, so that it can be run again and a difference be told from chance. */
export type Pinned = {
  /** Of Vigil. */
  readonly version: string
  readonly goal: string
  readonly model: string
  /** Digests of the system prompt and of each tool as it was offered. */
  readonly prompt: string
  readonly tools: Readonly<Record<string, string>>
  /** When the first message was written (RFC 3339): receipts read relative times by it. */
  readonly now: string
  readonly limits: Readonly<Record<string, number>>
}
