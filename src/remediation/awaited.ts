import { z } from 'zod'
import type { Config } from '../config.ts'
import type { Step } from './offer.ts'
import { entryFor } from './runners/entry.ts'

/** Whether the end of a step may be reported after its answer, over the API. It stands in what was approved, not in the configuration. */
export const isAwaited = (step: Step | undefined): boolean => entryOf(step) !== null

/** What the report of a step must be signed with: the secret of the very entry that was called; undefined: there is none any more. */
export const secretOf = ({ actions, named }: Pick<Config, 'actions' | 'named'>, step: Step | undefined): string | undefined => {
  const name = entryOf(step)
  const entry = name === null ? undefined : entryFor({ actions }, 'http', name)
  return entry?.secret === undefined ? undefined : named?.[entry.secret]
}

const entryOf = (step: Step | undefined): string | null =>
  step?.runner === 'http' ? (awaited.safeParse(step.request).data?.entry ?? null) : null

const awaited = z.object({ entry: z.string(), callback: z.literal(true) })
