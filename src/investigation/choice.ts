import type { Context } from '../context.ts'
import type { Incident, Investigation } from '../db/schema.ts'
import type { Model } from '../llm/model.ts'

type Asked = {
  readonly incident: Pick<Incident, 'severity'>
  readonly investigation: Pick<Investigation, 'wanted_model' | 'model'>
  /** Most of the money of 24 hours is gone. */
  readonly cheaper: boolean
}

/**
 * The model of an investigation: the one that began it, the one that was asked for, the cheaper one when most of the day's money is gone,
 * the one of the severity, else the main one. A name that nobody has any more counts as none.
 */
export const chooseModel = ({ config, models }: Pick<Context, 'config' | 'models'>, asked: Asked): Model | undefined => {
  const { incident, investigation, cheaper } = asked
  const named = (name: string | null | undefined): Model | undefined => (name == null ? undefined : models.named(name))
  return (
    named(investigation.wanted_model) ??
    (cheaper ? models.small : undefined) ??
    named(config.models.by_severity[incident.severity]) ??
    models.main
  )
}
