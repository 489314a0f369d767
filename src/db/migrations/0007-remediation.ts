import { type Kysely, sql } from 'kysely'

/** Actions with their approvals, the brake, and the chained audit trail. */
export const remediation = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}

const statements = [
  `create table action (
    id text primary key,
    incident_id text not null references incident (id) on delete cascade,
    number integer not null,
    version integer not null default 1,
    kind text not null,
    entry text not null,
    cluster text not null,
    target text not null,
    identity text,
    category text,
    offer jsonb not null,
    digest text not null,
    status text not null default 'awaiting_approval',
    requested_by text,
    edited_by text,
    undo_of text references action (id) on delete set null,
    expires_at timestamptz not null,
    decided_by text,
    decided_at timestamptz,
    reason text,
    epoch integer not null default 0,
    attempts integer not null default 0,
    step integer not null default 0,
    intent_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    result text,
    baseline jsonb,
    watch jsonb,
    verification text,
    verified_at timestamptz,
    ineffective_at timestamptz,
    created_at timestamptz not null default vigil_now(),
    unique (incident_id, number))`,
  // Cool-down, breaker and parallelism ask by these.
  'create index action_target on action (cluster, target, started_at) where started_at is not null',
  "create index action_running on action (status) where status in ('executing', 'approved', 'awaiting_approval')",
  'create index action_identity on action (identity, ended_at) where identity is not null',
  'create index action_created on action (created_at)',
  `create table approval (
    action_id text not null references action (id) on delete cascade,
    version integer not null,
    user_id text not null,
    at timestamptz not null default vigil_now(),
    primary key (action_id, version, user_id))`,
  // One row: while it stands nothing is executed.
  `create table brake (
    id boolean primary key default true check (id),
    by text not null,
    reason text not null,
    at timestamptz not null default vigil_now())`,
  `create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default vigil_now(),
    incident_id text,
    action_id text,
    who text not null,
    what text not null,
    data jsonb not null,
    before text not null,
    hash text not null unique)`,
  // Append-only: what was written is never changed, and goes only with the whole database.
  `create function audit_is_append_only() returns trigger language plpgsql as $$
    begin raise exception 'the audit trail is append-only'; end $$`,
  'create trigger audit_append_only before update or delete on audit for each statement execute function audit_is_append_only()',
]
