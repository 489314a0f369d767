import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { podOom as rule } from '../../../src/investigation/rules/pod-oom.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, container, event, node, status } from '../../kubernetes/made.ts'

const ended = (minutes: number, over: Readonly<Record<string, unknown>> = {}) => ({
  exitCode: 137,
  reason: 'OOMKilled',
  startedAt: ago(minutes + 4),
  finishedAt: ago(minutes),
  containerID: 'containerd://1',
  ...over,
})

const looping = (minutes = 2) =>
  status({
    ready: false,
    started: false,
    restartCount: 5,
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 2m40s restarting failed container=app' } },
    lastState: { terminated: ended(minutes) },
  })

const served = (minutes: number, over: Readonly<Record<string, unknown>> = {}) =>
  status({ restartCount: 1, state: { running: { startedAt: ago(minutes) } }, lastState: { terminated: ended(minutes, over) } })

const cluster = (one: Readonly<Record<string, unknown>>): KubeObject[] => app('checkout', {}, { statuses: [one] })

ruleContract(rule, { found: inCluster(cluster(looping())), nothing: inCluster(cluster(status())) })

describe('pod-oom', () => {
  it('names the workload, the container, the limit and how often', async () => {
    const [finding] = await found(rule, inCluster(cluster(looping())))
    assert.deepEqual(finding?.object, { kind: 'Deployment', namespace: 'shop', name: 'checkout' })
    assert.equal(finding?.category, 'memory')
    assert.ok((finding?.weight ?? 0) >= 0.9)
    assert.match(
      finding?.summary ?? '',
      /container app of Deployment shop\/checkout.*OOMKilled, exit code 137.*5 restarts.*limit is 256Mi \(request 128Mi\)/,
    )
  })

  it('accuses for one kill at the onset though the container serves again, with less weight', async () => {
    const [finding] = await found(rule, inCluster(cluster(served(12))))
    assert.equal(finding?.weight, 0.7)
  })

  it('is silent about kills of earlier days, and of a container that has been well for a while', async () => {
    for (const minutes of [3 * 24 * 60, 24 * 60, 120, 40]) assert.deepEqual(await found(rule, inCluster(cluster(served(minutes)))), [])
    const early = served(17, { startedAt: ago(18) })
    assert.deepEqual(await found(rule, inCluster(cluster(early))), [], 'well for 17 minutes after a run of one')
  })

  it('sees the kill of an init container', async () => {
    const init = { ...looping(), name: 'migrate' }
    const objects = app(
      'checkout',
      {},
      {
        spec: { initContainers: [container({ name: 'migrate' })] },
        status: { phase: 'Pending', initContainerStatuses: [init] },
        statuses: [status({ ready: false, state: { waiting: { reason: 'PodInitializing' } } })],
      },
    )
    assert.match((await found(rule, inCluster(objects)))[0]?.summary ?? '', /init container migrate/)
  })

  it('takes the kernel at its word where the runtime says Error with 137', async () => {
    const killed = status({
      restartCount: 2,
      state: { running: { startedAt: ago(3) } },
      lastState: { terminated: ended(3, { reason: 'Error' }) },
    })
    const worker = node('worker-1')
    assert.deepEqual(await found(rule, inCluster([...cluster(killed), worker])), [], '137 alone may be anybody')
    const objects = [
      ...cluster(killed),
      worker,
      event(worker, 'SystemOOM', 'System OOM encountered, victim process: java, pid: 4711', { minutes: 3 }),
    ]
    const findings = await found(rule, inCluster(objects))
    assert.deepEqual(accused(findings), ['Deployment checkout'])
    assert.match(findings[0]?.summary ?? '', /is killed for memory \(Error, exit code 137\)/)
  })

  it('accuses a node that ran out of memory as a whole, where the subject runs on it', async () => {
    const worker = node('worker-1')
    const kill = (minutes: number) => event(worker, 'SystemOOM', 'System OOM encountered, victim process: java, pid: 4711', { minutes })
    assert.deepEqual(accused(await found(rule, inCluster([...cluster(status()), worker, kill(9)]))), ['Node worker-1'])
    assert.deepEqual(await found(rule, inCluster([...cluster(status()), worker, kill(300)])), [])
  })

  it('sees a process that was killed inside a container that lived on', async () => {
    const worker = node('worker-1')
    const uid = '6f9c1e0a-52b3-4c57-9a55-0d4a1c1b7f11'
    const objects = app('checkout', {}, { metadata: { uid } })
    const kill = (minutes: number) =>
      event(
        worker,
        'OOMKilling',
        `Memory cgroup out of memory: Killed process 4711 (php-fpm) total-vm:912340kB, anon-rss:261020kB, task_memcg=/kubepods.slice/kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice/cri-1.scope`,
        { minutes, count: 3 },
      )
    const [finding] = await found(rule, inCluster([...objects, worker, kill(9)]))
    assert.match(finding?.summary ?? '', /The kernel killed php-fpm inside pod .* of Deployment shop\/checkout.*3 kills.*app 256Mi/)
    assert.deepEqual(await found(rule, inCluster([...objects, worker, kill(300)])), [])
    assert.deepEqual(await found(rule, inCluster([...app('checkout'), worker, kill(9)])), [], 'of another pod')
  })

  it('ties a kill without a name to the alert by its log or by its size, and not to others of the node', async () => {
    const worker = node('worker-1')
    const kill = (rss: number) =>
      event(worker, 'OOMKilling', `Memory cgroup out of memory: Killed process 4711 (ruby) anon-rss:${rss}kB`, { minutes: 5 })
    const logs = { 'checkout-6c9f4d7b8b-aaaa0/app': ['booting worker', 'worker (pid 4711) was sent SIGKILL'] }
    const [told] = await found(rule, inCluster([...app('checkout'), worker, kill(90_000)], { logs }))
    assert.deepEqual([told?.object?.name, told?.weight], ['checkout', 0.8])
    assert.match(told?.summary ?? '', /killed ruby inside pod.*its log: "worker \(pid 4711\) was sent SIGKILL"/)
    const [sized] = await found(rule, inCluster([...app('checkout'), worker, kill(255_000)]))
    assert.equal(sized?.weight, 0.6)
    assert.deepEqual(await found(rule, inCluster([...app('checkout'), worker, kill(90_000)])), [])
    assert.deepEqual(
      await found(rule, inCluster([...app('checkout'), worker, kill(255_000)], { subject: 'cart', labels: { service: 'cart' } })),
      [],
    )
  })

  it('gives another workload of the namespace as a hint alone', async () => {
    const other = app('report', {}, { labels: { app: 'report' }, statuses: [looping()] })
    const findings = await found(rule, inCluster([...cluster(status()), ...other]))
    assert.equal(findings.length, 1)
    assert.deepEqual(accused(findings), [])
  })

  it('is silent about pods on their way out and without a cluster', async () => {
    const leaving = app('checkout', {}, { statuses: [looping()], metadata: { deletionTimestamp: ago(1) } })
    assert.deepEqual(await found(rule, inCluster(leaving)), [])
  })
})
