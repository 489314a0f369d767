import { event } from '../faults/events.ts'
import { mountFailing } from '../faults/looks.ts'
import { claim, storageClass } from '../faults/things.ts'
import { d, h, m, s } from '../faults/world.ts'
import { blames, fires, type Story } from './cluster.ts'
import { listens, release } from './release.ts'

const noNodeFor = (w: { workers: readonly string[]; controlPlane: readonly string[] }, reason: string): string => {
  const n = w.workers.length + w.controlPlane.length
  return `0/${n} nodes are available: ${reason}. preemption: 0/${n} nodes are available: ${n} Preemption is not helpful for scheduling.`
}

export const volumes: readonly Story[] = [
  {
    name: 'volume-class-of-another-cluster',
    cloud: 'hetzner',
    minor: 32,
    tell: (w) => {
      w.absent.push('data-graph-core-0')
      const why = noNodeFor(w, 'pod has unbound immediate PersistentVolumeClaims')
      const made = release(w, {
        kind: 'StatefulSet',
        ns: 'graph',
        name: 'graph-core',
        container: 'neo4j',
        scheme: 'app',
        port: 7687,
        rolled: m(31),
        age: m(31),
        replicas: 3,
        volumeClaims: [{ name: 'data', size: '100Gi', storageClass: 'pd-balanced-retain' }],
        pods: [{ unschedulable: why, age: m(31) - 2 }],
      })
      const wanted = claim(w, {
        ns: 'graph',
        name: 'data-graph-core-0',
        class: 'pd-balanced-retain',
        size: '100Gi',
        phase: 'Pending',
        age: m(31) - 1,
      })
      event(w, {
        on: wanted,
        type: 'Warning',
        reason: 'ProvisioningFailed',
        message: 'storageclass.storage.k8s.io "pd-balanced-retain" not found',
        first: m(31) - 1,
        last: s(9),
        count: 124,
        from: 'persistentvolume-controller',
      })
      return {
        alert: fires(
          w,
          'KubeStatefulSetReplicasMismatch',
          { namespace: 'graph', statefulset: 'graph-core', severity: 'warning' },
          { for: m(15) },
        ),
        expected: blames(made, /class|pd-balanced-retain/i, [wanted]),
      }
    },
  },
  {
    name: 'volume-held-by-the-pod-before',
    cloud: 'digitalocean',
    minor: 31,
    nodes: 4,
    tell: (w) => {
      const held = claim(w, { ns: 'wiki', name: 'wiki-attachments', size: '50Gi', age: d(200), class: 'gp3' })
      const volume = `pvc-${held.metadata.uid}`
      const pod = { volumes: [{ name: 'attachments', persistentVolumeClaim: { claimName: 'wiki-attachments' } }] }
      const made = release(w, {
        ns: 'wiki',
        name: 'wiki-bookstack',
        container: 'bookstack',
        scheme: 'name',
        rolled: m(27),
        age: d(200),
        rolling: true,
        replicas: 1,
        with: { ...listens(8080, 'http'), volumeMounts: [{ name: 'attachments', mountPath: '/data' }] },
        pod,
        oldPods: [{ age: d(13), node: w.workers[0]! }],
        pods: [
          mountFailing(['bookstack'], {
            since: m(27) - 3,
            node: w.workers[2]!,
            more: {
              tell: (x, pod) => {
                const before = x.objects.find((o) => o.kind === 'Pod' && o.metadata.namespace === 'wiki')!
                const message = `Multi-Attach error for volume "${volume}" Volume is already used by pod(s) ${before.metadata.name}`
                const from = 'attachdetach-controller'
                event(x, { on: pod, type: 'Warning', reason: 'FailedAttachVolume', message, first: m(27) - 3, from })
              },
            },
            messages: [
              {
                message:
                  'Unable to attach or mount volumes: unmounted volumes=[attachments], unattached volumes=[], failed to process volumes=[]: context deadline exceeded',
              },
            ],
          }),
        ],
      })
      return {
        alert: fires(w, 'PodNotReady', { namespace: 'wiki', pod: made.pods[0]!.metadata.name }, { for: m(15) }),
        expected: blames(made, /multi-?attach|already (used|attached|mounted)|attach/i, [held]),
      }
    },
  },
  {
    name: 'volume-claim-with-another-name',
    cloud: 'oracle',
    minor: 33,
    tell: (w) => {
      claim(w, { ns: 'cms', name: 'cms-uploads', size: '100Gi', age: d(300) })
      const why = noNodeFor(w, 'persistentvolumeclaim "cms-uploads-v2" not found')
      const made = release(w, {
        ns: 'cms',
        name: 'prod-cms-author',
        container: 'author',
        rolled: m(18),
        age: d(300),
        rolling: true,
        spec: { strategy: { type: 'Recreate' } },
        replicas: 1,
        pod: { volumes: [{ name: 'uploads', persistentVolumeClaim: { claimName: 'cms-uploads-v2' } }] },
        beforePod: { volumes: [{ name: 'uploads', persistentVolumeClaim: { claimName: 'cms-uploads' } }] },
        pods: [{ unschedulable: why, age: m(18) - 3 }],
      })
      return {
        alert: fires(w, 'DeploymentUnavailable', { namespace: 'cms', deployment: 'prod-cms-author' }, { for: m(10) }),
        expected: blames(made, /claim|cms-uploads-v2|pvc/i, [{ kind: 'PersistentVolumeClaim', namespace: 'cms', name: 'cms-uploads-v2' }]),
      }
    },
  },
  {
    name: 'volume-shared-by-a-disk-that-cannot-be',
    cloud: 'autopilot',
    minor: 29,
    tell: (w) => {
      storageClass(w, { name: 'premium-rwo', provisioner: 'pd.csi.storage.gke.io', parameters: { type: 'pd-ssd' }, mode: 'Immediate' })
      const wanted = claim(w, {
        ns: 'dam',
        name: 'asset-pool',
        class: 'premium-rwo',
        size: '500Gi',
        modes: ['ReadWriteMany'],
        phase: 'Pending',
        age: m(33),
      })
      event(w, {
        on: wanted,
        type: 'Warning',
        reason: 'ProvisioningFailed',
        message:
          'failed to provision volume with StorageClass "premium-rwo": rpc error: code = InvalidArgument desc = VolumeCapabilities is invalid: specified multi writer with mount access type',
        first: m(33) - 2,
        last: m(2),
        count: 13,
        from: 'pd.csi.storage.gke.io_gke-3a9c1f7e2b-9f81-ab5d-vm_c2d1',
      })
      event(w, {
        on: wanted,
        reason: 'ExternalProvisioning',
        message:
          "Waiting for a volume to be created either by the external provisioner 'pd.csi.storage.gke.io' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
        first: m(33) - 1,
        last: s(12),
        count: 130,
        from: 'persistentvolume-controller',
      })
      const why = noNodeFor(w, 'pod has unbound immediate PersistentVolumeClaims')
      const made = release(w, {
        ns: 'dam',
        name: 'dam-transcoder',
        container: 'transcoder',
        scheme: 'k8s-app',
        rolled: m(33),
        age: m(33),
        rolling: true,
        pod: { volumes: [{ name: 'pool', persistentVolumeClaim: { claimName: 'asset-pool' } }] },
        pods: [
          { unschedulable: why, age: m(33) - 3 },
          { unschedulable: why, age: m(33) - 4 },
        ],
      })
      return {
        alert: fires(w, 'DeploymentUnavailable', { namespace: 'dam', deployment: 'dam-transcoder' }, { for: m(15) }),
        expected: blames(made, /access ?mode|ReadWriteMany|multi.writer|VolumeCapabilities|provision/i, [wanted]),
      }
    },
  },
  {
    name: 'volume-server-does-not-answer',
    cloud: 'edge',
    minor: 28,
    tell: (w) => {
      const mount =
        'MountVolume.SetUp failed for volume "recipes" : mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nfs -o vers=4.1 nas-2.plant7.example.org:/export/recipes /var/lib/kubelet/pods/0c1f/volumes/kubernetes.io~nfs/recipes\nOutput: mount.nfs: Connection timed out'
      const messages = [
        { message: mount },
        {
          message:
            'Unable to attach or mount volumes: unmounted volumes=[recipes], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition',
        },
      ]
      const made = release(w, {
        ns: 'line-control',
        name: 'recipe-loader',
        container: 'loader',
        scheme: 'app',
        rolled: d(70),
        pod: { volumes: [{ name: 'recipes', nfs: { server: 'nas-2.plant7.example.org', path: '/export/recipes' } }] },
        with: { volumeMounts: [{ name: 'recipes', mountPath: '/recipes' }] },
        pods: [mountFailing(['loader'], { messages, since: m(24) }), {}],
      })
      return {
        alert: fires(
          w,
          'KubePodNotReady',
          { namespace: 'line-control', pod: made.pods[0]!.metadata.name, severity: 'warning' },
          { for: m(15), fired: h(0) + 90 },
        ),
        expected: blames(made, /nfs|mount|timed out|nas-2/i),
      }
    },
  },
]
