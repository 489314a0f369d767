import { listAt, textAt, timeAt } from './read.ts'

export type Condition = {
  readonly type: string
  /** "True", "False" or "Unknown". */
  readonly status: string
  readonly reason: string
  readonly message: string
  /** When the status became what it is. */
  readonly since: Date | null
}

export const conditionsOf = (object: unknown): readonly Condition[] =>
  listAt(object, 'status', 'conditions').map((condition) => ({
    type: textAt(condition, 'type'),
    status: textAt(condition, 'status'),
    reason: textAt(condition, 'reason'),
    message: textAt(condition, 'message'),
    since: timeAt(condition, 'lastTransitionTime'),
  }))

/** What an object says about itself under one name, as it is now. */
export const conditionOf = (object: unknown, type: string): Condition | undefined =>
  conditionsOf(object).find((condition) => condition.type === type)
