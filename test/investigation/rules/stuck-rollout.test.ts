import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { stuckRollout as rule } from '../../../src/investigation/rules/stuck-rollout.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, container, deployment, event, node, object, ownedBy, pod, replicaSet, status } from '../../kubernetes/made.ts'

type Fields = Readonly<Record<string, unknown>>

const crashing = status({
  ready: false,
  restartCount: 4,
  state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 1m20s' } },
  lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: ago(1.2), finishedAt: ago(1) } },
})

const template = (over: Fields = {}): Fields => ({ metadata: { labels: { app: 'checkout' } }, spec: { containers: [container(over)] } })

type Shape = {
  readonly fresh?: Fields
  readonly old?: readonly Fields[]
  readonly at?: number
  readonly change?: Fields
  readonly status?: Fields
  readonly spec?: Fields
}

/** A Deployment of two revisions: one new pod, and as many old ones as have a status here. */
const rollout = ({
  fresh = crashing,
  old = [status(), status()],
  at = 14,
  change = { image: 'registry.example/checkout:1.5.0' },
  status: over = {},
  spec = {},
}: Shape = {}): KubeObject[] => {
  const { deployment: made } = deployment('shop/checkout', {
    replicas: 3,
    ready: old.length,
    template: { containers: [container(change)] },
    metadata: { annotations: { 'deployment.kubernetes.io/revision': '2' } },
    status: over,
    spec,
  })
  const before = replicaSet(made, { hash: 'old11', replicas: old.length, template: template() })
  const after = replicaSet(made, { hash: 'new22', replicas: 1, ready: 0, template: template(change), revision: '2', created: ago(at) })
  return [
    made,
    before,
    after,
    ...old.map((one, i) => pod(`shop/checkout-old11-aaaa${i}`, { owner: before, statuses: [one] })),
    pod('shop/checkout-new22-bbbb0', { owner: after, created: ago(at), statuses: [fresh], spec: { containers: [container(change)] } }),
  ]
}

ruleContract(rule, { found: inCluster(rollout()), nothing: inCluster(rollout({ fresh: status() })) })

