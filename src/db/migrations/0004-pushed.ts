import { ofStatements } from '../statements.ts'

/** Log lines and trace samples, as they are pushed to Vigil where no Loki and no Tempo is. */
export const pushed = ofStatements([
  `create table pushed_log (
    id bigint generated always as identity primary key,
    cluster text not null,
    service text not null,
    level text,
    message text not null,
    at timestamptz not null)`,
  `create index pushed_log_recent on pushed_log (cluster, service, at desc)`,
  `create index pushed_log_age on pushed_log (at)`,

  `create table pushed_trace (
    id bigint generated always as identity primary key,
    cluster text not null,
    trace text not null,
    service text not null,
    operation text,
    error text,
    ms double precision not null,
    at timestamptz not null)`,
  `create index pushed_trace_recent on pushed_trace (cluster, service, at desc)`,
  `create index pushed_trace_age on pushed_trace (at)`,
])
