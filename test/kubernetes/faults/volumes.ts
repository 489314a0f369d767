import type { FaultCase } from './case.ts'
import { alert, answer, fault, ksm, noNode } from './cluster.ts'
import { event } from './events.ts'
import { mountFailing } from './looks.ts'
import { claim, persistentVolume, storageClass } from './things.ts'
import { workload } from './workloads.ts'
import { ago, d, h, m, patch, s, type World } from './world.ts'

const unbound = (w: World): string => {
  const n = w.objects.filter((o) => o.kind === 'Node').length
  return `0/${n} nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/${n} nodes are available: ${n} Preemption is not helpful for scheduling.`
}
const missing = (w: World, name: string): string => {
  const n = w.objects.filter((o) => o.kind === 'Node').length
  return `0/${n} nodes are available: persistentvolumeclaim "${name}" not found. preemption: 0/${n} nodes are available: ${n} Preemption is not helpful for scheduling.`
}
const controller = 'persistentvolume-controller'

/** A Deployment of one pod with one claim. */
const using = (
  w: World,
  of: { ns: string; name: string; claim: string; since: number; message?: string; look?: ReturnType<typeof mountFailing>; rolled?: number },
) =>
  workload(w, {
    ns: of.ns,
    name: of.name,
    replicas: 1,
    requests: { cpu: '100m', memory: '256Mi' },
    age: d(50),
    rolled: of.rolled ?? of.since,
    rolling: true,
    pod: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: of.claim } }] },
    pods: [of.look ?? { age: of.since, unschedulable: of.message! }],
  })

