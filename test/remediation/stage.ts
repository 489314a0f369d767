import type { TestContext } from 'node:test'
import { createReceive } from '../../src/alert/receive.ts'
import type { Config } from '../../src/config.ts'
import type { Clock, Context } from '../../src/context.ts'
import { openSources } from '../../src/datasources/index.ts'
import { jsonbText } from '../../src/db/jsonb.ts'
import type { StoredAction } from '../../src/db/schema.ts'
import { type Controller, type LiveCluster, startCluster } from '../../src/demo/kubernetes/api.ts'
import { record, timelineOf } from '../../src/incident/timeline.ts'
import type { Analysis, ObjectRef } from '../../src/investigation/analysis.ts'
import type { KubeObject } from '../../src/kubernetes/state.ts'
import type { Presser } from '../../src/remediation/authorise.ts'
import type { Pressed } from '../../src/remediation/decide.ts'
import { propose } from '../../src/remediation/propose.ts'
import { hook, one } from '../alert/intakes.ts'
import { testContext } from '../context.ts'
import { createPeer, type Peer } from '../incident/peer.ts'
import { app } from '../kubernetes/app.ts'

export const LABELS = { alertname: 'HighErrorRate', service: 'checkout', namespace: 'shop', severity: 'warning' }

export type Stage = {
  readonly context: Context
  readonly cluster: LiveCluster
  readonly prometheus: Peer
  /** The incident about checkout in shop. */
  readonly incident: string
  /** Lets an analysis propose this, and makes cards of it. */
  propose(...proposals: Analysis['proposals']): Promise<StoredAction[]>
  /** The same in another incident. */
  proposeIn(incident: string, ...proposals: Analysis['proposals']): Promise<StoredAction[]>
  actions(): Promise<StoredAction[]>
  action(id: string): Promise<StoredAction>
  entries(): Promise<string[]>
  status(): Promise<string>
}

/** checkout with two revisions: now 2, before 1. */
export const checkout = (): KubeObject[] => {
  const [now, set, ...pods] = app('checkout', { replicas: 3 })
  if (now === undefined || set === undefined) throw new Error('no deployment')
  const revision = (object: KubeObject, number: string): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, 'deployment.kubernetes.io/revision': number } },
  })
  const old = structuredClone(set) as KubeObject & { spec: { template: { spec: { containers: { image: string }[] } } } }
  const template = old.spec.template
  if (template.spec.containers[0] !== undefined) template.spec.containers[0].image = 'registry.example/checkout:1.3.9'
  const before = { ...old, metadata: { ...old.metadata, name: 'checkout-old1', uid: 'uid-ReplicaSet-checkout-old1' } }
  const deployed = {
    ...now,
    metadata: { ...now.metadata, generation: 7 },
    status: { observedGeneration: 7, replicas: 3, updatedReplicas: 3, readyReplicas: 3 },
  }
  return [revision(deployed, '2'), revision(set, '2'), revision(before, '1'), ...pods]
}

const analysis = (proposals: Analysis['proposals'], object: ObjectRef): Analysis => ({
  verdict: 'action_required',
  summary: 'checkout fails since 1.4.0.',
  confidence: 95,
  urgency: 'today',
  cause: {
    text: '1.4.0 of checkout',
    object,
    category: 'bad_deploy',
    receipts: [],
  },
  chain: [],
  claims: [],
  ruled_out: [],
  data_gaps: [],
  next_steps: [],
  proposals,
  partial: false,
  partial_reason: null,
  unsupported: [],
  model_confidence: 95,
  confidence_why: null,
  recomputed: 1,
  by: 'model',
})

type More = {
  readonly actions?: readonly { readonly kind: string; readonly [field: string]: unknown }[]
  readonly env?: Readonly<Record<string, string>>
  readonly clock?: Clock
  readonly objects?: KubeObject[]
  readonly analysis?: Partial<Analysis>
  readonly remediation?: Partial<Config['remediation']>
  readonly named?: Readonly<Record<string, string>>
  /** What the analysis calls the cause; else the Deployment shop/checkout. */
  readonly cause?: ObjectRef
}

