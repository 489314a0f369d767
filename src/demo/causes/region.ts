import {
  type Cause,
  checkout,
  databaseQuestion,
  deployIn,
  NO_TRACES,
  observed,
  percent,
  poolQuestion,
  quote,
  ruledOutDatabase,
  ruledOutTraffic,
  statistic,
  trafficQuestion,
  versions,
} from './cause.ts'

/** A deploy that fails for some customers, and that changed how orders are written. */
export const region: Cause = {
  sign: /no tax rate for region/,
  considered: 'Only some customers',
  questions: () => [poolQuestion, databaseQuestion, trafficQuestion],
  conclude: (known) => {
    const { answer, offers } = known
    const [errors, logs, deploys] = [answer('errors'), answer('logs'), answer('deploys')]
    const { deploy, change } = deployIn(deploys)
    const [worst] = versions(errors)
    if (worst === undefined || deploy === null || deploy[3] !== worst.version) return null
    const [, name = '', before = '', after = ''] = deploy
    const deployed = quote(deploys, deploy[0])
    const fails = statistic(errors, { version: after }, 'last', worst.last)
    const gap =
      change === null
        ? `Whether ${before} can read what ${after} wrote`
        : `${after} set ${change[1]} from ${change[2]} to ${change[3]}: whether ${before} can read what it wrote since`
    return {
      verdict: 'action_required',
      summary: `${after} of ${name} has no tax rate for some regions. ${percent(worst.last)} of its requests fail.`,
      confidence: 74,
      urgency: 'now',
      cause: {
        text: `${after} of ${name} does not know the tax rate of some regions`,
        object: checkout,
        category: 'bad_deploy',
        receipts: [deployed, quote(logs, 'no tax rate for region')],
      },
      claims: [
        observed(`${percent(worst.last)} of the requests to ${after} fail`, fails),
        observed('The errors are "no tax rate for region"', quote(logs, 'no tax rate for region')),
        { text: `It came with ${after}`, kind: 'inference', receipts: [deployed, fails] },
      ],
      ruled_out: [...ruledOutDatabase(known), ...ruledOutTraffic(known)],
      data_gaps: [gap, NO_TRACES],
      next_steps: [`Ask the author of ${after} about the order format before it is rolled back`, 'Or add the tax rates and deploy'],
      proposals: offers('rollback_workload')
        ? [
            {
              action: 'rollback_workload',
              params: { namespace: 'shop', name },
              why: `The errors came with ${after}. Whether the version before can read what it wrote since is not known.`,
              receipts: [deployed],
            },
          ]
        : [],
    }
  },
}
