import { z } from 'zod'
import type { Deploy } from '../investigation/rules/rule.ts'
import { parsed, writtenTime } from './answer.ts'
import { connect } from './http.ts'
import type { SourceOptions } from './line.ts'
import { sourceNames } from './sources.ts'

/** The client of one Argo CD, 2.0 and later (https://argo-cd.readthedocs.io/en/stable/developer-guide/api-docs/). */
export const argocd = (options: SourceOptions): ArgoCd => {
  const line = connect(source, options)
  return {
    endpoint: line.endpoint,
    applications: async ({ signal }) => {
      const { items } = parsed(source, applications, await line.ask({ path: '/api/v1/applications', query: { fields: FIELDS }, signal }))
      return (items ?? []).map(applicationOf)
    },
    application: async ({ name, signal }) => {
      // A name is checked to be one segment by whoever asks.
      const path = `/api/v1/applications/${encodeURIComponent(name)}`
      return detailOf(parsed(source, detail, await line.ask({ path, signal })))
    },
    version: async ({ signal }) => parsed(source, version, await line.ask({ path: '/api/version', signal })).Version,
  }
}

const source = sourceNames.argocd

/** Without this an application of a few hundred objects is a megabyte. */
const FIELDS = [
  'items.metadata.name',
  'items.spec.destination.namespace',
  'items.status.history',
  'items.status.sync.status',
  'items.status.health.status',
  'items.status.resources',
].join(',')

const entry = z.object({
  revision: z.string().nullish(),
  revisions: z.array(z.string()).nullish(),
  deployedAt: writtenTime,
  deployStartedAt: writtenTime.nullish(),
  initiatedBy: z.object({ username: z.string().nullish() }).nullish(),
  source: z.unknown().optional(),
  sources: z.unknown().optional(),
})

const applications = z.object({
  items: z
    .array(
      z.object({
        metadata: z.object({ name: z.string() }),
        spec: z.object({ destination: z.object({ namespace: z.string().nullish() }).nullish() }).nullish(),
        status: z
          .object({
            history: z.array(entry).nullish(),
            sync: z.object({ status: z.string().nullish() }).nullish(),
            health: z.object({ status: z.string().nullish() }).nullish(),
            resources: z.array(z.object({ kind: z.string().nullish(), name: z.string().nullish() })).nullish(),
          })
          .nullish(),
      }),
    )
    .nullish(),
})
const operation = z.object({
  sync: z.object({ revision: z.string().nullish(), revisions: z.array(z.string()).nullish() }).nullish(),
  info: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
})
const detail = z.object({
  metadata: z.object({ name: z.string(), uid: z.string().default('') }),
  spec: z.object({
    syncPolicy: z
      .object({
        automated: z.object({ prune: z.boolean().nullish(), selfHeal: z.boolean().nullish(), enabled: z.boolean().nullish() }).nullish(),
      })
      .nullish(),
  }),
  operation: operation.nullish(),
  status: z.object({
    sync: z.object({ status: z.string().nullish(), revision: z.string().nullish(), revisions: z.array(z.string()).nullish() }).nullish(),
    health: z.object({ status: z.string().nullish() }).nullish(),
    history: z.array(entry.extend({ id: z.number() })).nullish(),
    operationState: z
      .object({ phase: z.string(), message: z.string().nullish(), startedAt: z.string(), operation: operation.nullish() })
      .nullish(),
    resources: z
      .array(
        z.object({ kind: z.string().nullish(), namespace: z.string().nullish(), name: z.string().nullish(), status: z.string().nullish() }),
      )
      .nullish(),
  }),
})
const version = z.object({ Version: z.string() })

type Entry = z.infer<typeof entry>

