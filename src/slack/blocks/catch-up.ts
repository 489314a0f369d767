import { duration } from '../../text/number.ts'
import { type Block, permalink } from '../drawing.ts'
import { bold, clockTime, line, push, section } from './text.ts'

/** Incidents named one by one; the rest is counted. */
const NAMED = 10

type Missed = {
  readonly name: string
  readonly title: string
  readonly startedAt: Date
  readonly over: boolean
  /** Null until it has a thread. */
  readonly thread: { readonly channel: string; readonly ts: string } | null
}

export type Absence = {
  readonly from: Date
  readonly to: Date
  readonly missed: readonly Missed[]
  readonly hosts: readonly string[]
  readonly workspace: string
}

/** One message for all that came while nobody could be told, instead of that many late first replies. */
export const catchUpMessage = ({ from, to, missed, hosts, workspace }: Absence): { text: string; blocks: Block[] } => {
  const firing = missed.filter((one) => !one.over)
  const over = missed.length - firing.length
  const counts = `${missed.length} ${missed.length === 1 ? 'incident' : 'incidents'} came: ${over} ${over === 1 ? 'is' : 'are'} over, ${firing.length} still ${firing.length === 1 ? 'fires' : 'fire'}`
  const bullets = firing.slice(0, NAMED).map((one) => {
    const link = one.thread === null ? line(one.name, hosts) : `<${permalink(workspace, one.thread.channel, one.thread.ts)}|thread>`
    return `• ${bold(one.title, hosts, 90)}, ${duration((to.getTime() - one.startedAt.getTime()) / 1000)} → ${link}`
  })
  const rest = firing.length > NAMED ? [`and ${firing.length - NAMED} more, each in its thread`] : []
  const ended = missed.filter((one) => one.over).slice(0, NAMED)
  const listed = ended.map((one) => line(`${one.name} ${one.title}`, hosts, 60)).join(' · ')
  const overLine = over === 0 ? [] : [`Over: ${listed}${over > NAMED ? ` and ${over - NAMED} more` : ''}`]
  return {
    text: push([`I was away for ${duration((to.getTime() - from.getTime()) / 1000)}`, counts]),
    blocks: [
      section(
        [`*I was away ${clockTime(from)} to ${clockTime(to)}* (Slack could not be reached). ${counts}:`, ...bullets, ...rest].join('\n'),
      ),
      ...(overLine.length === 0 ? [] : [section(overLine.join('\n'))]),
    ],
  }
}
