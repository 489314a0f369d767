import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { commonLabels, groupSubject } from '../src/alert/group-subject.ts'
import { investigator } from '../src/demo/investigator.ts'
import type { Turn } from '../src/demo/model/script.ts'
import type { Asked } from './datasources/wire.ts'
import { type Surrounded, surrounded } from './surrounded.ts'
import { named, nameOf, ours, reactionsOf, replies, topLevel, wordsOf } from './thread.ts'
import { until } from './until.ts'

/**
 * A node dies in a cluster that is watched by the stock rules of kube-prometheus: kubernetes-mixin's alerts name pods and workloads, not
 * the node, and come when their `for` is over, over twenty minutes (here in twenty seconds).
 */
const NODE = 'worker-2'
const DIED_S = Math.floor(Date.now() / 1000) - 16 * 60
const NAMESPACES = ['shop', 'payments', 'search', 'mail', 'billing-jobs', 'monitoring']
const WAITING = 5
/** A storm is much work for a busy machine. */
const PATIENCE = { seconds: 60 }
const STUCK: Readonly<Record<string, number>> = { shop: 2, mail: 2 }
const EXPORTER = { job: 'kube-state-metrics', service: 'kube-prometheus-kube-state-metrics', container: 'kube-state-metrics' }

type Pod = { namespace: string; pod: string; node: string; kind: string; owner: string; ip: string }

/** Six workloads a namespace: four deployments, a stateful set, a daemon set; three pods each, one on the node. */
const pods: Pod[] = NAMESPACES.flatMap((namespace, n) =>
  ['api', 'web', 'worker', 'cron', 'store', 'agent'].flatMap((role, r) => {
    const workload = `${namespace}-${role}`
    const kind = role === 'store' ? 'StatefulSet' : role === 'agent' ? 'DaemonSet' : 'ReplicaSet'
    return ['worker-1', NODE, 'worker-3'].map((node, i) => ({
      ...{ namespace, node, kind, ip: `10.${n}.${r}.${i}` },
      owner: kind === 'ReplicaSet' ? `${workload}-6d9f8b5c7` : workload,
      pod:
        kind === 'ReplicaSet'
          ? `${workload}-6d9f8b5c7-x${'bcd'[i]}2fg`
          : kind === 'StatefulSet'
            ? `${workload}-${i}`
            : `${workload}-q${'bcd'[i]}7kz`,
    }))
  }),
)
const dead = pods.filter(({ node }) => node === NODE)

type Labels = Readonly<Record<string, string>>
/** Whose posts are believed. */
const BOT = 'Alertmanager'

type Group = { readonly minute: number; readonly alerts: readonly Labels[] }

const group = (minute: number, alertname: string, alerts: readonly Labels[], severity = 'warning'): Group => ({
  minute,
  alerts: alerts.map((labels) => ({ alertname, severity, ...labels })),
})

const ofNamespace = (namespace: string): Group[] => {
  const own = dead.filter((one) => one.namespace === namespace)
  const of = (kind: string) => own.filter((one) => one.kind === kind)
  return [
    // Two of three pods still answer: what the services feel comes first.
    group(2, 'HighErrorRate', [{ namespace, service: `${namespace}-api`, team: namespace }], 'critical'),
    group(10, 'TargetDown', [{ namespace, job: `${namespace}-web`, service: `${namespace}-web` }]),
    group(
      15,
      'KubePodNotReady',
      own.map(({ pod }) => ({ ...EXPORTER, namespace, pod })),
    ),
    group(
      15,
      'KubeDeploymentReplicasMismatch',
      of('ReplicaSet').map(({ owner }) => ({ ...EXPORTER, namespace, deployment: owner.replace('-6d9f8b5c7', '') })),
    ),
    group(
      15,
      'KubeStatefulSetReplicasMismatch',
      of('StatefulSet').map(({ owner }) => ({ ...EXPORTER, namespace, statefulset: owner })),
    ),
    group(
      15,
      'KubeDaemonSetRolloutStuck',
      of('DaemonSet').map(({ owner }) => ({ ...EXPORTER, namespace, daemonset: owner })),
    ),
    group(
      16,
      'KubeContainerWaiting',
      own.slice(0, WAITING).map(({ pod }) => ({ ...EXPORTER, namespace, pod, container: 'app' })),
    ),
    group(
      18,
      'KubeDeploymentRolloutStuck',
      of('ReplicaSet')
        .slice(0, STUCK[namespace] ?? 3)
        .map(({ owner }) => ({ ...EXPORTER, namespace, deployment: owner.replace('-6d9f8b5c7', '') })),
    ),
  ]
}

const groups: Group[] = [
  ...NAMESPACES.flatMap(ofNamespace),
  group(15, 'KubeNodeNotReady', [{ ...EXPORTER, node: NODE, condition: 'Ready', status: 'true' }], 'critical'),
  group(15, 'KubeNodeUnreachable', [{ ...EXPORTER, node: NODE, key: 'node.kubernetes.io/unreachable' }]),
  group(10, 'TargetDown', [{ job: 'kubelet', namespace: 'kube-system', service: 'kubelet' }]),
].toSorted((a, b) => a.minute - b.minute)

