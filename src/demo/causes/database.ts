import {
  type Cause,
  failing,
  lastOf,
  NO_TRACES,
  observed,
  quote,
  ruledOutDeploy,
  ruledOutTraffic,
  seen,
  statistic,
  trafficQuestion,
} from './cause.ts'

/** The database is slow, and everybody who asks it waits. */
export const database: Cause = {
  sign: /payments-db: canceling statement due to statement timeout/,
  considered: 'The database',
  questions: () => [
    [
      'queries',
      'query_metrics_range',
      {
        query: 'histogram_quantile(0.99, sum by (le) (rate(db_query_duration_seconds_bucket{service="payments-db"}[1m])))',
        start: '-20m',
        step: '30s',
        why: 'How long do its queries take?',
      },
    ],
    [
      'waits',
      'query_logs',
      { query: '{service="payments-db"} |= "still waiting"', start: '-10m', limit: 20, why: 'What does it wait for?' },
    ],
    trafficQuestion,
  ],
  conclude: (known) => {
    const { answer } = known
    const [logs, queries, waits] = [answer('logs'), answer('queries'), answer('waits')]
    const { share, claim } = failing(known)
    const slowest = lastOf(queries)
    const isLocked = waits?.text.includes('still waiting for ShareLock') === true
    const times = Number.isNaN(slowest) ? [] : [statistic(queries, undefined, 'last', slowest)]
    return {
      verdict: 'action_required',
      summary: `Queries of payments-db run into their timeout${isLocked ? ', because a transaction holds a lock' : ''}. ${share} of checkout's requests fail. No action is offered: new or more pods of checkout would press harder on it.`,
      confidence: isLocked ? 82 : 66,
      urgency: 'now',
      cause: {
        text: isLocked ? 'A transaction in payments-db holds a lock that others wait for' : 'payments-db is slow',
        object: { kind: 'service', namespace: 'shop', name: 'payments-db' },
        category: 'database',
        receipts: [
          quote(logs, 'payments-db: canceling statement due to statement timeout'),
          ...(isLocked ? [quote(waits, 'still waiting for ShareLock')] : []),
        ],
      },
      claims: [
        ...claim,
        ...seen(waits, 'still waiting for ShareLock', 'payments-db writes that processes are "still waiting for ShareLock"'),
        observed(
          'The errors come from payments-db: "canceling statement due to statement timeout"',
          quote(logs, 'payments-db: canceling statement due to statement timeout'),
        ),
        ...(times.length === 0 ? [] : [observed(`Its slowest queries take ${slowest.toFixed(1)} s`, ...times)]),
      ],
      ruled_out: [...ruledOutDeploy(known), ...ruledOutTraffic(known)],
      data_gaps: [NO_TRACES, 'Who holds the lock: Vigil cannot ask the database itself'],
      next_steps: [
        "Find who holds it: select pid, pg_blocking_pids(pid) from pg_stat_activity where wait_event_type = 'Lock'",
        'End that one, if it may be ended: select pg_terminate_backend(pid)',
      ],
      proposals: [],
    }
  },
}
