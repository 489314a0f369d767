import { WORKLOADS } from '../alert/subject.ts'
import type { Context } from '../context.ts'
import type { Matcher } from '../datasources/matcher.ts'
import { guardPromql } from '../datasources/promql.ts'
import type { StoredAlert } from '../db/schema.ts'
import { EXPORTER, ownerOfPod, withoutHash } from '../kubernetes/names.ts'
import { workloadOf } from '../kubernetes/owners.ts'
import type { Labels } from '../series/series.ts'

export type Found = { readonly subject: string; readonly how: 'expression' | 'owner'; readonly why: string }

/** What an alert is about; with two candidates nothing is found, and both are offered. */
export type Search = { readonly found: Found | null; readonly offered: readonly string[] }

const NOTHING: Search = { found: null, offered: [] }

/**
 * The service or workload that the selectors of a rule's own expression name, by the configured order of labels. A rule about two of
 * them is about neither.
 */
export const subjectOfExpression = (expression: string | null, service: readonly string[]): Search => {
  const read = expression === null ? undefined : guardPromql(expression, { characters: 20_000 })
  if (read?.ok !== true) return NOTHING
  const matchers = read.selectors.flat()
  for (const label of [...service, ...WORKLOADS]) {
    const named = matchers.filter((one) => one.label === label).flatMap(valuesOf)
    const values = [...new Set(named)].filter((value) => !EXPORTER.test(value)).toSorted()
    const [subject] = values
    if (subject === undefined) continue
    if (values.length > 1) return { found: null, offered: values.slice(0, MOST_OFFERED) }
    return { found: { subject, how: 'expression', why: `its rule selects ${label}="${subject}"` }, offered: [] }
  }
  return NOTHING
}

const MOST_OFFERED = 10

/** `=`, or a pattern that is nothing but names. */
const valuesOf = ({ operator, value }: Matcher): string[] => {
  if (operator === '=') return value === '' ? [] : [value]
  return operator === '=~' && /^[\w-]+(?:\|[\w-]+)*$/.test(value) ? value.split('|') : []
}

/** Labels that name a pod; `exported_pod` where the scraper's own label took the name. */
const PODS = ['pod', 'exported_pod', 'pod_name', 'kubernetes_pod_name']

/** The pod whose owner is worth a question: nothing else in the labels says what the alert is about, or only the pod's name does. */
export const podToAsk = (labels: Labels, subject: string | null, service: readonly string[]): string | null => {
  const pod = PODS.flatMap((name) => labels[name] || [])[0]
  if (pod === undefined) return null
  if (subject === null) return pod
  const isSaid = [...service, ...WORKLOADS, 'replicaset'].some((name) => (labels[name] ?? '') !== '' && !EXPORTER.test(labels[name] ?? ''))
  return !isSaid && subject === ownerOfPod(pod) ? pod : null
}

type Pod = { readonly alert: Pick<StoredAlert, 'labels' | 'cluster'>; readonly pod: string; readonly signal: AbortSignal }

/** The workload that owns a pod, as kube-state-metrics tells it, else the API. Throws what the clients throw. */
export const subjectOfPod = async (context: Context, asked: Pod): Promise<Search> => {
  const { prometheus } = context.sources(asked.alert.cluster)
  const told = prometheus === undefined ? [] : await ownersIn(context, asked)
  const owners = told.length > 0 ? told : await ownersByApi(context, asked)
  const names = [...new Set(owners)].toSorted()
  const [subject] = names
  if (subject === undefined) return NOTHING
  if (names.length > 1) return { found: null, offered: names.slice(0, MOST_OFFERED) }
  return { found: { subject, how: 'owner', why: `it owns the pod ${asked.pod}` }, offered: [] }
}

/** An hour back: the pod of an alert may be gone. */
const ownersIn = async (context: Context, { alert, pod, signal }: Pod): Promise<string[]> => {
  const { prometheus } = context.sources(alert.cluster)
  if (prometheus === undefined) return []
  const within = alert.labels['namespace'] ? `,namespace=${JSON.stringify(alert.labels['namespace'])}` : ''
  const ask = async (metric: string, label: string, name: string) => {
    const selector = `${metric}{${label}=${JSON.stringify(name)}${within}}`
    const query = `group by (owner_kind, owner_name) (last_over_time(${selector}[1h]))`
    const { series } = await prometheus.instant(query, { at: context.clock.now(), signal, limit: 10 })
    return series.flatMap(({ labels: { owner_kind: kind, owner_name: owner } }) =>
      kind && owner && owner !== '<none>' ? [{ kind, owner }] : [],
    )
  }
  const direct = await ask('kube_pod_owner', 'pod', pod)
  const all = direct.map(async ({ kind, owner }) => {
    if (kind === 'Node') return []
    if (kind !== 'ReplicaSet' && kind !== 'Job') return [owner]
    const above =
      kind === 'ReplicaSet' ? await ask('kube_replicaset_owner', 'replicaset', owner) : await ask('kube_job_owner', 'job_name', owner)
    return above.length > 0 ? above.map((one) => one.owner) : [kind === 'ReplicaSet' ? withoutHash(owner) : owner]
  })
  return (await Promise.all(all)).flat()
}

const ownersByApi = async (context: Context, { alert, pod, signal }: Pod): Promise<string[]> => {
  const { kubernetes } = context.sources(alert.cluster)
  if (kubernetes === undefined) return []
  const namespace = alert.labels['namespace'] || undefined
  const { objects } = await kubernetes.list('Pod', { namespace, fields: { 'metadata.name': pod }, most: 10, signal })
  const none = { at: context.clock.now(), unread: [], logs: async () => [] }
  const owners = objects.map((object) => workloadOf({ ...none, objects: [object] }, object))
  return owners.filter(({ kind }) => kind !== 'Pod').map(({ kind, name }) => (kind === 'ReplicaSet' ? withoutHash(name) : name))
}
