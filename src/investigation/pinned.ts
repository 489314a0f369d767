import { digest } from '../text/digest.ts'
import { VERSION } from '../version.ts'
import type { Run } from './run.ts'

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

/** Taken at the beginning of a run. */
export const pin = ({ goal, model, specs, limits, clock }: Pick<Run, 'goal' | 'model' | 'specs' | 'limits' | 'clock'>): Pinned => ({
  version: VERSION,
  goal: goal.id,
  model: model.id,
  prompt: digest(goal.system),
  tools: Object.fromEntries(specs.map((spec) => [spec.name, digest(spec)])),
  now: clock.now().toISOString(),
  limits: { ...limits },
})
