import { LAST_APPLIED, MARK } from './mark.ts'
import { sorted } from './sorted.ts'

/** One place of an object that changes. `path` is a JSON pointer; without `was` nothing stood there, without `is` nothing will. */
export type Edit = { readonly path: string; readonly was?: unknown; readonly is?: unknown }

/**
 * What differs between two states of an object: labels, annotations and content, without status, Vigil's own mark and kubectl's copy. A list
 * whose length changes is one edit. Sorted by path.
 */
export const editsOf = (before: unknown, after: unknown): Edit[] => {
  const edits: Edit[] = []
  const walk = (was: unknown, is: unknown, path: string): void => {
    if (isSame(was, is)) return
    if (isMap(was) && isMap(is)) {
      const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].toSorted()
      for (const key of keys) walk(was[key], is[key], `${path}/${escaped(key)}`)
    } else if (Array.isArray(was) && Array.isArray(is) && was.length === is.length)
      was.forEach((one, i) => {
        walk(one, is[i], `${path}/${i}`)
      })
    else edits.push({ path, ...(was === undefined ? {} : { was }), ...(is === undefined ? {} : { is }) })
  }
  walk(comparable(before), comparable(after), '')
  return edits
}

/** The same change the other way round. */
export const reversed = (edits: readonly Edit[]): Edit[] =>
  edits.map(({ path, was, is }) => ({ path, ...(is === undefined ? {} : { was: is }), ...(was === undefined ? {} : { is: was }) }))

/** Whether an object has at every place what the edits found there (`was`), or what they made of it (`is`). */
export const stands = (object: unknown, edits: readonly Edit[], side: 'was' | 'is'): boolean =>
  edits.every((edit) => isSame(valueAt(comparable(object), edit.path), edit[side]))

/** One value that changes, where items of lists are called by their name: `/spec/template/spec/containers/[app]/image`. */
export type LeafEdit = { readonly path: string; readonly was?: unknown; readonly is?: unknown }

/** The single values that change, so that a rule can look at each; items of lists by their names, or by what they are. */
export const leafEdits = (edits: readonly Edit[]): LeafEdit[] =>
  edits.flatMap(({ path, was, is }) => {
    const [before, after] = [leavesOf(was, path), leavesOf(is, path)]
    return [...new Set([...before.keys(), ...after.keys()])]
      .filter((key) => !isSame(before.get(key), after.get(key)))
      .map((key) => ({ path: key, was: before.get(key), is: after.get(key) }))
  })

const leavesOf = (value: unknown, path: string): Map<string, unknown> => {
  const leaves = new Map<string, unknown>()
  const walk = (at: unknown, here: string): void => {
    if (Array.isArray(at) && at.length > 0) for (const one of at) walk(one, `${here}/[${calledIn(one)}]`)
    else if (isMap(at) && Object.keys(at).length > 0) for (const [key, one] of Object.entries(at)) walk(one, `${here}/${key}`)
    else if (at !== undefined) leaves.set(here, at)
  }
  walk(value, path)
  return leaves
}

const calledIn = (item: unknown): string => {
  if (!isMap(item)) return String(item)
  const name = item['name'] ?? item['mountPath'] ?? item['containerPort'] ?? item['port'] ?? item['host']
  return name === undefined ? JSON.stringify(item) : String(name)
}

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

const valueAt = (object: unknown, path: string): unknown => {
  let here = object
  for (const part of path.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined
    here = (here as Readonly<Record<string, unknown>>)[key]
  }
  return here
}

const NOT_COMPARED = new Set(['status', 'apiVersion', 'kind', 'metadata'])

const comparable = (object: unknown): Readonly<Record<string, unknown>> => {
  if (!isMap(object)) return {}
  const metadata = isMap(object['metadata']) ? object['metadata'] : {}
  const annotations = isMap(metadata['annotations']) ? metadata['annotations'] : {}
  return {
    ...Object.fromEntries(Object.entries(object).filter(([name]) => !NOT_COMPARED.has(name))),
    metadata: {
      labels: isMap(metadata['labels']) ? metadata['labels'] : {},
      annotations: Object.fromEntries(Object.entries(annotations).filter(([name]) => name !== MARK && name !== LAST_APPLIED)),
    },
  }
}

type Fields = Readonly<Record<string, unknown>>

const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

const isSame = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)))
