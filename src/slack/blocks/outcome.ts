import { lower, upper } from '../../text/letters.ts'
import type { Living, ThreadView } from '../drawing.ts'
import type { Outcome } from '../thread-outcome.ts'
import { calls } from './mention.ts'
import { subjectName } from './subject.ts'
import { actions, button, clockTime, line, push, section, withRefs } from './text.ts'

/** How it went on after the alert went quiet, in one living message. A quiet alert is not a healthy system. */
export const outcomeMessage = (view: ThreadView, outcome: Outcome): Living => {
  const { words, pushed, open } = wordsOf(view, outcome)
  const { incident, evidence } = view
  const look = open && evidence > 0 ? [button({ text: 'Evidence', action: 'evidence', value: incident.id })] : []
  return { text: push(pushed), blocks: [section(words), ...actions(look)], final: !open }
}

type Words = { readonly words: string; readonly pushed: readonly string[]; readonly open: boolean }

const wordsOf = (view: ThreadView, outcome: Outcome): Words => {
  const { settings, incident } = view
  const name = subjectName(view)
  const value = outcome.value === null ? '' : line(outcome.value, settings.hosts, 120)
  const detail = line(sentence(outcome.detail), settings.hosts, 240)
  const proof = outcome.evidence === null ? [] : [outcome.evidence]
  switch (outcome.kind) {
    case 'recovered':
      return {
        words: `🟢 *It is over.* ${withRefs(value === '' ? detail : `${value}, ${lower(detail)}`, proof)}`,
        pushed: [`Over: ${name}${outcome.value === null ? '' : ` is at ${outcome.value}`}`, 'Confirmed on fresh data'],
        open: false,
      }
    case 'not_confirmed':
      return {
        words: `⚪ *Closed, not confirmed.* The alert says it is over; I could not check: ${lower(detail)}`,
        pushed: [`Closed, not confirmed: ${name}`, 'The alert says it is over, I could not check'],
        open: false,
      }
    case 'by_person':
      return {
        words: '⚪ *Closed by hand*, not confirmed by data. If it fires again I look again.',
        pushed: [`Closed by hand: ${name}`, 'Not confirmed by data'],
        open: false,
      }
    case 'cannot_tell': {
      const mention = calls(settings.notify, { kind: 'cannot_tell', severity: incident.severity, owner: outcome.owner })
      return {
        words: `⚠ *Cannot tell whether it is over.* ${withRefs(detail, proof)}${mention}\nA silent metric is not a healthy one. This thread stays open and I look again.`,
        pushed: [`Cannot tell whether ${name} is over`, sentence(outcome.detail), 'Please look'],
        open: true,
      }
    }
    case 'still_firing': {
      const mention = calls(settings.notify, { kind: null, severity: incident.severity, owner: outcome.owner })
      return {
        words: `🔴 *Not over.* The alert says it is, its own expression does not: ${withRefs(value === '' ? detail : value, proof)}${mention}\nThis thread stays open and I look again.`,
        pushed: [`Not over: ${name}${outcome.value === null ? '' : ` is still at ${outcome.value}`}`, 'The alert went quiet'],
        open: true,
      }
    }
    case 'fired_again':
      return {
        words: `↩ *It fired again* ${clockTime(outcome.at)}. What stood here was over for that long only.`,
        pushed: [`Fired again: ${name}`],
        open: true,
      }
  }
}

const sentence = (text: string): string => `${upper(text).replace(/[.\s]+$/, '')}.`
