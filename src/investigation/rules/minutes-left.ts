import type { Point } from '../../series/series.ts'
import { secondsUntil, trendOf } from '../../series/trend.ts'
import { amount, duration } from '../../text/number.ts'
import type { OwnState, Rule } from './rule.ts'

/** Something runs out: when, if it goes on as it does now. A disk that is full at 14:32 and one that is full on Sunday are two different nights. */
export const minutesLeft: Rule = {
  id: 'minutes-left',
  looksAt: 'when it runs out',
  needs: ['prometheus'],
  evaluate: async ({ own, alert, subject, clock, cite }) => {
    if (own === null) return []
    const points = pointsOf(own)
    const bound = boundOf(own, points)
    const trend = trendOf(points)
    if (bound === null || trend === undefined || points.length < LEAST_POINTS || trend.fit < CLEAR) return []
    const seconds = secondsUntil(trend, bound.at)
    if (seconds === undefined || seconds > HORIZON_S) return []
    const when = new Date((trend.at + seconds) * 1000)
    // What would have run out by now has stopped to fall: the line is not what happens.
    if (when <= clock.now()) return []
    const at = `${when.toISOString().slice(11, 16)} UTC`
    const rate = `${amount(Math.abs(trend.slope) * 60)} a minute`
    const name = subject ?? alert.labels['alertname'] ?? 'It'
    const [answer] = own.answers.slice(-1).map((one) => ({
      ...one,
      shown: `${one.shown}\nat ${rate} ${name} reaches ${bound.words} at ${at}, in ${duration(seconds)}`,
    }))
    if (answer === undefined) return []
    return [
      {
        rule: 'minutes-left',
        severity: seconds < 3600 ? 'high' : 'medium',
        confidence: trend.fit >= STRAIGHT ? 'high' : 'medium',
        summary: `${name} reaches ${bound.words} at ${at}, in ${duration(seconds)}, if it goes on at ${rate}.`,
        suggestion: `Look what fills it: \`${own.expression}\``,
        evidence: [cite(answer)],
      },
    ]
  },
}

const LEAST_POINTS = 10
/** Shares of the spread that a line explains: below 0.8 there is no line; above 0.95 nothing else. */
const CLEAR = 0.8
const STRAIGHT = 0.95
const HORIZON_S = 24 * 3600

/** The newest course that the alert's own expression gave, for as long as it moves towards its end. */
const pointsOf = ({ answers, chart }: OwnState): readonly Point[] => {
  const course = answers.at(-1)?.output
  const series = course?.kind === 'series' ? course.series : []
  const own = series.length === 1 ? series[0]?.points : undefined
  return (own ?? chart?.points ?? []).slice(-120)
}

/** What can run out, by the words of its metrics: of an error ratio nobody wants to know when it is 100 %. */
const RUNS_OUT =
  /filesystem|disk|volume|inode|storage|pvc|memory|heap|swap|connections?|pool|quota|conntrack|file_?desc|_fds|threads|budget|capacity|wal|tablespace|tokens/i
const IS_LEFT = /avail|free|remaining|left|budget|headroom|unused/i

/** Where it ends: nothing left, or all of it used. Only for what falls towards 0 or rises towards its whole. */
const boundOf = ({ expression, threshold }: OwnState, points: readonly Point[]): { at: number; words: string } | null => {
  const [first, last] = [points[0]?.[1], points.at(-1)?.[1]]
  if (!RUNS_OUT.test(expression) || first === undefined || last === undefined || threshold === null) return null
  if (last < first && last >= 0 && IS_LEFT.test(expression)) return { at: 0, words: 'nothing left' }
  const isPercent = threshold > 1 && threshold <= 100 && /\*\s*100|100\s*\*|percent|pct/i.test(expression)
  const isRatio = threshold > 0 && threshold <= 1 && expression.includes('/')
  // 1 - free / size rises towards its whole; free / size that rises only gets better.
  const isUsed = !IS_LEFT.test(expression) || /\b(?:1|100)\s*-/.test(expression)
  if (last <= first || !isUsed || !(isPercent || isRatio)) return null
  return isPercent ? (last < 100 ? { at: 100, words: '100 %' } : null) : last < 1 ? { at: 1, words: '100 %' } : null
}
