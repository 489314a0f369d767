import type { Case } from '../case.ts'
import { ask, causeFrom, handIn } from '../write.ts'

/** What machines and queues do. */
export const machines: readonly Case[] = [
  {
    name: 'noisy-neighbour',
    title: 'A batch on the same machine takes the CPU',
    alert: {
      alertname: 'AdsSlow',
      service: 'ads',
      severity: 'warning',
      labels: { node: 'ip-10-0-3-7' },
      expression: 'ads_latency_seconds{service="ads"} > 0.5',
      for: 120,
      started: 15,
    },
    courses: [
      { metric: 'ads_latency_seconds', labels: { service: 'ads', node: 'ip-10-0-3-7' }, before: 0.08, after: 1.3, at: 18 },
      { metric: 'container_cpu_usage', labels: { service: 'report-batch', node: 'ip-10-0-3-7' }, before: 0.1, after: 7.6, at: 18 },
      { metric: 'container_cpu_usage', labels: { service: 'ads', node: 'ip-10-0-3-7' }, before: 1.2 },
    ],
    lines: [
      {
        labels: { service: 'report-batch' },
        every: 7200,
        from: 19,
        to: 18,
        line: () => 'level=info msg="batch report-batch started on node ip-10-0-3-7" workers=8',
      },
    ],
    asks: [
      [
        ask.course('ads_latency_seconds{service="ads"}', 'Latency'),
        ask.course('container_cpu_usage{node="ip-10-0-3-7"}', 'Who uses the machine?'),
      ],
      [ask.logs('{service="report-batch"}', 'What the batch says')],
    ],
    conclude: (read) =>
      handIn({
        verdict: 'action_suggested',
        cause: causeFrom(read, 2, {
          pattern: /batch report-batch started on node (\S+)"/,
          text: ([, node]) => `report-batch was started on node ${node}, where ads runs`,
          object: 'report-batch',
          category: 'noisy_neighbour',
        }),
        claims: [
          ...read.moved(0, 'The latency of ads in seconds'),
          ...read.moved(1, 'The CPU usage of report-batch', { service: 'report-batch' }),
        ],
        ruledOut: read.calm(1, 'More work of ads itself', { service: 'ads' }),
        next: ['Move or limit report-batch'],
      }),
    expected: {
      verdicts: ['action_suggested', 'action_required'],
      cause: { category: 'noisy_neighbour', object: 'report-batch', says: [/report-batch/] },
      never: [/deploy/i, /ads.*(leak|bug)/i],
      rules: { firing: true, onset: 18 },
    },
  },
  {
    name: 'queue-backlog',
    title: 'Consumers leave their group and the backlog grows',
    alert: {
      alertname: 'OrdersLag',
      service: 'order-worker',
      expression: 'sum(kafka_consumergroup_lag{service="order-worker"}) > 10000',
      for: 300,
      started: 9,
    },
    courses: [
      {
        metric: 'kafka_consumergroup_lag',
        labels: { service: 'order-worker', topic: 'orders.v2' },
        before: 40,
        after: 90_000,
        at: 20,
        over: 20,
      },
      { metric: 'kafka_messages_in_rate', labels: { service: 'order-worker', topic: 'orders.v2' }, before: 300 },
      { metric: 'kafka_consumers', labels: { service: 'order-worker' }, before: 6, after: 1, at: 20 },
    ],
    lines: [
      {
        labels: { service: 'order-worker' },
        every: 20,
        from: 20,
        line: (n) => `level=warn msg="sending LeaveGroup: max.poll.interval.ms exceeded" client=order-worker-${n % 6}`,
      },
    ],
    asks: [
      [
        ask.course('kafka_consumergroup_lag{service="order-worker"}', 'Backlog'),
        ask.course('kafka_messages_in_rate{service="order-worker"}', 'More messages?'),
        ask.logs('{service="order-worker"}', 'What it says'),
      ],
      [ask.course('kafka_consumers{service="order-worker"}', 'Consumers')],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 2, {
          pattern: /sending LeaveGroup: max\.poll\.interval\.ms exceeded/,
          text: ([words]) => `Consumers of order-worker leave their group: "${words}"`,
          object: 'order-worker',
          category: 'queue',
        }),
        claims: [...read.moved(0, 'The backlog'), ...read.moved(3, 'The number of consumers')],
        ruledOut: read.calm(1, 'More messages, a second'),
        next: ['Raise max.poll.interval.ms or take fewer messages at once'],
      }),
    expected: {
      verdicts: ['action_required'],
      cause: { category: 'queue', object: 'order-worker', says: [/LeaveGroup/] },
      never: [/more messages (than|caused)/i, /producer/i],
      rules: { firing: true, onset: null },
    },
  },
  {
    name: 'node-down',
    title: 'A machine is gone and its pods wait for memory',
    alert: {
      alertname: 'ReplicasMissing',
      service: 'profile',
      expression: 'kube_deployment_status_replicas_available{service="profile"} < 4',
      for: 120,
      started: 13,
    },
    courses: [
      { metric: 'kube_deployment_status_replicas_available', labels: { service: 'profile' }, before: 4, after: 2, at: 16 },
      { metric: 'kube_node_status_ready', labels: { service: 'cluster', node: 'ip-10-0-3-9' }, before: 1, after: 0, at: 16 },
    ],
    lines: [
      {
        labels: { service: 'events' },
        every: 30,
        from: 16,
        line: () => 'Warning FailedScheduling pod/profile-7c9d 0/11 nodes are available: 11 Insufficient memory',
      },
      {
        labels: { service: 'events' },
        every: 7200,
        from: 16,
        to: 15,
        line: () => 'Normal NodeNotReady node/ip-10-0-3-9 status is now: NodeNotReady',
      },
    ],
    asks: [
      [ask.course('kube_deployment_status_replicas_available{service="profile"}', 'Replicas'), ask.logs('{service="events"}', 'Events')],
      [ask.course('kube_node_status_ready{service="cluster"}', 'Nodes'), ask.logs('{service="events"} |= "NodeNotReady"', 'Which node?')],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 3, {
          pattern: /NodeNotReady node\/(ip-[\d-]+)/,
          text: ([, node]) => `The node ${node} is not ready`,
          object: 'ip-10-0-3-9',
          category: 'node',
        }),
        claims: [...read.moved(0, 'The number of available replicas'), ...read.says(1, /11 Insufficient memory/)],
        next: ['Bring the node back or add one'],
      }),
    lies: [{ text: 'The events say "14 Insufficient cpu"', question: 1, quote: '14 Insufficient cpu' }],
    expected: {
      verdicts: ['action_required'],
      cause: { category: 'node', object: 'ip-10-0-3-9', says: [/not ready/] },
      never: [/deploy/i, /profile.*(crash|bug)/i],
      rules: { firing: true, onset: 16 },
    },
  },
]
