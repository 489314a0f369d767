import { configError, mountFailing } from '../faults/looks.ts'
import { configMap } from '../faults/things.ts'
import { cronJob, job } from '../faults/workloads.ts'
import { d, m } from '../faults/world.ts'
import { blames, fires, type Story } from './cluster.ts'
import { listens, release } from './release.ts'

export const configs: readonly Story[] = [
  {
    name: 'config-map-of-all-variables-missing',
    cloud: 'hetzner',
    minor: 30,
    tell: (w) => {
      const message = 'configmap "geo-tiles-settings-v4" not found'
      configMap(w, { ns: 'maps', name: 'geo-tiles-settings-v3', age: d(80) })
      const made = release(w, {
        ns: 'maps',
        name: 'geo-tiles',
        container: 'tiles',
        scheme: 'app',
        rolled: m(17),
        age: d(130),
        rolling: true,
        replicas: 3,
        with: { ...listens(8080), envFrom: [{ configMapRef: { name: 'geo-tiles-settings-v4' } }] },
        beforeWith: { ...listens(8080), envFrom: [{ configMapRef: { name: 'geo-tiles-settings-v3' } }] },
        oldPods: [{ age: d(80) }, { age: d(80) - 20 }, { age: d(80) - 40 }],
        pods: [configError('tiles', { message, since: m(17) - 3 })],
      })
      return {
        alert: fires(w, 'PodNotReady', { namespace: 'maps', pod: made.pods[0]!.metadata.name }, { for: m(10) }),
        expected: blames(made, /geo-tiles-settings-v4|config ?map/i, [
          { kind: 'ConfigMap', namespace: 'maps', name: 'geo-tiles-settings-v4' },
        ]),
      }
    },
  },
  {
    name: 'config-secret-of-a-volume-missing',
    cloud: 'autopilot',
    minor: 27,
    tell: (w) => {
      const messages = [
        { message: 'MountVolume.SetUp failed for volume "client-tls" : secret "broker-client-tls" not found' },
        {
          message:
            'Unable to attach or mount volumes: unmounted volumes=[client-tls], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition',
        },
      ]
      const made = release(w, {
        kind: 'StatefulSet',
        ns: 'streaming',
        name: 'mirror-maker-emea',
        container: 'mirror',
        scheme: 'k8s-app',
        port: 9404,
        rolled: m(25),
        age: m(25),
        with: { volumeMounts: [{ name: 'client-tls', mountPath: '/tls', readOnly: true }] },
        pod: { volumes: [{ name: 'client-tls', secret: { secretName: 'broker-client-tls', defaultMode: 420 } }] },
        pods: [mountFailing(['mirror'], { messages, since: m(25) - 3 })],
      })
      return {
        alert: fires(w, 'StatefulSetDown', { namespace: 'streaming', statefulset: 'mirror-maker-emea' }, { for: m(15) }),
        expected: blames(made, /broker-client-tls|secret/i, [{ kind: 'Secret', namespace: 'streaming', name: 'broker-client-tls' }]),
      }
    },
  },
  {
    name: 'config-key-not-in-the-map',
    cloud: 'openshift',
    minor: 31,
    runtime: 'cri-o',
    tell: (w) => {
      const map = configMap(w, { ns: 'alerts-hub', name: 'hub-common', age: d(60), data: { REGION: 'dc2', LOG_FORMAT: 'json' } })
      const message = "couldn't find key WEBHOOK_BASE_URL in ConfigMap alerts-hub/hub-common"
      const env = [{ name: 'WEBHOOK_BASE_URL', valueFrom: { configMapKeyRef: { name: 'hub-common', key: 'WEBHOOK_BASE_URL' } } }]
      const made = release(w, {
        ns: 'alerts-hub',
        name: 'hub-notifier-canary',
        container: 'notifier',
        scheme: 'instance',
        rolled: m(14),
        age: m(14),
        rolling: true,
        with: { env },
        pods: [configError('notifier', { message, since: m(14) - 3 })],
      })
      return {
        alert: fires(w, 'DeploymentUnavailable', { namespace: 'alerts-hub', deployment: 'hub-notifier-canary' }, { for: m(10) }),
        expected: blames(made, /WEBHOOK_BASE_URL|key|hub-common/i, [map]),
      }
    },
  },
  {
    name: 'config-secret-for-a-job-missing',
    cloud: 'eksAuto',
    minor: 33,
    tell: (w) => {
      const by = cronJob(w, { ns: 'exports', name: 'sftp-export', schedule: '15 * * * *', age: d(25), last: m(28) })
      const message = 'secret "sftp-partner-key" not found'
      const made = job(w, {
        ns: 'exports',
        name: 'sftp-export-29415375',
        container: 'sftp-export',
        age: m(28),
        by,
        with: { env: [{ name: 'SFTP_KEY', valueFrom: { secretKeyRef: { name: 'sftp-partner-key', key: 'id_ed25519' } } }] },
        pods: [configError('sftp-export', { message, since: m(28) - 3 })],
      })
      return {
        alert: fires(w, 'JobNotDone', { namespace: 'exports', job_name: 'sftp-export-29415375' }, { for: m(20) }),
        expected: blames(made, /sftp-partner-key|secret/i, [{ kind: 'Secret', namespace: 'exports', name: 'sftp-partner-key' }, by]),
      }
    },
  },
]
