import type { Brief } from '../../incident/timeline.ts'
import type { Finding } from '../../investigation/rules/rule.ts'
import { upper } from '../../text/letters.ts'
import { duration } from '../../text/number.ts'
import type { Block, Drawn, ThreadView } from '../drawing.ts'
import { type Held, heldBack } from '../held.ts'
import { isOver, type Outcome } from '../thread-outcome.ts'
import { causeRuns } from '../thread-runs.ts'
import { shownVerdicts, type ThreadState, verdictNow } from '../thread-state.ts'
import { aboutButtons, aboutChoice, aboutLines } from './about.ts'
import { copyRuleButton, evidenceButton, forceButton } from './buttons.ts'
import { chartOf } from './chart.ts'
import { gapsLine } from './gaps.ts'
import { heldHeadline, heldLines, heldNext, heldPush } from './held.ts'
import { named } from './mention.ts'
import { betterRuleLine } from './rule.ts'
import { ownStateOf, whatAndWhere } from './subject.ts'
import { isSaid, suspectHeadline, suspectLines, suspectPush } from './suspects.ts'
import { actions, bold, button, clockTime, context, line, modelNames, overflow, push, section, withRefs } from './text.ts'
import { answerOf, verdictLine, verdictWords } from './verdict.ts'

/** Bullets before a reader stops reading. */
const FINDINGS = 3
/** What people said last; all of it stands in the thread. */
const CORRECTIONS = 2

/** What is read of it on a phone before the fold. */
const CHARACTERS = 900
/** For what could not be seen, beside what was found. */
const GAPS = 200
/** Of one line; where all do not fit each is cut shorter, and the whole of it is one press away. */
const LENGTHS = [240, 160, 120, 90, 60] as const

const saidWithin = (room: number, draw: (length: number) => string[]): string[] => {
  const drawn = LENGTHS.map((length) => draw(length))
  return drawn.find((lines) => lines.join('\n').length <= room) ?? drawn.at(-1) ?? []
}

/** The first reply: by rules alone, three seconds after the alert; later its first line is the verdict and its last the outcome. */
export const firstReply = (view: ThreadView, state: ThreadState): Drawn => {
  const { brief } = state
  const held = heldBack(state)
  const first = heldHeadline(view, held)
  const isAnswered = verdictNow(state) !== undefined || first !== null
  const above = [first ?? headline(view, state), stateLine(view, state), ...heldLines(view, held), ...noteLines(view, state)]
  const below = nextLine(view, state, held)
  const rule = ruleLine(view, state)
  const room = CHARACTERS - [...above, ...rule, below].join('\n').length - 1
  const said =
    brief === null || state.source === 'mention' ? [] : saidWithin(room, (length) => briefLines(view, brief, { isAnswered, length }))
  const lines = [...above, ...said, ...rule]
  return {
    text: pushOf(view, state, held),
    blocks: [
      section(lines.join('\n')),
      ...(brief === null ? [] : chartOf(brief)),
      section(below),
      ...actions(aboutButtons(view, state)),
      ...actions(buttons(view, state, held)),
      ...(state.failures.length === 0 ? [] : [context(failureLine(view, state))]),
    ],
  }
}

const headline = ({ settings: { hosts } }: ThreadView, state: ThreadState): string => {
  const verdict = verdictNow(state)
  if (verdict !== undefined) {
    // "Act now" above what is over would send somebody running.
    return verdictLine(verdict.analysis, overWords(state.outcome) ?? verdictWords[verdict.analysis.verdict], hosts).first
  }
  const { brief } = state
  if (brief === null) return state.refired === null ? '⚠ *I could not look at this alert yet*' : '↩ *It fired again*'
  const confidence = brief.confidence === null ? '' : `   ${brief.confidence} confidence`
  const again = state.refired === null ? '' : '↩ '
  const suspected = suspectHeadline(brief, again, hosts)
  if (suspected !== null) return suspected
  return `${withRefs(`${again}${bold(brief.headline.replace(/\.$/, ''), hosts)}`, suspectOf(brief)?.evidence ?? [])}${confidence}`
}

