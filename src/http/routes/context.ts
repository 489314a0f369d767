import { z } from 'zod'
import { storableText } from '../../alert/sources/alertmanager.ts'
import type { Context } from '../../context.ts'
import { recordLogs, recordTraces } from '../../investigation/pushed.ts'
import { answer } from '../answer.ts'
import { allOf, cluster, listOf, moment, sameWithoutVersion, service, short } from '../pushed.ts'
import type { Route } from '../route.ts'

/** Log lines and trace samples for the rules, pushed where there is no Loki and no Tempo to ask. */
export const contextRoutes = (context: Context): Route[] => {
  const routes = [logs(context), traces(context)]
  return [...routes, ...routes.map((route) => sameWithoutVersion(route))]
}

const logs = (context: Context): Route =>
  pushing(context, {
    path: '/api/v1/context/logs',
    summary: 'Push log lines',
    one: 'line',
    fault: 'Not a log line (docs/context.md has examples)',
    schema: logBody,
    example: logExample,
    record: (given, now) =>
      recordLogs(
        context,
        given.map(({ cluster = null, service, level = null, message, when }) => ({
          cluster,
          service,
          level,
          message,
          at: timeOf(when, now),
        })),
      ),
  })

const traces = (context: Context): Route =>
  pushing(context, {
    path: '/api/v1/context/traces',
    summary: 'Push trace samples',
    one: 'sample',
    fault: 'Not a trace sample (docs/context.md has examples)',
    schema: traceBody,
    example: traceExample,
    record: (given, now) =>
      recordTraces(
        context,
        given.map((one) => ({
          trace: one.TraceID,
          cluster: one.cluster ?? null,
          service: one.service,
          operation: one.operation ?? null,
          error: one.error === true ? 'error' : one.error || null,
          duration: one.duration,
          at: timeOf(one.when, now),
        })),
      ),
  })

type Pushing<T extends z.ZodType> = Pick<Route, 'path' | 'summary'> & {
  readonly one: string
  readonly fault: string
  readonly schema: T
  readonly example: unknown
  record(given: z.output<T>[], now: Date): Promise<void>
}

const pushing = <T extends z.ZodType>(context: Context, { path, summary, one, fault, schema, example, record }: Pushing<T>): Route => ({
  method: 'post',
  path,
  tag: 'Context',
  summary,
  description: `Takes one ${one} or a list of at most ${MOST}. 202 means that all are stored; a fault in one refuses the whole list. Rules read them at the next alert.`,
  body: { schema: z.union([schema, listOf(schema, MOST)]), required: true, example },
  answers: { 202: { description: 'Stored', schema: counted } },
  handle: async ({ body }) => {
    const given = allOf(schema, body, { most: MOST, faults: { one: fault, list: fault } })
    await record(given, context.clock.now())
    return answer(202, { accepted: given.length })
  },
})

/** One request is one statement and at most a few MB. */
const MOST = 1000

const timeOf = (when: string | null | undefined, now: Date): Date => (when == null ? now : new Date(when))

const logBody = z.strictObject({
  service,
  level: short.nullish().describe('error, warning, info …; without one the words of the message decide'),
  message: storableText
    .min(1)
    .overwrite((text) => text.slice(0, 4000))
    .describe('What is beyond 4,000 characters is cut off'),
  when: moment.nullish().describe('When it was written; default now'),
  cluster,
})

const traceBody = z.strictObject({
  TraceID: short,
  service,
  duration: z
    .union([
      z.number().min(0).max(1e9),
      z
        .string()
        .max(40)
        .regex(/^(?:\d+(?:\.\d+)?(?:ms|[smh]))+$/, 'must be milliseconds, or a text such as "1.2s"'),
    ])
    .describe('Milliseconds, or a text with its unit: "1.2s", "350ms"'),
  operation: short.nullish(),
  error: z
    .union([z.boolean(), storableText.overwrite((text) => text.slice(0, 1000))])
    .nullish()
    .describe('That it failed, or with what words'),
  when: moment.nullish().describe('When it began; default now'),
  cluster,
})

const counted = z.strictObject({ accepted: z.number().int().describe('How many were stored') })

const logExample = { service: 'checkout', level: 'ERROR', message: 'upstream timeout request 1' }
const traceExample = { TraceID: '4bf92f3577b34da6a3ce929d0e0e4736', service: 'checkout', duration: 1840, operation: 'POST /pay' }
