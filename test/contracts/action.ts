import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/context.ts'
import type { StoredAction } from '../../src/db/schema.ts'
import type { LiveCluster } from '../../src/demo/kubernetes/api.ts'
import type { ObjectRef } from '../../src/investigation/analysis.ts'
import { kindOf, pathOf } from '../../src/kubernetes/kinds.ts'
import type { KubeObject } from '../../src/kubernetes/state.ts'
import type { Right } from '../../src/remediation/actions/action.ts'
import { actions } from '../../src/remediation/actions/index.ts'
import { approve } from '../../src/remediation/decide.ts'
import { execute } from '../../src/remediation/execute.ts'
import type { Offer, Target } from '../../src/remediation/offer.ts'
import { type Planning, planOffer } from '../../src/remediation/plan.ts'
import { runnerOf } from '../../src/remediation/runners/index.ts'
import type { KubernetesRequest } from '../../src/remediation/runners/kubernetes.ts'
import type { Running } from '../../src/remediation/runners/runner.ts'
import { canonical } from '../../src/text/digest.ts'
import { presser, pressOf, type Stage, stage } from '../remediation/stage.ts'
import { hostileValues } from './hostile.ts'

export type ActionCase = {
  readonly kind: string
  readonly objects: () => KubeObject[]
  readonly params: Readonly<Record<string, unknown>>
  /** Bounds of the entry. */
  readonly bounds?: Readonly<Record<string, unknown>>
  /** Other keys of the entry. */
  readonly entry?: Readonly<Record<string, unknown>>
  /** What the analysis calls the cause; else the Deployment shop/checkout. */
  readonly cause?: ObjectRef
  /** What the cluster's controllers do when it has been done. */
  readonly after?: (cluster: LiveCluster) => void
  /** What the undo brings back; absent: it cannot be taken back. */
  readonly back?: (cluster: LiveCluster) => unknown
}

const TARGETS = ['shop/*', 'worker-*']
const clock = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 30), signal) }

/** What every built-in action that changes Kubernetes must hold, seen from a cluster at the wire. */
export const actionContract = (own: ActionCase): void => {
  const { kind, params } = own
  const open = (t: Parameters<typeof stage>[0]) =>
    stage(t, {
      objects: own.objects(),
      clock,
      ...(own.cause === undefined ? {} : { cause: own.cause }),
      actions: kubernetesKinds().map((one) => ({
        kind: one,
        targets: TARGETS,
        params: one === kind ? (own.bounds ?? {}) : {},
        ...(one === kind ? own.entry : {}),
      })),
    })

  test(`${kind}: parameters that it does not know, and hostile values, change nothing and reach nothing else`, async (t) => {
    const { context, cluster } = await open(t)
    const unknown = await planWith(context, kind, { ...params, force: true })
    assert.match(unknown.ok ? '' : unknown.reason, /cannot be done with these parameters/)
    assert.deepEqual(cluster.asked, [])
    for (const name of Object.keys(params))
      for (const value of hostileValues(String(params[name]))) {
        const planning = await planWith(context, kind, { ...params, [name]: value })
        assert.equal(planning.ok, false, `${name}: ${JSON.stringify(value)} was taken`)
      }
    const outside = cluster.asked.filter((one) => !ALLOWED.test(one))
    assert.deepEqual(outside, [])
    assert.deepEqual(
      cluster.tried.filter(({ dryRun }) => !dryRun),
      [],
    )
    assert.deepEqual(cluster.ledger, [])
  })

  test(`${kind}: a plan is the same to the byte, changes nothing, and its dry run passes`, async (t) => {
    const { context, cluster } = await open(t)
    const before = JSON.stringify(cluster.objects())
    const first = offerOf(await planWith(context, kind, params))
    const objects = cluster.objects().toReversed()
    for (const object of objects) cluster.remove(object.kind, object.metadata.name)
    for (const object of objects) cluster.put(object)
    const second = offerOf(await planWith(context, kind, params))
    assert.equal(canonical(first), canonical(second), 'in whatever order the API lists objects')
    assert.equal(JSON.stringify(cluster.objects().toReversed()), before)
    assert.deepEqual(cluster.ledger, [])
    assert.ok(cluster.tried.length >= first.steps.length && cluster.tried.every(({ dryRun }) => dryRun))
    assert.ok(first.change.length > 0, 'the card shows what changes')
    const rights = actions.find((one) => one.kind === kind)?.rights ?? []
    for (const { request } of first.steps)
      assert.ok(
        rights.some((right) => isFor(right, request as unknown as KubernetesRequest, first.target)),
        `its account has no right to ${JSON.stringify(request)}`,
      )
    assert.ok(first.why.length > 0 && first.title !== '' && first.command.startsWith('kubectl '))
  })

  test(`${kind}: what runs is exactly what was approved${own.back === undefined ? '' : ', and its undo leads back'}`, async (t) => {
    const made = await open(t)
    const { context, cluster } = made
    const was = own.back?.(cluster)
    const card = await run(made, kind, params)
    assert.deepEqual(
      cluster.ledger.map(({ method, path, body }) => ({ method, path, body })),
      card.offer.steps.map(({ request }) => sentFor(request as unknown as KubernetesRequest)),
    )
    assert.equal((await made.action(card.id)).status, 'succeeded')
    if (own.back === undefined) return assert.equal(card.offer.undo, null)
    own.after?.(cluster)
    assert.notDeepEqual(own.back(cluster), was, 'something was changed')
    assert.ok(card.offer.undo !== null)
    const undo = offerOf(await planWith(context, card.offer.undo.entry, card.offer.undo.params))
    for (const step of undo.steps) assert.equal((await runnerOf(step.runner)?.run(step.request, runningIn(made)))?.outcome, 'done')
    assert.deepEqual(own.back(cluster), was)
  })

  test(`${kind}: a target that is another one, or was changed since, is refused by the API server itself`, async (t) => {
    const made = await open(t)
    const { context, cluster } = made
    const { steps } = offerOf(await planWith(context, kind, params))
    for (const { runner, request } of steps) {
      const { kind: of, name, method } = request as unknown as KubernetesRequest
      const live = cluster.find(of, name)
      assert.ok(live)
      const generation = live.metadata['generation']
      const changed = [
        { ...live, metadata: { ...live.metadata, uid: 'uid-of-another' } },
        ...(typeof generation === 'number' ? [{ ...live, metadata: { ...live.metadata, generation: generation + 1 } }] : []),
        // What is added whole would take the place of what somebody else wrote.
        ...(method === 'PATCH' && live.metadata.annotations === undefined
          ? [{ ...live, metadata: { ...live.metadata, annotations: { owner: 'team-a' } } }]
          : []),
      ]
      for (const other of changed) {
        cluster.put(other)
        const ran = await runnerOf(runner)?.run(request, runningIn(made))
        assert.equal(ran?.outcome, 'failed', JSON.stringify(ran))
      }
      cluster.put(live)
    }
    assert.deepEqual(cluster.ledger, [])
  })
}

