import { z } from 'zod'
import { InputError, TransientError } from '../../errors.ts'
import { shellWord } from '../../text/shell.ts'
import { markOf } from '../runners/alertmanager.ts'
import { type Action, action, type Planned, type Reading } from './action.ts'

const params = z
  .strictObject({
    alertname: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^\p{Cc}]+$/u, 'must have no line breaks'),
    minutes: z.number().int().min(5).max(1440).optional().describe('how long it stays silent'),
    ends: z.uuid().optional().describe('instead of minutes: the action whose silence is ended; only for taking one back'),
  })
  .refine(({ minutes, ends }) => (minutes === undefined) !== (ends === undefined), 'needs minutes, or the silence that is to end')

type Params = z.infer<typeof params>
type Labels = Readonly<Record<string, string>>

type Live =
  | { readonly do: 'silence'; readonly number: number; readonly labels: Labels; readonly now: Date; readonly minutes: number }
  | { readonly do: 'expire'; readonly silence: string; readonly endsAt: Date }

const own: Action<Params, Live> = {
  kind: 'silence_alert',
  about:
    "Silences this incident's own alert in Alertmanager for some minutes: nobody is notified again while people mend it; repairs nothing",
  params,
  idempotent: false,
  mends: false,
  timeoutSeconds: 30,
  target: ({ alertname }) => ({ kind: 'Alert', name: alertname }),
  read: async ({ alertname, minutes, ends }, reading): Promise<Live> => {
    if (ends !== undefined) return { do: 'expire', ...(await silenceOf(ends, reading)) }
    const incident = await reading.incident?.()
    if (incident === undefined || incident.labels['alertname'] !== alertname)
      throw new InputError(`${alertname} is not the alert of this incident: only its own is silenced`)
    const labels = await firing(incident.labels, reading)
    return { do: 'silence', number: incident.number, labels, now: reading.clock.now(), minutes: minutes ?? 0 }
  },
  plan: (wanted, live, id) => (live.do === 'silence' ? silencing(wanted, live, id) : ending(wanted, live)),
}

export const silenceAlert = action(own)

const silencing = ({ alertname }: Params, { number, labels, now, minutes }: Extract<Live, { do: 'silence' }>, id: string): Planned => {
  const endsAt = new Date(now.getTime() + minutes * 60_000).toISOString()
  const matchers = Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }))
  const written = matchers.map(({ name, value }) => `${name}=${JSON.stringify(value)}`)
  return {
    title: `Silence ${alertname} for ${minutes} minutes`,
    change: [...written.map((one) => `+ ${one}`), `+ until ${endsAt}`],
    // It takes nothing away that does not come back, but what is silent is easily forgotten.
    risk: 'MEDIUM',
    why: ['it ends by itself', 'while it lasts nobody is notified of this alert, also if it becomes worse'],
    notes: ['It repairs nothing; Vigil goes on looking at the expression'],
    preconditions: { labels },
    steps: [
      {
        runner: 'alertmanager',
        request: { do: 'silence', matchers, startsAt: now.toISOString(), endsAt, comment: `INC-${number}: silenced by Vigil` },
      },
    ],
    undo: { entry: 'silence_alert', params: { alertname, ends: id } },
    command: `amtool silence add --duration=${minutes}m --comment='INC-${number}' ${written.map(shellWord).join(' ')}`,
  }
}

const ending = ({ alertname }: Params, { silence, endsAt }: Extract<Live, { do: 'expire' }>): Planned => ({
  title: `End the silence of ${alertname}`,
  change: [`- silence ${silence} until ${endsAt.toISOString()}`],
  risk: 'LOW',
  why: ['people are notified again'],
  notes: [],
  preconditions: { silence },
  steps: [{ runner: 'alertmanager', request: { do: 'expire', silence } }],
  undo: null,
  command: `amtool silence expire ${silence}`,
})

const readerOf = ({ sources, cluster }: Reading) => {
  if (sources.alertmanager === undefined) throw new TransientError(`Alertmanager of ${cluster} is not configured`)
  return sources.alertmanager
}

const silenceOf = async (id: string, reading: Reading): Promise<{ silence: string; endsAt: Date }> => {
  const all = await readerOf(reading).silences({ signal: reading.signal })
  const found = all.find(({ comment, state }) => state !== 'expired' && comment.includes(markOf(id)))
  if (found === undefined) throw new InputError('that silence has ended already')
  return { silence: found.id, endsAt: found.endsAt }
}

/**
 * The labels as Alertmanager has them: a message in Slack may show only some of them, and a silence by fewer labels silences more. Throws
 * InputError where not exactly one alert fits.
 */
const firing = async (labels: Labels, reading: Reading): Promise<Labels> => {
  const alerts = await readerOf(reading).alerts({ signal: reading.signal })
  const fitting = alerts.filter((alert) => Object.entries(labels).every(([name, value]) => alert.labels[name] === value))
  const [found, ...others] = fitting.filter((alert) => alert.state !== 'suppressed')
  if (found === undefined)
    throw new InputError(
      fitting.length > 0 ? 'this alert is silenced or inhibited already' : 'Alertmanager does not have this alert any more',
    )
  if (others.length > 0)
    throw new InputError(`${others.length + 1} alerts of Alertmanager fit what is known of this one: which to silence is not clear`)
  return Object.fromEntries(Object.entries(found.labels).filter(([, value]) => value !== ''))
}
