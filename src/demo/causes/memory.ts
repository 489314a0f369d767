import {
  type Cause,
  checkout,
  failing,
  lastOf,
  NO_TRACES,
  observed,
  quote,
  ruledOutDeploy,
  ruledOutTraffic,
  SERVICE,
  seen,
  trafficQuestion,
} from './cause.ts'

/** A cache that grows without a bound, until its pods are killed for memory. */
export const memory: Cause = {
  sign: /for the order cache/,
  considered: 'Memory',
  questions: ({ cluster }) => [
    [
      'memory',
      'query_metrics_range',
      { query: `max(process_resident_memory_bytes{${SERVICE}})`, start: '-20m', step: '30s', why: 'How much memory do its pods hold?' },
    ],
    [
      'starts',
      'query_logs',
      { query: `{${SERVICE}} |= "loaded order cache"`, start: '-20m', limit: 5, why: 'What do they load when they start?' },
    ],
    trafficQuestion,
    ...(cluster
      ? ([
          ['pods', 'kubernetes_describe', { kind: 'deployments', namespace: 'shop', name: 'checkout', why: 'What ended its pods?' }],
        ] as const)
      : []),
  ],
  conclude: (known) => {
    const { answer, offers } = known
    const [logs, starts, pods] = [answer('logs'), answer('starts'), answer('pods')]
    const { share, claim } = failing(known)
    const unbounded = starts?.text.includes('max_entries=0') === true ? [quote(starts, 'max_entries=0')] : []
    const grows = [quote(logs, 'for the order cache'), ...unbounded]
    return {
      verdict: 'action_required',
      summary: `The order cache of checkout has no bound, and its pods are killed for memory again and again. ${share} of its requests fail.`,
      confidence: 84,
      urgency: 'now',
      cause: { text: 'The order cache of checkout grows without a bound', object: checkout, category: 'memory', receipts: grows },
      claims: [
        ...claim,
        observed('The errors are about memory "for the order cache"', quote(logs, 'for the order cache')),
        ...seen(pods, 'OOMKilled', 'Its containers were OOMKilled'),
        ...(unbounded.length === 0 ? [] : [observed('Each start loads the cache anew, and no bound is set for it', ...unbounded)]),
        {
          text: 'A container that starts anew loads the same cache again; new pods begin with an empty one',
          kind: 'inference',
          receipts: [quote(starts, 'loaded order cache from /var/cache/orders')],
        },
      ],
      ruled_out: [...ruledOutDeploy(known), ...ruledOutTraffic(known)],
      data_gaps: [NO_TRACES, ...(Number.isNaN(lastOf(answer('memory'))) ? ['How much memory its pods hold'] : [])],
      next_steps: [
        'Bound the cache (max_entries) and deploy: until then the leak comes back',
        'Or give it more memory, which buys days as well',
      ],
      proposals: offers('restart_workload')
        ? [
            {
              action: 'restart_workload',
              params: { namespace: 'shop', name: 'checkout' },
              why: 'New pods begin with an empty cache. This hides the leak, it does not mend it: when the cache is full again, so is the memory.',
              receipts: grows,
            },
          ]
        : [],
    }
  },
}
