import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, ramp, step, text, type Unseen } from './world.ts'

const window = { from: '2026-03-11T02:00:00Z', to: '2026-03-11T03:00:00Z' }
const lost = { node: 'ip-10-20-3-71' }
const near = { node: 'ip-10-20-3-90' }
const far = { node: 'ip-10-20-2-14' }
const quiet = { node: 'ip-10-20-1-55' }
const shop = { namespace: 'shop', cluster: 'prod-eu' }
const ebs = { app: 'ebs-csi-controller', namespace: 'kube-system' }
const serial = { job: 'ec2-console', node: 'ip-10-20-3-71' }

const about = (value: number, spread: number) => (at: number) => value + spread * Math.sin(at / 210)

const said = (evidence: string, quote: string): Receipt => ({ evidence, quote })
const counted = (evidence: string, count: number, matching: string): Receipt => ({ evidence, count, matching })
const none = (evidence: string, absent: string): Receipt => ({ evidence, absent })
type Measured = readonly [number, string]
type Statistic = 'last' | 'min' | 'max' | 'mean' | 'change'
const of = (evidence: string, statistic: Statistic, value: number | Measured, series?: Record<string, string>): Receipt => ({
  evidence,
  ...(series === undefined ? {} : { series }),
  statistic,
  ...(typeof value === 'number' ? { value } : { value: value[0], unit: value[1] }),
})

const bumped = said('E1', 'unattended-upgrades ip-10-20-3-71: linux-image-aws 6.8.0-1024 -> 6.8.0-1031')
const rebooted = said('E1', '2026-03-11T02:10:00Z unattended-upgrades ip-10-20-3-71: automatic reboot, node was not drained')
const unknown = said('E2', 'Ready Unknown since 2026-03-11T02:10:44Z NodeStatusUnknown: Kubelet stopped posting node status.')
const notReady = of('E3', 'last', 0, lost)
const booted = said('E4', '2026-03-11T02:10:41.000Z Linux version 6.8.0-1031-aws')
const kubeletUp = said('E4', '2026-03-11T02:11:02.000Z systemd[1]: Started kubelet.service')
const resets = counted('E4', 29, 'Device reset failed, rc: -110')
const leases = counted('E4', 88, '"Failed to update lease" err="dial tcp 10.20.0.10:443: i/o timeout"')
const podsLost = of('E5', 'change', -23, lost)
const podsNear = of('E5', 'change', 10, near)
const podsFar = of('E5', 'change', 9, far)
const marked = said('E6', '02:15:45 Normal TaintManagerEviction: Marking for deletion Pod shop/orders-db-0')
const forced = said('E6', '02:27:30 Normal Deleted: force-deleted by cronjob/stuck-pod-reaper (grace period 0)')
const assigned = said('E6', '02:27:31 Normal Scheduled: Successfully assigned shop/orders-db-0 to ip-10-20-3-90')
const multiAttach = said('E6', 'Multi-Attach error for volume "pvc-7c1e5f0a" Volume is already exclusively attached to one node')
const heldOld = said('E7', 'csi-9f31 ebs.csi.aws.com pvc-7c1e5f0a ip-10-20-3-71 true 19d')
const waitsNew = said('E7', 'csi-be07 ebs.csi.aws.com pvc-7c1e5f0a ip-10-20-3-90 false 32m')
const inUse = counted('E8', 27, 'VolumeInUse: vol-0a4be17c9 is already attached to an instance')
const skipped = counted('E8', 5, 'node ip-10-20-3-71 exists and has no out-of-service taint')
const failing = of('E9', 'last', [61.4, '%'], { app: 'orders' })
const noOrders = of('E10', 'change', -84)
const dbDown = of('E12', 'last', 0, { statefulset: 'orders-db' })

