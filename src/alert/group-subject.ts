import type { Labels } from '../series/series.ts'

/**
 * The subject line that Alertmanager's stock template gives a group, without the status in front: the values of the group's
 * labels, then in parentheses those of the other common labels. Follows `__subject` of alertmanager/template/default.tmpl,
 * unchanged from 0.25 to 0.34.
 */
export const groupSubject = (groupLabels: Labels, commonLabels: Labels): string => {
  const rest = sortedPairs(commonLabels).filter(([name]) => !(name in groupLabels))
  const group = sortedPairs(groupLabels)
    .map(([, value]) => value)
    .join(' ')
  const more = Object.keys(commonLabels).length > Object.keys(groupLabels).length ? `(${rest.map(([, value]) => value).join(' ')})` : ''
  return normalSubject(`${group} ${more}`)
}

/** White space folded, as chat clients do to a title. */
export const normalSubject = (subject: string): string => subject.replace(/\s+/g, ' ').trim()

/** The labels that all of them share, with the same value. */
export const commonLabels = (sets: readonly Labels[]): Labels => {
  const [first, ...others] = sets
  if (first === undefined) return {}
  return Object.fromEntries(Object.entries(first).filter(([name, value]) => others.every((labels) => labels[name] === value)))
}

/** `SortedPairs` of the template: alertname first, the others by name. */
const sortedPairs = (labels: Labels): [string, string][] =>
  Object.entries(labels).sort(([a], [b]) => {
    if (a === 'alertname') return -1
    if (b === 'alertname') return 1
    return a < b ? -1 : 1
  })
