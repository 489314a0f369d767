import { duration, usd } from '../../text/number.ts'
import type { Block, ThreadView } from '../drawing.ts'
import type { Held } from '../held.ts'
import { button, confirm } from './text.ts'

/** Buttons that more than one message has. Those that cost or change something ask first. */

/** None where there is nothing to be looked at. */
export const evidenceButton = ({ incident, evidence }: ThreadView): Block[] =>
  evidence === 0 ? [] : [button({ text: 'Evidence', action: 'evidence', value: incident.id })]

export const detailsButton = ({ incident }: ThreadView, number: number): Block =>
  button({ text: 'Full analysis', action: 'details', value: `${incident.id}:${number}` })

export const againButton = (view: ThreadView): Block =>
  button(
    { text: 'Look again', action: 'again', value: view.incident.id },
    { confirm: confirm({ title: 'Investigate again?', text: `It takes ${atMost(view)}.`, yes: 'Investigate', no: 'Not now' }) },
  )

const FORCE = { waiting: 'Investigate now', gate: 'Investigate anyway' } as const

/** "Investigate anyway", in the words of what it goes past. */
export const forceButton = (view: ThreadView, { by }: Held): Block => {
  const { incident, settings } = view
  if (by !== 'budget')
    return button(
      { text: FORCE[by], action: 'force', value: incident.id },
      { confirm: confirm({ title: `${FORCE[by]}?`, text: `It takes ${atMost(view)}.`, yes: 'Investigate', no: 'Not now' }) },
    )
  const beyond = settings.dayUsd === null ? 'the budget that is spent' : `the ${usd(settings.dayUsd).replace(/\.00$/, '')} that are spent`
  const title = 'Go on all the same?'
  return button(
    { text: `Go on, up to ${usd(settings.budget.usd)}`, action: 'force', value: incident.id },
    { confirm: confirm({ title, text: `It takes ${atMost(view)}, beyond ${beyond}.`, yes: 'Investigate', no: 'Not now' }) },
  )
}

/** A second look that tries to refute the analysis of one investigation. */
export const challengeButton = ({ incident, settings: { challenge } }: ThreadView, number: number): Block =>
  button(
    { text: 'Prove me wrong', action: 'challenge', value: `${incident.id}:${number}` },
    {
      confirm: confirm({
        title: 'Try to refute it?',
        text: `A second look for what speaks against it. It takes up to ${duration(challenge.seconds)} and up to ${usd(challenge.usd)}.`,
        yes: 'Try',
        no: 'Not now',
      }),
    },
  )

export const copyRuleButton = ({ incident }: ThreadView): Block =>
  button({ text: 'Copy the rule', action: 'copy_rule', value: incident.id })

const atMost = ({ settings: { budget } }: ThreadView): string => `up to ${duration(budget.seconds)} and up to ${usd(budget.usd)}`
