import {
  type Cause,
  checkout,
  deployIn,
  failing,
  lastOf,
  NO_TRACES,
  observed,
  percent,
  quote,
  ruledOutTraffic,
  SERVICE,
  statistic,
  trafficQuestion,
} from './cause.ts'

const by = (metric: string): string => `sum(rate(${metric}{${SERVICE},pod!~"checkout-baseline-.*"}[1m]))`

/** A cpu limit that is lower than what the requests need. */
export const cpu: Cause = {
  sign: /ms for cpu\)/,
  considered: 'Its cpu limit',
  questions: ({ cluster }) => [
    [
      'throttled',
      'query_metrics_range',
      {
        query: `${by('container_cpu_cfs_throttled_periods_total')} / ${by('container_cpu_cfs_periods_total')}`,
        start: '-20m',
        step: '30s',
        why: 'Is it held back?',
      },
    ],
    trafficQuestion,
    ...(cluster
      ? ([
          ['deployment', 'kubernetes_get', { kind: 'deployments', namespace: 'shop', name: 'checkout', why: 'What is it set to?' }],
        ] as const)
      : []),
  ],
  conclude: (known) => {
    const { answer, offers } = known
    const [logs, deploys, throttled] = [answer('logs'), answer('deploys'), answer('throttled')]
    const { change } = deployIn(deploys)
    const [, what = '', from = '', to = ''] = change ?? []
    if (what !== 'limits.cpu') return null
    const { share, claim } = failing(known)
    const changed = quote(deploys, `${what} ${from} -> ${to}`)
    const held = lastOf(throttled)
    const holds = Number.isNaN(held) ? [] : [statistic(throttled, undefined, 'last', held)]
    return {
      verdict: 'action_required',
      summary: `The cpu limit of checkout was cut from ${from} to ${to}, and the kernel holds its pods back. ${share} of their requests fail.`,
      confidence: 86,
      urgency: 'now',
      cause: {
        text: `${what} of checkout was cut from ${from} to ${to}`,
        object: checkout,
        category: 'config_change',
        receipts: [changed],
      },
      claims: [
        ...claim,
        ...(holds.length === 0 ? [] : [observed(`Its pods are held back in ${percent(held)} of the periods`, ...holds)]),
        observed('The errors say that requests waited for cpu', quote(logs, 'ms for cpu')),
        { text: `${to} is too little for the load that ${from} carried`, kind: 'inference', receipts: [changed, ...holds] },
      ],
      ruled_out: ruledOutTraffic(known),
      data_gaps: [NO_TRACES],
      next_steps: [
        `Set the limit back: kubectl -n shop set resources deployment/checkout --limits=cpu=${from}`,
        'Then set it back where it is kept, or the next deploy cuts it again',
      ],
      proposals: offers('set_resources')
        ? [
            {
              action: 'set_resources',
              params: { namespace: 'shop', name: 'checkout', cpu_limit_millicores: Number(from.replace('m', '')) },
              why: `${from} carried this load; where the limit is kept it must be set back as well, or the next deploy cuts it again.`,
              receipts: [changed],
            },
          ]
        : [],
    }
  },
}
