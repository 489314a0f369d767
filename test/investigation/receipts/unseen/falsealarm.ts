import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, text, type Unseen } from './world.ts'

const window = { from: '2026-10-06T01:00:00Z', to: '2026-10-06T02:30:00Z' }
const week = { from: '2026-09-30T00:00:00Z', to: '2026-10-06T02:30:00Z' }

const from = (moment: string): number => Date.parse(moment) / 1000
const started = from('2026-10-06T01:30:00Z')
const ended = from('2026-10-06T01:54:00Z')

/** `idle` but while the export runs. */
const during = (idle: number, running: number) => (at: number) => (at >= started && at < ended ? running : idle)

/** The same each night from 01:30 to 01:55; how high differs a little. */
const nightly = (idle: number, peaks: readonly number[]) => (at: number) => {
  const second = at % 86_400
  return second >= 5400 && second < 6900 ? (peaks[Math.floor((at - from(week.from)) / 86_400)] ?? idle) : idle
}

const night: Receipt = { evidence: 'E1', statistic: 'max', value: 0.377, unit: 's' }
const after: Receipt = { evidence: 'E1', statistic: 'last', value: 0.138, unit: 's' }
const weekMost: Receipt = { evidence: 'E2', statistic: 'max', value: 0.382, unit: 's' }
const idle: Receipt = { evidence: 'E2', statistic: 'min', value: 0.142, unit: 's' }
const on = (day: string, value: number): Receipt => ({ evidence: 'E2', statistic: 'at', at: `${day}T01:30:00Z`, value, unit: 's' })
const served: Receipt = { evidence: 'E3', series: { code: '200' }, statistic: 'mean', value: 6.41 }
const servedLeast: Receipt = { evidence: 'E3', series: { code: '200' }, statistic: 'min', value: 6.1 }
const servedMost: Receipt = { evidence: 'E3', series: { code: '200' }, statistic: 'max', value: 6.7 }
const errors: Receipt = { evidence: 'E3', series: { code: '500' }, statistic: 'max', value: 0 }
const tonight: Receipt = { evidence: 'E4', quote: 'ledger-export-29853690 2026-10-06T01:30:00Z 2026-10-06T01:53:48Z Complete' }
const yesterday: Receipt = { evidence: 'E4', quote: 'ledger-export-29852250 2026-10-05T01:30:00Z 2026-10-05T01:54:20Z Complete' }
const dayBefore: Receipt = { evidence: 'E4', quote: 'ledger-export-29850810 2026-10-04T01:30:00Z 2026-10-04T01:54:02Z Complete' }
const schedule: Receipt = { evidence: 'E4', quote: 'SCHEDULE: 30 1 * * * TIMEZONE: UTC' }
const primary: Receipt = { evidence: 'E5', series: { instance: 'finance-db-0' }, statistic: 'last', value: 18, unit: '%' }
const primaryLeast: Receipt = { evidence: 'E5', series: { instance: 'finance-db-0' }, statistic: 'min', value: 18, unit: '%' }
const primaryMost: Receipt = { evidence: 'E5', series: { instance: 'finance-db-0' }, statistic: 'max', value: 63, unit: '%' }
const secondary: Receipt = { evidence: 'E5', series: { instance: 'finance-db-1' }, statistic: 'last', value: 11, unit: '%' }
const secondaryChange: Receipt = { evidence: 'E5', series: { instance: 'finance-db-1' }, statistic: 'change', value: 0, unit: '%' }
const history: Receipt = { evidence: 'E6', quote: 'Fired 7 times in 7 days, resolved 7 times without any action' }
const firedTonight: Receipt = { evidence: 'E6', quote: '2026-10-06 01:36 to 01:54' }
const exportStarted: Receipt = {
  evidence: 'E7',
  quote: '2026-10-06T01:30:04.000Z level=info msg="export started" tables=6 source=finance-db-0',
}
const exportFinished: Receipt = {
  evidence: 'E7',
  quote: '2026-10-06T01:53:46.000Z level=info msg="export finished" rows=7000000 duration=23m42s',
}
const chunks: Receipt = { evidence: 'E7', count: 140, matching: 'chunk written' }
const slow: Receipt = { evidence: 'E8', count: 9, matching: 'slow statement' }
const slowFirst: Receipt = {
  evidence: 'E8',
  quote: '2026-10-06T01:33:17.000Z level=warn msg="slow statement" ms=512 statement=monthly_totals',
}
const slowLast: Receipt = {
  evidence: 'E8',
  quote: '2026-10-06T01:50:37.000Z level=warn msg="slow statement" ms=624 statement=monthly_totals',
}
const rule: Receipt = { evidence: 'E9', quote: 'alert ReportsApiSlow, expr p95 > 0.3, for 5m, added 2026-09-29 by j.brandt' }
const objective: Receipt = { evidence: 'E9', quote: 'objective 99% of requests below 1s over 30 days' }
const attained: Receipt = { evidence: 'E10', statistic: 'last', value: 99.964, unit: '%' }
const sync: Receipt = { evidence: 'E11', series: { client: 'backoffice-sync' }, statistic: 'last', value: 5.9 }
const web: Receipt = { evidence: 'E11', series: { client: 'web' }, statistic: 'last', value: 0.6 }

