/**
 * What a change makes of an object, as lines of a diff: "- spec.replicas: 3", "+ spec.replicas: 6". Status and what the API server
 * keeps for itself is left out; containers are named by their names, not by their place.
 */
export const changedLines = (before: unknown, after: unknown): string[] => {
  const [was, is] = [leavesOf(before), leavesOf(after)]
  const paths = [...new Set([...was.keys(), ...is.keys()])].filter((path) => was.get(path) !== is.get(path)).toSorted()
  return paths.flatMap((path) => {
    const [before, after] = [was.get(path), is.get(path)]
    const lines = before === undefined || after === undefined ? null : linesBetween(before, after)
    if (lines !== null) return [...lines.gone.map((line) => `- ${path}: ${line}`), ...lines.come.map((line) => `+ ${path}: ${line}`)]
    return [...(before === undefined ? [] : [`- ${path}: ${before}`]), ...(after === undefined ? [] : [`+ ${path}: ${after}`])]
  })
}

/** Of a text of many lines, as a config map holds it, the lines that differ; null where it has one, or where only their order differs. */
const linesBetween = (before: string, after: string): { readonly gone: readonly string[]; readonly come: readonly string[] } | null => {
  if (!(before.includes('\\n') && before.startsWith('"') && after.startsWith('"'))) return null
  const [was, is] = [before, after].map((text) => (JSON.parse(text) as string).split('\n'))
  const [had, has] = [new Set(was), new Set(is)]
  const gone = (was ?? []).filter((line) => !has.has(line)).map((line) => JSON.stringify(line))
  const come = (is ?? []).filter((line) => !had.has(line)).map((line) => JSON.stringify(line))
  return gone.length + come.length === 0 ? null : { gone, come }
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
