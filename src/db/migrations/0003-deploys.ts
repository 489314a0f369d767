import { type Kysely, sql } from 'kysely'

/** Deploys and other changes of services, as they are pushed to Vigil. */
export const deploys = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}

const statements = [
  `create table deploy (
    id bigint generated always as identity primary key,
    cluster text not null,
    service text not null,
    namespace text,
    kind text not null check (kind in ('deploy','config','scale','flag')),
    version text,
    commit text,
    previous text,
    author text,
    url text,
    message text,
    at timestamptz not null,
    received_at timestamptz not null default vigil_now())`,
  // A pipeline that sends again because it heard no answer tells nothing new.
  `create unique index deploy_once on deploy (cluster, service, coalesce(namespace, ''), kind, coalesce(version, commit, ''), at)`,
  `create index deploy_recent on deploy (cluster, at desc)`,
]
