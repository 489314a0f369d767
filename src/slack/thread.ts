import { digest } from '../text/digest.ts'
import { actionCard } from './blocks/action.ts'
import { actionLeft } from './blocks/action-left.ts'
import { actionOutcome } from './blocks/action-outcome.ts'
import { unknownOutcome } from './blocks/action-unknown.ts'
import { phaseOf } from './blocks/action-words.ts'
import { againReply } from './blocks/again.ts'
import { analysisMessage } from './blocks/analysis.ts'
import { answerMessage } from './blocks/answer.ts'
import { askedMessage } from './blocks/asked.ts'
import { cardMoved, ownCard } from './blocks/card.ts'
import { challengeMessage } from './blocks/challenge.ts'
import { copyMessage } from './blocks/copy.ts'
import { deedMessage } from './blocks/deed.ts'
import { firstReply } from './blocks/first.ts'
import { mergedProgress, mergedReply } from './blocks/merged.ts'
import { outcomeMessage } from './blocks/outcome.ts'
import { progress } from './blocks/progress.ts'
import type { DesiredMessage, Drawing, Drawn, Living, ThreadView } from './drawing.ts'
import { heldBack } from './held.ts'
import { isOver } from './thread-outcome.ts'
import { causeRuns, isAside, type Run } from './thread-runs.ts'
import { shownVerdicts, stateOf, type ThreadState, verdictNow } from './thread-state.ts'

/** Later posts that get a reply; beyond them a reaction says it. Of deeds that were told the timeline says it. */
const REPLIES = 20

/**
 * Everything of an incident that should stand in Slack, as a function of what happened to it. Pure, and the same input gives the
 * same bytes: delivering again changes nothing. At most five messages stand in the thread (first reply, progress, analysis, outcome,
 * a second analysis); what comes after edits the last of its kind. A person's question, or challenge, adds a line and its result; an
 * action adds its card and, when it is over, one line of how it ended.
 */
export const draw = (view: ThreadView): Drawing => {
  const state = stateOf(view.timeline)
  if (isSilent(view)) return { messages: [], reaction: null, postReactions: [], ...copyOf(view, state) }
  // Who was told that it came and went while Slack was away needs no late thread, and no card for one.
  const told = state.caughtUp?.over === true
  const isPart = state.merged !== null
  const card = (told || isPart) && !view.carded ? undefined : cardOf(view)
  const { channel, thread_ts: thread } = view.incident
  return {
    messages: channel === null || thread === null || told ? [] : messagesOf(view, state, { channel, thread }).filter(heard(view, state)),
    reaction: isPart ? partReaction(view) : reactionOf(state),
    postReactions: isPart ? [] : state.posts.map(({ channel: where, ts }) => ({ channel: where, ts, name: AGAIN })),
    ...(card === undefined ? {} : { anchorCard: card }),
  }
}

/** On a later post: all of it is in another thread. */
const AGAIN = 'thread'

/** The alert's own post is a later post of the other's now, which marks it. */
const partReaction = ({ incident }: ThreadView): string | null => (incident.anchor === 'own' && incident.thread_ts !== null ? AGAIN : null)

/** In a channel that is only being tried nothing is said, unless a person asked. */
export const isSilent = ({ settings, incident }: ThreadView): boolean =>
  (settings.mode === 'off' || settings.mode === 'shadow') && incident.anchor !== 'mention'

/** A quiet channel hears what calls for a deed, and of critical alerts everything but the work. */
const heard =
  ({ settings, incident }: ThreadView, state: ThreadState) =>
  ({ key }: DesiredMessage): boolean => {
    if (settings.mode !== 'quiet' || incident.anchor === 'mention' || ASKED.test(key)) return true
    if (key.endsWith(':progress:1')) return false
    const calling = state.verdicts.some(({ analysis }) => analysis.verdict === 'action_required' || analysis.verdict === 'action_suggested')
    return incident.severity === 'critical' || (calling && !key.endsWith(':first'))
  }

/** What a person asked for, and what asks a person or tells what was done. */
const ASKED = /:(?:(?:aside|answer|challenge):\d+|action:\d+(?::(?:asked|outcome|unknown)(?::v\d+)?)?)$/

