import { listAt, textAt, textsAt } from './read.ts'

type Labels = Readonly<Record<string, string>>

/** `app=checkout,tier=web`, as kubectl writes labels. */
export const labelWords = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')

/** Whether a plain map of labels, as a Service's selector or a node selector, fits; an empty one fits nothing. */
export const selects = (selector: Labels, labels: Labels): boolean => {
  const wanted = Object.entries(selector)
  return wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value)
}

/** Whether a LabelSelector (`matchLabels`, `matchExpressions`) fits; an empty one fits everything, a missing one nothing. */
export const matchesSelector = (selector: unknown, labels: Labels): boolean =>
  typeof selector === 'object' &&
  selector !== null &&
  Object.entries(textsAt(selector, 'matchLabels')).every(([name, value]) => labels[name] === value) &&
  listAt(selector, 'matchExpressions').every((requirement) => meets(requirement, labels))

/** One requirement of a label selector or of a node selector term, over labels. An operator that is not known is not met. */
export const meets = (requirement: unknown, labels: Labels): boolean => {
  const value = labels[textAt(requirement, 'key')]
  const values = listAt(requirement, 'values')
  switch (textAt(requirement, 'operator')) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0])
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0])
    default:
      return false
  }
}