export const nodeLostAfterKernel: Unseen = {
  evidence: [
    text(
      'E1',
      'changes',
      'changes in prod-eu since 2026-03-10T12:00:00Z',
      [
        '2026-03-10T13:20:44Z argocd shop/orders-db: synced chart 12.4.1, no changes',
        '2026-03-11T02:06:02Z unattended-upgrades ip-10-20-3-71: linux-image-aws 6.8.0-1024 -> 6.8.0-1031',
        '2026-03-11T02:10:00Z unattended-upgrades ip-10-20-3-71: automatic reboot, node was not drained',
      ].join('\n'),
    ),
    text(
      'E2',
      'kubernetes',
      'describe node ip-10-20-3-71',
      [
        'Name: ip-10-20-3-71',
        'Labels: topology.kubernetes.io/zone=eu-central-1c, node.kubernetes.io/instance-type=m6i.4xlarge',
        'Taints: node.kubernetes.io/unreachable:NoExecute, node.kubernetes.io/unreachable:NoSchedule',
        'Lease: last renewed 2026-03-11T02:09:58Z',
        'Ready Unknown since 2026-03-11T02:10:44Z NodeStatusUnknown: Kubelet stopped posting node status.',
        'Allocatable: cpu 15890m, memory 60Gi, pods 110',
        'Non-terminated pods: 3 (cilium-7xk2p, ebs-csi-node-q9d4z, node-exporter-m2v8c)',
      ].join('\n'),
    ),
    metric('E3', 'kube_node_status_condition{condition="Ready",status="true"}', window, [
      course(window, 30, lost, step(1, 0, '2026-03-11T02:11:00Z')),
      course(window, 30, near, () => 1),
      course(window, 30, far, () => 1),
      course(window, 30, quiet, () => 1),
    ]),
    logs('E4', '{job="ec2-console", node="ip-10-20-3-71"}', window, [
      ...lines(
        { count: 1, first: '2026-03-11T02:10:41Z', every: 1 },
        serial,
        () => 'Linux version 6.8.0-1031-aws (buildd@lcy02-amd64-059)',
      ),
      ...lines({ count: 1, first: '2026-03-11T02:11:02Z', every: 1 }, serial, () => 'systemd[1]: Started kubelet.service'),
      ...lines(
        { count: 146, first: '2026-03-11T02:11:20Z', every: 20 },
        serial,
        (i) => `ena 0000:00:05.0 ens5: lost tx completions above the threshold (${129 + (i % 7)} > 128). Reset the device`,
      ),
      ...lines({ count: 29, first: '2026-03-11T02:11:25Z', every: 100 }, serial, () => 'ena 0000:00:05.0: Device reset failed, rc: -110'),
      ...lines(
        { count: 88, first: '2026-03-11T02:11:30Z', every: 33 },
        serial,
        () => 'kubelet[1042]: "Failed to update lease" err="dial tcp 10.20.0.10:443: i/o timeout"',
      ),
    ]),
    metric('E5', 'count by (node) (kube_pod_status_ready{condition="true"} == 1)', window, [
      course(window, 30, lost, step(23, 0, '2026-03-11T02:11:00Z')),
      course(window, 30, near, step(28, 38, '2026-03-11T02:16:30Z')),
      course(window, 30, far, step(31, 40, '2026-03-11T02:17:00Z')),
      course(window, 30, quiet, () => 30),
    ]),
    text(
      'E6',
      'kubernetes',
      'events pod/orders-db-0 -n shop',
      [
        '02:15:45 Normal TaintManagerEviction: Marking for deletion Pod shop/orders-db-0',
        '02:27:30 Normal Deleted: force-deleted by cronjob/stuck-pod-reaper (grace period 0)',
        '02:27:31 Normal Scheduled: Successfully assigned shop/orders-db-0 to ip-10-20-3-90',
        '02:27:32 Warning FailedAttachVolume: Multi-Attach error for volume "pvc-7c1e5f0a" Volume is already exclusively attached to one node and can\'t be attached to another',
        '02:58:40 Warning FailedMount (x14 since 02:29:35): Unable to attach or mount volumes: unmounted volumes=[data], timed out waiting for the condition',
      ].join('\n'),
    ),
    text(
      'E7',
      'kubernetes',
      'get volumeattachments (pvc-7c1e5f0a)',
      [
        'NAME      ATTACHER         PV            NODE           ATTACHED  AGE',
        'csi-9f31  ebs.csi.aws.com  pvc-7c1e5f0a  ip-10-20-3-71  true      19d',
        'csi-be07  ebs.csi.aws.com  pvc-7c1e5f0a  ip-10-20-3-90  false     32m',
      ].join('\n'),
    ),
    logs('E8', '{app="ebs-csi-controller"}', window, [
      ...lines(
        { count: 27, first: '2026-03-11T02:27:33Z', every: 70 },
        ebs,
        () => 'level=error msg="attach failed" volume=vol-0a4be17c9 err="VolumeInUse: vol-0a4be17c9 is already attached to an instance"',
      ),
      ...lines(
        { count: 5, first: '2026-03-11T02:21:45Z', every: 360 },
        ebs,
        () => 'level=info msg="detach skipped" volume=vol-0a4be17c9 reason="node ip-10-20-3-71 exists and has no out-of-service taint"',
      ),
    ]),
    metric('E9', 'sum by (app) (rate(http_requests_total{code=~"5.."}[2m])) / sum by (app) (rate(http_requests_total[2m]))', window, [
      course(window, 30, { app: 'orders', ...shop }, ramp(0.002, 0.614, { from: '2026-03-11T02:10:30Z', to: '2026-03-11T02:12:30Z' })),
      course(window, 30, { app: 'cart', ...shop }, about(0.0012, 0.0003)),
      course(window, 30, { app: 'catalog', ...shop }, about(0.0008, 0.0002)),
    ]),
    metric('E10', 'sum(rate(orders_created_total[1m])) * 60', window, [course(window, 30, {}, step(84, 0, '2026-03-11T02:11:30Z'))]),
    metric('E11', '1 - avg by (node) (rate(node_cpu_seconds_total{mode="idle"}[2m]))', window, [
      course(window, 30, near, ramp(0.41, 0.58, { from: '2026-03-11T02:16:30Z', to: '2026-03-11T02:19:00Z' })),
      course(window, 30, far, ramp(0.38, 0.52, { from: '2026-03-11T02:17:00Z', to: '2026-03-11T02:19:30Z' })),
      course(window, 30, quiet, about(0.44, 0.006)),
    ]),
    instant('E12', 'kube_statefulset_status_replicas_ready{namespace="shop"}', '2026-03-11T03:00:00Z', [
      [{ statefulset: 'orders-db' }, 0],
      [{ statefulset: 'cart-db' }, 2],
      [{ statefulset: 'sessions' }, 3],
    ]),
  ],
  given: {
    alert: {
      labels: { alertname: 'StatefulSetNotReady', namespace: 'shop', statefulset: 'orders-db', severity: 'critical' },
      expression: 'kube_statefulset_status_replicas_ready{namespace="shop"} < 1',
      threshold: 1,
      startsAt: '2026-03-11T02:26:00Z',
      onset: '2026-03-11T02:11:00Z',
      object: { kind: 'StatefulSet', namespace: 'shop', name: 'orders-db' },
    },
    now: new Date('2026-03-11T03:00:20Z'),
  },
  trueSentences: [
    ['ip-10-20-3-71 has been NotReady since 02:10:44, when its kubelet stopped posting node status.', unknown, notReady],
    ['The node rebooted automatically at 02:10 and was not drained first.', rebooted],
    [
      'Four minutes before the reboot, unattended-upgrades had moved linux-image-aws on ip-10-20-3-71 from 6.8.0-1024 to 6.8.0-1031.',
      bumped,
      rebooted,
    ],
    ['It came back on 6.8.0-1031-aws at 02:10:41.', booted],
    [
      'Kubelet started at 02:11:02 but cannot renew its lease: 88 "Failed to update lease" lines, all i/o timeouts to 10.20.0.10:443.',
      kubeletUp,
      leases,
    ],
    ['ena device resets failing with rc -110, 29 times since 02:11:25.', resets],
    [
      'The network driver never recovers: 146 "lost tx completions" messages between 02:11:20 and 02:59:40.',
      counted('E4', 146, 'lost tx completions'),
    ],
    [
      'Last lease renewal was at 02:09:58, two seconds before the reboot.',
      said('E2', 'Lease: last renewed 2026-03-11T02:09:58Z'),
      rebooted,
    ],
    ['The other three nodes stayed Ready throughout.', of('E3', 'min', 1, near), of('E3', 'min', 1, far), of('E3', 'min', 1, quiet)],
    [
      'Not the API server: ip-10-20-1-55, ip-10-20-2-14 and ip-10-20-3-90 never lost Ready.',
      of('E3', 'min', 1, quiet),
      of('E3', 'min', 1, far),
      of('E3', 'min', 1, near),
    ],
    ['Ready pods on ip-10-20-3-71 dropped from 23 to 0 at 02:11.', podsLost, of('E5', 'max', 23, lost), of('E5', 'last', 0, lost)],
    [
      'The pods were rescheduled onto two nodes: ip-10-20-3-90 went from 28 to 38 ready pods and ip-10-20-2-14 from 31 to 40.',
      podsNear,
      of('E5', 'last', 38, near),
      podsFar,
      of('E5', 'last', 40, far),
    ],
    ['19 of the 23 pods are ready again elsewhere (10 on ip-10-20-3-90, 9 on ip-10-20-2-14).', podsLost, podsNear, podsFar],
    ['Rescheduling was done by 02:17, about six minutes after the node dropped out.', podsFar, podsNear, podsLost],
    ['ip-10-20-1-55 took none of them; it is flat at 30 ready pods.', of('E5', 'change', 0, quiet), of('E5', 'last', 30, quiet)],
    ['23 ready pods lost at once, 19 back within six minutes.', podsLost, podsNear, podsFar],
    ['orders-db-0 was marked for deletion at 02:15:45, five minutes after the node had gone Unknown.', marked, unknown],
    ['It hung there for nearly twelve minutes until stuck-pod-reaper force-deleted it at 02:27:30.', forced, marked],
    ['A second after the force delete, the new orders-db-0 was assigned to ip-10-20-3-90.', assigned, forced],
    [
      'Attaching pvc-7c1e5f0a on ip-10-20-3-90 fails with a Multi-Attach error, because the volume is still attached to ip-10-20-3-71.',
      assigned,
      multiAttach,
      heldOld,
    ],
    [
      'VolumeAttachment csi-9f31 still holds the volume on ip-10-20-3-71, while csi-be07 for ip-10-20-3-90 has been waiting for 32 minutes.',
      heldOld,
      waitsNew,
    ],
    ['ebs-csi-controller: 27 × VolumeInUse for vol-0a4be17c9 since 02:27:33.', inUse],
    ['The controller skipped the detach five times since ip-10-20-3-71 still exists and carries no out-of-service taint.', skipped],
    ['The first skipped detach was at 02:21:45, about six minutes before the force delete.', skipped, forced],
    [
      'FailedMount on orders-db-0 has repeated 14 times since 02:29:35.',
      said('E6', 'Warning FailedMount (x14 since 02:29:35): Unable to attach or mount volumes'),
    ],
    ['The attach was still failing at 02:57:53, and orders-db has 0 ready replicas.', inUse, dbDown],
    [
      'orders-db has no ready replica, whereas cart-db has 2 and sessions 3.',
      dbDown,
      of('E12', 'last', 2, { statefulset: 'cart-db' }),
      of('E12', 'last', 3, { statefulset: 'sessions' }),
    ],
    [
      'The 5xx share of orders jumped from 0.2 % to 61.4 % between 02:10:30 and 02:12:30.',
      of('E9', 'change', [61.2, '%'], { app: 'orders' }),
      failing,
    ],
    ['Roughly three in five requests to orders now fail.', failing],
    [
      'Peak 5xx share of orders is 61.4 %, about 300 times what it was before the reboot.',
      of('E9', 'max', 0.614, { app: 'orders' }),
      of('E9', 'min', 0.002, { app: 'orders' }),
      rebooted,
    ],
    ['Order creation stopped dead: 84 per minute before, zero since 02:11:30.', noOrders, of('E10', 'max', 84), of('E10', 'last', 0)],
    ['No order has been created for about 48 minutes.', noOrders, of('E10', 'last', 0)],
    [
      'cart and catalog are unaffected, both with a 5xx share of about 0.1 %.',
      of('E9', 'last', 0.00118, { app: 'cart' }),
      of('E9', 'last', 0.00079, { app: 'catalog' }),
    ],
    [
      'Not a capacity problem: CPU on ip-10-20-3-90 rose from 41 % to 58 % after it took over pods, and ip-10-20-2-14 sits at 52 %.',
      of('E11', 'change', 0.17, near),
      of('E11', 'last', 0.58, near),
      of('E11', 'last', 0.52, far),
      podsNear,
    ],
    [
      'The two receiving nodes still have more than 40 % CPU headroom.',
      of('E11', 'last', [58, '%'], near),
      of('E11', 'last', [52, '%'], far),
      podsNear,
      podsFar,
    ],
    ['CPU on ip-10-20-1-55 did not move (43 to 45 %).', of('E11', 'min', [43.4, '%'], quiet), of('E11', 'max', [44.6, '%'], quiet)],
    [
      'Not a deploy: the last sync of orders-db was at 13:20:44 the day before and carried no changes.',
      said('E1', '2026-03-10T13:20:44Z argocd shop/orders-db: synced chart 12.4.1, no changes'),
    ],
    ['No OOM kills and no kernel panic on the console of ip-10-20-3-71.', none('E4', 'oom'), none('E4', 'panic')],
    ['Not a boot failure: the new kernel came up at 02:10:41 and systemd started the kubelet 21 seconds later.', booted, kubeletUp],
    [
      'Only three pods are still bound to the node: cilium-7xk2p, ebs-csi-node-q9d4z and node-exporter-m2v8c.',
      said('E2', 'Non-terminated pods: 3 (cilium-7xk2p, ebs-csi-node-q9d4z, node-exporter-m2v8c)'),
    ],
    [
      'Both unreachable taints are set on ip-10-20-3-71, NoExecute and NoSchedule.',
      said('E2', 'Taints: node.kubernetes.io/unreachable:NoExecute, node.kubernetes.io/unreachable:NoSchedule'),
      said('E2', 'Name: ip-10-20-3-71'),
    ],
    [
      'Timeline: kernel package 02:06:02 → reboot 02:10:00 → node Unknown 02:10:44 → eviction 02:15:45 → force delete 02:27:30.',
      bumped,
      rebooted,
      unknown,
      marked,
      forced,
    ],
    [
      'Kernel 6.8.0-1031 broke the ena driver on ip-10-20-3-71, so the kubelet lost the API server and the node went NotReady.',
      bumped,
      booted,
      resets,
      leases,
      unknown,
    ],
    [
      'Because the node is unreachable but not gone, its EBS volume is never detached and orders-db-0 cannot start on ip-10-20-3-90.',
      skipped,
      heldOld,
      multiAttach,
      assigned,
    ],
    [
      'A kernel upgrade took ip-10-20-3-71 off the network at 02:10, and 19 of its pods moved to other nodes. orders-db-0 is stuck because its volume is still attached to the dead node.',
      bumped,
      rebooted,
      leases,
      podsNear,
      podsFar,
      multiAttach,
      heldOld,
    ],
    [
      'Node dead since the reboot, volume stuck on it. Orders at 0 a minute against 84 before.',
      rebooted,
      notReady,
      heldOld,
      noOrders,
      of('E10', 'last', 0),
    ],
  ],
}
