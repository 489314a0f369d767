import type { KubeObject } from '../../../src/kubernetes/state.ts'
import type { FaultCase } from './case.ts'
import { alert, answer, fault, healthyDeployment, ksm, logOf } from './cluster.ts'
import { event } from './events.ts'
import { configError, crashing, kubelet, pullFailing, unready } from './looks.ts'
import { configMap, service } from './things.ts'
import { workload } from './workloads.ts'
import { d, h, m, uid, type World } from './world.ts'

/** A pod that is no more: only its events are left. */
const gone = (w: World, ns: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: ns, uid: uid(`${w.seed}${ns}${name}`) },
  spec: { nodeName: w.workers[0]! },
  status: { podIP: '10.244.0.77' },
})

const nodes = (w: World): number => w.objects.filter((o) => o.kind === 'Node').length

/** The subject had another fault within the hour; its events still stand. What is true now decides. */
export const earlier: FaultCase[] = [
  ...fault('earlier-scheduling-now-readiness', [
    {
      tell: (w) => {
        const message = 'Readiness probe failed: HTTP probe failed with statuscode: 503'
        const made = workload(w, {
          ns: 'shop',
          name: 'returns',
          replicas: 2,
          port: 8080,
          requests: { cpu: '200m' },
          age: d(60),
          rolled: d(5),
          pods: [
            unready('returns', { since: m(19), age: m(56), runs: m(49), message, more: { scheduled: m(50) } }),
            unready('returns', { since: m(18), age: m(56), runs: m(49), message, more: { scheduled: m(50) } }),
          ],
        })
        service(w, { ns: 'shop', name: 'returns' })
        for (const p of made.pods)
          event(w, {
            on: p,
            type: 'Warning',
            reason: 'FailedScheduling',
            message: `0/${nodes(w)} nodes are available: ${nodes(w)} Insufficient cpu. preemption: 0/${nodes(w)} nodes are available: ${nodes(w)} No preemption victims found for incoming pod.`,
            first: m(54),
            last: m(51),
            count: 2,
            from: 'default-scheduler',
          })
        return {
          alert: alert(w, 'KubeDeploymentReplicasMismatch', ksm({ namespace: 'shop', deployment: 'returns' })),
          expected: answer(made.object, [/readiness|503|probe/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'search',
          name: 'solr',
          replicas: 2,
          port: 8983,
          requests: { cpu: '200m' },
          age: d(90),
          rolled: d(9),
          pods: [
            {},
            unready('solr', {
              since: m(20),
              age: m(48),
              runs: m(38),
              more: { scheduled: m(45) },
              message:
                'Readiness probe failed: Get "http://10.244.1.1:8983/solr/admin/info/health": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
            }),
          ],
        })
        const p = made.pods[1]!
        event(w, {
          on: p,
          type: 'Warning',
          reason: 'FailedScheduling',
          message: `0/${nodes(w)} nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/${nodes(w)} nodes are available: ${nodes(w)} Preemption is not helpful for scheduling.`,
          first: m(47),
          from: 'default-scheduler',
        })
        event(w, {
          on: p,
          type: 'Warning',
          reason: 'FailedAttachVolume',
          message:
            'Multi-Attach error for volume "pvc-2b6c0f0e-7a51-4a34-8ce7-0a5d36f1b7aa" Volume is already exclusively attached to one node and can\'t be attached to another',
          first: m(44),
          from: 'attachdetach-controller',
        })
        event(w, {
          on: p,
          reason: 'SuccessfulAttachVolume',
          message: 'AttachVolume.Attach succeeded for volume "pvc-2b6c0f0e-7a51-4a34-8ce7-0a5d36f1b7aa"',
          first: m(39),
          from: 'attachdetach-controller',
        })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: 'search', statefulset: 'solr' }),
          expected: answer(made.object, [/readiness|probe/i], [made]),
        }
      },
    },
  ]),
  ...fault('earlier-memory-now-image', [
    {
      tell: (w) => {
        const image = 'registry.example.com/orders/matching:5.3.1-hotfix'
        const made = workload(w, {
          ns: 'orders',
          name: 'matching',
          image,
          before: 'registry.example.com/orders/matching:5.3.0',
          replicas: 2,
          requests: { cpu: '100m', memory: '256Mi' },
          limits: { memory: '512Mi' },
          age: d(70),
          rolled: m(22),
          rolling: true,
          pods: [
            pullFailing('matching', {
              image,
              since: m(22),
              error: `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`,
            }),
          ],
          oldPods: [0, 1].map((i) => ({
            age: d(3),
            containers: {
              matching: {
                is: 'running' as const,
                since: m(38) + i,
                restarts: 3,
                last: { exit: 137, reason: 'OOMKilled', ago: m(39), ran: 300 },
              },
            },
            changed: m(37),
          })),
        })
        service(w, { ns: 'orders', name: 'matching' })
        for (const p of w.objects.filter(
          (o) => o.kind === 'Pod' && o.metadata.namespace === 'orders' && JSON.stringify(o.status).includes('OOMKilled'),
        ))
          kubelet(w, p, {
            container: 'matching',
            reason: 'BackOff',
            message: `Back-off restarting failed container matching in pod ${p.metadata.name}_orders(${p.metadata.uid})`,
            first: m(48),
            last: m(39),
            count: 14,
          })
        return {
          alert: alert(w, 'KubeDeploymentRolloutStuck', ksm({ namespace: 'orders', deployment: 'matching' })),
          expected: answer(made.object, [/not found|5\.3\.1-hotfix|does not exist/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const image = 'registry.example.com/ads/auction:12'
        const error = `rpc error: code = Unknown desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": unexpected status from HEAD request to https://registry.example.com/v2/ads/auction/manifests/12: 403 Forbidden`
        const made = workload(w, {
          ns: 'ads',
          name: 'auction',
          image,
          before: 'registry.example.com/ads/auction:11',
          replicas: 1,
          requests: { cpu: '100m' },
          limits: { memory: '256Mi' },
          age: d(12),
          rolled: m(24),
          pods: [pullFailing('auction', { image, since: m(24), error })],
        })
        const old = gone(w, 'ads', 'auction-6d5f7c8b9d-w8x2c')
        kubelet(w, old, {
          container: 'auction',
          reason: 'BackOff',
          message: `Back-off restarting failed container auction in pod auction-6d5f7c8b9d-w8x2c_ads(${old.metadata.uid})`,
          first: m(58),
          last: m(26),
          count: 130,
        })
        kubelet(w, old, {
          container: 'auction',
          reason: 'Unhealthy',
          message: 'Liveness probe failed: Get "http://10.244.0.77:8080/live": dial tcp 10.244.0.77:8080: connect: connection refused',
          first: m(58),
          last: m(26),
          count: 40,
        })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'ads', pod: made.pods[0]!.metadata.name }),
          expected: answer(made.object, [/403|forbidden|credential|authoriz|access/i], [made]),
        }
      },
    },
  ]),
  ...fault('earlier-secret-now-crash', [
    {
      tell: (w) => {
        const log = [
          'starting 4.1.0',
          'connecting to postgres://app@db.orders:5432/app',
          'FATAL: password authentication failed for user "app"',
        ]
        const made = workload(w, {
          ns: 'orders',
          name: 'shipments',
          replicas: 1,
          requests: { cpu: '100m' },
          with: { env: [{ name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'shipments-db', key: 'password' } } }] },
          age: d(30),
          rolled: m(48),
          rolling: true,
          pods: [crashing('shipments', { since: m(21), age: m(48), restarts: 8, exit: 1, ran: 2, log })],
        })
        kubelet(w, made.pods[0]!, {
          container: 'shipments',
          reason: 'Failed',
          message: 'Error: secret "shipments-db" not found',
          first: m(48),
          last: m(22),
          count: 118,
        })
        return {
          alert: alert(
            w,
            'KubePodCrashLooping',
            ksm({ namespace: 'orders', pod: made.pods[0]!.metadata.name, container: 'shipments', reason: 'CrashLoopBackOff' }),
          ),
          expected: answer(made.object, [/password authentication|auth|exit(s|ed)?( with)?( code)? 1|crash/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const log = ['INFO  config loaded from /etc/app/app.yaml', 'FATAL unknown field "retry_budgt" in section http']
        const made = workload(w, {
          ns: 'edge',
          name: 'signer',
          replicas: 1,
          requests: { cpu: '50m' },
          pod: { volumes: [{ name: 'app', configMap: { name: 'signer', defaultMode: 420 } }] },
          age: m(55),
          rolled: m(55),
          rolling: true,
          pods: [crashing('signer', { since: m(23), age: m(55), restarts: 9, exit: 78, ran: 1, log })],
        })
        configMap(w, { ns: 'edge', name: 'signer', age: m(24), data: { 'app.yaml': 'http:\n  retry_budgt: 3\n' } })
        kubelet(w, made.pods[0]!, {
          reason: 'FailedMount',
          message: 'MountVolume.SetUp failed for volume "app" : configmap "signer" not found',
          first: m(55),
          last: m(25),
          count: 22,
        })
        return {
          alert: alert(w, 'KubeDeploymentReplicasMismatch', ksm({ namespace: 'edge', deployment: 'signer' })),
          expected: answer(made.object, [/retry_budgt|unknown field|exit(s|ed)?( with)?( code)? 78|crash/i], [made]),
        }
      },
    },
  ]),
  ...fault('earlier-crash-now-configuration', [
    {
      tell: (w) => {
        const made = workload(w, {
          ns: 'billing',
          name: 'rating',
          replicas: 1,
          requests: { cpu: '50m' },
          with: { envFrom: [{ configMapRef: { name: 'rating-plans' } }] },
          age: d(44),
          rolled: m(20),
          rolling: true,
          pods: [configError('rating', { message: 'configmap "rating-plans" not found', since: m(20) })],
          oldPods: [
            {
              age: d(2),
              containers: { rating: { is: 'running', since: m(43), restarts: 5, last: { exit: 1, reason: 'Error', ago: m(44), ran: 3 } } },
              changed: m(43),
            },
          ],
        })
        const old = w.objects.find(
          (o) => o.kind === 'Pod' && o.metadata.namespace === 'billing' && JSON.stringify(o.status).includes('"restartCount":5'),
        )!
        kubelet(w, old, {
          container: 'rating',
          reason: 'BackOff',
          message: `Back-off restarting failed container rating in pod ${old.metadata.name}_billing(${old.metadata.uid})`,
          first: m(52),
          last: m(44),
          count: 31,
        })
        logOf(w, old, 'rating', {
          current: ['ready'],
          previous: ['panic: runtime error: invalid memory address or nil pointer dereference'],
        })
        return {
          alert: alert(w, 'KubeDeploymentRolloutStuck', { namespace: 'billing', deployment: 'rating' }),
          expected: answer({ kind: 'ConfigMap', namespace: 'billing', name: 'rating-plans' }, [/rating-plans|config ?map/i], [made]),
        }
      },
    },
    {
      ttl: h(6),
      tell: (w) => {
        const made = healthyDeployment(w, { ns: 'media', name: 'playlist', replicas: 0, pods: [], age: d(60), rolled: d(6) })
        const old = gone(w, 'media', 'playlist-7c6b5d4f9-zz9kq')
        kubelet(w, old, {
          container: 'playlist',
          reason: 'BackOff',
          message: `Back-off restarting failed container playlist in pod playlist-7c6b5d4f9-zz9kq_media(${old.metadata.uid})`,
          first: h(5),
          last: h(4),
          count: 230,
        })
        kubelet(w, old, { container: 'playlist', type: 'Normal', reason: 'Killing', message: 'Stopping container playlist', first: m(13) })
        event(w, {
          on: made.object,
          reason: 'ScalingReplicaSet',
          message: `Scaled down replica set ${made.set!.metadata.name} to 0 from 2`,
          first: m(13),
          from: 'deployment-controller',
        })
        return {
          alert: alert(w, 'ServiceDown', { namespace: 'media', service: 'playlist' }, { for: m(10), severity: 'critical' }),
          expected: answer(
            made.object,
            [/scaled|0 replicas|zero|no (pods|endpoints)|replicas/i],
            [made, { kind: 'Service', namespace: 'media', name: 'playlist' }, { kind: 'Endpoints', namespace: 'media', name: 'playlist' }],
          ),
        }
      },
    },
  ]),
]
