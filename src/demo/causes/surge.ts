import {
  type Cause,
  databaseQuestion,
  failing,
  lastOf,
  NO_TRACES,
  observed,
  quote,
  ruledOutDatabase,
  ruledOutDeploy,
  seen,
  statistic,
  trafficQuestion,
} from './cause.ts'

/** More requests than its pods can take, while its autoscaler may make no more of them. */
export const surge: Cause = {
  sign: /request queue full, shedding load/,
  considered: 'More traffic, for it sheds load',
  questions: ({ cluster }) => [
    databaseQuestion,
    trafficQuestion,
    ...(cluster
      ? ([
          [
            'scaler',
            'kubernetes_get',
            { kind: 'horizontalpodautoscalers', namespace: 'shop', name: 'checkout', why: 'What does its autoscaler want?' },
          ],
        ] as const)
      : []),
  ],
  conclude: (known) => {
    const { answer, offers } = known
    const [logs, traffic, scaler] = [answer('logs'), answer('traffic'), answer('scaler')]
    const { share, claim } = failing(known)
    const [now, least] = [lastOf(traffic), Number(/min ([\d.e+-]+)/.exec(traffic?.text ?? '')?.[1] ?? 'NaN')]
    if (Number.isNaN(now)) return null
    const came = [statistic(traffic, undefined, 'last', now), ...(Number.isNaN(least) ? [] : [statistic(traffic, undefined, 'min', least)])]
    const most = Number(/maxReplicas: (\d+)/.exec(scaler?.text ?? '')?.[1] ?? 'NaN')
    const isHeld = scaler?.text.includes('TooManyReplicas') === true
    const grew = Number.isNaN(least)
      ? `${now.toFixed(0)} requests per second`
      : `${now.toFixed(0)} requests per second, from ${least.toFixed(0)}`
    return {
      verdict: 'action_required',
      summary: `checkout gets ${grew}, and sheds what its pods cannot queue.${isHeld ? ` Its autoscaler stands at maxReplicas ${most}.` : ''} ${share} of its requests fail.`,
      confidence: isHeld ? 85 : 65,
      urgency: 'now',
      cause: {
        text: isHeld ? `More traffic than ${most} pods bear, and its autoscaler may make no more` : 'More traffic than its pods bear',
        object: { kind: 'HorizontalPodAutoscaler', namespace: 'shop', name: 'checkout' },
        category: 'traffic',
        receipts: [...came, ...(isHeld ? [quote(scaler, `maxReplicas: ${most}`)] : [])],
      },
      claims: [
        ...claim,
        observed(`It gets ${grew}`, ...came),
        observed('The errors are "request queue full, shedding load"', quote(logs, 'request queue full, shedding load')),
        ...seen(scaler, `maxReplicas: ${most}`, `Its autoscaler has maxReplicas ${most}`),
        ...seen(scaler, 'TooManyReplicas', 'Its autoscaler wants more pods than it may make (TooManyReplicas)'),
      ],
      ruled_out: [...ruledOutDeploy(known), ...ruledOutDatabase(known)],
      data_gaps: [NO_TRACES, 'Where the traffic comes from'],
      next_steps: ['Raise maxReplicas of the autoscaler', 'Ask whether a campaign runs: if not, look who sends it'],
      proposals:
        isHeld && offers('scale_workload')
          ? [
              {
                action: 'scale_workload',
                params: { namespace: 'shop', name: 'checkout', max_replicas: most * 3 },
                why: 'Its autoscaler wants more pods than it may make, and the database is calm.',
                receipts: [quote(scaler, 'TooManyReplicas')],
              },
            ]
          : [],
    }
  },
}