const applicationOf = ({ metadata, spec, status }: NonNullable<z.infer<typeof applications>['items']>[number]): Application => {
  const workloads = (status?.resources ?? []).flatMap(({ kind, name }) => (WORKLOADS.includes(kind ?? '') && name ? [name] : []))
  const namespace = spec?.destination?.namespace ?? null
  return {
    name: metadata.name,
    sync: status?.sync?.status ?? null,
    health: status?.health?.status ?? null,
    // One of many workloads was changed, and it is not said which: then only the application's own name is accused.
    services: [...new Set([metadata.name, ...(workloads.length <= MOST_WORKLOADS ? workloads : [])])],
    deploys: changesOf(metadata.name, namespace, status?.history ?? []),
  }
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout']
const MOST_WORKLOADS = 3

const changesOf = (service: string, namespace: string | null, history: readonly Entry[]): Deploy[] => {
  const ordered = history.toSorted((a, b) => a.deployedAt.getTime() - b.deployedAt.getTime())
  return ordered.flatMap((one, i): Deploy[] => {
    const [now, before] = [revisionOf(one), revisionOf(ordered[i - 1])]
    const isSame = now !== null && now === before
    // The same once more: a repair of what somebody changed by hand, or of nothing.
    if (isSame && JSON.stringify([one.source, one.sources]) === JSON.stringify([ordered[i - 1]?.source, ordered[i - 1]?.sources])) return []
    return [
      {
        service,
        namespace,
        kind: isSame ? 'config' : 'deploy',
        version: now,
        previous: isSame ? null : before,
        commit: one.revision !== null && one.revision !== undefined && COMMIT.test(one.revision) ? one.revision : null,
        author: one.initiatedBy?.username || null,
        url: null,
        at: one.deployStartedAt ?? one.deployedAt,
        source: 'argocd',
      },
    ]
  })
}

const COMMIT = /^[0-9a-f]{40}$/

const revisionOf = (one: Entry | undefined): string | null => {
  const revision = one?.revision || one?.revisions?.join(', ') || null
  return revision !== null && COMMIT.test(revision) ? revision.slice(0, 7) : revision
}

type Operation = z.infer<typeof operation>

const detailOf = ({ metadata, spec, operation: waiting, status }: z.infer<typeof detail>): ApplicationDetail => {
  const { automated } = spec.syncPolicy ?? {}
  const state = status.operationState
  return {
    name: metadata.name,
    uid: metadata.uid,
    automated:
      automated == null || automated.enabled === false ? null : { prune: automated.prune === true, selfHeal: automated.selfHeal === true },
    sync: status.sync?.status ?? null,
    health: status.health?.status ?? null,
    revision: fullRevision(status.sync),
    history: (status.history ?? [])
      .map((one) => ({ id: one.id, revision: fullRevision(one), at: one.deployedAt }))
      .toSorted((a, b) => a.id - b.id),
    waiting: waiting == null ? null : told(waiting),
    last:
      state == null
        ? null
        : { phase: state.phase, message: state.message ?? '', startedAt: state.startedAt, ...told(state.operation ?? {}) },
    outOfSync: (status.resources ?? []).filter((one) => one.status === 'OutOfSync').map(called),
    resources: (status.resources ?? []).map(called),
  }
}

const called = ({ kind, namespace, name }: { readonly [field in 'kind' | 'namespace' | 'name']?: string | null | undefined }): string =>
  `${kind ?? ''} ${namespace ? `${namespace}/` : ''}${name ?? ''}`

const told = ({ sync, info }: Operation): OperationDetail => ({
  revision: fullRevision(sync),
  info: Object.fromEntries((info ?? []).map(({ name, value }) => [name, value])),
})

const fullRevision = (one: { revision?: string | null | undefined; revisions?: string[] | null | undefined } | null | undefined): string =>
  one?.revision || one?.revisions?.join(', ') || ''

type OperationDetail = { readonly revision: string; readonly info: Readonly<Record<string, string>> }

/** One application as far as somebody who wants to change it must know it. */
export type ApplicationDetail = {
  readonly name: string
  readonly uid: string
  /** Null where nothing is synced by itself. */
  readonly automated: { readonly prune: boolean; readonly selfHeal: boolean } | null
  readonly sync: string | null
  readonly health: string | null
  /** What Git has now, as Argo CD saw it last. */
  readonly revision: string
  /** Oldest first. */
  readonly history: readonly { readonly id: number; readonly revision: string; readonly at: Date }[]
  /** Asked for and not begun. */
  readonly waiting: OperationDetail | null
  /** The newest that has begun. */
  readonly last: (OperationDetail & { readonly phase: string; readonly message: string; readonly startedAt: string }) | null
  /** "Deployment shop/checkout". */
  readonly outOfSync: readonly string[]
  /** All that it consists of, written alike. */
  readonly resources: readonly string[]
}

export type Application = {
  readonly name: string
  /** Synced, OutOfSync, Unknown. */
  readonly sync: string | null
  /** Healthy, Progressing, Degraded, Suspended, Missing, Unknown. */
  readonly health: string | null
  /** By which names alerts may call what it deploys. */
  readonly services: readonly string[]
  /** Its history, oldest first, under the application's name. */
  readonly deploys: readonly Deploy[]
}

/** A read-only client of Argo CD. Throws TransientError or PermanentError. */
export type ArgoCd = {
  readonly endpoint: string
  applications(options: { signal?: AbortSignal }): Promise<readonly Application[]>
  /** Throws PermanentError where there is none, or the account may not see it: Argo CD tells neither from the other. */
  application(options: { name: string; signal?: AbortSignal }): Promise<ApplicationDetail>
  version(options: { signal?: AbortSignal }): Promise<string>
}