/** Keys of an incident's messages; `first` decides whether anything of it was told. */
export const keyOf = (incident: string, name: string): string => `${incident}:${name}`

type Place = { readonly channel: string; readonly thread: string }

const messagesOf = (view: ThreadView, state: ThreadState, place: Place): DesiredMessage[] => {
  // Of what was nothing told yet there is nothing to be taken back.
  const isSilentYet = state.brief === null && state.failures.length === 0 && state.refired === null
  if (state.merged === null ? isSilentYet : !state.merged.told) return againOf(view, state, place)
  const inThread = (name: string, drawn: Drawn | Living): DesiredMessage =>
    finished({ key: keyOf(view.incident.id, name), channel: place.channel, threadTs: place.thread, final: true, ...drawn })
  const run = causeRuns(state.runs).at(-1)
  const held = heldBack(state)
  const settled = verdictNow(state) !== undefined || isOver(state.outcome) || (held !== null && held.by !== 'budget')
  return [
    inThread('first', state.merged === null ? { ...firstReply(view, state), final: settled } : mergedReply(view, state.merged)),
    ...(run === undefined ? [] : [inThread('progress:1', progressOf(view, state, run))]),
    ...results(view, state).map(({ name, drawn }) => inThread(name, drawn)),
    ...state.deeds.slice(0, REPLIES).map((deed) => inThread(`deed:${deed.id}`, deedMessage(view, deed))),
    ...actionsOf(view, state).map(({ name, drawn }) => inThread(name, drawn)),
    ...(state.outcome === null || state.outcome.byAction ? [] : [inThread('outcome', outcomeMessage(view, state.outcome))]),
    ...againOf(view, state, place),
  ]
}

/** What ran when it became a part of another goes on there. */
const progressOf = (view: ThreadView, { merged }: ThreadState, run: Run): Drawn =>
  merged !== null && run.done === null ? mergedProgress(view, merged) : progress(view, run)

type Result = { readonly number: number; readonly name: string; readonly drawn: Drawn | Living }

/** What the investigations ended with, in their order; with a line above each answer and challenge that shows it coming. */
const results = (view: ThreadView, state: ThreadState): Result[] => {
  const shown = shownVerdicts(state)
  const runOf = (number: number) => state.runs.find((run) => run.number === number)
  return [
    ...shown.map((concluded, i) => {
      const drawn = analysisMessage(view, state, { concluded, superseded: i < shown.length - 1 })
      return { number: concluded.number, name: `analysis:${i + 1}`, drawn }
    }),
    ...state.runs.filter(isAside).map((run) => ({ number: run.number, name: `aside:${run.number}`, drawn: progress(view, run) })),
    ...state.answers.map((one) => ({
      number: one.number,
      name: `answer:${one.number}`,
      drawn: answerMessage(view, one, runOf(one.number)),
    })),
    ...state.challenges.map((one) => ({
      number: one.number,
      name: `challenge:${one.number}`,
      drawn: challengeMessage(view, one, runOf(one.number)),
    })),
  ].sort((a, b) => a.number - b.number)
}

/** Each action's card, and its end below: an undo that was offered because of it comes after that. */
const actionsOf = (view: ThreadView, state: ThreadState): { name: string; drawn: Drawn }[] =>
  state.actions.flatMap((action) => {
    const { number, proposed } = action
    const asked = askedMessage(view, action)
    const ended = actionOutcome(view, state, action)
    // What was asked stays with its answer; whether it helped is news of its own.
    const unknown = unknownOutcome(view, state, action)
    // A version that was offered anew has an end of its own, which people must hear of too.
    const version = proposed.offer.version > 1 ? `:v${proposed.offer.version}` : ''
    return [
      { name: `action:${number}`, drawn: actionCard(view, state, action) },
      ...(asked === null ? [] : [{ name: `action:${number}:asked`, drawn: asked }]),
      ...(unknown === null ? [] : [{ name: `action:${number}:unknown${version}`, drawn: unknown }]),
      ...(ended === null ? [] : [{ name: `action:${number}:outcome${version}`, drawn: ended }]),
      ...action.left.map((left, i) => ({ name: `action:${number}:left:${i + 1}`, drawn: actionLeft(view, action, left) })),
    ]
  })