const suspectOf = (brief: Brief): Finding | undefined => brief.findings.find((finding) => finding.summary === brief.headline)

const stateLine = (view: ThreadView, { brief, source }: ThreadState): string => {
  const { alerts, settings } = view
  // A question has no alert that fires and no expression that could be asked.
  if (source === 'mention') return [`Asked ${clockTime(view.incident.started_at)}`, ...whatAndWhere(view)].join(' · ')
  const own = brief === null ? undefined : ownStateOf(brief)
  const since = brief?.onset == null ? '' : ` since ${brief.onset_seen ? '' : 'about '}${clockTime(new Date(brief.onset))}`
  const value = brief?.state == null ? `Firing${since}` : `${line(brief.state, settings.hosts, 120)}${since}`
  const teams = alerts.teams.length > 1 ? ` of ${line(alerts.teams.join(', '), settings.hosts, 80)}` : ''
  const storm = alerts.total > 1 ? [`*${alerts.total} alerts${teams}, ${alerts.firing} firing*`] : []
  return withRefs([value, ...whatAndWhere(view), ...storm].join(' · '), own?.evidence ?? [])
}

/** What must be known before the findings are read. */
const noteLines = (view: ThreadView, state: ThreadState): string[] => {
  const { incident, settings } = view
  const notes: string[] = []
  if (state.refired !== null) {
    const after =
      state.refired.after === null
        ? ''
        : `, ${duration((state.refired.at.getTime() - state.refired.after.getTime()) / 1000)} after it was over`
    notes.push(`Fired again ${clockTime(state.refired.at)}${after}.`)
    const before = state.verdicts[state.concludedBefore - 1]
    if (before !== undefined)
      notes.push(`Found before: ${line(answerOf(before.analysis).answer ?? 'no proven cause', settings.hosts, 120)}`)
  }
  notes.push(...aboutLines(view, state))
  for (const { name, text, weighed } of state.corrections.slice(-CORRECTIONS))
    notes.push(
      `${line(name, settings.hosts, 40)} says: ${line(text.replace(/\.$/, ''), settings.hosts, 160)}. ${weighed ? 'Weighed in the newest look.' : 'Weighed in the next look.'}`,
    )
  for (const { into, from } of state.splits)
    notes.push(into === null ? `Set apart from INC-${from} by a person.` : `One alert was set apart by a person: INC-${into}.`)
  if (state.source === 'mention') notes.push(`> ${line(incident.title, settings.hosts, 200)}`)
  return notes
}

/** The suspect stands in the first line until a verdict does. */
const briefLines = (
  { settings }: ThreadView,
  brief: Brief,
  { isAnswered: concluded, length }: { isAnswered: boolean; length: number },
): string[] => {
  const { hosts } = settings
  const own = ownStateOf(brief)
  const suspects = suspectLines(brief, hosts, length)
  const isFirst = (finding: Finding) => suspects.length === 0 && !concluded && finding === suspectOf(brief)
  const shown = brief.findings.filter((finding) => finding !== own && !isFirst(finding) && !isSaid(brief, finding))
  const room = Math.max(0, FINDINGS - suspects.length)
  const bullets = shown
    .slice(0, room)
    .map((finding) => `• ${withRefs(line(finding.summary, hosts, Math.min(160, length)), finding.evidence.slice(0, 3))}`)
  const gaps = gapsLine(brief, hosts, Math.min(length, GAPS) * (suspects.length + bullets.length > 0 ? 1 : 2))
  const more = shown.length > room ? [`${shown.length - room} more under Evidence`] : []
  const stands = suspects.length > 0 || suspectOf(brief) !== undefined
  const looked = !concluded && bullets.length === 0 && !stands && brief.looked_at.length > 0
  return [...suspects, ...bullets, ...more, ...(looked ? [`Looked at: ${line(brief.looked_at.join(' · '), hosts, 200)}`] : []), ...gaps]
}

