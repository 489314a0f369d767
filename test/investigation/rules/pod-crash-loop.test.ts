import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { podCrashLoop as rule } from '../../../src/investigation/rules/pod-crash-loop.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, container, object, ownedBy, pod, service, status } from '../../kubernetes/made.ts'

type Fields = Readonly<Record<string, unknown>>
const POD = 'checkout-6c9f4d7b8b-aaaa0'

const ended = (over: Fields = {}) => ({ exitCode: 1, reason: 'Error', startedAt: ago(2.1), finishedAt: ago(2), ...over })
const looping = (over: Fields = {}, waiting = 'CrashLoopBackOff') =>
  status({
    ready: false,
    started: false,
    restartCount: 6,
    state: { waiting: { reason: waiting, message: 'back-off 2m40s restarting failed container=app' } },
    lastState: { terminated: ended(over) },
  })
const cluster = (one: Fields): KubeObject[] => app('checkout', {}, { statuses: [one] })
const logs = (...lines: string[]) => ({ [`${POD}/app previous`]: lines })

ruleContract(rule, { found: inCluster(cluster(looping())), nothing: inCluster(cluster(status())) })

describe('pod-crash-loop', () => {
  it('says the exit code and the last words of the run before', async () => {
    const lines = [
      '{"level":"info","msg":"starting 1.4.0"}',
      'panic: required environment variable DB_HOST is not set',
      'goroutine 1 [running]:',
      '\tmain.go:41',
    ]
    const [finding] = await found(rule, inCluster(cluster(looping({ exitCode: 2 })), { logs: logs(...lines) }))
    assert.deepEqual(finding?.object, { kind: 'Deployment', namespace: 'shop', name: 'checkout' })
    assert.match(finding?.summary ?? '', /exit code 2, its last words: "panic: required environment variable DB_HOST is not set"/)
    assert.equal(finding?.category, 'config_change')
    assert.match(finding?.suggestion ?? '', /--previous/)
  })

  it('tells a command that is not there, not executable or built for another machine', async () => {
    const say = async (over: Fields, waiting?: string) => (await found(rule, inCluster(cluster(looping(over, waiting)))))[0]?.summary ?? ''
    const message =
      'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "srever": executable file not found in $PATH: unknown'
    assert.match(
      await say({ exitCode: 128, reason: 'StartError', message }),
      /StartError, exit code 128: its command is not in the image \(exec: "srever"/,
    )
    assert.match(await say({ exitCode: 126 }), /cannot be executed/)
    assert.match(await say({ exitCode: 127 }), /not in the image/)
    assert.match(await say({ exitCode: 128, reason: 'StartError', message: 'exec /app: exec format error' }), /another architecture/)
    assert.match(await say({ exitCode: 139 }), /segmentation fault/)
    assert.match(await say({ exitCode: 0, reason: 'Completed' }), /ends as if its work were done/)
  })

  it('sends the blame on to the workload behind the address when that is down, and says so', async () => {
    const db = app(
      'db',
      { ready: 0 },
      { labels: { app: 'db' }, statuses: [status({ ready: false, state: { waiting: { reason: 'ImagePullBackOff' } } })] },
    )
    const said = logs('Error: connect ECONNREFUSED 10.96.3.7:5432', 'FATAL could not connect to server: connection refused, host db:5432')
    const objects = [...cluster(looping()), ...db, service('shop/db', { app: 'db' })]
    const findings = await found(rule, inCluster(objects, { logs: said }))
    assert.deepEqual(accused(findings), ['Deployment db'])
    assert.match(findings[0]?.summary ?? '', /Deployment shop\/db behind it has 0 ready pods of 1, ImagePullBackOff/)
    const healthy = [...cluster(looping()), ...app('db', {}, { labels: { app: 'db' } }), service('shop/db', { app: 'db' })]
    const [own] = await found(rule, inCluster(healthy, { logs: said }))
    assert.deepEqual([own?.object?.name, own?.category, own?.weight], ['checkout', 'dependency', 0.5])
  })

  it('leaves a container alone that restarted once, long ago, tidily, or is well again', async () => {
    const well = (minutes: number, over: Fields = {}) =>
      status({
        restartCount: 1,
        state: { running: { startedAt: ago(minutes) } },
        lastState: { terminated: ended({ startedAt: ago(minutes + 1), finishedAt: ago(minutes), ...over }) },
      })
    for (const one of [
      well(1440),
      well(60),
      well(20),
      well(8),
      well(3, { exitCode: 143, startedAt: ago(900) }),
      well(3, { exitCode: 0, reason: 'Completed', startedAt: ago(900) }),
    ])
      assert.deepEqual(accused(await found(rule, inCluster(cluster(one)))), [], JSON.stringify(one))
  })

  it('does not take restarts that gathered over months for a loop', async () => {
    const rebooted = status({
      restartCount: 7,
      state: { running: { startedAt: ago(29) } },
      lastState: { terminated: ended({ exitCode: 255, reason: 'Unknown', startedAt: ago(90_000), finishedAt: ago(30) }) },
    })
    assert.deepEqual(await found(rule, inCluster(cluster(rebooted))), [])
    const lately = {
      ...rebooted,
      state: { running: { startedAt: ago(8) } },
      lastState: { terminated: ended({ startedAt: ago(90_000), finishedAt: ago(9) }) },
    }
    assert.deepEqual(accused(await found(rule, inCluster(cluster(lately)))), [])
  })

  it('leaves a job alone that has failed once and tries anew', async () => {
    const job = object('Job', 'shop/seed', { status: { active: 1, failed: 1 } })
    const failed = pod('shop/seed-aaaaa', {
      owner: job,
      labels: { app: 'seed' },
      created: ago(6),
      status: { phase: 'Failed' },
      statuses: [status({ ready: false, state: { terminated: ended() } })],
    })
    const labels = { job_name: 'seed' }
    assert.deepEqual(accused(await found(rule, inCluster([job, failed], { labels }))), ['Job seed'])
    const anew = pod('shop/seed-bbbbb', { owner: job, labels: { app: 'seed' }, created: ago(1) })
    assert.deepEqual(await found(rule, inCluster([job, failed, anew], { labels })), [])
  })

  it('accuses one that comes up and ends again and again, between two ends as well', async () => {
    const between = status({
      restartCount: 9,
      state: { running: { startedAt: ago(3) } },
      lastState: { terminated: ended({ startedAt: ago(12), finishedAt: ago(3) }) },
    })
    assert.deepEqual(accused(await found(rule, inCluster(cluster(between)))), ['Deployment checkout'])
  })

  it('leaves done init containers, jobs that came through and what an eviction left alone', async () => {
    const job = object('Job', 'shop/seed', {
      status: { succeeded: 1, failed: 1, conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: ago(5) }] },
    })
    const failed = pod('shop/seed-abcde', {
      owner: job,
      labels: { app: 'seed' },
      status: { phase: 'Failed' },
      statuses: [status({ ready: false, state: { terminated: ended() } })],
    })
    const evicted = pod('shop/checkout-6c9f4d7b8b-zzzzz', {
      status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
      statuses: [],
    })
    const init = app(
      'checkout',
      {},
      {
        spec: { initContainers: [container({ name: 'wait' })] },
        status: {
          initContainerStatuses: [
            status({
              name: 'wait',
              restartCount: 2,
              state: { terminated: { exitCode: 0, reason: 'Completed', finishedAt: ago(1400) } },
              lastState: { terminated: ended({ finishedAt: ago(1401) }) },
            }),
          ],
        },
      },
    )
    assert.deepEqual(await found(rule, inCluster([job, failed, evicted, ...init])), [])
  })

  it('accuses a job whose pods fail, and names its CronJob', async () => {
    const cron = object('CronJob', 'shop/report', { spec: { schedule: '0 * * * *' } })
    const job = object('Job', 'shop/report-29384', { metadata: ownedBy(cron), status: { active: 1, failed: 2 } })
    const failed = pod('shop/report-29384-abcde', {
      owner: job,
      labels: { app: 'report' },
      status: { phase: 'Failed' },
      statuses: [status({ ready: false, state: { terminated: ended({ exitCode: 3 }) } })],
    })
    const findings = await found(
      rule,
      inCluster([cron, job, failed], {
        labels: { job_name: 'report-29384' },
        logs: { 'report-29384-abcde/app': ['ERROR: relation "orders" does not exist'] },
      }),
    )
    assert.deepEqual(accused(findings), ['CronJob report'])
    assert.match(findings[0]?.summary ?? '', /relation "orders" does not exist/)
  })

  it('says when there is no service of the name that it asks for', async () => {
    const said = logs('Error: getaddrinfo ENOTFOUND redis-mastr')
    const [finding] = await found(rule, inCluster([...cluster(looping()), service('shop/redis-master', { app: 'redis' })], { logs: said }))
    assert.match(finding?.summary ?? '', /there is no Service shop\/redis-mastr/)
    assert.deepEqual([finding?.object?.name, finding?.category], ['checkout', 'config_change'])
    const [elsewhere] = await found(rule, inCluster(cluster(looping()), { logs: logs('Error: getaddrinfo ENOTFOUND api.bank.example') }))
    assert.deepEqual([elsewhere?.category, elsewhere?.weight], ['dependency', 0.7])
  })

  it('sees an init container that waits and waits, and for whom', async () => {
    const wait = (minutes: number, over: Fields = {}) =>
      app(
        'checkout',
        { ready: 0 },
        {
          created: ago(minutes),
          spec: { initContainers: [container({ name: 'wait', command: ['sh', '-c', 'until nc -z db 5432; do sleep 2; done'], ...over })] },
          status: {
            phase: 'Pending',
            initContainerStatuses: [status({ name: 'wait', ready: false, state: { running: { startedAt: ago(minutes) } } })],
          },
          statuses: [status({ ready: false, state: { waiting: { reason: 'PodInitializing' } } })],
        },
      )
    const db = [...app('db', { replicas: 0 }), service('shop/db', { app: 'db' })]
    const [finding] = await found(rule, inCluster([...wait(14), ...db]))
    assert.match(
      finding?.summary ?? '',
      /init container wait of Deployment shop\/checkout does not come to an end: it runs since 21:46 UTC, Deployment shop\/db behind it has 0 ready pods of 0, scaled to 0/,
    )
    assert.equal(finding?.object?.name, 'db')
    assert.deepEqual(await found(rule, inCluster([...wait(2), ...db])), [])
    assert.deepEqual(await found(rule, inCluster([...wait(14, { restartPolicy: 'Always' }), ...db])), [], 'a sidecar runs on and on')
  })

  it('knows the crash where its log cannot be read', async () => {
    const input = inCluster(cluster(looping()))
    const state = await input.surroundings.clusterState()
    const broken = { ...state, logs: async () => Promise.reject(new Error('no')) } as unknown as NonNullable<typeof state>
    const [finding] = await found(rule, { ...input, surroundings: { ...input.surroundings, clusterState: async () => broken } })
    assert.match(finding?.summary ?? '', /exit code 1/)
  })
})
