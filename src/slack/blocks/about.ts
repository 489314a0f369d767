import { digest } from '../../text/digest.ts'
import type { Block, ThreadView } from '../drawing.ts'
import { isOver } from '../thread-outcome.ts'
import type { ThreadState } from '../thread-state.ts'
import { named } from './mention.ts'
import { bold, button, label, line } from './text.ts'

/** What an alert is about: where its labels do not say it, who or what said it, and what was not assumed. */
export const aboutLines = (view: ThreadView, state: ThreadState): string[] => {
  if (state.source === 'mention') return []
  const unplaced = state.brief?.unplaced === true ? [UNPLACED] : []
  return [...unplaced, ...(view.incident.subject === null ? unresolved(view, state) : said(view, state))]
}

const UNPLACED =
  'Mend it in `vigil.yaml`: matchers under `clusters` that fit this alert, or single endpoints for all that fits none (`prometheus`, `loki` …).'

const unresolved = ({ alerts, settings: { hosts } }: ThreadView, { brief }: ThreadState): string[] => {
  const labels = Object.entries(alerts.newest?.labels ?? {}).filter(([name]) => name !== 'alertname' && name !== 'severity')
  const written = labels.map(([name, value]) => `${name}=${value}`).join(', ')
  const only = written === '' ? 'It came without further labels' : `Its labels are only: ${line(written, hosts, 200)}`
  const [first, second, ...rest] = brief?.nearest ?? []
  if (first === undefined) return [`${only}. I have not assumed a service.`]
  const none = second === undefined ? 'it' : rest.length === 0 ? 'either' : 'any of them'
  return [
    `${only}.`,
    `Nearest by name: ${line([first, second, ...rest].filter(Boolean).join(', '), hosts, 200)}. I have not assumed ${none}.`,
  ]
}

const said = ({ incident, settings: { hosts } }: ThreadView, { subject }: ThreadState): string[] => {
  // What a webhook or a later word said counts, and stands in the second line.
  if (subject === null || subject.subject !== incident.subject) return []
  const name = bold(subject.subject, hosts, 100)
  switch (subject.basis) {
    case 'person':
      return [`About ${name}: ${named(subject.by)} says so. The next alert like it comes with that.`]
    case 'remembered':
      return [`About ${name}: ${named(subject.by)} said so of such an alert before.`]
    case 'expression':
    case 'owner':
      return [`About ${name}: ${line(subject.why, hosts, 160)}.`]
  }
}

/** The names that are near, to be pressed. Their digest, never the name, goes through the button. */
export const aboutButtons = ({ incident }: ThreadView, { brief, source, outcome }: ThreadState): Block[] =>
  incident.subject !== null || source === 'mention' || isOver(outcome)
    ? []
    : (brief?.nearest ?? [])
        .slice(0, 3)
        .map((name, i) => button({ text: label(name, 20), action: `subject:${i}`, value: `${incident.id}:${nameKey(name)}` }))

/** For the menu of every alert. */
export const aboutChoice = ({ incident }: ThreadView, { source, outcome }: ThreadState): { text: string; value: string }[] =>
  source === 'mention' || isOver(outcome)
    ? []
    : [{ text: incident.subject === null ? 'Name the service' : 'Wrong service?', value: `service:${incident.id}` }]

/** What stands for a name in a button. */
export const nameKey = (name: string): string => digest(name.toWellFormed()).slice(0, 16)
