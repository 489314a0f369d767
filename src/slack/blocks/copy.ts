import { type Block, permalink, type ThreadView } from '../drawing.ts'
import { shownVerdicts, type ThreadState } from '../thread-state.ts'
import { analysisMessage } from './analysis.ts'
import { firstReply } from './first.ts'
import { outcomeMessage } from './outcome.ts'
import { bold, context, push } from './text.ts'

type Drawn = { readonly text: string; readonly blocks: readonly Block[] }

/**
 * What would have been said in a channel that is only being tried: where, the newest of first reply and analysis, how it went on. Of the buttons
 * those stay that show something or rate it; the others would speak in the channel itself.
 */
export const copyMessage = (view: ThreadView, state: ThreadState): Drawn => {
  const { incident, settings } = view
  const concluded = shownVerdicts(state).at(-1)
  const drawn = concluded === undefined ? firstReply(view, state) : analysisMessage(view, state, { concluded, superseded: false })
  const outcome = state.outcome === null ? [] : outcomeMessage(view, state.outcome).blocks.filter(({ type }) => type === 'section')
  const name = bold(incident.alertname, settings.hosts, 100)
  const where =
    incident.channel === null || incident.thread_ts === null
      ? name
      : `<${permalink(settings.workspace, incident.channel, incident.thread_ts)}|this alert> (${name})`
  return {
    text: push([`Trial: ${drawn.text}`]),
    blocks: [
      context(`👁 Trial: I would have said this under ${where}. There I said nothing.`),
      ...drawn.blocks.flatMap(readable),
      ...outcome,
    ],
  }
}

const READING = new Set(['evidence', 'details', 'steps', 'copy_rule'])

const readable = (block: Block): Block[] => {
  if (block.type !== 'actions') return [block]
  const kept = (block['elements'] as readonly Block[]).filter((one) => READING.has(String(one['action_id'])))
  return kept.length === 0 ? [] : [{ ...block, elements: kept }]
}
