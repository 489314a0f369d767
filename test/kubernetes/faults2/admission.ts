import { event } from '../faults/events.ts'
import { limitRange, namespace, plain, quota, service } from '../faults/things.ts'
import { cronJob, job } from '../faults/workloads.ts'
import { d, m, s } from '../faults/world.ts'
import { blames, fires, type Story } from './cluster.ts'
import { listens, release } from './release.ts'

export const quotas: readonly Story[] = [
  {
    name: 'quota-of-pods',
    cloud: 'openshift',
    minor: 31,
    runtime: 'cri-o',
    tell: (w) => {
      w.alone.push('team-violet')
      release(w, { ns: 'team-violet', name: 'violet-consumer', scheme: 'app', replicas: 9, rolled: d(31) })
      const made = release(w, {
        ns: 'team-violet',
        name: 'violet-ingest-v12',
        container: 'ingest',
        scheme: 'app',
        rolled: m(23),
        age: d(51),
        rolling: true,
        replicas: 4,
        oldPods: [{ age: d(7) }, { age: d(7) - 9 }, { age: d(7) - 20 }],
        refused: {
          message:
            'pods "{set}-7hq2l" is forbidden: exceeded quota: project-limits, requested: count/pods=1, used: count/pods=12, limited: count/pods=12',
          since: m(23) - 1,
        },
      })
      const full = quota(w, {
        ns: 'team-violet',
        name: 'project-limits',
        hard: { 'count/pods': '12', 'count/jobs.batch': '20' },
        used: { 'count/pods': '12', 'count/jobs.batch': '0' },
      })
      return {
        alert: fires(
          w,
          'KubeDeploymentReplicasMismatch',
          { namespace: 'team-violet', deployment: 'violet-ingest-v12', severity: 'warning' },
          { for: m(15) },
        ),
        expected: blames(made, /quota/i, [full]),
      }
    },
  },
  {
    name: 'quota-of-memory-for-a-job',
    cloud: 'hetzner',
    minor: 29,
    tell: (w) => {
      w.alone.push('finance-batch')
      const all = { memory: '14Gi', cpu: '5' }
      release(w, {
        ns: 'finance-batch',
        name: 'fb-valuation',
        scheme: 'app',
        replicas: 4,
        limits: all,
        requests: { memory: '1Gi', cpu: '200m' },
      })
      const by = cronJob(w, { ns: 'finance-batch', name: 'month-close', schedule: '0 3 1 * *', age: d(300), last: m(26) })
      const made = job(w, {
        ns: 'finance-batch',
        name: 'month-close-29414580',
        container: 'month-close',
        age: m(26),
        by,
        requests: { memory: '12Gi', cpu: '2' },
        limits: { memory: '12Gi', cpu: '2' },
        pods: [],
        refused: {
          message:
            'pods "month-close-29414580-t6wzn" is forbidden: exceeded quota: compute, requested: limits.memory=12Gi, used: limits.memory=56Gi, limited: limits.memory=64Gi',
          since: m(26),
        },
      })
      const full = quota(w, {
        ns: 'finance-batch',
        name: 'compute',
        hard: { 'limits.memory': '64Gi', 'limits.cpu': '40', pods: '100' },
        used: { 'limits.memory': '56Gi', 'limits.cpu': '20', pods: '4' },
      })
      return {
        alert: fires(w, 'JobNotStarted', { namespace: 'finance-batch', job_name: 'month-close-29414580' }, { for: m(20) }),
        expected: blames(made, /quota/i, [full, by]),
      }
    },
  },
  {
    name: 'quota-of-storage-for-a-stateful-set',
    cloud: 'autopilot',
    minor: 33,
    tell: (w) => {
      w.absent.push('data-vector-store-2')
      const made = release(w, {
        kind: 'StatefulSet',
        ns: 'rag',
        name: 'vector-store',
        container: 'qdrant',
        scheme: 'name',
        port: 6333,
        rolled: d(20),
        replicas: 3,
        volumeClaims: [{ name: 'data', size: '150Gi' }],
        pods: [{}, {}],
      })
      const why =
        'exceeded quota: storage-per-team, requested: requests.storage=150Gi, used: requests.storage=308Gi, limited: requests.storage=400Gi'
      event(w, {
        on: made.object,
        type: 'Warning',
        reason: 'FailedCreate',
        message: `create Claim data-vector-store-2 for Pod vector-store-2 in StatefulSet vector-store failed error: persistentvolumeclaims "data-vector-store-2" is forbidden: ${why}`,
        first: m(37),
        last: s(70),
        count: 19,
        from: 'statefulset-controller',
      })
      event(w, {
        on: made.object,
        type: 'Warning',
        reason: 'FailedCreate',
        message: `create Pod vector-store-2 in StatefulSet vector-store failed error: failed to create PVC data-vector-store-2: persistentvolumeclaims "data-vector-store-2" is forbidden: ${why}`,
        first: m(37),
        last: s(70),
        count: 19,
        from: 'statefulset-controller',
      })
      const full = quota(w, {
        ns: 'rag',
        name: 'storage-per-team',
        hard: { 'requests.storage': '400Gi' },
        used: { 'requests.storage': '308Gi' },
      })
      return {
        alert: fires(
          w,
          'KubeStatefulSetReplicasMismatch',
          { namespace: 'rag', statefulset: 'vector-store', severity: 'warning' },
          { for: m(15) },
        ),
        expected: blames(made, /quota/i, [full, { kind: 'PersistentVolumeClaim', namespace: 'rag', name: 'data-vector-store-2' }]),
      }
    },
  },
  {
    name: 'quota-range-of-one-container',
    cloud: 'digitalocean',
    minor: 28,
    tell: (w) => {
      const range = limitRange(w, {
        ns: 'labs',
        name: 'container-bounds',
        limits: [{ type: 'Container', max: { memory: '4Gi', cpu: '2' }, default: { memory: '512Mi' } }],
      })
      const made = release(w, {
        ns: 'labs',
        name: 'labs-notebook-hub',
        container: 'hub',
        scheme: 'k8s-app',
        rolled: m(15),
        age: d(18),
        rolling: true,
        replicas: 1,
        limits: { memory: '6Gi' },
        refused: {
          message: 'pods "{set}-r9kxd" is forbidden: maximum memory usage per Container is 4Gi, but limit is 6Gi',
          since: m(15) - 1,
        },
        oldPods: [],
      })
      return {
        alert: fires(w, 'DeploymentUnavailable', { namespace: 'labs', deployment: 'labs-notebook-hub' }, { for: m(10) }),
        expected: blames(made, /maximum memory|limit ?range|per container|4Gi/i, [range]),
      }
    },
  },
]

