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

/** A deploy that made the pool of database connections smaller. */
export const pool: Cause = {
  sign: /timeout acquiring connection from pool/,
  considered: 'The database, for its pool is waited for',
  questions: () => [poolQuestion, databaseQuestion, trafficQuestion],
  conclude: (known) => {
    const { answer, offers } = known
    const [errors, logs, deploys, pools] = [answer('errors'), answer('logs'), answer('deploys'), answer('pools')]
    const [worst] = versions(errors)
    const { deploy, change } = deployIn(deploys)
    if (worst === undefined || deploy === null || deploy[3] !== worst.version) return null
    const [, name = '', before = '', after = ''] = deploy
    const [, what = '', from = '', to = ''] = change ?? []
    const deployed = quote(deploys, deploy[0])
    const changed = change === null ? deployed : quote(deploys, `${what} ${from} -> ${to}`)
    const fails = statistic(errors, { version: after }, 'last', worst.last)
    return {
      verdict: 'action_required',
      summary: `${after} cut ${name}'s database pool from ${from} to ${to}. ${percent(worst.last)} of its requests fail, and it does not recover by itself.`,
      confidence: 87,
      urgency: 'now',
      cause: {
        text: `${after} of ${name} set ${what} from ${from} to ${to}`,
        object: checkout,
        category: 'bad_deploy',
        receipts: [deployed, changed],
      },
      claims: [
        observed(`${percent(worst.last)} of the requests to ${after} fail`, fails),
        ...versions(pools).map(({ version, last }) =>
          observed(`The pool of ${version} has ${last} connections`, statistic(pools, { version }, 'last', last)),
        ),
        observed('The errors are "timeout acquiring connection from pool"', quote(logs, 'timeout acquiring connection from pool')),
        {
          text: `The pool of ${after} is too small for the load that ${before} carried`,
          kind: 'inference',
          receipts: [deployed, changed, fails],
        },
      ],
      ruled_out: [...ruledOutDatabase(known), ...ruledOutTraffic(known)],
      data_gaps: [NO_TRACES, `Whether ${after} migrated a schema`],
      next_steps: [`Roll back: kubectl -n shop rollout undo deployment/${name}`, `Or set ${what} to ${from} and deploy`],
      proposals: offers('rollback_workload')
        ? [
            {
              action: 'rollback_workload',
              params: { namespace: 'shop', name },
              why: `${after} brought the errors: ${before} carried the same load.`,
              receipts: [deployed],
            },
          ]
        : [],
    }
  },
}
