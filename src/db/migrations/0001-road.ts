import { type Kysely, sql } from 'kysely'

/** The road: incidents with their alerts and timeline, investigations with their evidence, the doors' inbox and outbox. */
export const road = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}

const statements = [
  // One clock for expiries and leases: the database's, or the one that a test sets for its session.
  `create function vigil_now() returns timestamptz language sql stable as $$
    select coalesce(nullif(current_setting('vigil.clock', true), '')::timestamptz, now()) $$`,

  `create table incident (
    id text primary key,
    number integer generated always as identity unique,
    status text not null default 'open' check (status in
      ('open','investigating','analysed','awaiting_approval','executing','verifying','resolved','escalated')),
    title text not null,
    severity text not null,
    cluster text not null,
    subject text,
    alertname text not null,
    group_key text,
    receiver text,
    group_subject text,
    onset timestamptz,
    owner text,
    channel text,
    thread_ts text,
    anchor text check (anchor in ('alert','own','mention')),
    anchor_by timestamptz,
    reaction text,
    epoch integer not null default 0,
    started_at timestamptz not null default vigil_now(),
    resolved_at timestamptz,
    previous_id text references incident (id) on delete set null,
    join_key text,
    notice_key text)`,
  // Two replicas that open the same problem at once: the second fails here, reads again and joins.
  `create unique index incident_join_key on incident (join_key) where status <> 'resolved'`,
  // The same for a chat message and the webhook of its group, of which one cannot know the other's labels.
  `create unique index incident_notice_key on incident (notice_key) where status <> 'resolved'`,
  `create index incident_open on incident (split_part(group_subject, ' ', 1)) where status <> 'resolved'`,
  `create index incident_group on incident (group_key) where status <> 'resolved'`,
  `create index incident_subject_line on incident (group_subject, resolved_at)`,
  `create index incident_joined on incident (join_key, started_at desc) where join_key is not null`,
  `create index incident_previous on incident (previous_id) where previous_id is not null`,
  `create index incident_recent on incident (started_at desc)`,
  `create index incident_identity on incident (cluster, alertname, subject, started_at desc)`,
  `create index incident_thread on incident (channel, thread_ts)`,

  `create table alert (
    id text primary key,
    incident_id text not null references incident (id) on delete cascade,
    fingerprint text not null,
    cluster text not null,
    source text not null,
    status text not null check (status in ('firing','resolved')),
    labels jsonb not null,
    annotations jsonb not null,
    starts_at timestamptz not null,
    ends_at timestamptz,
    expression text,
    generator_url text,
    group_key text,
    receiver text,
    confirmed boolean not null,
    count integer not null default 1,
    first_seen timestamptz not null default vigil_now(),
    last_seen timestamptz not null default vigil_now(),
    open boolean not null default true)`,
  `create unique index alert_open on alert (cluster, fingerprint) where open`,
  `create index alert_incident on alert (incident_id)`,
  `create index alert_group on alert (group_key, receiver) where open`,
  `create index alert_fingerprint on alert (fingerprint, last_seen desc)`,

  `create table separation (
    fingerprint text not null, identity text not null, by text not null,
    at timestamptz not null default vigil_now(), primary key (fingerprint, identity))`,

  `create table timeline (
    id bigint generated always as identity primary key,
    incident_id text references incident (id) on delete cascade,
    at timestamptz not null default vigil_now(),
    type text not null,
    data jsonb not null)`,
  `create index timeline_incident on timeline (incident_id, id)`,

  `create table evidence (
    incident_id text not null references incident (id) on delete cascade,
    number integer not null,
    source text not null,
    query text not null,
    range_from text,
    range_to text,
    output jsonb not null,
    shown text not null,
    complete boolean not null,
    link text,
    at timestamptz not null default vigil_now(),
    primary key (incident_id, number))`,

  `create table investigation (
    id text primary key,
    incident_id text not null references incident (id) on delete cascade,
    number integer not null,
    kind text not null default 'alert' check (kind in ('alert','mention','again')),
    status text not null default 'pending' check (status in
      ('pending','in_progress','complete','failed','error','max_turns','budget_exceeded')),
    requested_by text,
    model text,
    system_prompt text,
    started_at timestamptz,
    ended_at timestamptz,
    stopped_by text,
    analysis jsonb,
    reason text,
    tool_calls integer not null default 0,
    tokens_in integer not null default 0,
    tokens_out integer not null default 0,
    usd double precision not null default 0,
    model_ms integer not null default 0,
    tool_ms integer not null default 0,
    created_at timestamptz not null default vigil_now(),
    unique (incident_id, number))`,
  // One investigation of an incident at a time.
  `create unique index investigation_running on investigation (incident_id) where status in ('pending','in_progress')`,
  `create index investigation_spent on investigation (ended_at)`,

  `create table turn (
    investigation_id text not null references investigation (id) on delete cascade,
    number integer not null,
    role text not null check (role in ('user','assistant')),
    content jsonb not null,
    stop text,
    usage jsonb,
    model text,
    ms integer not null default 0,
    at timestamptz not null default vigil_now(),
    primary key (investigation_id, number))`,

  `create table tool_call (
    investigation_id text not null references investigation (id) on delete cascade,
    call_id text not null,
    turn integer not null,
    name text not null,
    input jsonb not null,
    result text not null,
    is_error boolean not null,
    evidence integer,
    input_bytes integer not null,
    output_bytes integer not null,
    ms integer not null,
    at timestamptz not null default vigil_now(),
    primary key (investigation_id, call_id))`,

  `create table rating (
    id text primary key,
    incident_id text not null references incident (id) on delete cascade,
    investigation_id text not null references investigation (id) on delete cascade,
    user_id text not null,
    rating text not null check (rating in ('good','bad')),
    reason text,
    at timestamptz not null default vigil_now(),
    unique (investigation_id, user_id))`,
  `create index rating_incident on rating (incident_id)`,

  `create table post (
    channel text not null,
    ts text not null,
    incident_id text references incident (id) on delete set null,
    bot text not null,
    receiver text,
    subject text,
    fingerprints jsonb not null,
    status text not null check (status in ('firing','resolved')),
    reaction text,
    at timestamptz not null default vigil_now(),
    primary key (channel, ts))`,
  `create index post_incident on post (incident_id)`,
  `create index post_subject on post (subject, at desc)`,

  `create table message (
    key text primary key,
    incident_id text references incident (id) on delete cascade,
    channel text not null,
    thread_ts text,
    ts text,
    digest text,
    state text not null default 'sending' check (state in ('sending','sent','failed')),
    error text,
    edited_at timestamptz,
    at timestamptz not null default vigil_now())`,
  `create index message_incident on message (incident_id)`,
  `create index message_ts on message (channel, ts)`,

  `create table inbox (
    key text primary key,
    kind text not null check (kind in ('event','interactive','slash')),
    body jsonb not null,
    received_at timestamptz not null default vigil_now(),
    handled_at timestamptz,
    error text)`,
  `create index inbox_waiting on inbox (received_at) where handled_at is null`,

  `create table slack_rate (bucket text primary key, free_at timestamptz not null)`,
  `create table slack_cursor (channel text primary key, ts text not null, at timestamptz not null default vigil_now())`,
]