const unrelated = { alertname: 'QueueBacklog', severity: 'warning', namespace: 'orders', service: 'orders-queue' }

const vector = (rows: readonly Labels[], value = 1) => ({
  status: 'success',
  data: { resultType: 'vector', result: rows.map((metric) => ({ metric, value: [Date.now() / 1000, String(value)] })) },
})

const info = ({ namespace, pod, node, kind, owner, ip }: Pod): Labels => ({
  ...{ __name__: 'kube_pod_info', namespace, pod, node, created_by_kind: kind, created_by_name: owner, pod_ip: ip },
})

/** What a Prometheus with kube-state-metrics says of it; of all else it knows nothing. */
const answerTo = ({ path, params }: Asked): unknown => {
  const { query = '', start = '0', end = '0', step = '15' } = params
  if (path === '/api/v1/rules') return { status: 'success', data: { groups: [] } }
  if (path === '/api/v1/query_range') {
    if (!query.includes('kube_node_status_condition')) return { status: 'success', data: { resultType: 'matrix', result: [] } }
    const values = []
    for (let at = Number(start); at <= Number(end); at += Number(step)) values.push([at, at < DIED_S ? '1' : '0'])
    return { status: 'success', data: { resultType: 'matrix', result: [{ metric: { node: NODE }, values }] } }
  }
  if (query.startsWith('max by (node) (kube_node_status_condition')) return vector([{ node: NODE }], 0)
  if (query === `kube_pod_info{node="${NODE}"}`) return vector(dead.map(info))
  if (query.startsWith('group by (namespace, pod) (kube_pod_info')) return vector(pods.map(({ namespace, pod }) => ({ namespace, pod })))
  if (query.startsWith('kube_node_info')) return vector([{ node: NODE, internal_ip: '192.168.1.12' }])
  if (query === 'up == 0')
    return vector(
      [
        { job: 'kubelet', service: 'kubelet', namespace: 'kube-system', instance: '192.168.1.12:10250', node: NODE },
        ...dead
          .filter(({ pod }) => /-web-/.test(pod))
          .map(({ namespace, pod, ip }) => ({
            job: `${namespace}-web`,
            service: `${namespace}-web`,
            namespace,
            pod,
            instance: `${ip}:8080`,
          })),
      ],
      0,
    )
  return vector([])
}

const prometheus = (asked: Asked, response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answerTo(asked)))
}

const webhook = (alerts: readonly Labels[]) => {
  const [{ alertname, namespace }] = alerts as [Labels]
  return {
    ...{ version: '4', receiver: 'vigil', status: 'firing', groupKey: `{}:{alertname="${alertname}", namespace="${namespace}"}` },
    groupLabels: namespace === undefined ? { alertname } : { alertname, namespace },
    commonLabels: commonLabels(alerts),
    alerts: alerts.map((labels) => ({
      ...{ status: 'firing', labels, annotations: {}, generatorURL: '', endsAt: '0001-01-01T00:00:00Z' },
      startsAt: new Date((DIED_S + 60) * 1000).toISOString(),
    })),
  }
}

const scene = (t: Parameters<typeof surrounded>[0], env: Record<string, string> = { VIGIL_ALERT_CHANNELS: '' }): Promise<Surrounded> =>
  surrounded(t, {
    script: (request) => ({ ...(investigator(request) as Turn), delayMs: 20 }),
    answer: prometheus,
    env: { VIGIL_LOKI_ENDPOINT: '', VIGIL_TEMPO_ENDPOINT: '', VIGIL_PYROSCOPE_ENDPOINT: '', ...env },
  })

/** What Alertmanager's stock Slack message of a group is called. */
const titleOf = (alerts: readonly Labels[]): string => {
  const { alertname = '', namespace } = alerts[0] ?? {}
  const by = namespace === undefined ? { alertname } : { alertname, namespace }
  return `[FIRING:${alerts.length}] ${groupSubject(by, commonLabels(alerts))}`
}