/** The rooms over a real database, with a cluster that can be changed and a Prometheus, both at the wire. */
export const stage = async (t: TestContext, more: More = {}): Promise<Stage> => {
  const prometheus = await createPeer()
  const cluster = await startCluster(more.objects ?? checkout(), { controller: rolledOut })
  const env = { VIGIL_PROMETHEUS_ENDPOINT: prometheus.url, VIGIL_KUBERNETES_ENDPOINT: cluster.url, ...more.env }
  const made = await testContext(env, more.clock === undefined ? {} : { clock: more.clock })
  const config: Config = {
    ...made.context.config,
    kubernetes: { ...made.context.config.kubernetes, runner: { endpoint: cluster.url } },
    actions: (more.actions ?? [{ kind: 'rollback_workload' }, { kind: 'restart_workload' }]).map((entry) => ({
      params: {},
      targets: ['shop/*'],
      automatic: false,
      verify: [],
      approvers: { users: ['U0ANA', 'U0TOM'], usergroups: [] },
      ...entry,
    })) as Config['actions'],
    named: more.named ?? {},
    remediation: { ...made.context.config.remediation, verify_seconds: 1, cooldown_seconds: 0, ...more.remediation },
  }
  const context: Context = { ...made.context, config, sources: openSources(config, { fetch, clock: made.context.clock }) }
  prometheus.state.value = 0.12
  prometheus.state.newest = new Date()
  prometheus.state.rules = [{ name: LABELS.alertname, query: 'error_ratio > 0.05', duration: 0 }]
  t.after(async () => {
    await made.close()
    await prometheus.close()
    await cluster.close()
  })
  await createReceive(context)(hook([one(LABELS, { generatorURL: 'http://p/graph?g0.expr=error_ratio+%3E+0.05' })], { by: ['alertname'] }))
  const { id: incident } = await context.db.selectFrom('incident').select('id').executeTakeFirstOrThrow()
  await context.db.updateTable('incident').set({ status: 'analysed' }).execute()
  const actions = () => context.db.selectFrom('action').selectAll().orderBy('number').execute()
  const proposeIn: Stage['proposeIn'] = async (into, ...proposals) => {
    const entry = {
      type: 'analysed',
      investigation: 1,
      investigation_id: 'i1',
      analysis: { ...analysis(proposals, more.cause ?? { kind: 'Deployment', namespace: 'shop', name: 'checkout' }), ...more.analysis },
      spending: SPENT,
      seconds: 1,
    } as const
    await context.db.transaction().execute((trx) => record(context, trx, into, { entries: [entry] }))
    await propose(context, into)
    return actions()
  }
  return {
    context,
    cluster,
    prometheus,
    incident,
    propose: (...proposals) => proposeIn(incident, ...proposals),
    proposeIn,
    actions,
    action: (id) => context.db.selectFrom('action').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    entries: async () => (await timelineOf(context.db, incident)).map(({ type }) => type),
    status: async () =>
      (await context.db.selectFrom('incident').select('status').where('id', '=', incident).executeTakeFirstOrThrow()).status,
  }
}

const SPENT = { tool_calls: 0, failed_calls: 0, tokens_in: 0, tokens_out: 0, usd: 0, model_ms: 0, tool_ms: 0, models: [] }

const REVISION = 'deployment.kubernetes.io/revision'

const under = (object: KubeObject, revision: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [REVISION]: revision } },
})

const imageOf = ({ spec }: KubeObject): string => /"image":"[^"]*"/.exec(JSON.stringify(spec?.['template'] ?? null))?.[0] ?? ''

/** What is written is out at once, with as many pods as are wanted; a Deployment's new template under the next revision. */
const rolledOut: Controller = (object, before) => {
  const replicas = object.spec?.['replicas']
  const counts = typeof replicas === 'number' ? { replicas, updatedReplicas: replicas, readyReplicas: replicas } : {}
  const out = { ...object, status: { ...object.status, ...counts, observedGeneration: object.metadata['generation'] } }
  if (object.kind !== 'Deployment' || before === undefined || imageOf(object) === imageOf(before)) return [{ ms: 20, object: out }]
  const next = String(Number(object.metadata.annotations?.[REVISION] ?? 0) + 1)
  // Of an old template the old ReplicaSet is used again.
  const set = checkout().find((one) => one.kind === 'ReplicaSet' && imageOf(one) === imageOf(object))
  return [out, ...(set === undefined ? [] : [set])].map((one) => ({ ms: 20, object: under(one, next) }))
}

export const ROLLBACK = {
  action: 'rollback_workload',
  params: { namespace: 'shop', name: 'checkout' },
  why: '1.4.0 brought the errors.',
  receipts: [],
}

export const pressOf = ({ id, version, digest }: StoredAction): Pressed => ({ action: id, version, digest })

export const presser = (user = 'U0ANA', over: Partial<Presser> = {}): Presser => ({
  user,
  person: 'colleague',
  groups: [],
  shared: false,
  ...over,
})

/** Kept for tests that change a row behind Vigil's back. */
export const mutateOffer = async ({ context }: Stage, id: string, change: (offer: Record<string, unknown>) => unknown): Promise<void> => {
  const { offer } = await context.db.selectFrom('action').select('offer').where('id', '=', id).executeTakeFirstOrThrow()
  await context.db
    .updateTable('action')
    .set({ offer: jsonbText(change({ ...offer })) })
    .where('id', '=', id)
    .execute()
}