export const nightlyExport: Unseen = {
  evidence: [
    metric('E1', 'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{app="reports-api"}[5m])))', window, [
      course(window, 60, {}, (at) => during(0.142, 0.371)(at) + 0.006 * Math.sin(at / 83)),
    ]),
    metric('E2', 'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{app="reports-api"}[5m])))', week, [
      course(week, 300, {}, nightly(0.142, [0.358, 0.364, 0.361, 0.349, 0.366, 0.382, 0.371])),
    ]),
    metric('E3', 'sum by (code) (rate(http_requests_total{app="reports-api"}[5m]))', window, [
      course(window, 60, { code: '200' }, (at) => 6.4 + 0.3 * Math.sin(at / 101)),
      course(window, 60, { code: '404' }, () => 0.1),
      course(window, 60, { code: '500' }, () => 0),
    ]),
    text(
      'E4',
      'kubernetes',
      'get cronjob/ledger-export -n finance, and its jobs',
      [
        'SCHEDULE: 30 1 * * *   TIMEZONE: UTC   SUSPEND: False   IMAGE: registry.acme.dev/finance/ledger-export:0.19.4',
        'JOB                     STARTED               COMPLETED             STATUS',
        'ledger-export-29853690  2026-10-06T01:30:00Z  2026-10-06T01:53:48Z  Complete',
        'ledger-export-29852250  2026-10-05T01:30:00Z  2026-10-05T01:54:20Z  Complete',
        'ledger-export-29850810  2026-10-04T01:30:00Z  2026-10-04T01:54:02Z  Complete',
      ].join('\n'),
    ),
    metric('E5', 'avg by (instance) (pg_cpu_utilisation{cluster="finance-db"})', window, [
      course(window, 60, { instance: 'finance-db-0' }, during(0.18, 0.63)),
      course(window, 60, { instance: 'finance-db-1' }, () => 0.11),
    ]),
    text(
      'E6',
      'vigil',
      'history of alert ReportsApiSlow, last 7 days',
      [
        'Fired 7 times in 7 days, resolved 7 times without any action',
        '2026-10-06 01:36 to 01:54',
        '2026-10-05 01:36 to 01:55',
        '2026-10-04 01:36 to 01:55',
        '2026-10-03 01:36 to 01:55',
        '2026-10-02 01:36 to 01:55',
        '2026-10-01 01:36 to 01:55',
        '2026-09-30 01:36 to 01:55',
      ].join('\n'),
    ),
    logs('E7', '{namespace="finance", app="ledger-export"}', window, [
      ...lines(
        { count: 1, first: '2026-10-06T01:30:04Z', every: 1 },
        { namespace: 'finance', app: 'ledger-export' },
        () => 'level=info msg="export started" tables=6 source=finance-db-0',
      ),
      ...lines(
        { count: 140, first: '2026-10-06T01:30:14Z', every: 10 },
        { namespace: 'finance', app: 'ledger-export' },
        (i) => `level=info msg="chunk written" chunk=${i + 1} rows=50000`,
      ),
      ...lines(
        { count: 1, first: '2026-10-06T01:53:46Z', every: 1 },
        { namespace: 'finance', app: 'ledger-export' },
        () => 'level=info msg="export finished" rows=7000000 duration=23m42s',
      ),
    ]),
    logs('E8', '{namespace="finance", app="reports-api"} |~ "warn|error"', window, [
      ...lines(
        { count: 9, first: '2026-10-06T01:33:17Z', every: 130 },
        { namespace: 'finance', app: 'reports-api' },
        (i) => `level=warn msg="slow statement" ms=${512 + i * 14} statement=monthly_totals`,
      ),
      ...lines(
        { count: 2, first: '2026-10-06T01:12:40Z', every: 3300 },
        { namespace: 'finance', app: 'reports-api' },
        () => 'level=warn msg="config reload: nothing changed"',
      ),
    ]),
    text(
      'E9',
      'git',
      'alerts/finance.yaml and slo/reports-api.yaml',
      [
        'alerts/finance.yaml: alert ReportsApiSlow, expr p95 > 0.3, for 5m, added 2026-09-29 by j.brandt',
        'slo/reports-api.yaml: objective 99% of requests below 1s over 30 days',
        'slo/reports-api.yaml: owner team-finance-platform',
      ].join('\n'),
    ),
    instant(
      'E10',
      'sum(rate(http_request_duration_seconds_bucket{app="reports-api", le="1"}[30d])) / sum(rate(http_request_duration_seconds_count{app="reports-api"}[30d]))',
      window.to,
      [[{}, 0.99964]],
    ),
    metric('E11', 'sum by (client) (rate(http_requests_total{app="reports-api"}[5m]))', window, [
      course(window, 60, { client: 'backoffice-sync' }, () => 5.9),
      course(window, 60, { client: 'web' }, () => 0.6),
    ]),
    instant('E12', 'kube_pod_container_status_restarts_total{namespace="finance"}', window.to, [
      [{ pod: 'reports-api-75c4b9-hl2dx' }, 0],
      [{ pod: 'reports-api-75c4b9-s6pfw' }, 0],
    ]),
  ],
  given: {
    alert: {
      labels: { alertname: 'ReportsApiSlow', app: 'reports-api', namespace: 'finance', severity: 'warning' },
      expression: 'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{app="reports-api"}[5m]))) > 0.3',
      threshold: 0.3,
      startsAt: '2026-10-06T01:36:00Z',
      onset: '2026-10-06T01:30:00Z',
      object: { kind: 'Deployment', namespace: 'finance', name: 'reports-api' },
    },
    now: new Date('2026-10-06T02:30:10Z'),
  },
  trueSentences: [
    ['p95 of reports-api rose to 0.38 s at most while the export ran and is back at 0.14 s.', night, after, tonight],
    ['p95 over 0.3 s from 01:30 until 01:54.', night, after],
    ['Latency is back to normal: 138 ms.', after],
    ['It recovered by itself at 01:54, as soon as the export was done.', after, night, exportFinished],
    ['ledger-export started at 01:30:00 and completed at 01:53:48.', tonight],
    ['The CronJob ledger-export runs every night at 01:30 UTC.', schedule, tonight],
    ['The alert has fired seven times in seven days and resolved each time without any action.', history],
    ['On 5 October the p95 reached 382 ms, the highest value of the week.', weekMost, on('2026-10-05', 0.382)],
    [
      'Yesterday it fired at 01:36 and resolved at 01:55, the same pattern as tonight (01:36 to 01:54).',
      { evidence: 'E6', quote: '2026-10-05 01:36 to 01:55' },
      firedTonight,
    ],
    ['Even the worst night stayed below 0.4 s, far from the 1 s of the SLO.', weekMost, objective],
    ['SLO not at risk: 99.96 % of requests below 1 s over 30 days, objective 99 %.', attained, objective],
    ['No server errors: the rate of 500s was zero throughout.', errors],
    ['Traffic was steady at about 6.4 successful requests per second.', served, servedLeast, servedMost],
    ['finance-db-0 went from 18 % to 63 % CPU during the export and back again.', primaryLeast, primaryMost, primary],
    ['finance-db-1 did not move (11 %).', secondary, secondaryChange],
    ['The export, which reads from finance-db-0, logged its start at 01:30:04.', exportStarted],
    [
      '140 chunks of 50,000 rows each, 7 million rows in total.',
      chunks,
      { evidence: 'E7', count: 140, matching: 'rows=50000' },
      exportFinished,
    ],
    ['The export took just under 24 minutes.', exportFinished],
    [
      'Nine slow statements (monthly_totals) between 01:33 and 01:51, all of them while the export was running.',
      slow,
      slowFirst,
      slowLast,
      tonight,
    ],
    ['Slowest logged statement: 624 ms at 01:50:37.', slowLast, slow],
    [
      'The threshold of 0.3 s is too tight, because the nightly load alone takes the p95 to between 0.35 and 0.38 s.',
      weekMost,
      on('2026-10-03', 0.349),
      history,
    ],
    ['The p95 was 0.349 s on the night of 3 October and 0.366 s on the next.', on('2026-10-03', 0.349), on('2026-10-04', 0.366)],
    ['The rule was added on 29 September by j.brandt, with a threshold of 0.3 s for 5 minutes.', rule],
    ['Rule exists since 2026-09-29; 7 alerts since.', rule, history],
    ['Nine in ten requests come from backoffice-sync (5.9 of 6.5 per second).', sync, web],
    ['Only 0.6 requests per second come from the web client.', web],
    [
      'reports-api has not restarted.',
      { evidence: 'E12', series: { pod: 'reports-api-75c4b9-hl2dx' }, statistic: 'last', value: 0 },
      { evidence: 'E12', series: { pod: 'reports-api-75c4b9-s6pfw' }, statistic: 'last', value: 0 },
    ],
    ['The last three exports took about 24 minutes each.', tonight, yesterday, dayBefore],
    ["Tonight's run was 32 seconds shorter than yesterday's.", tonight, yesterday],
    ['During the export the p95 is 2.6 times its idle value (371 ms against 142 ms).', on('2026-10-06', 0.371), idle],
    ['At its worst tonight the p95 was about a quarter above the threshold.', night],
    ['p95 now less than half the threshold.', after],
    ['There is no error-level line in the log of reports-api.', { evidence: 'E8', absent: 'level=error' }],
    ['No timeouts in the reports-api log.', { evidence: 'E8', absent: 'timeout' }],
    [
      'Not a config change: both reloads in the window logged "nothing changed".',
      { evidence: 'E8', count: 2, matching: 'config reload: nothing changed' },
    ],
    [
      '404s unchanged at 0.1/s.',
      { evidence: 'E3', series: { code: '404' }, statistic: 'last', value: 0.1 },
      { evidence: 'E3', series: { code: '404' }, statistic: 'change', value: 0 },
    ],
    ['finance-db-0 has been back at 18 % since 01:54.', primary, primaryMost],
    [
      'The export runs ledger-export:0.19.4, and its last three jobs are all Complete.',
      { evidence: 'E4', quote: 'IMAGE: registry.acme.dev/finance/ledger-export:0.19.4' },
      tonight,
      yesterday,
      dayBefore,
    ],
    [
      'False alarm. The nightly ledger-export loads finance-db-0 for 24 minutes, which lifts the p95 of reports-api to 0.37 s, over a threshold of 0.3 s.',
      tonight,
      primaryMost,
      on('2026-10-06', 0.371),
      exportStarted,
    ],
    ['DB CPU 18 % → 63 % at 01:30, latency up in the same minute.', primaryLeast, primaryMost, night],
    ['The alert resolved at 01:54, 18 minutes after it had fired.', firedTonight],
    [
      'Outside the export the p95 sits at 142 ms, by day and by night.',
      idle,
      { evidence: 'E2', statistic: 'at', at: '2026-10-05T12:00:00Z', value: 0.142, unit: 's' },
      { evidence: 'E2', statistic: 'last', value: 0.142, unit: 's' },
    ],
    ['Six tables were exported from finance-db-0.', exportStarted],
    ['reports-api is owned by team-finance-platform.', { evidence: 'E9', quote: 'slo/reports-api.yaml: owner team-finance-platform' }],
  ],
}
