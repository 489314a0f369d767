import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, ramp, step, text, type Unseen } from './world.ts'

const w = { from: '2026-09-30T20:00:00Z', to: '2026-09-30T21:10:00Z' }
const s = (
  ...[evidence, statistic, value, series, unit]: [
    string,
    'last' | 'max' | 'min' | 'mean' | 'change',
    number,
    Record<string, string>?,
    string?,
  ]
): Receipt => ({
  evidence,
  statistic,
  value,
  ...(series ? { series } : {}),
  ...(unit ? { unit } : {}),
})
const q = (evidence: string, quote: string): Receipt => ({ evidence, quote })
const n = (evidence: string, count: number, matching: string): Receipt => ({ evidence, count, matching })
const no = (evidence: string, absent: string): Receipt => ({ evidence, absent })

export const rollout: Unseen = {
  evidence: [
    metric('E1', 'sum by (code) (rate(istio_requests_total{destination_service_name="pricing"}[1m]))', w, [
      course(w, 30, { code: '200' }, step(88.4, 61.2, '2026-09-30T20:33:30Z')),
      course(w, 30, { code: '503' }, step(0, 27.6, '2026-09-30T20:33:30Z')),
    ]),
    metric('E2', 'kube_deployment_status_replicas_unavailable{deployment="pricing"}', w, [
      course(w, 30, { deployment: 'pricing' }, step(0, 3, '2026-09-30T20:33:00Z')),
    ]),
    text(
      'E3',
      'kubernetes',
      'describe deployment/pricing -n quote',
      'Replicas: 8 desired | 4 updated | 9 total | 5 available | 3 unavailable\nStrategy: RollingUpdate  25% max unavailable, 25% max surge\nProgressing  False  ProgressDeadlineExceeded\nOldReplicaSets: pricing-5b7c9d8f64 (5/5 replicas created)\nNewReplicaSet: pricing-7f6d8bb9cd (4/4 replicas created)',
    ),
    text(
      'E4',
      'kubernetes',
      'events -n quote',
      '20:32:41 Normal ScalingReplicaSet deployment/pricing Scaled up replica set pricing-7f6d8bb9cd to 2\n20:33:12 Warning BackOff pod/pricing-7f6d8bb9cd-hq2xv Back-off restarting failed container api\n20:33:15 Warning Unhealthy pod/pricing-7f6d8bb9cd-9kmzt Liveness probe failed: HTTP probe failed with statuscode: 500\n20:42:55 Warning ProgressDeadlineExceeded deployment/pricing ReplicaSet "pricing-7f6d8bb9cd" has timed out progressing',
    ),
    logs('E5', '{app="pricing",pod=~"pricing-7f6d8bb9cd-.*"}', w, [
      ...lines(
        { count: 118, first: '2026-09-30T20:32:58Z', every: 19 },
        { app: 'pricing', namespace: 'quote', pod: 'pricing-7f6d8bb9cd-hq2xv' },
        () => 'FATAL config: missing required setting RATES_API_URL',
      ),
      ...lines(
        { count: 36, first: '2026-09-30T20:33:02Z', every: 60 },
        { app: 'pricing', namespace: 'quote', pod: 'pricing-7f6d8bb9cd-9kmzt' },
        (i) => `INFO starting pricing 2026.9.30-rc2 attempt=${i}`,
      ),
    ]),
    logs('E6', '{app="pricing",pod=~"pricing-5b7c9d8f64-.*"} |~ "FATAL|ERROR"', w, []),
    text(
      'E7',
      'kubernetes',
      'diff deployment/pricing revision 61 62',
      '- image: registry/pricing:2026.9.23\n+ image: registry/pricing:2026.9.30-rc2\n  env:\n-   - name: RATES_URL\n-     value: http://rates.quote:8080\n  resources: unchanged',
    ),
    instant('E8', 'kube_pod_container_status_restarts_total{namespace="quote",pod=~"pricing-.*"}', w.to, [
      [{ pod: 'pricing-7f6d8bb9cd-hq2xv' }, 11],
      [{ pod: 'pricing-7f6d8bb9cd-9kmzt' }, 12],
      [{ pod: 'pricing-5b7c9d8f64-2xkqp' }, 0],
      [{ pod: 'pricing-5b7c9d8f64-zt7mf' }, 0],
    ]),
    metric('E9', 'sum(rate(http_requests_total{service="rates"}[5m]))', w, [course(w, 60, {}, (t) => 64 + 1.5 * Math.sin(t / 300))]),
    metric('E10', 'sum by (pod) (rate(container_cpu_usage_seconds_total{namespace="quote",pod=~"pricing-5b7c9d8f64-.*"}[5m]))', w, [
      course(w, 60, { pod: 'pricing-5b7c9d8f64-2xkqp' }, ramp(0.31, 0.52, { from: '2026-09-30T20:33:00Z', to: '2026-09-30T20:40:00Z' })),
      course(w, 60, { pod: 'pricing-5b7c9d8f64-zt7mf' }, ramp(0.29, 0.5, { from: '2026-09-30T20:33:00Z', to: '2026-09-30T20:40:00Z' })),
    ]),
    text(
      'E11',
      'tempo',
      'trace 4bf92f3577b34da6',
      'gateway GET /quote 5.02 s\n  pricing GET /price 5.00 s status=503 upstream connect error\n  catalog GET /item 12 ms',
    ),
  ],
  given: {
    alert: {
      labels: { alertname: 'PricingErrorRate', service: 'pricing', namespace: 'quote', severity: 'critical' },
      expression: 'sum(rate(istio_requests_total{destination_service_name="pricing",code=~"5.."}[1m])) > 5',
      threshold: 5,
      startsAt: '2026-09-30T20:35:30Z',
      onset: '2026-09-30T20:33:30Z',
      object: { kind: 'Deployment', namespace: 'quote', name: 'pricing' },
    },
    now: new Date('2026-09-30T21:10:15Z'),
  },
  trueSentences: [
    [
      'The rollout of 2026.9.30-rc2 is stuck: its pods exit at once because RATES_API_URL is not set.',
      q('E7', '+ image: registry/pricing:2026.9.30-rc2'),
      q('E5', 'FATAL config: missing required setting RATES_API_URL'),
      q('E3', 'ProgressDeadlineExceeded'),
    ],
    [
      'The new image expects RATES_API_URL, while the manifest dropped RATES_URL and added nothing in its place.',
      q('E5', 'missing required setting RATES_API_URL'),
      q('E7', '-   - name: RATES_URL'),
    ],
    ['About 27.6 requests per second fail with 503 since 20:33:30.', s('E1', 'last', 27.6, { code: '503' })],
    [
      'Nearly a third of all requests to pricing (27.6 of 88.8 per second) are answered with 503.',
      s('E1', 'last', 27.6, { code: '503' }),
      s('E1', 'last', 61.2, { code: '200' }),
    ],
    ['Successful requests dropped from 88.4 to 61.2 per second.', s('E1', 'change', -27.2, { code: '200' })],
    ['That is 31 % fewer successful responses than before the rollout.', s('E1', 'change', -27.2, { code: '200' })],
    ['503s went from zero to 27.6/s within half a minute.', s('E1', 'change', 27.6, { code: '503' })],
    ['Three of the eight desired replicas are unavailable.', q('E3', '8 desired | 4 updated | 9 total | 5 available | 3 unavailable')],
    ['Only five of eight pricing pods can serve traffic.', q('E3', '8 desired | 4 updated | 9 total | 5 available | 3 unavailable')],
    [
      '5 out of 8 replicas remain available, all of them from the old replica set pricing-5b7c9d8f64.',
      q('E3', '5 available'),
      q('E3', 'Replicas: 8 desired'),
      q('E3', 'OldReplicaSets: pricing-5b7c9d8f64 (5/5 replicas created)'),
    ],
    [
      'Kubernetes gave up on the rollout at 20:42:55, a little over ten minutes after it began.',
      q('E4', '20:42:55 Warning ProgressDeadlineExceeded deployment/pricing'),
      q('E4', '20:32:41 Normal ScalingReplicaSet'),
    ],
    ['The deployment exceeded its progress deadline.', q('E3', 'Progressing  False  ProgressDeadlineExceeded')],
    [
      'The first new pods were created at 20:32:41, 49 seconds before errors set in.',
      q('E4', '20:32:41 Normal ScalingReplicaSet deployment/pricing Scaled up replica set pricing-7f6d8bb9cd to 2'),
      s('E1', 'change', 27.6, { code: '503' }),
    ],
    [
      'pricing-7f6d8bb9cd-hq2xv logged "missing required setting RATES_API_URL" 118 times since 20:32:58.',
      n('E5', 118, 'missing required setting RATES_API_URL'),
    ],
    ['The fatal configuration error repeats about three times a minute.', n('E5', 118, 'FATAL config')],
    [
      'The two new pods restarted 11 and 12 times.',
      s('E8', 'last', 11, { pod: 'pricing-7f6d8bb9cd-hq2xv' }),
      s('E8', 'last', 12, { pod: 'pricing-7f6d8bb9cd-9kmzt' }),
    ],
    [
      'Together they have been restarted 23 times in under 40 minutes.',
      s('E8', 'last', 11, { pod: 'pricing-7f6d8bb9cd-hq2xv' }),
      s('E8', 'last', 12, { pod: 'pricing-7f6d8bb9cd-9kmzt' }),
      q('E4', '20:32:41 Normal ScalingReplicaSet'),
    ],
    [
      'None of the old pods has restarted.',
      s('E8', 'last', 0, { pod: 'pricing-5b7c9d8f64-2xkqp' }),
      s('E8', 'last', 0, { pod: 'pricing-5b7c9d8f64-zt7mf' }),
    ],
    ['Old pods log no errors at all.', no('E6', 'ERROR'), no('E6', 'FATAL')],
    ['The previous version, 2026.9.23, runs without a single error.', q('E7', '- image: registry/pricing:2026.9.23'), no('E6', 'ERROR')],
    [
      'The liveness probe of pricing-7f6d8bb9cd-9kmzt fails with status code 500.',
      q('E4', 'pod/pricing-7f6d8bb9cd-9kmzt Liveness probe failed: HTTP probe failed with statuscode: 500'),
    ],
    [
      'pod 9kmzt failed its liveness probe at 20:33:15.',
      q('E4', '20:33:15 Warning Unhealthy pod/pricing-7f6d8bb9cd-9kmzt Liveness probe failed'),
    ],
    [
      'CPU on the surviving pods went up by roughly two thirds, from 0.31 to 0.52 cores on 2xkqp.',
      s('E10', 'change', 0.21, { pod: 'pricing-5b7c9d8f64-2xkqp' }),
    ],
    [
      'The remaining pods work harder (0.5 cores each instead of 0.3).',
      s('E10', 'change', 0.21, { pod: 'pricing-5b7c9d8f64-2xkqp' }),
      s('E10', 'change', 0.21, { pod: 'pricing-5b7c9d8f64-zt7mf' }),
    ],
    ['rates itself is fine: it serves a steady 64 requests per second.', s('E9', 'mean', 64)],
    ['Load on rates has not changed.', s('E9', 'mean', 64)],
    ['The resources of the deployment were not touched.', q('E7', 'resources: unchanged')],
    [
      'In trace 4bf92f3577b34da6 the gateway waited 5 s for pricing, which ended in a 503.',
      q('E11', 'pricing GET /price 5.00 s status=503 upstream connect error'),
    ],
    [
      'catalog answered in 12 ms in the same trace, so the delay is all in pricing.',
      q('E11', 'catalog GET /item 12 ms'),
      q('E11', 'pricing GET /price 5.00 s status=503 upstream connect error'),
    ],
    [
      'Virtually all of the 5.02 s that the gateway took went to pricing.',
      q('E11', 'gateway GET /quote 5.02 s'),
      q('E11', 'pricing GET /price 5.00 s'),
    ],
    ['The alert fired about three minutes after the rollout started.', q('E4', '20:32:41 Normal ScalingReplicaSet')],
    ['The 5xx rate is more than five times the limit of 5 per second.', s('E1', 'last', 27.6, { code: '503' })],
    [
      'A rolling update may take down a quarter of the pods (25 % max unavailable), but three of eight is more than that.',
      q('E3', '25% max unavailable'),
      q('E3', '8 desired | 4 updated | 9 total | 5 available | 3 unavailable'),
    ],
    [
      'Revision 62 replaced image 2026.9.23 with 2026.9.30-rc2.',
      q('E7', 'image: registry/pricing:2026.9.23'),
      q('E7', 'image: registry/pricing:2026.9.30-rc2'),
    ],
    [
      'The pods of the new replica set have been crash-looping for 37 minutes.',
      q('E4', '20:33:12 Warning BackOff pod/pricing-7f6d8bb9cd-hq2xv Back-off restarting failed container api'),
    ],
    ['Rolling back to 2026.9.23 restores RATES_URL.', q('E7', 'image: registry/pricing:2026.9.23'), q('E7', '- name: RATES_URL')],
  ],
}