test('a node dies, and 133 alerts of 51 groups are one living message with one investigation; what has nothing to do with it has its own', async (t) => {
  const sent = groups.reduce((sum, { alerts }) => sum + alerts.length, 0)
  assert.deepEqual([sent, groups.length], [133, 51])
  const vigil = await scene(t)
  const { workspace } = vigil
  for (const [i, { alerts }] of groups.entries()) {
    const { status } = await vigil.call('POST', '/api/v1/alerts', webhook(alerts))
    assert.equal(status, 202)
    if (i === 20) assert.equal((await vigil.call('POST', '/api/v1/alerts', webhook([unrelated]))).status, 202)
    // Those of one minute come together, as Alertmanager flushes its groups.
    if (groups[i + 1]?.minute !== groups[i]?.minute) await sleep(3000)
  }
  const [storm, other, ...more] = await until(
    'what belongs together is together',
    async () => {
      const open = (await vigil.incidents()).filter(({ status }) => status !== 'resolved')
      return open.length === 2 && open
    },
    PATIENCE,
  )
  assert.deepEqual(more, [])
  assert.equal(other?.subject, 'orders-queue')
  const report = await until(
    'it has all alerts and its analysis',
    async () => {
      const now = await vigil.report(storm?.id ?? '')
      return now.alerts.length === sent && now.status === 'analysed' && now
    },
    PATIENCE,
  )
  assert.deepEqual(report.suspects.map(({ object }) => object)[0], { kind: 'Node', name: NODE })
  const begun = await vigil.db.selectFrom('investigation').select('incident_id').where('model', 'is not', null).execute()
  assert.deepEqual(begun.map(({ incident_id: id }) => id).toSorted(), [storm?.id, other?.id].toSorted(), 'one investigation each')
  const tops = topLevel(workspace).filter((message) => message.appId === workspace.appId)
  assert.ok(tops.length <= 5, `${tops.length} messages at the top level`)
  const card = tops.find(
    (message) => named(workspace, message.ts, 'first') && wordsOf(named(workspace, message.ts, 'first') ?? message).includes(NODE),
  )
  const first = await until(
    'the living message says how many',
    () => {
      const words = wordsOf(named(workspace, card?.ts ?? '', 'first') ?? { blocks: [] })
      return words.includes(`${sent} alerts`) && words
    },
    PATIENCE,
  )
  assert.match(first, /worker-2 has not been ready/)
  assert.match(first, /of billing-jobs, mail, monitoring, payments, search, shop/, 'the teams')
  assert.deepEqual([...new Set(ours(workspace).map(nameOf))].toSorted(), ['analysis:1', 'card', 'first', 'progress:1'])
  assert.ok(replies(workspace, card?.ts ?? '').length <= 4)
})

test('the same with Alertmanager’s own messages in the channel: none of ours beside them, a short reply under twenty, a reaction on the rest', async (t) => {
  const vigil = await scene(t, { VIGIL_ALERT_BOTS: BOT })
  const { workspace } = vigil
  // Slack's pace is kept elsewhere: here it would be a minute of waiting for reactions.
  const hurry = setInterval(() => void sql`delete from slack_rate`.execute(vigil.db).catch(() => undefined), 100)
  t.after(() => clearInterval(hurry))
  const url = workspace.webhookUrl('alerts', 'Alertmanager')
  for (const [i, { alerts }] of groups.entries()) {
    const title = titleOf(alerts)
    const attachments = [{ title, title_link: 'http://am/#/alerts?receiver=vigil', fallback: title, text: '', color: 'danger' }]
    assert.equal((await fetch(url, { method: 'POST', body: JSON.stringify({ attachments }) })).status, 200)
    // On a busy machine it is told to come back, as Alertmanager does.
    await until('it is taken', async () => (await vigil.call('POST', '/api/v1/alerts', webhook(alerts))).status === 202, PATIENCE)
    if (groups[i + 1]?.minute !== groups[i]?.minute) await sleep(3000)
  }
  const [storm] = await until(
    'what belongs together is together',
    async () => {
      const open = (await vigil.incidents()).filter(({ status }) => status !== 'resolved')
      return open.length === 1 && open
    },
    PATIENCE,
  )
  await until('it has all alerts', async () => (await vigil.report(storm?.id ?? '')).alerts.length === 133, PATIENCE)
  const posts = topLevel(workspace).filter((message) => message.appId !== workspace.appId)
  assert.equal(posts.length, 51)
  assert.deepEqual(
    topLevel(workspace).filter((message) => message.appId === workspace.appId),
    [],
  )
  const whole = await vigil.db.selectFrom('incident').select('thread_ts').where('merged_into', 'is', null).executeTakeFirstOrThrow()
  const later = posts.filter(({ ts }) => ts !== whole.thread_ts)
  const answered = () => later.filter(({ ts }) => replies(workspace, ts).length > 0)
  const bare = () => later.filter((post) => reactionsOf(workspace, post).join() !== 'thread')
  const short = () => answered().flatMap(({ ts }) => replies(workspace, ts).map(wordsOf))
  await until(
    'every later post is answered, as one of the first twenty, and marked',
    () => later.length === 50 && answered().length === 20 && short().every((words) => words.includes(NODE)) && bare().length === 0,
    { ...PATIENCE, seen: () => ({ later: later.length, short: short(), bare: bare().map(({ ts }) => ts) }) },
  )
  assert.equal(short().length, 20, 'one reply each')
  for (const words of short()) {
    assert.match(words, /^↪ (?:Same problem, \d+(?:st|nd|rd|th) post|A part of <.*\|INC-1>):/)
    assert.match(words, /worker-2 has not been ready .*All of it is (?:in <.*\|this thread>|there)/)
    assert.match(words, /Not the same/)
  }
  assert.equal(ours(workspace).filter((message) => nameOf(message) === 'analysis:1').length, 1, 'one investigation')
})
