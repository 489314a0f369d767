import { type Block, permalink, type ThreadView } from '../drawing.ts'
import type { ThreadState } from '../thread-state.ts'
import { bold, push, section } from './text.ts'

/** In the place of the first reply of an incident that has turned out to be a part of another. */
export const mergedReply = (
  { incident, settings, whole }: ThreadView,
  { number, cause }: NonNullable<ThreadState['merged']>,
): { text: string; blocks: Block[] } => {
  const name = `INC-${number}`
  const link = whole === null ? name : `<${permalink(settings.workspace, whole.channel, whole.thread)}|${name}>`
  const why = cause === '' ? '' : ` ${bold(cause.replace(/\.$/, ''), settings.hosts, 160)}.`
  return {
    text: push([`${incident.subject ?? incident.alertname} is a part of ${name}`, cause]),
    blocks: [section(`↪ A part of ${link}:${why} All of it is there.`)],
  }
}
