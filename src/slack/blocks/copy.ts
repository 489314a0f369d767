import { type Block, type Drawn, permalink, type ThreadView } from '../drawing.ts'
import { shownVerdicts, type ThreadState } from '../thread-state.ts'
import { analysisMessage } from './analysis.ts'
import { detailsButton } from './buttons.ts'
import { firstReply } from './first.ts'
import { outcomeMessage } from './outcome.ts'
import { bold, context, push } from './text.ts'
import { answerOf, verdictWords } from './verdict.ts'

/**
 * What would have been said in a channel that is only being tried: where, the newest of first reply and analysis, how it went on. Of the buttons
 * those stay that show something or rate it; the others would speak in the channel itself.
 */
export const copyMessage = (said: ThreadView, state: ThreadState): Drawn => {
  // A copy calls nobody.
  const view = { ...said, settings: { ...said.settings, notify: { ...said.settings.notify, mention: [] } } }
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
    text: push([`Trial: ${headOf(state, incident.alertname)}`]),
    blocks: [
      context(`👁 Trial: I would have said this under ${where}. There I said nothing.`),
      ...drawn.blocks.flatMap((block) => readable(block, concluded === undefined ? [] : [detailsButton(view, concluded.number)])),
      ...outcome,
    ].map(nameless),
  }
}

const headOf = (state: ThreadState, alertname: string): string => {
  const analysis = shownVerdicts(state).at(-1)?.analysis
  if (analysis === undefined) return `${alertname}: ${state.brief?.headline ?? 'I could not look at it yet'}`
  return `${verdictWords[analysis.verdict].push}: ${answerOf(analysis).answer ?? alertname}`
}

const nameless = <T extends Block>(block: T): T => JSON.parse(JSON.stringify(block).replace(/<@[UW][A-Z0-9]{2,20}>/g, 'somebody')) as T

const READING = new Set(['evidence', 'details', 'steps', 'copy_rule'])

/** `details`: the menu, in which it stood, is left out. */
const readable = (block: Block, details: readonly Block[]): Block[] => {
  if (block.type !== 'actions') return [block]
  const still = (block['elements'] as readonly Block[]).filter((one) => READING.has(String(one['action_id'])))
  const kept = [...still, ...details.filter(() => !still.some((one) => one['action_id'] === 'details'))]
  return kept.length === 0 ? [] : [{ ...block, elements: kept }]
}