export const admissions: readonly Story[] = [
  {
    name: 'admission-account-of-a-stateful-set-missing',
    cloud: 'talos',
    minor: 30,
    tell: (w) => {
      w.absent.push('ServiceAccount/metering/meter-store')
      const made = release(w, {
        kind: 'StatefulSet',
        ns: 'metering',
        name: 'meter-store',
        container: 'store',
        scheme: 'instance',
        port: 9042,
        rolled: m(21),
        age: m(21),
        account: 'meter-store',
        replicas: 3,
        pods: [],
      })
      event(w, {
        on: made.object,
        type: 'Warning',
        reason: 'FailedCreate',
        message:
          'create Pod meter-store-0 in StatefulSet meter-store failed error: pods "meter-store-0" is forbidden: error looking up service account metering/meter-store: serviceaccount "meter-store" not found',
        first: m(21),
        last: s(80),
        count: 18,
        from: 'statefulset-controller',
      })
      return {
        alert: fires(w, 'StatefulSetDown', { namespace: 'metering', statefulset: 'meter-store' }, { for: m(15) }),
        expected: blames(made, /service ?account/i, [{ kind: 'ServiceAccount', namespace: 'metering', name: 'meter-store' }]),
      }
    },
  },
  {
    name: 'admission-injector-has-no-endpoints',
    cloud: 'oracle',
    minor: 32,
    tell: (w) => {
      const injector = release(w, {
        ns: 'mesh-system',
        name: 'mesh-injector',
        scheme: 'app',
        replicas: 0,
        pods: [],
        rolled: d(9),
        age: d(100),
        quietScale: true,
      })
      const svc = service(w, { ns: 'mesh-system', name: 'mesh-injector', selector: { app: 'mesh-injector' }, port: 443, targetPort: 8443 })
      event(w, {
        on: injector.object,
        reason: 'ScalingReplicaSet',
        message: `Scaled down replica set ${injector.set?.metadata.name} to 0 from 2`,
        first: m(31),
        from: 'deployment-controller',
      })
      const hook = plain(w, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        name: 'mesh-sidecar-injector',
        age: d(100),
        rest: {
          webhooks: [
            {
              name: 'inject.mesh.example.io',
              clientConfig: { service: { namespace: 'mesh-system', name: 'mesh-injector', path: '/inject', port: 443 } },
              failurePolicy: 'Fail',
              rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: '*' }],
            },
          ],
        },
      })
      const made = release(w, {
        ns: 'ticketing',
        name: 'ticketing-seats-v3',
        container: 'seats',
        rolled: m(24),
        age: d(150),
        rolling: true,
        replicas: 2,
        oldPods: [{ age: d(11) }],
        with: listens(8080, 'http'),
        refused: {
          message:
            'Internal error occurred: failed calling webhook "inject.mesh.example.io": failed to call webhook: Post "https://mesh-injector.mesh-system.svc:443/inject?timeout=10s": no endpoints available for service "mesh-injector"',
          since: m(24) - 1,
        },
      })
      return {
        alert: fires(
          w,
          'KubeDeploymentReplicasMismatch',
          { namespace: 'ticketing', deployment: 'ticketing-seats-v3', severity: 'warning' },
          { for: m(15) },
        ),
        expected: blames(made, /webhook|admission/i, [injector, svc, hook]),
      }
    },
  },
  {
    name: 'admission-pod-security-of-a-daemon-set',
    cloud: 'edge',
    minor: 31,
    nodes: 4,
    tell: (w) => {
      const ns = namespace(w, 'host-tools', {
        'pod-security.kubernetes.io/enforce': 'restricted',
        'pod-security.kubernetes.io/enforce-version': 'latest',
      })
      const made = release(w, {
        kind: 'DaemonSet',
        ns: 'host-tools',
        name: 'smartctl-exporter',
        container: 'exporter',
        scheme: 'name',
        rolled: m(28),
        age: m(28),
        with: { securityContext: { privileged: true } },
        pods: [],
        status: { desiredNumberScheduled: 4, currentNumberScheduled: 0, numberReady: 0, numberUnavailable: 4 },
      })
      event(w, {
        on: made.object,
        type: 'Warning',
        reason: 'FailedCreate',
        message:
          'Error creating: pods "smartctl-exporter-fx2kd" is forbidden: violates PodSecurity "restricted:latest": privileged (container "exporter" must not set securityContext.privileged=true), allowPrivilegeEscalation != false (container "exporter" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "exporter" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "exporter" must set securityContext.runAsNonRoot=true)',
        first: m(28),
        last: m(2),
        count: 17,
        from: 'daemonset-controller',
      })
      return {
        alert: fires(w, 'DaemonSetPodsMissing', { namespace: 'host-tools', daemonset: 'smartctl-exporter' }, { for: m(15) }),
        expected: blames(made, /pod ?security|privileged|restricted|forbidden/i, [ns]),
      }
    },
  },
  {
    name: 'admission-policy-wants-an-owner',
    cloud: 'hetzner',
    minor: 33,
    tell: (w) => {
      const policy = plain(w, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        name: 'require-cost-centre',
        age: m(55),
        rest: { spec: { failurePolicy: 'Fail', validations: [{ expression: "has(object.metadata.labels['cost-centre'])" }] } },
      })
      const made = release(w, {
        ns: 'logistics',
        name: 'route-planner-eu',
        container: 'planner',
        scheme: 'app',
        rolled: m(20),
        age: d(210),
        rolling: true,
        replicas: 3,
        oldPods: [{ age: d(14) }, { age: d(14) - 30 }],
        refused: {
          message:
            "pods \"{set}-n5c8z\" is forbidden: ValidatingAdmissionPolicy 'require-cost-centre' with binding 'require-cost-centre-all' denied request: every pod carries the label cost-centre",
          since: m(20) - 1,
        },
      })
      return {
        alert: fires(
          w,
          'KubeDeploymentRolloutStuck',
          { namespace: 'logistics', deployment: 'route-planner-eu', severity: 'warning' },
          { for: m(5) },
        ),
        expected: blames(made, /policy|denied|cost-centre|admission/i, [policy]),
      }
    },
  },
]