/** An analysis of its own says it there. */
const ruleLine = ({ settings }: ThreadView, state: ThreadState): string[] => {
  const rule = hasRule(state) ? betterRuleLine(state, settings.hosts) : null
  return rule === null ? [] : [rule]
}

const hasRule = (state: ThreadState): boolean => state.betterRule !== null && shownVerdicts(state).length === 0

const nextLine = (view: ThreadView, state: ThreadState, held: Held | null): string => {
  const over = overLine(view, state.outcome)
  if (over !== null) return over
  // A question is answered, not taken.
  if (state.source === 'mention') return whatFollows(view, state, held)
  const nobody = isWaitingFor(state, held) ? ' Nobody has taken this yet.' : ''
  return `${whatFollows(view, state, held)}${state.owner === null ? nobody : ` ${named(state.owner)} is on it.`}`
}

/** Whether it waits for somebody to take it: what needs no action, or usually goes by itself, does not. */
const isWaitingFor = (state: ThreadState, held: Held | null): boolean =>
  verdictNow(state)?.analysis.verdict !== 'no_action' && (held === null || held.by === 'budget')

const whatFollows = (view: ThreadView, state: ThreadState, held: Held | null): string => {
  const { settings } = view
  const verdict = verdictNow(state)
  if (held !== null) return `${heldNext(view, held)}${held.by === 'budget' ? firstThing(view, state) : ''}`
  const runs = causeRuns(state.runs)
  if (verdict !== undefined && runs.some((run) => run.done === null)) return `Looking again, at most ${duration(settings.budget.seconds)}.`
  if (verdict !== undefined && shownVerdicts(state).length > 0) {
    const by = verdict.analysis.by === 'rules' ? 'rules only' : modelNames(verdict.spending.models)
    return `Investigated (${by}): the analysis stands below.`
  }
  if (state.brief === null) return 'Looking again.'
  if (state.forced !== null && verdict === undefined) return `Investigating all the same, at most ${duration(settings.budget.seconds)}.`
  if (verdict !== undefined)
    return `_${line(upper(verdict.analysis.partial_reason ?? 'Rules only, nothing was investigated'), settings.hosts, 160)}._`
  switch (state.brief.next) {
    case 'investigating':
      return `Investigating, at most ${duration(settings.budget.seconds)}.`
    case 'heartbeat':
      return 'See whether its Prometheus and Alertmanager run and reach me. Until it is heard again I believe nothing there that says it is over.'
    case 'no_model':
      return `_Rules only: no model is configured._${firstThing(view, state)}`
    case 'budget_spent':
      return `_Rules only: today's budget for investigations is spent._${firstThing(view, state)}`
  }
}

/** The alert's own expression stands in the first lines already; what goes beyond it says where to begin. */
const firstThing = ({ settings }: ThreadView, { brief }: ThreadState): string => {
  const findings = brief?.findings ?? []
  const suggestion = (findings.find((finding) => finding.rule !== 'own-expression') ?? findings[0])?.suggestion
  return suggestion === undefined ? '' : ` First thing to do: ${line(suggestion.replace(/\.$/, ''), settings.hosts, 160)}.`
}

const overWords = (outcome: Outcome | null): { sign: string; lead: string } | null => {
  if (outcome?.kind === 'recovered') return { sign: '🟢', lead: 'Over' }
  return outcome?.kind === 'not_confirmed' || outcome?.kind === 'by_person' ? { sign: '⚪', lead: 'Closed' } : null
}

/** Null while it is not over. */
const overLine = ({ settings }: ThreadView, outcome: Outcome | null): string | null => {
  if (outcome === null) return null
  const at = clockTime(outcome.at)
  switch (outcome.kind) {
    case 'recovered':
      return `🟢 Over since ${at}, confirmed on fresh data.`
    case 'not_confirmed':
      return `⚪ Closed ${at}, not confirmed: ${line(outcome.detail, settings.hosts, 120)}.`
    case 'by_person':
      return `⚪ Closed ${at} by ${named(outcome.by)}, not confirmed by data.`
    case 'cannot_tell':
    case 'still_firing':
    case 'fired_again':
      return null
  }
}

