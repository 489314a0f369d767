/**
 * What a change makes of an object, as lines of a diff: "- spec.replicas: 3", "+ spec.replicas: 6". Status and what the API server
 * keeps for itself is left out; containers are named by their names, not by their place.
 */
export const changedLines = (before: unknown, after: unknown): string[] => {
  const [was, is] = [leavesOf(before), leavesOf(after)]
  const paths = [...new Set([...was.keys(), ...is.keys()])].filter((path) => was.get(path) !== is.get(path)).toSorted()
  return paths.flatMap((path) => [
    ...(was.has(path) ? [`- ${path}: ${was.get(path)}`] : []),
    ...(is.has(path) ? [`+ ${path}: ${is.get(path)}`] : []),
  ])
}

const OWN = new Set(['status', 'apiVersion', 'kind'])
const OF_METADATA = new Set(['labels', 'annotations'])
/** Not the change itself: the mark that Vigil leaves with it, and kubectl's second copy of the whole object. */
const MARKS =
  /^(?:metadata|spec\.template\.metadata)\.annotations\.(?:vigil\.dev\/action|kubectl\.kubernetes\.io\/last-applied-configuration)$/

const leavesOf = (object: unknown): ReadonlyMap<string, string> => {
  const leaves = new Map<string, string>()
  const walk = (value: unknown, path: string): void => {
    if (MARKS.test(path)) return
    if (Array.isArray(value)) {
      value.forEach((one, i) => {
        walk(one, `${path}[${nameOf(one) ?? i}]`)
      })
      return
    }
    if (typeof value === 'object' && value !== null) {
      for (const [name, one] of Object.entries(value)) walk(one, path === '' ? name : `${path}.${name}`)
      return
    }
    leaves.set(path, JSON.stringify(value) ?? 'null')
  }
  if (typeof object !== 'object' || object === null) return leaves
  for (const [name, value] of Object.entries(object)) {
    if (OWN.has(name)) continue
    if (name !== 'metadata') walk(value, name)
    else if (typeof value === 'object' && value !== null)
      for (const [field, one] of Object.entries(value)) if (OF_METADATA.has(field)) walk(one, `metadata.${field}`)
  }
  return leaves
}

const nameOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string' ? value.name : undefined
