import type { Brief } from '../../incident/timeline.ts'
import type { Finding } from '../../investigation/rules/rule.ts'
import { duration } from '../../text/number.ts'
import type { Block, ThreadView } from '../drawing.ts'
import { type Concluded, type Outcome, type ThreadState, verdictNow } from '../thread-state.ts'
import { chartOf } from './chart.ts'
import { named } from './mention.ts'
import { ownStateOf, whatAndWhere } from './subject.ts'
import { actions, bold, button, clockTime, context, line, modelName, overflow, push, section, withRefs } from './text.ts'
import { answerOf, confidenceOf, verdictWords } from './verdict.ts'

type Drawn = { readonly text: string; readonly blocks: readonly Block[] }

/** Bullets before a reader stops reading. */
const FINDINGS = 3

/** The first reply: by rules alone, three seconds after the alert; later its first line is the verdict and its last the outcome. */
export const firstReply = (view: ThreadView, state: ThreadState): Drawn => {
  const { brief } = state
  const verdict = verdictNow(state)
  const lines = [
    headline(view, state),
    stateLine(view, state),
    ...noteLines(view, state),
    ...(brief === null || state.source === 'mention' ? [] : briefLines(view, brief, verdict !== undefined)),
  ]
  return {
    text: pushOf(view, state),
    blocks: [
      section(lines.join('\n')),
      ...(brief === null ? [] : chartOf(brief)),
      section(nextLine(view, state, verdict)),
      ...actions(buttons(view, state)),
      ...(state.failures.length === 0 ? [] : [context(failureLine(view, state))]),
    ],
  }
}

const headline = ({ settings: { hosts } }: ThreadView, state: ThreadState): string => {
  const verdict = verdictNow(state)
  if (verdict !== undefined) {
    // "Act now" above what is over would send somebody running.
    const { sign, lead } = overWords(state.outcome) ?? verdictWords[verdict.analysis.verdict]
    const { answer } = answerOf(verdict.analysis)
    return `${sign} ${bold(answer === null ? lead : `${lead}: ${answer}`, hosts)}${confidenceOf(verdict.analysis)}`
  }
  const { brief } = state
  if (brief === null) return state.refired === null ? '⚠ *I could not look at this alert yet*' : '↩ *It fired again*'
  const confidence = brief.confidence === null ? '' : `   ${brief.confidence} confidence`
  const again = state.refired === null ? '' : '↩ '
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
  const storm = alerts.total > 1 ? [`*${alerts.total} alerts, ${alerts.firing} firing*`] : []
  return withRefs([value, ...whatAndWhere(view), ...storm].join(' · '), own?.evidence ?? [])
}

/** What must be known before the findings are read. */
const noteLines = (view: ThreadView, state: ThreadState): string[] => {
  const { incident, settings, alerts } = view
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
  if (incident.subject === null && state.source !== 'mention') {
    const labels = Object.entries(alerts.newest?.labels ?? {}).filter(([name]) => name !== 'alertname' && name !== 'severity')
    const written = labels.map(([name, value]) => `${name}=${value}`).join(', ')
    const only = written === '' ? 'It came without further labels' : `Its labels are only: ${line(written, settings.hosts, 200)}`
    notes.push(`${only}. I have not assumed a service.`)
  }
  for (const { into, from } of state.splits)
    notes.push(into === null ? `Set apart from INC-${from} by a person.` : `One alert was set apart by a person: INC-${into}.`)
  if (state.source === 'mention') notes.push(`> ${line(incident.title, settings.hosts, 200)}`)
  return notes
}

/** The suspect stands in the first line until a verdict does. */
const briefLines = ({ settings }: ThreadView, brief: Brief, concluded: boolean): string[] => {
  const { hosts } = settings
  const own = ownStateOf(brief)
  const shown = brief.findings.filter((finding) => finding !== own && (concluded || finding !== suspectOf(brief)))
  const bullets = shown.slice(0, FINDINGS).map((finding) => `• ${withRefs(line(finding.summary, hosts, 160), finding.evidence)}`)
  const more = shown.length > FINDINGS ? [`${shown.length - FINDINGS} more under Evidence`] : []
  const looked = bullets.length === 0 && suspectOf(brief) === undefined && brief.looked_at.length > 0
  return [
    ...bullets,
    ...more,
    ...(looked ? [`Looked at: ${line(brief.looked_at.join(' · '), hosts, 200)}`] : []),
    ...(brief.gaps.length === 0 ? [] : [`Could not see: ${line(brief.gaps.join(' · '), hosts, 240)}`]),
  ]
}

const nextLine = (view: ThreadView, state: ThreadState, verdict: Concluded | undefined): string => {
  const over = overLine(view, state.outcome)
  if (over !== null) return over
  // A question is answered, not taken.
  if (state.source === 'mention') return whatFollows(view, state, verdict)
  const owner = state.owner === null ? 'Nobody has taken this yet.' : `${named(state.owner)} is on it.`
  return `${whatFollows(view, state, verdict)} ${owner}`
}

const whatFollows = ({ settings }: ThreadView, state: ThreadState, verdict: Concluded | undefined): string => {
  if (verdict !== undefined) {
    const by = verdict.analysis.by === 'rules' ? 'rules only' : modelName(verdict.spending.models.join(', '))
    return `Investigated (${by}): the analysis stands below.`
  }
  if (state.brief === null) return 'Looking again.'
  // The alert's own expression stands in the first lines already; what goes beyond it says where to begin.
  const { findings } = state.brief
  const suggestion = (findings.find((finding) => finding.rule !== 'own-expression') ?? findings[0])?.suggestion
  const first = suggestion === undefined ? '' : ` First thing to do: ${line(suggestion.replace(/\.$/, ''), settings.hosts, 160)}.`
  switch (state.brief.next) {
    case 'investigating':
      return `Investigating, at most ${duration(settings.budget.seconds)}.`
    case 'no_model':
      return `_Rules only: no model is configured._${first}`
    case 'budget_spent':
      return `_Rules only: today's budget for investigations is spent._${first}`
  }
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

const buttons = ({ incident, evidence, alerts }: ThreadView, state: ThreadState): Block[] => {
  const running = state.runs.some((run) => run.done === null)
  const over = state.outcome !== null && ['recovered', 'not_confirmed', 'by_person'].includes(state.outcome.kind)
  const { id: value } = incident
  return [
    // Taking an incident asks nothing back: it costs nothing, and anybody may take it over.
    ...(over || state.owner !== null || state.source === 'mention'
      ? []
      : [button({ text: "I'm on it", action: 'own', value }, { style: 'primary' })]),
    ...(evidence === 0 ? [] : [button({ text: 'Evidence', action: 'evidence', value })]),
    overflow('more', [
      ...(running ? [{ text: 'Stop and conclude', value: `stop:${value}` }] : [{ text: 'Investigate again', value: `again:${value}` }]),
      { text: 'Why? What was decided', value: `why:${value}` },
      ...(alerts.total > 1 && !over ? [{ text: 'Not the same problem', value: `not_same:${value}` }] : []),
    ]),
  ]
}

const pushOf = (view: ThreadView, state: ThreadState): string => {
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
  if (incident.subject === null)
    return push([`${incident.alertname} fired`, 'Its labels name no service I know', 'I look only at the alert'])
  const value = brief?.state == null ? 'fired' : `at ${brief.state}`
  const what = brief === null ? (state.refired === null ? 'I could not look at it yet' : 'It fired again') : brief.headline
  const follows = brief?.next === 'investigating' ? 'Investigating' : brief === null ? '' : 'Rules only'
  return push([`${object} ${value}`, what, follows])
}
