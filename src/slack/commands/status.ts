import type { Incident, IncidentStatus } from '../../db/schema.ts'
import { overview } from '../../incident/overview.ts'
import { spentToday } from '../../investigation/spend.ts'
import { duration, usd } from '../../text/number.ts'
import { line } from '../blocks/text.ts'
import { channelsOf } from '../channels.ts'
import type { Door } from '../door.ts'
import { nameOf } from '../people.ts'
import { linkTo } from '../triage.ts'
import type { Command } from './command.ts'
import { frozenWords } from './freeze.ts'

export const status: Command = {
  name: 'status',
  also: ['open', 'list'],
  takesWords: false,
  usage: 'status',
  does: 'what is open here, who has it, and what today has cost',
  run: async (door, { channel, isDirect }) => {
    const { open, total, elsewhere } = await openIncidents(door, isDirect ? null : channel)
    const rows = await Promise.all(open.map((incident) => rowOf(door, incident)))
    const more = total > open.length ? [`… and ${total - open.length} more`] : []
    const others = elsewhere > 0 ? [`${elsewhere} open in ${isDirect ? 'private channels' : 'other channels'}`] : []
    const head = total === 0 ? (isDirect ? 'Nothing is open.' : 'Nothing is open here.') : `${total} open:`
    const brake = await frozenWords(door)
    return [...(brake === null ? [] : [brake]), head, ...rows.map((row) => `• ${row}`), ...more, ...others, await budget(door)].join('\n')
  },
}

/** Outside a channel only what stands in public ones: whoever asks need not be in the others. */
export const openIncidents = async (door: Door, channel: string | null): ReturnType<typeof overview> => {
  const visible = channel === null ? (await channelsOf(door.clients)).filter((one) => !one.isPrivate).map((one) => one.id) : []
  return overview(door.context.db, channel, new Set(visible))
}

/** "checkout 5xx, 6 min, ana, waits for approval (thread)". */
export const rowOf = async (door: Door, incident: Incident): Promise<string> => {
  const { context, clients, identity } = door
  const age = duration((context.clock.now().getTime() - incident.started_at.getTime()) / 1000)
  const owner = incident.owner === null ? 'nobody has it' : line(await nameOf(clients, incident.owner, identity), [], 40)
  return `${line(incident.title, [], 100)}, ${age}, ${owner}, ${statusWords[incident.status]}${linkTo(door, incident)}`
}

const budget = async ({ context }: Door): Promise<string> =>
  context.models.main === undefined
    ? 'No model is configured: rules only.'
    : `${usd((await spentToday(context.db)).usd)} of ${usd(context.config.budgets.day.usd)} spent in 24 h.`

const statusWords: Readonly<Record<IncidentStatus, string>> = {
  open: 'new',
  investigating: 'being investigated',
  analysed: 'analysed, still firing',
  awaiting_approval: 'waits for approval',
  executing: 'a fix runs',
  verifying: 'a fix is being checked',
  resolved: 'over',
  escalated: 'needs a person',
}
