import { type Block, permalink, type ThreadView } from '../drawing.ts'
import type { ThreadState } from '../thread-state.ts'
import { notTheSame } from './again.ts'
import { bold, context, push, section } from './text.ts'

/** In the place of the first reply of an incident that has turned out to be a part of another. */
export const mergedReply = (view: ThreadView, merged: Merged): Drawn => {
  const { incident, settings } = view
  const { number, cause } = merged
  const link = linkOf(view, merged)
  const why = cause === '' ? '' : ` ${bold(cause.replace(/\.$/, ''), settings.hosts, 160)}.`
  return {
    text: push([`${incident.subject ?? incident.alertname} is a part of INC-${number}`, cause]),
    blocks: [
      section(
        `↪ A part of ${link}:${why} All of it is there.`,
        incident.merged_into === null ? undefined : notTheSame(incident.merged_into),
      ),
    ],
  }
}

/** In the place of an investigation that ran when that turned out. */
export const mergedProgress = (view: ThreadView, merged: Merged): Drawn => ({
  text: push([`It is looked into in INC-${merged.number}`]),
  blocks: [context(`🔎 It is looked into in ${linkOf(view, merged)}.`)],
})

type Merged = NonNullable<ThreadState['merged']>
type Drawn = { readonly text: string; readonly blocks: Block[] }

const linkOf = ({ settings, whole }: ThreadView, { number }: Merged): string => {
  const name = `INC-${number}`
  return whole === null ? name : `<${permalink(settings.workspace, whole.channel, whole.thread)}|${name}>`
}
