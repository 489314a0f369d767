import type { FaultCase, ObjectName } from './case.ts'
import { alert, answer, fault, ksm, type Story } from './cluster.ts'
import { configError, mountFailing } from './looks.ts'
import type { PodLook } from './objects.ts'
import { configMap, service } from './things.ts'
import { job, type Plan, workload } from './workloads.ts'
import { d, h, m, type World } from './world.ts'

/** A workload whose newest pods wait for configuration. */
const waitingFor = (of: {
  plan: Plan
  look: PodLook
  since: number
  missing: ObjectName
  cause: RegExp
  by: 'waiting' | 'notReady' | 'rollout' | 'deployment' | 'statefulset' | 'daemonset'
  old?: number
  before?: (w: World) => void
  ttl?: number
  herrings?: readonly string[]
  failing?: number
  healthy?: number
}): Story => ({
  ...(of.ttl === undefined ? {} : { ttl: of.ttl }),
  ...(of.herrings === undefined ? {} : { herrings: of.herrings }),
  tell: (w) => {
    of.before?.(w)
    const made = workload(w, {
      requests: { cpu: '100m', memory: '128Mi' },
      port: 8080,
      rolled: of.since,
      ...of.plan,
      pods: [...Array.from({ length: of.healthy ?? 0 }, () => ({ age: d(3) })), ...Array.from({ length: of.failing ?? 1 }, () => of.look)],
      ...(of.old === undefined ? {} : { oldPods: Array.from({ length: of.old }, () => ({ age: d(4) })), rolling: true }),
    })
    const { ns, name } = of.plan
    if (of.plan.kind !== 'DaemonSet') service(w, { ns, name })
    const pod = made.pods.find((p) => p.status?.['phase'] === 'Pending')!.metadata.name
    const container = of.plan.container ?? name
    const labels: Record<typeof of.by, [string, Record<string, string>]> = {
      waiting: ['KubeContainerWaiting', ksm({ namespace: ns, pod, container, reason: 'CreateContainerConfigError' })],
      notReady: ['KubePodNotReady', { namespace: ns, pod }],
      rollout: ['KubeDeploymentRolloutStuck', { namespace: ns, deployment: name }],
      deployment: ['KubeDeploymentReplicasMismatch', ksm({ namespace: ns, deployment: name })],
      statefulset: ['KubeStatefulSetReplicasMismatch', { namespace: ns, statefulset: name }],
      daemonset: ['KubeDaemonSetRolloutStuck', { namespace: ns, daemonset: name }],
    }
    const [alertname, rest] = labels[of.by]
    return { alert: alert(w, alertname, rest), expected: answer(of.missing, [of.cause], [made]) }
  },
})

const envFrom = (kind: 'configMapRef' | 'secretRef', name: string): NonNullable<Plan['with']> => ({ envFrom: [{ [kind]: { name } }] })
const env = (kind: 'configMapKeyRef' | 'secretKeyRef', variable: string, name: string, key: string): NonNullable<Plan['with']> => ({
  env: [{ name: variable, valueFrom: { [kind]: { name, key } } }],
})

