import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, ramp, step, text, type Unseen } from './world.ts'

const w = { from: '2026-05-11T01:30:00Z', to: '2026-05-11T02:40:00Z' }
const base = (low: number, high: number, when: string, back?: string) => (at: number) => {
  const t = new Date(at * 1000).toISOString()
  return t < when ? low : back !== undefined && t >= back ? low : high
}
const last = (evidence: string, value: number, series?: Record<string, string>, unit?: string): Receipt => ({
  evidence,
  statistic: 'last',
  value,
  ...(series ? { series } : {}),
  ...(unit ? { unit } : {}),
})
const change = (evidence: string, value: number, series?: Record<string, string>, unit?: string): Receipt => ({
  evidence,
  statistic: 'change',
  value,
  ...(series ? { series } : {}),
  ...(unit ? { unit } : {}),
})
const max = (evidence: string, value: number, series?: Record<string, string>, unit?: string): Receipt => ({
  evidence,
  statistic: 'max',
  value,
  ...(series ? { series } : {}),
  ...(unit ? { unit } : {}),
})
const q = (evidence: string, quote: string): Receipt => ({ evidence, quote })

export const sessions: Unseen = {
  evidence: [
    metric(
      'E1',
      'sum(rate(login_requests_total{service="auth",result="error"}[2m])) / sum(rate(login_requests_total{service="auth"}[2m]))',
      w,
      [course(w, 30, {}, step(0.004, 0.231, '2026-05-11T02:06:00Z'))],
    ),
    metric('E2', 'redis_connected_clients{job="redis-sessions"}', w, [
      course(w, 30, { instance: 'redis-sessions-0:9121' }, base(412, 3, '2026-05-11T02:05:30Z')),
      course(w, 30, { instance: 'redis-sessions-1:9121' }, base(4, 398, '2026-05-11T02:07:00Z')),
    ]),
    logs('E3', '{app="auth"} |~ "error|warn"', w, [
      ...lines(
        { count: 1873, first: '2026-05-11T02:05:41Z', every: 1.05 },
        { app: 'auth', namespace: 'identity' },
        (i) => `level=error msg="READONLY You can't write against a read only replica." cmd=setex key=sess:${(i * 7919) % 99991}`,
      ),
      ...lines(
        { count: 64, first: '2026-05-11T02:05:32Z', every: 2 },
        { app: 'auth', namespace: 'identity' },
        (i) => `level=warn msg="redis: connection reset by peer" attempt=${i % 3}`,
      ),
    ]),
    text(
      'E4',
      'kubernetes',
      'events -n identity',
      [
        '02:05:12 Warning Unhealthy pod/redis-sessions-0 Readiness probe failed: Error: Server closed the connection',
        '02:05:24 Normal Killing pod/redis-sessions-0 Stopping container redis',
        '02:05:55 Normal Pulled pod/redis-sessions-0 Container image "redis:7.2.4" already present on machine',
        '02:06:03 Normal Started pod/redis-sessions-0 Started container redis',
      ].join('\n'),
    ),
    logs('E5', '{app="redis-sessions"} |~ "MASTER|failover|switch"', w, [
      ...lines(
        { count: 1, first: '2026-05-11T02:05:28Z', every: 1 },
        { app: 'redis-sessions', pod: 'sentinel-2' },
        () => '+switch-master sessions 10.4.2.17 6379 10.4.3.9 6379',
      ),
      ...lines(
        { count: 1, first: '2026-05-11T02:05:26Z', every: 1 },
        { app: 'redis-sessions', pod: 'sentinel-2' },
        () => '+sdown master sessions 10.4.2.17 6379',
      ),
    ]),
    metric('E6', 'histogram_quantile(0.95, sum by (le) (rate(login_duration_seconds_bucket{service="auth"}[5m])))', w, [
      course(w, 30, {}, step(0.118, 0.642, '2026-05-11T02:06:30Z')),
    ]),
    metric('E7', 'sum(rate(login_requests_total{service="auth"}[2m]))', w, [course(w, 30, {}, (t) => 142 + 6 * Math.sin(t / 400))]),
    metric('E8', 'container_memory_working_set_bytes{pod="redis-sessions-0",container="redis"}', w, [
      course(w, 30, { pod: 'redis-sessions-0' }, (t) =>
        t < Date.parse('2026-05-11T02:05:30Z') / 1000
          ? ramp(1_610_612_736, 2_126_008_811, { from: w.from, to: '2026-05-11T02:05:30Z' })(t)
          : 118_489_088,
      ),
    ]),
    instant('E9', 'kube_pod_container_status_restarts_total{namespace="identity"}', w.to, [
      [{ pod: 'redis-sessions-0' }, 1],
      [{ pod: 'redis-sessions-1' }, 0],
      [{ pod: 'auth-6c9d7bb4c-7xkqz' }, 0],
      [{ pod: 'auth-6c9d7bb4c-m2wfn' }, 0],
    ]),
    text(
      'E10',
      'kubernetes',
      'describe pod redis-sessions-0 -n identity',
      'Last State: Terminated\n  Reason: OOMKilled\n  Exit Code: 137\n  Finished: 2026-05-11T02:05:23Z\nLimits:\n  memory: 2Gi\nRestart Count: 1',
    ),
    text(
      'E11',
      'kubernetes',
      'rollout history deployment/auth -n identity',
      'REVISION 41 2026-05-08T14:12:09Z image auth:3.19.2 (current)\nREVISION 40 2026-04-29T09:40:51Z image auth:3.19.1',
    ),
    logs('E12', '{app="auth"} |= "certificate"', w, []),
  ],
  given: {
    alert: {
      labels: { alertname: 'LoginErrorRateHigh', service: 'auth', namespace: 'identity', severity: 'critical' },
      expression:
        'sum(rate(login_requests_total{service="auth",result="error"}[2m])) / sum(rate(login_requests_total{service="auth"}[2m])) > 0.02',
      threshold: 0.02,
      startsAt: '2026-05-11T02:08:00Z',
      onset: '2026-05-11T02:06:00Z',
      object: { kind: 'Deployment', namespace: 'identity', name: 'auth' },
    },
    now: new Date('2026-05-11T02:40:10Z'),
  },
  trueSentences: [
    [
      'redis-sessions-0 was OOM-killed at 02:05:23 after its working set had climbed to about 1.97 GiB of its 2 GiB limit.',
      q('E10', 'Reason: OOMKilled'),
      q('E10', 'Finished: 2026-05-11T02:05:23Z'),
      max('E8', 1.97, undefined, 'GiB'),
      q('E10', 'memory: 2Gi'),
    ],
    [
      'Sentinel promoted 10.4.3.9 five seconds later, but auth kept writing to the old master, which came back as a read-only replica.',
      q('E5', '+switch-master sessions 10.4.2.17 6379 10.4.3.9 6379'),
      q('E10', 'Finished: 2026-05-11T02:05:23Z'),
      q('E3', "READONLY You can't write against a read only replica."),
    ],
    ['Since 02:06 UTC 23.1 % of logins fail, up from 0.4 %.', change('E1', 0.227), last('E1', 23.1, undefined, '%')],
    ['Nearly a quarter of all login attempts end in an error, more than ten times the 2 % limit.', last('E1', 0.231)],
    [
      'auth has logged 1,873 READONLY errors since 02:05:41, roughly one per second.',
      { evidence: 'E3', count: 1873, matching: 'READONLY' },
    ],
    [
      'The READONLY errors make up 97 % of the warnings and errors that auth logged.',
      { evidence: 'E3', count: 1873, matching: 'READONLY' },
      { evidence: 'E3', count: 64, matching: 'connection reset' },
    ],
    [
      'The first connection resets were seen at 02:05:32, nine seconds after the kill.',
      { evidence: 'E3', count: 64, matching: 'connection reset by peer' },
      q('E10', 'Finished: 2026-05-11T02:05:23Z'),
    ],
    [
      'Clients left redis-sessions-0 at 02:05:30 (412 → 3) and turned up on redis-sessions-1 ninety seconds later (4 → 398).',
      change('E2', -409, { instance: 'redis-sessions-0:9121' }),
      change('E2', 394, { instance: 'redis-sessions-1:9121' }),
    ],
    [
      'Only 3 clients remain on redis-sessions-0, whereas redis-sessions-1 now holds 398.',
      last('E2', 3, { instance: 'redis-sessions-0:9121' }),
      last('E2', 398, { instance: 'redis-sessions-1:9121' }),
    ],
    ['p95 login latency went from 118 ms to 642 ms at around 02:06.', change('E6', 0.524)],
    ['Logins are also slower: the 95th percentile more than quintupled to 0.64 s.', change('E6', 524, undefined, 'ms')],
    ['The container exited with code 137 and was restarted once.', q('E10', 'Exit Code: 137'), q('E10', 'Restart Count: 1')],
    [
      'Kubernetes restarted redis-sessions-0 within forty seconds: the container was running again at 02:06:03.',
      q('E4', '02:06:03 Normal Started pod/redis-sessions-0 Started container redis'),
      q('E10', 'Finished: 2026-05-11T02:05:23Z'),
    ],
    [
      'The readiness probe had already failed at 02:05:12, 11 s before the kill.',
      q('E4', '02:05:12 Warning Unhealthy pod/redis-sessions-0 Readiness probe failed'),
      q('E10', 'Finished: 2026-05-11T02:05:23Z'),
    ],
    [
      'Memory of redis-sessions-0 grew steadily from 1.5 GiB to nearly 2 GiB over the 35 minutes before.',
      { evidence: 'E8', statistic: 'max', value: 1.97, unit: 'GiB' },
      { evidence: 'E8', statistic: 'at', at: '2026-05-11T01:30:00Z', value: 1.5, unit: 'GiB' },
    ],
    ['After the restart its memory is down to 113 MiB.', last('E8', 113, undefined, 'MiB')],
    ['Not a traffic spike: login requests stayed around 140 per second throughout.', last('E7', 138)],
    ['Traffic is flat at roughly 140 req/s.', { evidence: 'E7', statistic: 'mean', value: 142.9 }],
    ['Login volume never exceeded 148 requests per second.', max('E7', 148)],
    [
      'No deploy of auth preceded the incident; the current revision 41 (3.19.2) dates from 8 May.',
      q('E11', 'REVISION 41 2026-05-08T14:12:09Z image auth:3.19.2 (current)'),
    ],
    [
      'auth itself did not change: 3.19.2 has been running for almost three days.',
      q('E11', 'REVISION 41 2026-05-08T14:12:09Z image auth:3.19.2 (current)'),
    ],
    [
      'The auth pods have not restarted.',
      { evidence: 'E9', series: { pod: 'auth-6c9d7bb4c-7xkqz' }, statistic: 'last', value: 0 },
      { evidence: 'E9', series: { pod: 'auth-6c9d7bb4c-m2wfn' }, statistic: 'last', value: 0 },
    ],
    [
      'redis-sessions-0 is the only pod in identity that restarted.',
      { evidence: 'E9', series: { pod: 'redis-sessions-0' }, statistic: 'last', value: 1 },
      { evidence: 'E9', series: { pod: 'redis-sessions-1' }, statistic: 'last', value: 0 },
      { evidence: 'E9', series: { pod: 'auth-6c9d7bb4c-7xkqz' }, statistic: 'last', value: 0 },
    ],
    ['redis-sessions-1 did not restart.', { evidence: 'E9', series: { pod: 'redis-sessions-1' }, statistic: 'last', value: 0 }],
    ['Certificates play no role here; auth logged nothing about them.', { evidence: 'E12', absent: 'certificate' }],
    ['The master moved from 10.4.2.17 to 10.4.3.9 at 02:05:28.', q('E5', '+switch-master sessions 10.4.2.17 6379 10.4.3.9 6379')],
    [
      'The failover itself took only two seconds (+sdown at 02:05:26, +switch-master at 02:05:28).',
      q('E5', '+sdown master sessions'),
      q('E5', '+switch-master sessions 10.4.2.17 6379 10.4.3.9 6379'),
    ],
    [
      'Login errors began 32 seconds after Sentinel switched the master.',
      change('E1', 0.227),
      q('E5', '+switch-master sessions 10.4.2.17 6379 10.4.3.9 6379'),
    ],
    ['The error ratio has held at 23.1 % for over half an hour without any sign of recovery.', last('E1', 0.231), change('E1', 0.227)],
    [
      'The alert fired two and a half minutes after the out-of-memory kill.',
      q('E10', 'Finished: 2026-05-11T02:05:23Z'),
      q('E10', 'Reason: OOMKilled'),
    ],
    [
      "auth's Redis client does not follow the failover and keeps sending SETEX to a replica.",
      q('E3', 'cmd=setex'),
      q('E3', "READONLY You can't write against a read only replica."),
    ],
    [
      'Session writes are rejected because they reach a read-only replica.',
      q('E3', "READONLY You can't write against a read only replica."),
    ],
    ['About 32 logins fail every second (23.1 % of 138/s).', last('E1', 0.231), last('E7', 138)],
    [
      '64 warnings of the type "connection reset by peer" were logged between 02:05:32 and 02:07:38.',
      { evidence: 'E3', count: 64, matching: 'connection reset by peer' },
    ],
    [
      'The image was already on the node, so nothing had to be pulled.',
      q('E4', 'Container image "redis:7.2.4" already present on machine'),
    ],
    ['Redis still runs 7.2.4.', q('E4', 'Container image "redis:7.2.4" already present on machine')],
    ['The memory limit of 2 GiB is too small for the present number of sessions.', q('E10', 'memory: 2Gi'), q('E10', 'Reason: OOMKilled')],
    [
      'The working set stood at 97 % or more of the limit when redis-sessions-0 was killed.',
      max('E8', 2_119_000_000),
      q('E10', 'memory: 2Gi'),
    ],
    [
      'Before the kill, memory had been growing by roughly 14 MiB a minute.',
      max('E8', 1.97, undefined, 'GiB'),
      { evidence: 'E8', statistic: 'at', at: '2026-05-11T01:30:00Z', value: 1.5, unit: 'GiB' },
    ],
  ],
}
