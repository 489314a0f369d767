import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { rules } from '../../src/investigation/rules/index.ts'
import type { Finding } from '../../src/investigation/rules/rule.ts'
import { suspectsOf } from '../../src/investigation/suspects.ts'
import type { KubeObject } from '../../src/kubernetes/state.ts'
import { evaluate } from '../contracts/rule.ts'
import { inCluster } from './in-cluster.ts'
import { ago, container, event, object, ownedBy, pod, replicaSet, status, unschedulable } from './made.ts'
import { cluster, type Drawn, labelsOf, objectsOf } from './noisy.ts'

/** Faults of pods, and what only looks like one, in clusters full of noise. */

type Fields = Readonly<Record<string, unknown>>
type Logs = Readonly<Record<string, readonly string[]>>

const ofKubernetes = rules.filter(({ id, needs }) => id === 'recent-deploy' || needs?.includes('kubernetes') === true)

const suspects = async (objects: readonly KubeObject[], drawn: Drawn, logs: Logs = {}): Promise<readonly string[]> => {
  const { about } = objectsOf(drawn)
  const input = inCluster(objects, { subject: about.name, labels: labelsOf(drawn, about), logs })
  const all = await Promise.all(ofKubernetes.map(async (rule) => (await evaluate(rule, input)).findings))
  return suspectsOf(all.flat().map((finding): Finding => ({ ...finding, evidence: ['E1'] }))).map(
    ({ object: { kind, name }, category, why }) => `${category} ${kind} ${name}: ${why}`,
  )
}

const SEED = Number(process.env['NOISE_SEED'] ?? 7)

const isOf = (one: KubeObject, app: string): boolean => one.kind === 'Pod' && one.metadata.name.startsWith(`${app}-6c9f4d7b8b-abcd`)

/** The pods of an app with another status. */
const pods = (
  objects: readonly KubeObject[],
  app: string,
  { spec = {}, over = {}, one }: { spec?: Fields; over?: Fields; one: Fields },
): KubeObject[] =>
  objects.map((each) =>
    isOf(each, app)
      ? {
          ...each,
          spec: { ...each.spec, ...spec },
          status: {
            ...each.status,
            conditions: [
              { type: 'Ready', status: 'False', lastTransitionTime: ago(13) },
              { type: 'PodScheduled', status: 'True' },
            ],
            containerStatuses: [one],
            ...over,
          },
        }
      : each,
  )

const waiting = (reason: string, message = ''): Fields => status({ ready: false, started: false, state: { waiting: { reason, message } } })
const looping = (over: Fields = {}): Fields => ({
  ...waiting('CrashLoopBackOff', 'back-off 2m40s restarting failed container'),
  restartCount: 7,
  lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: ago(1.5), finishedAt: ago(1), ...over } },
})
const running = (minutes: number): Fields => status({ ready: false, state: { running: { startedAt: ago(minutes) } } })

type Fault = {
  readonly name: string
  /** "category Kind name" of what is to be accused. */
  readonly object: (about: string) => string
  readonly inject: (objects: readonly KubeObject[], about: string) => readonly KubeObject[]
}

const set = (objects: readonly KubeObject[], app: string): KubeObject =>
  objects.find(({ kind, metadata }) => kind === 'ReplicaSet' && metadata.name === `${app}-6c9f4d7b8b`)!
const firstPod = (objects: readonly KubeObject[], app: string): KubeObject => objects.find((one) => isOf(one, app))!

