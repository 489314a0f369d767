import { ofStatements } from '../statements.ts'

/** What the suspects of an open incident explain: an alert about one of these objects belongs to it. */
export const explained = ofStatements([
  `create table explained (
    object text not null,
    incident_id text not null references incident (id) on delete cascade,
    primary key (object, incident_id))`,
  'create index explained_incident on explained (incident_id)',
  // A message of a chat names its group by this line alone, also where the group's alerts have joined another's incident.
  'alter table alert add column group_subject text',
  'create index alert_group_subject on alert (group_subject) where open and group_subject is not null',
  // The incident that this one was found to be a part of.
  'alter table incident add column merged_into text references incident (id) on delete set null',
])