export const volumes: FaultCase[] = [
  ...fault('volume-storage-class-missing', [
    {
      tell: (w) => {
        const pvc = claim(w, { ns: 'data', name: 'data-mongo-0', class: 'fast-ssd', phase: 'Pending', age: m(31), size: '50Gi' })
        event(w, {
          on: pvc,
          type: 'Warning',
          reason: 'ProvisioningFailed',
          message: 'storageclass.storage.k8s.io "fast-ssd" not found',
          first: m(31),
          last: s(12),
          count: 125,
          from: controller,
        })
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'data',
          name: 'mongo',
          replicas: 3,
          requests: { cpu: '200m', memory: '512Mi' },
          age: m(31),
          rolled: m(31),
          volumeClaims: [{ name: 'data', size: '50Gi', storageClass: 'fast-ssd' }],
          pods: [{ age: m(31), unschedulable: unbound(w) }],
        })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: 'data', statefulset: 'mongo' }),
          expected: answer(pvc, [/storage ?class|fast-ssd/i], [made, { kind: 'StorageClass', name: 'fast-ssd' }]),
        }
      },
    },
    {
      tell: (w) => {
        const pvc = claim(w, { ns: 'tools', name: 'gitea-data', class: 'premium-rwo', phase: 'Pending', age: m(44), size: '10Gi' })
        event(w, {
          on: pvc,
          type: 'Warning',
          reason: 'ProvisioningFailed',
          message: 'storageclass.storage.k8s.io "premium-rwo" not found',
          first: m(44),
          last: s(8),
          count: 177,
          from: controller,
        })
        const made = using(w, { ns: 'tools', name: 'gitea', claim: 'gitea-data', since: m(44), message: unbound(w) })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'tools', pod: made.pods[0]!.metadata.name }),
          expected: answer(pvc, [/storage ?class|premium-rwo/i], [made, { kind: 'StorageClass', name: 'premium-rwo' }]),
        }
      },
    },
  ]),
  ...fault('volume-claim-missing', [
    {
      tell: (w) => {
        const made = using(w, {
          ns: 'reports',
          name: 'archive',
          claim: 'archive-store',
          since: m(24),
          message: missing(w, 'archive-store'),
        })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'reports', pod: made.pods[0]!.metadata.name }),
          expected: answer(
            { kind: 'PersistentVolumeClaim', namespace: 'reports', name: 'archive-store' },
            [/archive-store|claim/i],
            [made],
          ),
        }
      },
    },
    {
      herrings: ['pendingClaim', 'oldOom', 'chronicCrash', 'oldFailedJob'],
      tell: (w) => {
        claim(w, { ns: 'cms', name: 'uploads-v2', age: d(3) })
        const made = workload(w, {
          ns: 'cms',
          name: 'wordpress',
          replicas: 2,
          requests: { cpu: '100m' },
          age: d(300),
          rolled: m(27),
          rolling: true,
          pod: { volumes: [{ name: 'uploads', persistentVolumeClaim: { claimName: 'uploads' } }] },
          pods: [{ age: m(27), unschedulable: missing(w, 'uploads') }],
          oldPods: [{ age: d(4) }, { age: d(4) }],
          beforePod: { volumes: [{ name: 'uploads', persistentVolumeClaim: { claimName: 'uploads-v2' } }] },
        })
        return {
          alert: alert(w, 'KubeDeploymentRolloutStuck', { namespace: 'cms', deployment: 'wordpress' }),
          expected: answer({ kind: 'PersistentVolumeClaim', namespace: 'cms', name: 'uploads' }, [/uploads|claim/i], [made]),
        }
      },
    },
  ]),
  ...fault('volume-no-class-and-none-to-bind', [
    {
      tell: (w) => {
        const pvc = claim(w, {
          ns: 'legacy',
          name: 'share',
          class: '',
          phase: 'Pending',
          age: m(35),
          modes: ['ReadWriteMany'],
          size: '200Gi',
        })
        event(w, {
          on: pvc,
          reason: 'FailedBinding',
          message: 'no persistent volumes available for this claim and no storage class is set',
          first: m(35),
          last: s(11),
          count: 141,
          from: controller,
        })
        const made = using(w, { ns: 'legacy', name: 'fileserver', claim: 'share', since: m(35), message: unbound(w) })
        return {
          alert: alert(w, 'KubeDeploymentReplicasMismatch', ksm({ namespace: 'legacy', deployment: 'fileserver' })),
          expected: answer(pvc, [/no persistent volume|storage class|bind|unbound|pending/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const volume = persistentVolume(w, {
          name: 'nfs-media',
          class: 'nfs-static',
          size: '1Ti',
          modes: ['ReadWriteOnce'],
          age: d(120),
          spec: { csi: undefined, nfs: { server: '10.0.9.4', path: '/media' } },
        })
        storageClass(w, { name: 'nfs-static', provisioner: 'kubernetes.io/no-provisioner', mode: 'Immediate' })
        const pvc = claim(w, {
          ns: 'media',
          name: 'library',
          class: 'nfs-static',
          phase: 'Pending',
          volume: 'nfs-media',
          noVolume: true,
          age: m(29),
          modes: ['ReadWriteMany'],
          size: '1Ti',
        })
        event(w, {
          on: pvc,
          type: 'Warning',
          reason: 'VolumeMismatch',
          message: 'Cannot bind to requested volume "nfs-media": incompatible accessMode',
          first: m(29),
          last: s(9),
          count: 118,
          from: controller,
        })
        const made = using(w, { ns: 'media', name: 'jellyfin', claim: 'library', since: m(29), message: unbound(w) })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'media', pod: made.pods[0]!.metadata.name }),
          expected: answer(pvc, [/access ?mode/i], [made, volume]),
        }
      },
    },
  ]),
  ...fault('volume-wrong-access-mode', [
    {
      tell: (w) => {
        const pvc = claim(w, {
          ns: 'shop',
          name: 'shared-assets',
          class: 'gp3',
          phase: 'Pending',
          age: m(26),
          modes: ['ReadWriteMany'],
          annotations: {
            'volume.kubernetes.io/storage-provisioner': 'ebs.csi.aws.com',
            'volume.kubernetes.io/selected-node': w.workers[0],
          },
        })
        event(w, {
          on: pvc,
          reason: 'ExternalProvisioning',
          message:
            "Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
          first: m(26),
          last: s(14),
          count: 104,
          from: controller,
        })
        event(w, {
          on: pvc,
          type: 'Warning',
          reason: 'ProvisioningFailed',
          message:
            'failed to provision volume with StorageClass "gp3": rpc error: code = InvalidArgument desc = Volume capabilities MULTI_NODE_MULTI_WRITER not supported. Only AccessModes[ReadWriteOnce] supported.',
          first: m(26),
          last: m(3),
          count: 11,
          from: 'ebs.csi.aws.com_ebs-csi-controller-7d8f9c6b5-x2k4p_1f6ce1f0-2f1a-4f39-8b8e-9a6c3a1b2c3d',
        })
        const made = using(w, {
          ns: 'shop',
          name: 'assets',
          claim: 'shared-assets',
          since: m(26),
          message: noNode(w, { "node(s) didn't find available persistent volumes to bind": w.workers.length }),
        })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'shop', pod: made.pods[0]!.metadata.name }),
          expected: answer(pvc, [/access ?mode|MULTI_NODE|ReadWriteMany/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const pvc = claim(w, {
          ns: 'collab',
          name: 'data',
          class: 'standard',
          phase: 'Pending',
          age: m(38),
          modes: ['ReadWriteMany'],
          annotations: { 'volume.kubernetes.io/storage-provisioner': 'pd.csi.storage.gke.io' },
        })
        event(w, {
          on: pvc,
          type: 'Warning',
          reason: 'ProvisioningFailed',
          message:
            'failed to provision volume with StorageClass "standard": rpc error: code = InvalidArgument desc = VolumeCapabilities is invalid: specified multi writer with mount access type',
          first: m(38),
          last: m(2),
          count: 13,
          from: 'pd.csi.storage.gke.io_gke-csi-controller-0_a1b2c3d4-0000-4000-8000-abcdefabcdef',
        })
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'collab',
          name: 'whiteboard',
          replicas: 2,
          requests: { cpu: '100m' },
          age: m(38),
          rolled: m(38),
          pod: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] },
          pods: [{ age: m(38), unschedulable: unbound(w) }],
        })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: 'collab', statefulset: 'whiteboard' }),
          expected: answer(pvc, [/access ?mode|multi writer|ReadWriteMany/i], [made]),
        }
      },
    },
  ]),
  ...fault('volume-attached-elsewhere', [
    {
      herrings: ['oldOom', 'neighbourPull', 'otherRollout', 'certificateFar'],
      tell: (w) => {
        const pvc = claim(w, { ns: 'wiki', name: 'wiki-data', age: d(200) })
        const volume = String(pvc.spec?.['volumeName'])
        const [a, b] = w.workers as [string, string]
        const name = 'wiki'
        const look = (old: string) =>
          mountFailing([name], {
            since: m(23),
            node: b,
            messages: [
              {
                reason: 'FailedAttachVolume',
                message: `Multi-Attach error for volume "${volume}" Volume is already used by pod(s) ${old}`,
                from: 'attachdetach-controller',
              },
              {
                message:
                  'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition',
              },
            ],
          })
        const made = workload(w, {
          ns: 'wiki',
          name,
          replicas: 1,
          requests: { cpu: '100m' },
          age: d(200),
          rolled: m(23),
          rolling: true,
          pod: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'wiki-data' } }] },
          oldPods: [{ node: a, age: d(4), name: 'wiki-6f8b7c9d5f-k2m4x' }],
          pods: [look('wiki-6f8b7c9d5f-k2m4x')],
        })
        return {
          alert: alert(w, 'KubeDeploymentRolloutStuck', { namespace: 'wiki', deployment: 'wiki' }),
          expected: answer(
            made.object,
            [/multi-?attach|already (used|attached)|attach/i],
            [made, pvc, { kind: 'PersistentVolume', name: volume }],
          ),
        }
      },
    },
    {
      ttl: h(2),
      tell: (w) => {
        const pvc = claim(w, { ns: 'db', name: 'data-mariadb-0', age: d(150) })
        const volume = String(pvc.spec?.['volumeName'])
        const b = w.workers[1]!
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'db',
          name: 'mariadb',
          replicas: 1,
          requests: { cpu: '200m' },
          age: d(150),
          rolled: d(20),
          volumeClaims: [{ name: 'data', size: '20Gi', storageClass: 'gp3' }],
          pods: [
            mountFailing(['mariadb'], {
              since: m(21),
              node: b,
              messages: [
                {
                  reason: 'FailedAttachVolume',
                  message: `Multi-Attach error for volume "${volume}" Volume is already exclusively attached to one node and can't be attached to another`,
                  from: 'attachdetach-controller',
                },
              ],
            }),
          ],
        })
        w.objects.push({
          apiVersion: 'storage.k8s.io/v1',
          kind: 'VolumeAttachment',
          metadata: {
            name: 'csi-5b0f6b2b8ed6fd2f7a2f30e1c2a4c6b8',
            uid: 'ab12cd34-0000-4111-8222-333344445555',
            creationTimestamp: ago(w, d(30)),
          },
          spec: { attacher: 'ebs.csi.aws.com', nodeName: w.workers[0], source: { persistentVolumeName: volume } },
          status: { attached: true },
        })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: 'db', statefulset: 'mariadb' }),
          expected: answer(
            made.object,
            [/multi-?attach|already (used|exclusively|attached)|attach/i],
            [made, pvc, { kind: 'PersistentVolume', name: volume }],
          ),
        }
      },
    },
  ]),
  ...fault('volume-cannot-be-provisioned', [
    {
      tell: (w) => {
        const pvc = claim(w, {
          ns: 'data',
          name: 'data-kafka-2',
          class: 'gp3',
          phase: 'Pending',
          age: m(28),
          size: '2Ti',
          annotations: {
            'volume.kubernetes.io/storage-provisioner': 'ebs.csi.aws.com',
            'volume.kubernetes.io/selected-node': w.workers[1],
          },
        })
        event(w, {
          on: pvc,
          type: 'Warning',
          reason: 'ProvisioningFailed',
          message:
            'failed to provision volume with StorageClass "gp3": rpc error: code = Internal desc = Could not create volume "pvc-9c1": could not create volume in EC2: VolumeLimitExceeded: You have exceeded the maximum gp3 storage limit of 50 TiB in this region.',
          first: m(28),
          last: m(2),
          count: 12,
          from: 'ebs.csi.aws.com_ebs-csi-controller-7d8f9c6b5-x2k4p_1f6ce1f0-2f1a-4f39-8b8e-9a6c3a1b2c3d',
        })
        for (const n of [0, 1]) claim(w, { ns: 'data', name: `data-kafka-${n}`, size: '2Ti', age: d(90) })
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'data',
          name: 'kafka',
          replicas: 3,
          requests: { cpu: '200m', memory: '1Gi' },
          age: d(90),
          rolled: d(90),
          volumeClaims: [{ name: 'data', size: '2Ti', storageClass: 'gp3' }],
          pods: [
            {},
            {},
            { age: m(28), unschedulable: noNode(w, { "node(s) didn't find available persistent volumes to bind": w.workers.length }) },
          ],
        })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: 'data', statefulset: 'kafka' }),
          expected: answer(pvc, [/VolumeLimitExceeded|provision|exceeded/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        storageClass(w, { name: 'ceph-rbd', provisioner: 'rbd.csi.ceph.com', mode: 'Immediate' })
        const pvc = claim(w, {
          ns: 'vm',
          name: 'disk-0',
          class: 'ceph-rbd',
          phase: 'Pending',
          age: m(33),
          annotations: { 'volume.kubernetes.io/storage-provisioner': 'rbd.csi.ceph.com' },
        })
        event(w, {
          on: pvc,
          reason: 'ExternalProvisioning',
          message:
            "Waiting for a volume to be created either by the external provisioner 'rbd.csi.ceph.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
          first: m(33),
          last: s(9),
          count: 133,
          from: controller,
        })
        const made = using(w, { ns: 'vm', name: 'launcher', claim: 'disk-0', since: m(33), message: unbound(w) })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'vm', pod: made.pods[0]!.metadata.name }),
          expected: answer(pvc, [/provision/i], [made]),
        }
      },
    },
  ]),
  ...fault('volume-does-not-mount', [
    {
      tell: (w) => {
        const pvc = claim(w, {
          ns: 'render',
          name: 'assets',
          class: '',
          modes: ['ReadWriteMany'],
          volume: 'nfs-assets',
          noVolume: true,
          age: d(100),
        })
        const volume = persistentVolume(w, {
          name: 'nfs-assets',
          class: '',
          size: '20Gi',
          modes: ['ReadWriteMany'],
          claim: pvc,
          age: d(100),
          spec: { csi: undefined, nfs: { server: '10.0.9.4', path: '/export/assets' } },
        })
        const message =
          'MountVolume.SetUp failed for volume "nfs-assets" : mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nfs 10.0.9.4:/export/assets /var/lib/kubelet/pods/1c6/volumes/kubernetes.io~nfs/nfs-assets\nOutput: mount.nfs: Connection timed out\n'
        const made = using(w, {
          ns: 'render',
          name: 'farm',
          claim: 'assets',
          since: m(25),
          look: mountFailing(['farm'], { since: m(25), messages: [{ message }] }),
        })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'render', pod: made.pods[0]!.metadata.name }),
          expected: answer(made.object, [/\b(Un)?mount|\bnfs/i], [made, pvc, volume]),
        }
      },
    },
    {
      tell: (w) => {
        const pvc = claim(w, { ns: 'db', name: 'data-couch-0', age: d(40) })
        const volume = String(pvc.spec?.['volumeName'])
        const message = `MountVolume.MountDevice failed for volume "${volume}" : rpc error: code = Internal desc = 'fsck' found errors on device /dev/nvme1n1 but could not correct them: fsck from util-linux 2.37.4\n/dev/nvme1n1: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.\n`
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'db',
          name: 'couch',
          replicas: 1,
          requests: { cpu: '100m' },
          age: d(40),
          rolled: d(40),
          volumeClaims: [{ name: 'data', size: '20Gi', storageClass: 'gp3' }],
          pods: [mountFailing(['couch'], { since: m(20), messages: [{ message }] })],
        })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: 'db', statefulset: 'couch' }),
          expected: answer(made.object, [/\b(Un)?mount|fsck/i], [made, pvc, { kind: 'PersistentVolume', name: volume }]),
        }
      },
    },
  ]),
  ...fault('volume-lost', [
    {
      tell: (w) => {
        const pvc = claim(w, {
          ns: 'photos',
          name: 'originals',
          phase: 'Lost',
          age: d(300),
          volume: 'pvc-51c0aa77-originals',
          noVolume: true,
        })
        event(w, {
          on: pvc,
          type: 'Warning',
          reason: 'ClaimLost',
          message: 'Bound claim has lost its PersistentVolume. Data on the volume is lost!',
          first: m(27),
          from: controller,
        })
        const made = using(w, {
          ns: 'photos',
          name: 'gallery',
          claim: 'originals',
          since: m(22),
          message: noNode(w, { 'persistentvolume "pvc-51c0aa77-originals" not found': w.workers.length }),
        })
        return {
          alert: alert(w, 'KubeDeploymentReplicasMismatch', ksm({ namespace: 'photos', deployment: 'gallery' })),
          expected: answer(pvc, [/lost/i], [made, { kind: 'PersistentVolume', name: 'pvc-51c0aa77-originals' }]),
        }
      },
    },
    {
      tell: (w) => {
        const pvc = claim(w, {
          ns: 'archive',
          name: 'cold',
          phase: 'Lost',
          age: d(500),
          volume: 'pv-cold-01',
          noVolume: true,
          class: 'standard',
        })
        event(w, {
          on: pvc,
          type: 'Warning',
          reason: 'ClaimLost',
          message: 'Bound claim has lost its PersistentVolume. Data on the volume is lost!',
          first: m(34),
          from: controller,
        })
        patch(w, pvc, { metadata: { labels: { tier: 'cold' } } })
        return {
          alert: alert(
            w,
            'KubePersistentVolumeErrors',
            { namespace: 'archive', persistentvolumeclaim: 'cold', persistentvolume: 'pv-cold-01', phase: 'Failed' },
            { for: m(5), severity: 'critical' },
          ),
          expected: answer(pvc, [/lost/i], [{ kind: 'PersistentVolume', name: 'pv-cold-01' }]),
        }
      },
    },
  ]),
]