const faults: readonly Fault[] = [
  {
    name: 'kills for memory',
    object: (about) => `memory Deployment ${about}`,
    inject: (objects, about) => pods(objects, about, { one: looping({ exitCode: 137, reason: 'OOMKilled' }) }),
  },
  {
    name: 'a crash loop',
    object: (about) => `crash Deployment ${about}`,
    inject: (objects, about) => pods(objects, about, { one: looping() }),
  },
  {
    name: 'an image that is not there',
    object: (about) => `image Deployment ${about}`,
    inject: (objects, about) =>
      pods(objects, about, {
        over: { phase: 'Pending' },
        one: waiting('ImagePullBackOff', 'Back-off pulling image "x": ErrImagePull: manifest unknown'),
      }),
  },
  {
    name: 'a secret that is not there',
    object: () => 'config_change Secret db-login',
    inject: (objects, about) =>
      pods(objects, about, { over: { phase: 'Pending' }, one: waiting('CreateContainerConfigError', 'secret "db-login" not found') }),
  },
  {
    name: 'a readiness probe of a wrong path',
    object: (about) => `probe Deployment ${about}`,
    inject: (objects, about) => {
      const spec = { containers: [container({ readinessProbe: { httpGet: { path: '/reddy', port: 8080 } } })] }
      const sick = pods(objects, about, { spec, one: running(20) })
      return [
        ...sick,
        event(firstPod(sick, about), 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 404', {
          minutes: 0.1,
          count: 99,
          container: 'app',
        }),
      ]
    },
  },
  {
    name: 'a liveness probe that kills',
    object: (about) => `probe Deployment ${about}`,
    inject: (objects, about) => {
      const spec = { containers: [container({ livenessProbe: { tcpSocket: { port: 8081 }, periodSeconds: 10 } })] }
      const sick = pods(objects, about, { spec, one: looping({ exitCode: 137, startedAt: ago(2), finishedAt: ago(1.4) }) })
      const one = firstPod(sick, about)
      return [
        ...sick,
        event(one, 'Unhealthy', 'Liveness probe failed: dial tcp 10.244.1.7:8081: connect: connection refused', {
          minutes: 1.6,
          count: 21,
          container: 'app',
        }),
        event(one, 'Killing', 'Container app failed liveness probe, will be restarted', {
          minutes: 1.5,
          count: 7,
          type: 'Normal',
          container: 'app',
        }),
      ]
    },
  },
  {
    name: 'a node selector that no node meets',
    object: (about) => `scheduling Deployment ${about}`,
    inject: (objects, about) =>
      objects.map((one) =>
        isOf(one, about)
          ? {
              ...one,
              spec: { ...one.spec, nodeName: undefined, nodeSelector: { disk: 'ssd' } },
              status: unschedulable(
                "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/2 nodes are available.",
                ago(13),
              ),
            }
          : one,
      ),
  },
  {
    name: 'a service account that is not there',
    object: () => 'permissions ServiceAccount runner',
    inject: (objects, about) => {
      const message = `Error creating: pods "${about}-6c9f4d7b8b-" is forbidden: error looking up service account shop/runner: serviceaccount "runner" not found`
      const short = { ...set(objects, about), status: { replicas: 0 } }
      return [
        ...objects.filter((one) => !isOf(one, about) && one !== set(objects, about)),
        short,
        event(short, 'FailedCreate', message, { minutes: 2, count: 15 }),
      ]
    },
  },
  {
    name: 'a rollout whose pod crashes beside old ones that serve',
    object: (about) => `bad_deploy Deployment ${about}`,
    inject: (objects, about) => {
      const owner = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === about)!
      const spec = { containers: [container({ image: 'registry.example/checkout:9.9.9' })] }
      const template = { metadata: { labels: firstPod(objects, about).metadata.labels }, spec }
      const fresh = replicaSet(owner, { hash: 'fffff', replicas: 1, ready: 0, template, revision: '2', created: ago(14) })
      return [
        ...objects.map((one) => (one === owner ? { ...one, spec: { ...one.spec, template } } : one)),
        fresh,
        pod(`shop/${about}-fffff-xxxxx`, {
          owner: fresh,
          labels: firstPod(objects, about).metadata.labels ?? {},
          created: ago(14),
          spec,
          statuses: [looping()],
        }),
      ]
    },
  },
]

/** What looks like trouble of pods and is none, about the alert's own app or beside it. */
const husks: readonly ((objects: readonly KubeObject[], about: string) => readonly KubeObject[])[] = [
  (_, about) => [
    object('Job', `shop/${about}-seed`, {
      status: { succeeded: 1, failed: 1, conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: ago(30) }] },
    }),
    pod(`shop/${about}-seed-abcde`, {
      owner: object('Job', `shop/${about}-seed`),
      labels: { job: 'seed' },
      created: ago(32),
      status: { phase: 'Failed' },
      statuses: [status({ ready: false, state: { terminated: { exitCode: 1, reason: 'Error', finishedAt: ago(31) } } })],
    }),
  ],
  (objects, about) => [
    pod(`shop/${about}-6c9f4d7b8b-gone0`, {
      owner: set(objects, about),
      labels: { app: about },
      metadata: { deletionTimestamp: ago(0.3) },
      statuses: [looping()],
    }),
    pod(`shop/${about}-6c9f4d7b8b-husk0`, {
      owner: set(objects, about),
      labels: { app: about },
      created: ago(9000),
      status: { phase: 'Failed', reason: 'NodeShutdown', message: 'Pod was terminated in response to imminent node shutdown.' },
      statuses: [],
    }),
  ],
  (objects, about) => [
    pod(`shop/${about}-6c9f4d7b8b-fresh`, {
      owner: set(objects, about),
      labels: { app: about },
      created: ago(0.5),
      statuses: [running(0.4)],
      spec: { containers: [container({ readinessProbe: { httpGet: { path: '/', port: 8080 } } })] },
    }),
  ],
  (objects) =>
    objects
      .filter(({ kind }) => kind === 'Pod')
      .slice(0, 3)
      .flatMap((one) =>
        (
          [
            ['Failed', 'Failed to pull image "x": rpc error: i/o timeout'],
            ['BackOff', 'Back-off restarting failed container app in pod'],
            ['FailedScheduling', '0/2 nodes are available: 2 Insufficient cpu.'],
            ['FailedMount', 'MountVolume.SetUp failed for volume "c" : configmap "gone" not found'],
            ['Killing', 'Container app failed liveness probe, will be restarted'],
          ] as const
        ).map(([reason, message]) => event(one, reason, message, { minutes: 45, count: 2 })),
      ),
  () => {
    const lonely = object('Deployment', 'shop/lab', {
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'lab' } },
        template: { metadata: { labels: { app: 'lab' } }, spec: { containers: [container()] } },
      },
      status: { replicas: 1 },
    })
    const of = replicaSet(lonely, { hash: 'lab11', replicas: 1, ready: 0, created: ago(9000) })
    return [
      lonely,
      of,
      pod('shop/lab-lab11-aaaaa', {
        owner: of,
        labels: { app: 'lab' },
        created: ago(9000),
        statuses: [waiting('ImagePullBackOff', 'Back-off pulling image')],
      }),
    ]
  },
  () => {
    const cron = object('CronJob', 'shop/nightly', { spec: { schedule: '0 3 * * *', suspend: true } })
    const job = object('Job', 'shop/nightly-1', {
      metadata: { ...ownedBy(cron), creationTimestamp: ago(3000) },
      status: {
        failed: 4,
        conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', lastTransitionTime: ago(2990) }],
      },
    })
    return [
      cron,
      job,
      pod('shop/nightly-1-abcde', {
        owner: job,
        labels: { job: 'nightly' },
        created: ago(3000),
        status: { phase: 'Failed' },
        statuses: [status({ ready: false, state: { terminated: { exitCode: 2, reason: 'Error', finishedAt: ago(2995) } } })],
      }),
    ]
  },
]

