import type { Labels } from '../../series/series.ts'
import type { Expr } from './promql/ast.ts'
import type { Sample, Storage } from './promql/evaluate.ts'
import { evaluateInstant } from './promql/evaluate.ts'
import { nameless, signature, sortLabels } from './promql/labels.ts'
import { parsePromql } from './promql/parse.ts'
import type { ComputedSeries } from './storage.ts'
import { merged } from './storage.ts'

/** Evaluates alerting rules on a grid of `everySeconds`, keeps every alert that ever was, and tells `onEvaluated` after each instant. */
export const startRules = (rules: readonly AlertRule[], everySeconds: number, storage: Storage): Rules => {
  const parsed = rules.map((rule) => ({ rule, expr: parsePromql(rule.expression) }))
  const lives: AlertLife[] = []
  const current = new Map<string, AlertLife>()
  let evaluatedAt: number | undefined
  const evaluate = (seconds: number): AlertLife[] => {
    const ended = parsed.flatMap(({ rule, expr }) => step({ rule, expr, seconds, storage }, current, lives))
    evaluatedAt = seconds
    return ended
  }
  return {
    rules,
    everySeconds,
    evaluatedAt: () => evaluatedAt,
    active: () => [...current.values()],
    evaluateSpan: (after, to, stride = 1) => {
      const ended: AlertLife[] = []
      for (let slot = Math.floor(after / everySeconds) + 1; slot * everySeconds <= to; slot += stride)
        ended.push(...evaluate(slot * everySeconds))
      return ended
    },
    series: () => merged(lives.flatMap((life) => seriesOf(life, everySeconds * 1000))),
  }
}

type Step = { readonly rule: AlertRule; readonly expr: Expr; readonly seconds: number; readonly storage: Storage }

/** One evaluation of one rule; answers with the alerts that stopped firing. */
const step = ({ rule, expr, seconds, storage }: Step, current: Map<string, AlertLife>, lives: AlertLife[]): AlertLife[] => {
  const result = evaluateInstant(expr, Math.round(seconds * 1000), { storage })
  const seen = new Set<string>()
  for (const sample of result.type === 'vector' ? result.samples : []) {
    const labels = sortLabels({ ...nameless(sample.labels), ...rule.labels, alertname: rule.name })
    const key = signature(labels)
    seen.add(key)
    let life = current.get(key)
    if (life === undefined) {
      life = { rule, labels, activeAt: seconds, firedAt: undefined, endedAt: undefined, value: sample.value, annotations: {} }
      current.set(key, life)
      lives.push(life)
    }
    life.value = sample.value
    life.annotations = Object.fromEntries(Object.entries(rule.annotations).map(([name, text]) => [name, fill(text, sample)]))
    if (life.firedAt === undefined && seconds - life.activeAt >= rule.forSeconds) life.firedAt = seconds
  }
  const gone = [...current].filter(([key, life]) => life.rule === rule && !seen.has(key))
  for (const [key, life] of gone) {
    life.endedAt = seconds
    current.delete(key)
  }
  return gone.map(([, life]) => life).filter(({ firedAt }) => firedAt !== undefined)
}

/** The part of Prometheus's templates that our rules use. */
const fill = (template: string, { labels, value }: Sample): string =>
  template.replaceAll(/\{\{\s*(.*?)\s*\}\}/g, (_, expression: string) => {
    if (expression === '$value | humanizePercentage') return `${Number((value * 100).toPrecision(4))}%`
    if (expression === '$value') return String(value)
    return labels[expression.replace('$labels.', '')] ?? ''
  })

const seriesOf = (life: AlertLife, everyMs: number): ComputedSeries[] => {
  const end = life.endedAt ?? Number.POSITIVE_INFINITY
  const made = (labels: Labels, segment: ComputedSeries['segments'][number]): ComputedSeries[] =>
    segment.from < segment.to ? [{ labels, everyMs, offsetMs: 0, segments: [segment] }] : []
  const state = (alertstate: string): Labels => ({ ...life.labels, __name__: 'ALERTS', alertstate })
  return [
    ...made(state('pending'), { from: life.activeAt, to: life.firedAt ?? end, value: () => 1 }),
    ...(life.firedAt === undefined ? [] : made(state('firing'), { from: life.firedAt, to: end, value: () => 1 })),
    ...made({ ...life.labels, __name__: 'ALERTS_FOR_STATE' }, { from: life.activeAt, to: end, value: () => Math.floor(life.activeAt) }),
  ]
}

/** An alerting rule; annotations are templates. */
export type AlertRule = {
  readonly name: string
  readonly expression: string
  readonly forSeconds: number
  readonly labels: Labels
  readonly annotations: Readonly<Record<string, string>>
}

/** One alert from its first pending evaluation to its end; seconds since the epoch. */
export type AlertLife = {
  readonly rule: AlertRule
  readonly labels: Labels
  readonly activeAt: number
  firedAt: number | undefined
  endedAt: number | undefined
  value: number
  annotations: Readonly<Record<string, string>>
}

export type Rules = {
  readonly rules: readonly AlertRule[]
  readonly everySeconds: number
  evaluatedAt(): number | undefined
  /** Pending and firing alerts. */
  active(): readonly AlertLife[]
  /** Evaluates the slots in (after, to] (seconds), all or every `stride`th; answers with the alerts that stopped firing in it. */
  evaluateSpan(after: number, to: number, stride?: number): AlertLife[]
  /** ALERTS and ALERTS_FOR_STATE of all alerts that ever were. */
  series(): ComputedSeries[]
}
