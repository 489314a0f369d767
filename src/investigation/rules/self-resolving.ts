import { duration } from '../../text/number.ts'
import type { Rule } from './rule.ts'

/** How often it fired before, and whether it usually goes by itself: a reader who knows that can lie down again. */
export const selfResolving: Rule = {
  id: 'self-resolving',
  looksAt: 'how often it fired',
  needs: ['prometheus'],
  evaluate: async ({ firedBefore, alert, cite }) => {
    const past = await firedBefore()
    if (past === null || past.usually === null) return []
    const { times, of, medianSeconds, withinSeconds } = past.usually
    const name = alert.labels['alertname'] ?? 'It'
    const told = `over within ${duration(withinSeconds)} in ${times} of ${of} times in ${past.days} days, the median was ${duration(medianSeconds)}`
    return [
      {
        rule: 'self-resolving',
        severity: 'info',
        confidence: 'medium',
        summary: `${name} was ${told}.`,
        suggestion: 'Wait for as long before waking somebody, if nothing else speaks for it',
        evidence: [cite({ ...past.answer, shown: `${past.answer.shown}\n${name}: ${told}` })],
      },
    ]
  },
}
