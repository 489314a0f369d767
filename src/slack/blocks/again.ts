import { ordinal } from '../../text/number.ts'
import { type Block, permalink, type ThreadView } from '../drawing.ts'
import type { ThreadState } from '../thread-state.ts'
import { bold, button, confirm, push, section } from './text.ts'

type Again = { readonly post: ThreadState['posts'][number]; readonly number: number; readonly thread: string }

/** Under a later post of the same problem, so that the newest alert on a phone is no dead end. */
export const againReply = (view: ThreadView, { post, number, thread }: Again): { text: string; blocks: Block[] } => {
  const { incident, settings } = view
  const link = `<${permalink(settings.workspace, incident.channel ?? post.channel, thread)}|this thread>`
  const about = post.about === null ? '' : ` ${bold(post.about.replace(/\.$/, ''), settings.hosts, 120)}.`
  return {
    text: push([`Same problem, ${ordinal(number)} post: ${incident.subject ?? incident.alertname}`, 'See its thread']),
    blocks: [
      section(`↪ Same problem, ${ordinal(number)} post:${about === '' ? '' : about} All of it is in ${link}.`, notTheSame(incident.id)),
    ],
  }
}

/** A person sets the newest alert of an incident apart. */
export const notTheSame = (incident: string): Block =>
  button(
    { text: 'Not the same', action: 'not_same', value: incident },
    {
      confirm: confirm({
        title: 'Another problem?',
        text: 'It gets a thread and an investigation of its own.',
        yes: 'Set it apart',
        no: 'Leave it',
      }),
    },
  )