const noise = fc.subarray([...husks])

describe('pods in a cluster full of noise', () => {
  it('accuses nobody where nothing is wrong', async () => {
    await fc.assert(
      fc.asyncProperty(cluster, noise, async (drawn, drawnHusks) => {
        const { objects, about } = objectsOf(drawn)
        assert.deepEqual(await suspects([...objects, ...drawnHusks.flatMap((husk) => husk(objects, about.name))], drawn), [])
      }),
      { seed: SEED, numRuns: 200 },
    )
  })

  for (const fault of faults)
    it(`accuses first who has ${fault.name}`, async () => {
      await fc.assert(
        fc.asyncProperty(cluster, noise, async (drawn, drawnHusks) => {
          const { objects, about } = objectsOf(drawn)
          fc.pre(about.replicas > 0)
          const all = [...objects, ...drawnHusks.flatMap((husk) => husk(objects, about.name))]
          const [first = ''] = await suspects(fault.inject(all, about.name), drawn)
          assert.equal(first.replace(/:[\s\S]*/, ''), fault.object(about.name), first)
        }),
        { seed: SEED, numRuns: 40 },
      )
    })

  /** Whom the alert's app calls, and who is neither called nor calls: through at most three calls. */
  const placed = (drawn: Drawn) => {
    const { about } = objectsOf(drawn)
    const calledBy = (name: string): string | undefined => {
      const app = drawn.apps.find((one) => one.name === name)
      const callee = app === undefined ? undefined : drawn.apps[app.calls % drawn.apps.length]
      return callee === undefined || callee.name === name ? undefined : callee.name
    }
    const first = calledBy(about.name)
    const second = first === undefined ? undefined : calledBy(first)
    const third = second === undefined ? undefined : calledBy(second)
    const called = new Set([first, second, third])
    const apart = drawn.apps.find(({ name, replicas }) => replicas > 0 && name !== about.name && !called.has(name))
    const callee = drawn.apps.find(({ name, replicas }) => name === first && replicas > 0)
    return { apart: apart?.name, callee: callee?.name }
  }

  for (const fault of faults) {
    it(`accuses who is called and has ${fault.name}, and nobody for a neighbour who has`, async () => {
      await fc.assert(
        fc.asyncProperty(cluster, noise, async (drawn, drawnHusks) => {
          const { objects, about } = objectsOf(drawn)
          const { apart, callee } = placed(drawn)
          fc.pre(about.replicas > 0 && (apart !== undefined || callee !== undefined))
          const all = [...objects, ...drawnHusks.flatMap((husk) => husk(objects, about.name))]
          if (apart !== undefined) assert.deepEqual(await suspects(fault.inject(all, apart), drawn), [])
          if (callee === undefined) return
          const [first = ''] = await suspects(fault.inject(all, callee), drawn)
          assert.equal(first.replace(/:[\s\S]*/, ''), fault.object(callee), first)
        }),
        { seed: SEED, numRuns: 25 },
      )
    })
  }
})
