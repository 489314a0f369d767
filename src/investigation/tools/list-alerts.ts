import { z } from 'zod'
import type { Alertmanager, AlertmanagerAlert, Silence } from '../../datasources/alertmanager.ts'
import { labelText } from '../../series/text.ts'
import { asking } from './asking.ts'
import { questionText, shownText } from './shown.ts'
import type { Tool, ToolAnswer } from './tool.ts'

const input = z.object({
  what: z.enum(['alerts', 'silences']).default('alerts').describe('Alerts that fire now, or silences that keep some of them quiet.'),
  words: z
    .string()
    .optional()
    .describe('Only those whose labels, comment or matchers have all of these words, in any spelling: "checkout critical". Default: all.'),
  why: z.string().optional().describe('The question in a few plain words, for the people who watch: "What else fires?"'),
})

type Input = z.infer<typeof input>

/** More at once is a storm, of which the first hundred say what it is about. */
const MOST = 100

export const listAlerts: Tool<Input> = {
  name: 'list_alerts',
  description:
    'Lists the alerts that Alertmanager has now with their labels and since when, or its silences: what else is wrong at the same time, and what somebody has ' +
    'muted. At most 100, the oldest first.',
  input,
  needs: 'alertmanager',
  question: (asked) => questionText(asked.why, queryOf(asked)),
  run: (asked, context) => {
    const query = queryOf(asked)
    return asking('alertmanager', context, query, async (alertmanager) => {
      const found =
        asked.what === 'silences' ? await silencesOf(alertmanager, context.signal) : await alertsOf(alertmanager, context.signal)
      return answerOf(asked, { query, found, at: context.clock.now() })
    })
  },
}

const queryOf = ({ what, words }: Input): string => `${what} of Alertmanager${words === undefined ? '' : ` with "${words}"`}`

type Found = { readonly line: string; readonly since: number; readonly object: unknown }

const alertsOf = async (alertmanager: Alertmanager, signal: AbortSignal): Promise<Found[]> =>
  (await alertmanager.alerts({ signal })).map((alert) => ({ line: alertLine(alert), since: alert.startsAt.getTime(), object: alert }))

const alertLine = ({ labels: { alertname = '', ...labels }, startsAt, state }: AlertmanagerAlert): string =>
  `${alertname} ${labelText(labels)} since ${startsAt.toISOString()}${state === 'suppressed' ? ', suppressed' : ''}`

const silencesOf = async (alertmanager: Alertmanager, signal: AbortSignal): Promise<Found[]> =>
  (await alertmanager.silences({ signal }))
    .filter(({ state }) => state !== 'expired')
    .map((silence) => ({ line: silenceLine(silence), since: silence.startsAt.getTime(), object: silence }))

const silenceLine = ({ matchers, startsAt, endsAt, createdBy, comment, state }: Silence): string => {
  const written = matchers.map(
    ({ name, value, isRegex, isEqual }) => `${name}${isEqual ? '=' : '!'}${isRegex ? '~' : isEqual ? '' : '='}${JSON.stringify(value)}`,
  )
  return `{${written.join(', ')}} ${state} from ${startsAt.toISOString()} to ${endsAt.toISOString()} by ${createdBy}: ${comment}`
}

type Answered = { readonly query: string; readonly found: readonly Found[]; readonly at: Date }

const answerOf = ({ what, words = '' }: Input, { query, found, at }: Answered): ToolAnswer => {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const fitting = found
    .filter(({ line }) => wanted.every((word) => line.toLowerCase().includes(word)))
    .toSorted((a, b) => a.since - b.since || (a.line < b.line ? -1 : 1))
  const kept = fitting.slice(0, MOST)
  const complete = kept.length === fitting.length
  const notes = [
    `${fitting.length} ${what}${words === '' ? '' : ` with "${words}"`}, of ${found.length} at ${at.toISOString()}`,
    ...(complete ? [] : [`Truncated: the oldest ${MOST} of ${fitting.length}. Ask with more words.`]),
  ]
  return {
    ok: true,
    summary: `${fitting.length} ${what}`,
    cited: {
      source: 'alertmanager',
      query,
      range: { from: null, to: at.toISOString() },
      output: { kind: 'objects', objects: kept.map(({ object }) => object) },
      shown: shownText(
        notes,
        kept.map(({ line }) => line),
        what,
      ),
      complete,
    },
  }
}