/** One living message in the trial channel: what would have been said, with a link to where. */
const copyOf = (view: ThreadView, state: ThreadState): { copy?: DesiredMessage } => {
  const { settings, incident } = view
  if (settings.mode !== 'shadow' || settings.shadowChannel === null || (state.brief === null && state.failures.length === 0)) return {}
  const final = verdictNow(state) !== undefined || isOver(state.outcome)
  const drawn = copyMessage(view, state)
  return { copy: finished({ key: keyOf(incident.id, 'copy'), channel: settings.shadowChannel, threadTs: null, final, ...drawn }) }
}

/** What can name no cause waits for the rules, which take a moment. */
const againOf = (view: ThreadView, state: ThreadState, { thread }: Place): DesiredMessage[] => {
  const before = view.incident.anchor === 'alert' ? 2 : 1
  return state.posts.slice(0, REPLIES).flatMap((post, i) =>
    post.answered || (post.about === null && state.failures.length === 0)
      ? []
      : finished({
          key: keyOf(view.incident.id, `again:${post.ts}`),
          channel: post.channel,
          threadTs: post.ts,
          final: true,
          ...againReply(view, { post, number: i + before, thread }),
        }),
  )
}

const cardOf = (view: ThreadView): DesiredMessage | undefined => {
  const { incident, carded } = view
  if (incident.channel === null) return undefined
  const needed = incident.thread_ts === null || incident.anchor === 'own'
  if (!needed && !carded) return undefined
  const drawn = needed ? ownCard(view) : cardMoved(view)
  return finished({ key: keyOf(incident.id, 'card'), channel: incident.channel, threadTs: null, final: true, ...drawn })
}

/** One of Vigil's at a time: what the alert's post says at a glance in the channel. */
const reactionOf = (state: ThreadState): string | null => {
  const { outcome } = state
  if (outcome !== null && outcome.kind !== 'fired_again') {
    if (outcome.kind === 'recovered') return 'large_green_circle'
    if (isOver(outcome)) return 'white_circle'
  }
  const acting = actingReaction(state)
  if (acting !== null) return acting
  if (outcome !== null && outcome.kind !== 'fired_again') {
    if (outcome.kind === 'cannot_tell') return 'raised_hand'
  }
  if (heldBack(state) !== null) return 'zzz'
  const verdict = verdictNow(state)?.analysis.verdict
  switch (verdict) {
    case 'action_required':
    case 'action_suggested':
      return 'raised_hand'
    case 'inconclusive':
    case 'no_action':
      return 'white_circle'
    case undefined:
      return beforeVerdict(state)
  }
}

/** A fix that runs or is checked, a card that waits, or an end that a person must look at. */
const actingReaction = ({ actions, refired }: ThreadState): string | null => {
  const now = actions.filter(({ proposed }) => refired === null || proposed.at > refired.at)
  const phases = now.map(phaseOf)
  if (phases.some((phase) => phase === 'starting' || phase === 'running' || phase === 'checking')) return 'hammer_and_wrench'
  return phases.includes('waiting') || now.some(({ started }) => started !== null) ? 'raised_hand' : null
}

const beforeVerdict = ({ brief, failures, skipped, forced }: ThreadState): string => {
  if (skipped !== null) return 'zzz'
  if (brief === null) return failures.length > 0 ? 'warning' : 'mag'
  if (brief.next !== 'investigating' && forced === null) return 'white_circle'
  return failures.length > 0 ? 'warning' : 'mag'
}

/** Slack wants new block ids with every update: theirs are the digest of what the message says. */
export const finished = (message: DesiredMessage): DesiredMessage => {
  const mark = digest({ key: message.key, text: message.text, blocks: message.blocks }).slice(0, 16)
  return { ...message, blocks: message.blocks.map((block, i) => ({ ...block, block_id: `${mark}-${i}` })) }
}
