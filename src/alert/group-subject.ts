import type { Labels } from '../series/series.ts'

/**
 * The subject line that Alertmanager's stock template gives a group, without the status in front: the values of the group's
 * labels, then in parentheses those of the other common labels. Follows `__subject` of alertmanager/template/default.tmpl,
 * unchanged from 0.25 to 0.34.
 */
export const groupSubject = (groupLabels: Labels, commonLabels: Labels): string => {
  const rest = sortedPairs(commonLabels).filter(([name]) => !Object.hasOwn(groupLabels, name))
  const group = groupStem(groupLabels)
  const more = Object.keys(commonLabels).length > Object.keys(groupLabels).length ? `(${rest.map(([, value]) => value).join(' ')})` : ''
  return normalSubject(`${group} ${more}`)
}

/** The part of a subject line that stays the same while the group's alerts come and go: the values of its labels. */
export const groupStem = (groupLabels: Labels): string =>
  sortedPairs(groupLabels)
    .map(([, value]) => value)
    .join(' ')

/** Whether a subject line can be that of a group with this stem, whatever its alerts have in common at the moment. */
export const hasStem = (subject: string, stem: string): boolean => {
  const start = normalSubject(stem)
  return subject === start || subject.startsWith(start === '' ? '(' : `${start} (`)
}

/**
 * The stem that a group key of Alertmanager ends with, as in `{}/{team="a"}:{alertname="X", service="y"}`; null for what is no such
 * key. Values are quoted as Go does it, which for all but control characters is as JSON does.
 */
export const stemOfKey = (groupKey: string | null): string | null => {
  const pairs = /:\{((?:(?:[^\s"=,{}]+|"(?:[^"\\]|\\.)*")="(?:[^"\\]|\\.)*"(?:, |(?=\})))*)\}$/.exec(groupKey ?? '')?.[1]
  if (pairs === undefined) return null
  try {
    const labels = [...pairs.matchAll(/([^\s"=,{}]+|"(?:[^"\\]|\\.)*")=("(?:[^"\\]|\\.)*")/g)].map(([, name = '', value = '""']) => [
      name,
      String(JSON.parse(value)),
    ])
    return groupStem(Object.fromEntries(labels))
  } catch {
    return null
  }
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
