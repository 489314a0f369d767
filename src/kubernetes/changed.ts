import { linesBetween } from '../text/changed-lines.ts'

/**
 * What a change makes of an object, as lines of a diff: "- spec.replicas: 3", "+ spec.replicas: 6". Status and what the API server
 * keeps for itself is left out; containers are named by their names, not by their place. `hollow`: empty maps and lists are told too, which
 * mean something in a few places (a selector of everything) and nothing in most.
 */
export const changedLines = (before: unknown, after: unknown, { hollow = false } = {}): string[] => {
  const [was, is] = [leavesOf(before, hollow), leavesOf(after, hollow)]
  const paths = [...new Set([...was.keys(), ...is.keys()])].filter((path) => was.get(path) !== is.get(path)).toSorted()
  return paths.flatMap((path) => {
    const [before, after] = [was.get(path), is.get(path)]
    const lines = before === undefined || after === undefined ? null : linesOf(path, before, after)
    return lines ?? [...(before === undefined ? [] : [`- ${path}: ${before}`]), ...(after === undefined ? [] : [`+ ${path}: ${after}`])]
  })
}

/** Of a text of many lines, as a config map holds it, the lines that differ; null for any other value. */
const linesOf = (path: string, before: string, after: string): string[] | null => {
  if (!(before.includes('\\n') && before.startsWith('"') && after.startsWith('"'))) return null
  const lines = linesBetween(JSON.parse(before) as string, JSON.parse(after) as string)
  return lines.map((line) => `${line.slice(0, 2)}${path}: ${JSON.stringify(line.slice(2))}`)
}

const OWN = new Set(['status', 'apiVersion', 'kind'])
const OF_METADATA = new Set(['labels', 'annotations'])
/** Not the change itself: the mark that Vigil leaves with it, and kubectl's second copy of the whole object. */
const MARKS =
  /^(?:metadata|spec\.template\.metadata)\.annotations\.(?:vigil\.dev\/action|kubectl\.kubernetes\.io\/last-applied-configuration)$/

const leavesOf = (object: unknown, hollow: boolean): ReadonlyMap<string, string> => {
  const leaves = new Map<string, string>()
  const walk = (value: unknown, path: string): void => {
    if (MARKS.test(path)) return
    if (hollow && typeof value === 'object' && value !== null && Object.keys(value).length === 0 && !path.startsWith('metadata.')) {
      leaves.set(path, JSON.stringify(value))
      return
    }
    if (Array.isArray(value)) {
      const seen = new Map<string, number>()
      value.forEach((one, i) => {
        const name = nameOf(one) ?? String(i)
        const times = (seen.get(name) ?? 0) + 1
        seen.set(name, times)
        // Two of one name (ports of a backend, a variable set twice): under the same path the later would hide the other's change.
        walk(namedValue(one), `${path}[${times === 1 ? name : `${name}#${times}`}]`)
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

/**
 * Of an environment variable the value alone, right behind its name: so people read it, and so a redactor knows by the name what it is. Of anything else
 * that stands under its name that name is not told twice.
 */
const namedValue = (item: unknown): unknown => {
  if (nameOf(item) === undefined) return item
  const { name: _, ...rest } = item as { readonly name: string; readonly [field: string]: unknown }
  const fields = Object.keys(rest)
  if (fields.length === 0) return item
  return fields.length === 1 && fields[0] === 'value' ? rest['value'] : rest
}

const nameOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string' ? value.name : undefined
