import type { Cited } from '../evidence.ts'
import type { OwnState, Rule, RuleInput } from './rule.ts'

/** The alert's own rule: where its expression stands against its limit, and since when. */
export const ownExpression: Rule = {
  id: 'own-expression',
  looksAt: "the alert's own expression",
  evaluate: async ({ own, alert, subject, cite }) => {
    if (own === null) return []
    const name = subject ?? alert.labels['alertname'] ?? 'the alert'
    const wrong = own.firing === true
    const since = `since ${own.onset.toISOString().slice(11, 19)} UTC${own.onsetSeen ? '' : ' (start of the alert less its `for`, no earlier data)'}`
    const summary =
      own.firing === null
        ? `The expression of this alert gives ${own.state} now; it began ${since.slice(6)}.`
        : wrong
          ? `${name} is at ${own.state} ${since}.`
          : `${name} is back on the healthy side: ${own.state}. It was on the wrong side ${since}.`
    return [
      {
        rule: 'own-expression',
        severity: wrong ? (alert.labels['severity'] === 'critical' ? 'critical' : 'high') : 'info',
        confidence: 'high',
        summary,
        suggestion: `Look at its own expression: \`${own.expression}\``,
        evidence: answersOf(own, `${name}: ${own.state} at the newest point; began ${since.slice(6)}`, cite),
      },
    ]
  },
}

/** The course shows from when on; each answer by itself is a number of points. */
const answersOf = ({ answers }: OwnState, reading: string, cite: RuleInput['cite']): [Cited, ...Cited[]] => {
  const [first, ...more] = answers
  const read = (answer: Cited, i: number): Cited => cite(i === more.length ? { ...answer, shown: `${answer.shown}\n${reading}` } : answer)
  return [read(first, 0), ...more.map((answer, i) => read(answer, i + 1))]
}