export const configs: FaultCase[] = [
  ...fault('config-map-missing-for-environment', [
    waitingFor({
      plan: {
        ns: 'shop',
        name: 'delivery',
        age: d(80),
        with: envFrom('configMapRef', 'delivery-settings'),
        beforeWith: envFrom('configMapRef', 'delivery-config'),
      },
      before: (w) => configMap(w, { ns: 'shop', name: 'delivery-config' }),
      old: 2,
      since: m(24),
      look: configError('delivery', { message: 'configmap "delivery-settings" not found', since: m(24) }),
      missing: { kind: 'ConfigMap', namespace: 'shop', name: 'delivery-settings' },
      cause: /delivery-settings|config ?map/i,
      by: 'rollout',
    }),
    waitingFor({
      plan: {
        kind: 'StatefulSet',
        ns: 'iot',
        name: 'broker',
        age: d(140),
        rolled: d(140),
        with: env('configMapKeyRef', 'CLUSTER_SIZE', 'broker-topology', 'size'),
      },
      since: m(19),
      look: configError('broker', { message: 'configmap "broker-topology" not found', since: m(19) }),
      missing: { kind: 'ConfigMap', namespace: 'iot', name: 'broker-topology' },
      cause: /broker-topology|config ?map/i,
      by: 'statefulset',
      herrings: ['oldOom', 'neighbourPull', 'restartedYesterday', 'cordoned'],
    }),
  ]),
  ...fault('config-map-missing-for-volume', [
    waitingFor({
      plan: {
        ns: 'edge',
        name: 'nginx-edge',
        container: 'nginx',
        age: d(60),
        pod: { volumes: [{ name: 'conf', configMap: { name: 'nginx-edge-conf', defaultMode: 420 } }] },
        with: { volumeMounts: [{ name: 'conf', mountPath: '/etc/nginx/conf.d' }] },
      },
      old: 2,
      since: m(26),
      look: mountFailing(['nginx'], {
        since: m(26),
        messages: [{ message: 'MountVolume.SetUp failed for volume "conf" : configmap "nginx-edge-conf" not found' }],
      }),
      missing: { kind: 'ConfigMap', namespace: 'edge', name: 'nginx-edge-conf' },
      cause: /nginx-edge-conf|config ?map/i,
      by: 'rollout',
    }),
    waitingFor({
      plan: {
        kind: 'DaemonSet',
        ns: 'logging',
        name: 'vector',
        age: d(45),
        pod: { volumes: [{ name: 'config', projected: { defaultMode: 420, sources: [{ configMap: { name: 'vector-pipelines' } }] } }] },
      },
      since: m(32),
      healthy: 2,
      look: mountFailing(['vector'], {
        since: m(32),
        messages: [
          { message: 'MountVolume.SetUp failed for volume "config" : configmap "vector-pipelines" not found' },
          {
            message:
              'Unable to attach or mount volumes: unmounted volumes=[config], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition',
          },
        ],
      }),
      missing: { kind: 'ConfigMap', namespace: 'logging', name: 'vector-pipelines' },
      cause: /vector-pipelines|config ?map/i,
      by: 'daemonset',
    }),
  ]),
  ...fault('config-secret-missing-for-environment', [
    waitingFor({
      plan: { ns: 'payments', name: 'psp', age: d(33), with: env('secretKeyRef', 'DB_PASSWORD', 'db-credentials', 'password') },
      old: 3,
      since: m(23),
      look: configError('psp', { message: 'secret "db-credentials" not found', since: m(23) }),
      missing: { kind: 'Secret', namespace: 'payments', name: 'db-credentials' },
      cause: /db-credentials|secret/i,
      by: 'waiting',
    }),
    waitingFor({
      plan: {
        ns: 'crm',
        name: 'sync',
        container: 'sync-worker',
        age: m(50),
        rolled: m(50),
        replicas: 2,
        with: envFrom('secretRef', 'salesforce-token'),
      },
      failing: 2,
      since: m(50),
      look: configError('sync-worker', { message: 'secret "salesforce-token" not found', since: m(50) }),
      missing: { kind: 'Secret', namespace: 'crm', name: 'salesforce-token' },
      cause: /salesforce-token|secret/i,
      by: 'deployment',
    }),
  ]),
  ...fault('config-secret-missing-for-volume', [
    waitingFor({
      plan: {
        ns: 'ingress-apps',
        name: 'gateway',
        age: d(100),
        pod: { volumes: [{ name: 'tls', secret: { secretName: 'gateway-tls', defaultMode: 420 } }] },
      },
      old: 2,
      since: m(29),
      look: mountFailing(['gateway'], {
        since: m(29),
        messages: [{ message: 'MountVolume.SetUp failed for volume "tls" : secret "gateway-tls" not found' }],
      }),
      missing: { kind: 'Secret', namespace: 'ingress-apps', name: 'gateway-tls' },
      cause: /gateway-tls|secret/i,
      by: 'notReady',
    }),
    waitingFor({
      plan: {
        kind: 'StatefulSet',
        ns: 'streaming',
        name: 'connect',
        age: d(66),
        rolled: m(40),
        pod: { volumes: [{ name: 'keystore', secret: { secretName: 'connect-keystore', defaultMode: 256 } }] },
      },
      since: m(40),
      ttl: h(3),
      look: mountFailing(['connect'], {
        since: m(40),
        messages: [
          { message: 'MountVolume.SetUp failed for volume "keystore" : secret "connect-keystore" not found' },
          {
            message:
              'Unable to attach or mount volumes: unmounted volumes=[keystore], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition',
          },
        ],
      }),
      missing: { kind: 'Secret', namespace: 'streaming', name: 'connect-keystore' },
      cause: /connect-keystore|secret/i,
      by: 'statefulset',
    }),
  ]),
  ...fault('config-key-missing-in-map', [
    waitingFor({
      plan: { ns: 'search', name: 'ranking', age: d(51), with: env('configMapKeyRef', 'MODEL_PATH', 'ranking', 'model_path') },
      before: (w) => configMap(w, { ns: 'search', name: 'ranking', data: { MODEL: 's3://models/ranking/41' } }),
      old: 2,
      since: m(22),
      look: configError('ranking', { message: "couldn't find key model_path in ConfigMap search/ranking", since: m(22) }),
      missing: { kind: 'ConfigMap', namespace: 'search', name: 'ranking' },
      cause: /model_path|key/i,
      by: 'rollout',
    }),
    waitingFor({
      plan: {
        ns: 'edge',
        name: 'cdn-purge',
        age: d(19),
        pod: {
          volumes: [
            { name: 'app', configMap: { name: 'cdn-purge', items: [{ key: 'rules.yaml', path: 'rules.yaml' }], defaultMode: 420 } },
          ],
        },
      },
      before: (w) => configMap(w, { ns: 'edge', name: 'cdn-purge', data: { 'rules.yml': 'purge: []\n' } }),
      failing: 1,
      since: m(27),
      look: mountFailing(['cdn-purge'], {
        since: m(27),
        messages: [{ message: 'MountVolume.SetUp failed for volume "app" : configmap references non-existent config key: rules.yaml' }],
      }),
      missing: { kind: 'ConfigMap', namespace: 'edge', name: 'cdn-purge' },
      cause: /rules\.yaml|key/i,
      by: 'notReady',
    }),
  ]),
  ...fault('config-key-missing-in-secret', [
    waitingFor({
      plan: { ns: 'mail', name: 'smtp-relay', age: d(88), with: env('secretKeyRef', 'SMTP_TOKEN', 'smtp', 'api-token') },
      old: 1,
      since: m(21),
      look: configError('smtp-relay', { message: "couldn't find key api-token in Secret mail/smtp", since: m(21) }),
      missing: { kind: 'Secret', namespace: 'mail', name: 'smtp' },
      cause: /api-token|key/i,
      by: 'waiting',
      ttl: h(2),
    }),
    {
      tell: (w) => {
        const made = job(w, {
          ns: 'finance',
          name: 'close-books-29310960',
          container: 'close-books',
          age: m(43),
          with: { env: [{ name: 'PGP_KEY', valueFrom: { secretKeyRef: { name: 'pgp', key: 'private.asc' } } }] },
          pods: [configError('close-books', { message: "couldn't find key private.asc in Secret finance/pgp", since: m(43) })],
        })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'finance', pod: made.pods[0]!.metadata.name }),
          expected: answer({ kind: 'Secret', namespace: 'finance', name: 'pgp' }, [/private\.asc|key/i], [made]),
        }
      },
    },
  ]),
]