describe('stuck-rollout', () => {
  it('accuses the rollout when its pods fail and those before do not, and says what it changed', async () => {
    const change = {
      image: 'registry.example/checkout:1.5.0',
      env: [{ name: 'MODE', value: 'fast' }],
      resources: { limits: { cpu: '500m', memory: '64Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
    }
    const [finding] = await found(rule, inCluster(rollout({ change })))
    assert.deepEqual([finding?.object?.name, finding?.category], ['checkout', 'bad_deploy'])
    assert.equal(finding?.weight, 0.88)
    assert.match(
      finding?.summary ?? '',
      /checkout-new22.*breaks Deployment shop\/checkout: 1 of its 1 pods fail \(container app: Error, exit code 1\), 2 pods of the revision before serve/,
    )
    assert.match(
      finding?.summary ?? '',
      /image of app: registry.example\/checkout:1.4.0 -> registry.example\/checkout:1.5.0; env MODE of app; memory limit of app: 256Mi -> 64Mi/,
    )
  })

  it('tells what the new pods said at their end, which container it was, and what the runtime could not start', async () => {
    const logs = { 'checkout-new22-bbbb0/app previous': ['starting', 'flag provided but not defined: -fast', 'Usage of app:'] }
    const [finding] = await found(rule, inCluster(rollout(), { logs }))
    assert.match(finding?.summary ?? '', /container app: Error, exit code 1, its last words: "flag provided but not defined: -fast"/)
    const foreign = { 'checkout-new22-bbbb0/app previous': ['exec /app: exec format error'] }
    const [built] = await found(rule, inCluster(rollout(), { logs: foreign }))
    assert.match(built?.summary ?? '', /built for another architecture/)
  })

  it('accuses a workload whose pod does not terminate and whose place nobody else takes', async () => {
    const set = object('StatefulSet', 'shop/checkout', { spec: { replicas: 1, template: template() } })
    const leaving = (minutes: number, metadata: Fields = {}) =>
      pod('shop/checkout-0', { owner: set, metadata: { deletionTimestamp: ago(minutes), ...metadata } })
    const kept = leaving(20, { finalizers: ['example.com/ordered'] })
    const [held] = await found(rule, inCluster([set, kept, node('worker-1')]))
    assert.deepEqual([held?.object?.kind, held?.object?.name], ['StatefulSet', 'checkout'])
    assert.match(held?.summary ?? '', /checkout-0 .* does not terminate.*finalizer example.com\/ordered/)
    const told = event(leaving(20), 'FailedKillPod', 'error killing pod: context deadline exceeded')
    const [unkilled] = await found(rule, inCluster([set, leaving(20), told, node('worker-1')]))
    assert.match(unkilled?.summary ?? '', /the kubelet cannot end it \("error killing pod/)
    assert.deepEqual(accused(await found(rule, inCluster([set, leaving(2), node('worker-1')]))), [], 'it has just begun')
    assert.deepEqual(accused(await found(rule, inCluster([set, leaving(60 * 24), node('worker-1')]))), [], 'since yesterday')
    assert.deepEqual(await found(rule, inCluster([set, leaving(20)])), [], 'its node is away')
    const [made, owner] = app('checkout')
    assert.ok(made && owner)
    const replaced = pod('shop/checkout-6c9f4d7b8b-zzzz0', { owner, metadata: { deletionTimestamp: ago(20) } })
    assert.deepEqual(accused(await found(rule, inCluster([...app('checkout'), replaced, node('worker-1')]))), [], 'another took its place')
  })

  it('accuses nobody when old and new pods fail alike: the deploy is not it', async () => {
    assert.deepEqual(accused(await found(rule, inCluster(rollout({ old: [crashing, status()] })))), [])
  })

  it('accuses a rollout that replaced everything right when the trouble began, not one of yesterday', async () => {
    assert.deepEqual(accused(await found(rule, inCluster(rollout({ old: [] })))), ['Deployment checkout'])
    assert.deepEqual(await found(rule, inCluster(rollout({ old: [], at: 1500 }))), [])
  })

  it('takes a pod whose restarts fill its life for one that never knew anything else', async () => {
    // The condition turns over with each try: it does not say since when.
    const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: ago(1) }]
    const restarted = (restartCount: number) =>
      rollout({ old: [], at: 38, fresh: { ...crashing, restartCount } }).map((one) =>
        one.kind === 'Pod' ? { ...one, status: { ...one.status, conditions } } : one,
      )
    const onset = { onset: new Date(ago(36)) }
    assert.deepEqual(accused(await found(rule, inCluster(restarted(10), onset))), ['Deployment checkout'])
    assert.deepEqual(await found(rule, inCluster(restarted(2), onset)), [])
  })

  it('leaves the first place to reasons that stand for themselves', async () => {
    const waiting = status({ ready: false, state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } } })
    assert.deepEqual(accused(await found(rule, inCluster(rollout({ fresh: waiting })))), [])
  })

  it('says that a rollout stands still where no pod says why', async () => {
    const conditions = [
      {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'ReplicaSet "checkout-new22" has timed out progressing.',
        lastTransitionTime: ago(4),
      },
    ]
    const running = status({ ready: false, state: { running: { startedAt: ago(14) } } })
    const findings = await found(rule, inCluster(rollout({ fresh: running, status: { conditions } })))
    assert.deepEqual(accused(findings), ['Deployment checkout'])
    assert.match(findings[0]?.summary ?? '', /stands still \(ProgressDeadlineExceeded\)/)
    const old = conditions.map((one) => ({ ...one, lastTransitionTime: ago(6000) }))
    assert.deepEqual(
      await found(rule, inCluster(rollout({ fresh: running, status: { conditions: old, availableReplicas: 3 } }))),
      [],
      'left so for days, and all serve',
    )
  })

  it('names a pause only where a change waits behind it', async () => {
    const change = { image: 'registry.example/checkout:1.6.0' }
    const objects = rollout({ fresh: status(), spec: { paused: true, template: template(change) }, status: { updatedReplicas: 1 } })
    assert.match((await found(rule, inCluster(objects)))[0]?.summary ?? '', /is paused.*1.6.0/)
    const still = rollout({ fresh: status(), spec: { paused: true }, status: { updatedReplicas: 3 } })
    assert.deepEqual(await found(rule, inCluster(still)), [])
  })

  it('sees the pod by which a StatefulSet changes', async () => {
    const set = object('StatefulSet', 'shop/checkout', {
      spec: { replicas: 2, template: template({ image: 'registry.example/checkout:1.5.0' }) },
      status: { replicas: 2, currentRevision: 'checkout-aaa', updateRevision: 'checkout-bbb', updatedReplicas: 1 },
    })
    const of = (hash: string) => ({ app: 'checkout', 'controller-revision-hash': hash })
    const objects = [
      set,
      pod('shop/checkout-0', { owner: set, labels: of('checkout-aaa') }),
      pod('shop/checkout-1', {
        owner: set,
        labels: of('checkout-bbb'),
        created: ago(13),
        statuses: [crashing],
        spec: { containers: [container({ image: 'registry.example/checkout:1.5.0' })] },
      }),
    ]
    const findings = await found(rule, inCluster(objects))
    assert.deepEqual(accused(findings), ['StatefulSet checkout'])
    assert.match(findings[0]?.summary ?? '', /image of app: registry.example\/checkout:1.4.0 -> registry.example\/checkout:1.5.0/)
  })

  const cron = (over: Fields = {}, ran = 5) =>
    object('CronJob', 'shop/report', { spec: { schedule: '*/5 * * * *', suspend: false, ...over }, status: { lastScheduleTime: ago(ran) } })
  const job = (name: string, type: string, reason: string, minutes: number) =>
    object('Job', `shop/${name}`, {
      metadata: { ...ownedBy(cron()), creationTimestamp: ago(minutes + 5) },
      spec: { backoffLimit: 2, activeDeadlineSeconds: 300 },
      status: {
        failed: 3,
        conditions: [
          { type, status: 'True', reason, message: 'Job has reached the specified backoff limit', lastTransitionTime: ago(minutes) },
        ],
      },
    })

  it('accuses jobs that failed around the onset, unless a later one came through', async () => {
    const labels = { cronjob: 'report' }
    const failed = job('report-1', 'Failed', 'BackoffLimitExceeded', 12)
    const findings = await found(rule, inCluster([cron(), failed], { labels }))
    assert.deepEqual(accused(findings), ['CronJob report'])
    assert.match(findings[0]?.summary ?? '', /3 of its pods failed, backoffLimit 2/)
    assert.match(
      (await found(rule, inCluster([cron(), job('report-1', 'Failed', 'DeadlineExceeded', 12)], { labels })))[0]?.summary ?? '',
      /activeDeadlineSeconds of 300/,
    )
    assert.deepEqual(await found(rule, inCluster([cron(), failed, job('report-2', 'Complete', '', 2)], { labels })), [])
    assert.deepEqual(await found(rule, inCluster([cron(), job('report-1', 'Failed', 'BackoffLimitExceeded', 9000)], { labels })), [])
  })

  it('says that a cron job is suspended only where the alert is about it', async () => {
    const suspended = cron({ suspend: true }, 300)
    assert.deepEqual(accused(await found(rule, inCluster([suspended], { labels: { cronjob: 'report' } }))), ['CronJob report'])
    assert.deepEqual(await found(rule, inCluster([suspended, ...rollout({ fresh: status() })])), [])
  })
})
