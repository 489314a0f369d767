import type { Brief } from '../src/incident/timeline.ts'
import type { Analysis } from '../src/investigation/analysis.ts'
import type { Case } from './case.ts'
import { NOW } from './world.ts'

/** What one case must never get wrong stands apart: an invented cause is worse than none. Faults are for people. */
export type Score = { readonly faults: readonly string[]; readonly invented: readonly string[] }

/** Scores an analysis by what the case says is right, without anybody's opinion. `lies`: what was handed in without proof on purpose. */
export const score = (analysis: Analysis, { expected }: Case, lies: readonly string[]): Score => {
  const { verdicts, cause, never, gaps = [] } = expected
  const shown = [analysis.summary, analysis.cause?.text ?? '', ...analysis.claims.map(({ text }) => text)]
  return {
    faults: [
      ...(verdicts.includes(analysis.verdict) ? [] : [`verdict ${analysis.verdict}, expected ${verdicts.join(' or ')}`]),
      ...causeFaults(analysis, cause),
      ...gaps
        .filter((words) => !analysis.data_gaps.some((gap) => words.test(gap)))
        .map((words) => `does not say that it could not see ${words}`),
    ],
    invented: [
      ...(cause === null && analysis.cause !== null ? [`names a cause where none can be known: ${analysis.cause.text}`] : []),
      ...never.filter((words) => words.test(shown.join('\n'))).map((words) => `says what is not so: ${words}`),
      ...lies.filter((lie) => shown.includes(lie)).map((lie) => `shows what has no proof: ${lie}`),
    ],
  }
}

const causeFaults = ({ cause: named, summary }: Analysis, cause: Case['expected']['cause']): string[] => {
  if (cause === null) return []
  if (named === null) return [`names no cause, expected ${cause.category} of ${cause.object}`]
  const categories = [cause.category, ...(cause.or ?? [])]
  return [
    ...(categories.includes(named.category) ? [] : [`category ${named.category}, expected ${categories.join(' or ')}`]),
    ...(named.object?.name === cause.object ? [] : [`object ${named.object?.name ?? 'none'}, expected ${cause.object}`]),
    ...cause.says.filter((words) => !words.test(`${named.text} ${summary}`)).map((words) => `the cause does not say ${words}`),
  ]
}

/** Scores what the rules alone told: the state of the alert's own expression, the onset within a minute, and nothing that is not so. */
export const scoreRules = (brief: Brief, { expected }: Case): string[] => {
  const { firing, onset, says = [] } = expected.rules
  const own = brief.findings.find(({ rule }) => rule === 'own-expression')
  // Their suggestions quote the expression, which is the rule's author's and not theirs.
  const text = [brief.headline, ...brief.findings.map(({ summary }) => summary)].join('\n')
  const ago = brief.onset === null ? null : (NOW.getTime() - Date.parse(brief.onset)) / 60_000
  return [
    ...(own === undefined
      ? ["nothing is found about the alert's own expression"]
      : firingOf(own) === firing
        ? []
        : [`firing ${firingOf(own)}, expected ${firing}`]),
    ...(onset === null || (ago !== null && Math.abs(ago - onset) <= 1) ? [] : [`began ${ago?.toFixed(1)} min ago, expected ${onset}`]),
    ...says.filter((words) => !words.test(text)).map((words) => `does not say ${words}`),
    ...expected.never.filter((words) => words.test(text)).map((words) => `says what is not so: ${words}`),
  ]
}

const firingOf = ({ severity, summary }: Brief['findings'][number]): boolean | null => {
  if (severity === 'high' || severity === 'critical') return true
  return /healthy side/.test(summary) ? false : null
}
