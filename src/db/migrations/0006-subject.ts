import { ofStatements } from '../statements.ts'

/** What people said alerts are about, and when each heartbeat was heard. */
export const subject = ofStatements([
  `create table subject_correction (
    key text primary key,
    cluster text not null,
    alertname text not null,
    labels jsonb not null,
    subject text not null,
    by text not null,
    at timestamptz not null default vigil_now())`,
  `create table heartbeat (
    key text primary key,
    name text not null,
    cluster text not null,
    labels jsonb not null,
    since timestamptz not null default vigil_now(),
    checked_at timestamptz not null default vigil_now(),
    heard_at timestamptz,
    lost_at timestamptz)`,
  // Without it each incident that is removed reads all others.
  'create index incident_merged on incident (merged_into) where merged_into is not null',
  'create index heartbeat_lost on heartbeat (cluster) where lost_at is not null',
])
