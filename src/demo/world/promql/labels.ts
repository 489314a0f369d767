import type { Labels } from '../../../series/series.ts'

/** One text for one label set, equal exactly when the sets are. */
export const signature = (labels: Labels): string => {
  const known = signatures.get(labels)
  if (known !== undefined) return known
  const made = sortedNames(labels)
    .map((name) => `${name}\u00ff${labels[name]}`)
    .join('\u00ff')
  signatures.set(labels, made)
  return made
}

export const keep = (labels: Labels, names: readonly string[]): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => names.includes(name)))

export const drop = (labels: Labels, names: readonly string[]): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)))

/** The labels without the metric's name: what most operations leave. One object per input, so that signatures are made once. */
export const nameless = (labels: Labels): Labels => {
  if (!('__name__' in labels)) return labels
  const known = withoutName.get(labels)
  if (known !== undefined) return known
  const made = drop(labels, ['__name__'])
  withoutName.set(labels, made)
  return made
}

/** Prometheus's order of series: pair by pair, names first, by code unit. */
export const compareLabels = (left: Labels, right: Labels): number => {
  const leftNames = sortedNames(left)
  const rightNames = sortedNames(right)
  for (let index = 0; index < Math.min(leftNames.length, rightNames.length); index += 1) {
    const a = leftNames[index] ?? ''
    const b = rightNames[index] ?? ''
    if (a !== b) return a < b ? -1 : 1
    const x = left[a] ?? ''
    const y = right[b] ?? ''
    if (x !== y) return x < y ? -1 : 1
  }
  return leftNames.length - rightNames.length
}

/** The same labels in the order in which Prometheus writes them. */
export const sortLabels = (labels: Labels): Labels => Object.fromEntries(sortedNames(labels).map((name) => [name, labels[name] ?? '']))

/** As Prometheus writes a label set into messages: `{a="1", b="2"}`. */
export const formatLabels = (labels: Labels): string =>
  `{${sortedNames(labels)
    .map((name) => `${name}=${JSON.stringify(labels[name])}`)
    .join(', ')}}`

const sortedNames = (labels: Labels): string[] => Object.keys(labels).sort()

const signatures = new WeakMap<Labels, string>()
const withoutName = new WeakMap<Labels, Labels>()
