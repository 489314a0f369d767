import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { probeFailing as rule } from '../../../src/investigation/rules/probe-failing.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, container, event, status } from '../../kubernetes/made.ts'

type Fields = Readonly<Record<string, unknown>>

const probe = (over: Fields = {}) => ({
  httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
  initialDelaySeconds: 5,
  periodSeconds: 10,
  failureThreshold: 3,
  timeoutSeconds: 1,
  ...over,
})

const notReady = (message: string, over: Fields = {}, minutes = 20): KubeObject[] => {
  const spec = { containers: [container({ readinessProbe: probe(), ...over })] }
  const objects = app(
    'checkout',
    {},
    { created: ago(minutes), spec, statuses: [status({ ready: false, state: { running: { startedAt: ago(minutes) } } })] },
  )
  return message === ''
    ? objects
    : [...objects, event(objects[2] as KubeObject, 'Unhealthy', message, { minutes: 0.2, count: 60, container: 'app' })]
}
const refused = (port: number) =>
  `Readiness probe failed: Get "http://10.244.1.7:${port}/healthz": dial tcp 10.244.1.7:${port}: connect: connection refused`

ruleContract(rule, { found: inCluster(notReady(refused(8080))), nothing: inCluster(app('checkout')) })

describe('probe-failing', () => {
  const say = async (message: string, over: Fields = {}) => (await found(rule, inCluster(notReady(message, over))))[0]

  it('tells a wrong port or path, a login, a wrong scheme and a port without that name: the probe is set up wrong', async () => {
    const cases: readonly (readonly [string, Fields, RegExp])[] = [
      [
        refused(8081),
        { readinessProbe: probe({ httpGet: { path: '/healthz', port: 8081 } }) },
        /nothing listens on port 8081; the container's ports are 8080/,
      ],
      ['Readiness probe failed: HTTP probe failed with statuscode: 404', {}, /\/healthz answers 404: the path is wrong/],
      ['Readiness probe failed: HTTP probe failed with statuscode: 401', {}, /wants a login/],
      [
        'Readiness probe errored: strconv.Atoi: parsing "web": invalid syntax',
        { readinessProbe: probe({ httpGet: { path: '/', port: 'web' } }) },
        /asks port "web", and no port/,
      ],
      [
        'Readiness probe failed: Get "http://10.244.1.7:8080/healthz": net/http: HTTP/1.x transport connection broken: malformed HTTP response',
        {},
        /does not speak HTTP/,
      ],
    ]
    for (const [message, over, expected] of cases) {
      const finding = await say(message, over)
      assert.match(finding?.summary ?? '', expected)
      assert.deepEqual([finding?.weight, finding?.category, finding?.object?.name], [0.9, 'probe', 'checkout'])
    }
  })

  it('weighs less what the program says of itself, and what does not answer', async () => {
    for (const [message, expected] of [
      ['Readiness probe failed: HTTP probe failed with statuscode: 503', /says of itself that it is not well/],
      [
        'Readiness probe failed: Get "http://10.244.1.7:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
        /no answer within its timeout of 1 s/,
      ],
    ] as const) {
      const finding = await say(message)
      assert.match(finding?.summary ?? '', expected)
      assert.equal(finding?.weight, 0.7)
    }
  })

  it('knows a container that runs and is not ready without any event', async () => {
    assert.match((await found(rule, inCluster(notReady(''))))[0]?.summary ?? '', /readiness probe fails/)
  })

  it('is silent while a fresh pod may still become ready, and when it has', async () => {
    assert.deepEqual(await found(rule, inCluster(notReady(refused(8080), {}, 1))), [])
    const slow = { readinessProbe: probe(), startupProbe: probe({ failureThreshold: 60 }) }
    assert.deepEqual(await found(rule, inCluster(notReady(refused(8080), slow, 8))), [])
    const ready = app('checkout', {}, { spec: { containers: [container({ readinessProbe: probe() })] } })
    assert.deepEqual(
      await found(rule, inCluster([...ready, event(ready[2] as KubeObject, 'Unhealthy', refused(8080), { minutes: 3 })])),
      [],
    )
  })

  const killed = (kind: string, spec: Fields, runSeconds: number, code = 137) => {
    const last = { exitCode: code, reason: code === 0 ? 'Completed' : 'Error', startedAt: ago(1 + runSeconds / 60), finishedAt: ago(1) }
    const objects = app(
      'checkout',
      {},
      {
        spec: { containers: [container(spec)] },
        statuses: [status({ ready: false, restartCount: 6, state: { running: { startedAt: ago(0.9) } }, lastState: { terminated: last } })],
      },
    )
    const pod = objects[2] as KubeObject
    return [
      ...objects,
      event(pod, 'Killing', `Container app failed ${kind} probe, will be restarted`, {
        minutes: 1.5,
        count: 6,
        type: 'Normal',
        container: 'app',
      }),
      event(
        pod,
        'Unhealthy',
        `${kind === 'liveness' ? 'Liveness' : 'Startup'} probe failed: Get "http://10.244.1.7:8080/healthz": dial tcp 10.244.1.7:8080: connect: connection refused`,
        { minutes: 1.6, count: 18, container: 'app' },
      ),
    ]
  }

  it('names the probe that kills, and says when the time it gives is too short', async () => {
    const [liveness] = await found(rule, inCluster(killed('liveness', { livenessProbe: probe() }, 35)))
    assert.match(
      liveness?.summary ?? '',
      /is killed by its liveness probe: nothing listens on port 8080; killed 35 s after its start; the probe gives it 35 s.*6 restarts/,
    )
    const [startup] = await found(rule, inCluster(killed('startup', { startupProbe: probe({ initialDelaySeconds: 0 }) }, 32, 0)))
    assert.match(startup?.summary ?? '', /killed by its startup probe/)
    const tidy = killed('liveness', { livenessProbe: probe() }, 35, 0).filter((one) => one['reason'] !== 'Killing')
    assert.match((await found(rule, inCluster(tidy)))[0]?.summary ?? '', /killed by its liveness probe/)
    assert.deepEqual(accused([...(liveness ? [liveness] : []), ...(startup ? [startup] : [])]), [
      'Deployment checkout',
      'Deployment checkout',
    ])
  })
})
