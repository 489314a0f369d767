import { ofStatements } from '../statements.ts'

/** Deploys and other changes of services, as they are pushed to Vigil. */
export const deploys = ofStatements([
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
])
