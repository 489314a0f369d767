import { ofStatements } from '../statements.ts'

/** When a day had passed without the problem that an action was verified against. */
export const outcome = ofStatements([
  'alter table action add column worked_at timestamptz',
  // Asked at each opening of an incident: what is on trial for a day.
  "create index action_on_trial on action (verified_at) where verification = 'verified' and ineffective_at is null and worked_at is null",
])
