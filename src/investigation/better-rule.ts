/** A rule that would have told real trouble from noise, by what the alert did in its history. */
export type BetterRule = {
  readonly change: 'for' | 'threshold'
  /** As it stands: `for: 2m`, `> 0.8`. */
  readonly now: string
  /** As it should be. */
  readonly better: string
  /** Days that were looked at. */
  readonly days: number
  /** How often it fired in them, and would have fired with the better rule. */
  readonly fired: number
  readonly would_have_fired: number
  /** Of those that lasted or were acted upon, how many the better rule would have kept. */
  readonly kept: number
  readonly real: number
}