const failureLine = ({ settings }: ThreadView, state: ThreadState): string => {
  const last = state.failures.at(-1)
  return `⚠ ${line(`${last?.what ?? 'Something'}: ${last?.reason ?? 'failed'}`, settings.hosts, 300)}`
}

/** At most three in a row: what a reader of it does next. The rest is in the menu. */
const buttons = (view: ThreadView, state: ThreadState, held: Held | null): Block[] => {
  const { incident, alerts } = view
  const { id: value } = incident
  const running = state.runs.some((run) => run.done === null)
  const over = isOver(state.outcome)
  const takeable = !over && state.owner === null && state.source !== 'mention'
  const row = [
    ...(held === null ? [] : [forceButton(view, held)]),
    // Taking an incident asks nothing back: it costs nothing, and anybody may take it over.
    ...(takeable ? [button({ text: "I'm on it", action: 'own', value }, held === null ? { style: 'primary' } : {})] : []),
    ...(hasRule(state) ? [copyRuleButton(view)] : []),
    ...evidenceButton(view),
  ]
  // Nobody has to take what was left alone.
  const shown = row.length <= 3 && (isWaitingFor(state, held) || held !== null) ? row : row.filter((one) => one['action_id'] !== 'own')
  return [
    ...shown,
    overflow('more', [
      ...(shown.length < row.length ? [{ text: "I'm on it", value: `own:${value}` }] : []),
      ...(running ? [{ text: 'Stop and conclude', value: `stop:${value}` }] : []),
      ...(running || held !== null ? [] : [{ text: 'Investigate again', value: `again:${value}` }]),
      ...aboutChoice(view, state),
      { text: 'Why? What was decided', value: `why:${value}` },
      ...(alerts.total > 1 && !over ? [{ text: 'Not the same problem', value: `not_same:${value}` }] : []),
    ]),
  ]
}

const unresolvedPush = (brief: Brief | null): string[] => {
  if (brief?.unplaced === true) return ['No cluster of vigil.yaml fits its labels', 'I can see nothing of it']
  const follows = (brief?.nearest ?? []).length > 0 ? 'Tell me which, or I look only at the alert' : 'I look only at the alert'
  return ['Its labels name no service I know', follows]
}

const pushOf = (view: ThreadView, state: ThreadState, held: Held | null): string => {
  const { incident } = view
  const { brief } = state
  const verdict = verdictNow(state)
  const { subject, alertname } = incident
  // "checkout CheckoutHighErrorRate" would say it twice, in the first 60 characters.
  const object = subject === null || alertname.toLowerCase().includes(subject.toLowerCase()) ? alertname : `${subject} ${alertname}`
  if (verdict !== undefined) {
    const lead = overWords(state.outcome)?.lead ?? verdictWords[verdict.analysis.verdict].push
    return push([`${lead}: ${answerOf(verdict.analysis).answer ?? object}`])
  }
  if (state.source === 'mention') return push([`Looking into: ${incident.title}`])
  if (incident.subject === null) return push([`${incident.alertname} fired`, ...unresolvedPush(brief)])
  if (brief?.next === 'heartbeat') return push([brief.headline])
  const value = brief?.state == null ? 'fired' : `at ${brief.state}`
  const none = state.refired === null ? 'I could not look at it yet' : 'It fired again'
  const what = brief === null ? none : (suspectPush(brief) ?? brief.headline)
  const why = heldPush(held)
  if (why.length > 0) return push([`${object} ${value}`, ...why])
  const follows = brief?.next === 'investigating' || state.forced !== null ? 'Investigating' : brief === null ? '' : 'Rules only'
  return push([`${object} ${value}`, what, follows])
}
