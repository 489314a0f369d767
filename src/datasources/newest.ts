import type { Cited } from '../investigation/evidence.ts'
import type { Labels, Series } from '../series/series.ts'
import { literally, type Matcher } from './matcher.ts'
import type { Prometheus } from './prometheus.ts'
import { guardPromql } from './promql.ts'

type Question = { readonly labels: Labels; readonly at: Date; readonly signal?: AbortSignal }

/**
 * The newest sample of what the expression reads, for the alert's series: an expression over `[5m]` has a value for minutes after
 * its last sample, so the value alone proves nothing. Of a quotient both sides count, so the older one is meant.
 */
export const newestSample = async (
  prometheus: Prometheus,
  text: string,
  question: Question,
): Promise<{ at: Date | null; partial: boolean; answer: Cited }> => {
  const guarded = guardPromql(text, OWN_RULE)
  const selectors = guarded.ok ? [...new Set(guarded.selectors.map((matchers) => selectorText(matchers, question.labels)))] : []
  const query = newestQuery(selectors)
  const { series, complete, partial } = await prometheus.instant(query, {
    ...(question.signal === undefined ? {} : { signal: question.signal }),
    limit: 2000,
  })
  const newest = selectors.map((_, i) => newestOf(selectors.length === 1 ? series : series.filter((one) => one.labels[PART] === String(i))))
  // With `or` one side may well have no series: it then says nothing about how old the other is.
  const counted = /\bor\b/.test(text) ? newest.filter((seconds) => seconds !== null) : newest
  const oldest = counted.length === 0 || counted.includes(null) ? null : Math.min(...counted.map((seconds) => seconds ?? 0))
  const at = oldest === null ? null : new Date(oldest * 1000)
  return {
    at,
    partial,
    answer: {
      source: 'prometheus',
      query,
      range: { from: null, to: question.at.toISOString() },
      output: { kind: 'series', series: series.slice(0, 50) },
      shown:
        at === null
          ? series.length === 0
            ? 'no samples at all'
            : 'a metric of it has no samples'
          : `newest sample at ${at.toISOString()}, ${series.length} series`,
      complete,
      link: prometheus.link(query),
    },
  }
}

/** Only the selectors are taken from it. An operator's own rule may look back over months. */
export const OWN_RULE = { characters: 20_000, nesting: 100, rangeSeconds: 400 * 86_400, subqueryPoints: Number.POSITIVE_INFINITY }

/** Names the selector that an answer is for. */
const PART = 'vigil_part'

const newestQuery = (selectors: readonly string[]): string => {
  const [first, ...others] = selectors
  if (first === undefined) return 'vector(0) > 1'
  if (others.length === 0) return `timestamp(${first})`
  return selectors.map((selector, i) => `label_replace(timestamp(${selector}), "${PART}", "${i}", "", "")`).join(' or ')
}

/** In seconds. */
const newestOf = (series: readonly Series[]): number | null => {
  const seconds = series.map((one) => one.points.at(-1)?.[1] ?? Number.NaN).filter((value) => !Number.isNaN(value))
  return seconds.length === 0 ? null : Math.max(...seconds)
}

/**
 * The selector for the alert's own series: labels that both have must agree, and an aggregated alert has fewer than the series behind
 * it. What the selector itself pins is its own affair: the two sides of a quotient may come from different jobs.
 */
const selectorText = (matchers: readonly Matcher[], labels: Labels): string => {
  const pinned = new Set(matchers.map(({ label }) => label))
  const own = Object.entries(labels)
    .filter(([name]) => name !== 'alertname' && LABEL.test(name) && !pinned.has(name))
    .map(([name, value]) => ({ label: name, operator: '=~', value: `${literally(value)}|` }))
  return `{${[...matchers, ...own].map(({ label, operator, value }) => `${label}${operator}${JSON.stringify(value)}`).join(',')}}`
}

const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/
