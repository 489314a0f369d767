import { ofStatements } from '../statements.ts'

/** Questions and challenges beside the investigation of an alert, and what is needed to run each of them again. */
export const investigation = ofStatements([
  'alter table investigation drop constraint investigation_kind_check',
  `alter table investigation add constraint investigation_kind_check check (kind in ('alert','mention','again','question','challenge'))`,
  // What a person asked (question), or which investigation's analysis is to be refuted (challenge).
  'alter table investigation add column question jsonb',
  'alter table investigation add column about integer',
  'alter table investigation add column answer jsonb',
  'alter table investigation add column challenge jsonb',
  // By the names of the configuration; null: chosen by severity and budget.
  'alter table investigation add column wanted_model text',
  // A person said "Investigate anyway": neither gate nor wait nor the spent budget hold it back.
  'alter table investigation add column forced boolean not null default false',
  // The newest timeline entry that was told to the model: what people said and which alerts joined since then is news.
  'alter table investigation add column told bigint not null default 0',
  'alter table investigation add column pinned jsonb',
])