/** Every kind that the register has for Kubernetes. */
const kubernetesKinds = (): string[] => actions.filter(({ rights }) => rights !== undefined).map(({ kind }) => kind)

export const planWith = (context: Stage['context'], entry: string, params: unknown): Promise<Planning> =>
  planOffer(context, {
    action: 'action-1',
    incident: 'incident-1',
    version: 1,
    cluster: 'default',
    entry,
    params,
    approvers: (ofEntry) => ofEntry ?? { users: [], usergroups: [] },
  })

export const offerOf = (planning: Planning): Offer => {
  assert.ok(planning.ok, planning.ok ? '' : planning.reason)
  return planning.offer
}

export const runningIn = ({ context }: Stage): Running => ({
  context,
  cluster: 'default',
  action: 'action-1',
  incident: 'incident-1',
  digest: null,
  approvedBy: [],
  signal: AbortSignal.timeout(10_000),
})

/** Proposes, approves by as many as it takes, and executes. */
export const run = async ({ context, propose, action }: Stage, kind: string, params: ActionCase['params']): Promise<StoredAction> => {
  const [card] = await propose({ action: kind, params: { ...params }, why: 'it helps', receipts: [] })
  assert.ok(card, `${kind} was not offered`)
  for (const user of ['U0ANA', 'U0TOM'].slice(0, card.offer.approvals)) await approve(context, pressOf(card), presser(user))
  await execute(context, card.id, AbortSignal.timeout(20_000))
  return action(card.id)
}

/** Reading in the namespace of the targets and of nodes, pods on a node, and dry runs of the same; nothing else has a place here. */
const ALLOWED =
  /^(?:GET|PATCH|POST|DELETE) \/(?:api\/v1|apis\/[a-z0-9.]+\/v[a-z0-9]+)\/(?:namespaces\/shop\/[a-z]+|nodes|pods)(?:\/[a-z0-9][a-z0-9.-]*(?:\/eviction)?)?$/

const isFor = (right: Right, { method = 'PATCH', kind, name, subresource }: Partial<KubernetesRequest>, target: Target): boolean =>
  right.verb === { PATCH: 'patch', POST: 'create', DELETE: 'delete' }[method] &&
  right.kind === kind &&
  right.subresource === subresource &&
  (!right.isTarget || (target.kind === kind && target.name === name))

/** A manifest is applied by a PATCH, as it stands in the step. */
const sentFor = ({ method = 'PATCH', kind, namespace, name, subresource, patch, body, done }: KubernetesRequest) => ({
  method,
  path: `${pathOf(kindOf(kind), namespace)}/${name}${subresource === undefined ? '' : `/${subresource}`}`,
  body: patch ?? body ?? { apiVersion: 'v1', kind: 'DeleteOptions', ...('gone' in done ? { preconditions: { uid: done.gone } } : {}) },
})
