import type { KubeObject } from '../../kubernetes/state.ts'
import { type FieldPath, isMap, leavesOf, merged, pathsIn, treeOf, without, written } from './fields.ts'

/** Who holds which places of an object. */
type Held = { readonly manager: string; readonly operation: 'Apply' | 'Update'; readonly paths: ReadonlySet<string> }

export type Applying = { readonly manager: string; readonly force: boolean; readonly at: Date }

/** What applying makes of the object; or who holds what of it otherwise. */
export type Applied =
  | { readonly object: KubeObject }
  | { readonly conflicts: readonly { readonly manager: string; readonly operation: string; readonly field: string }[] }

/**
 * Server-side apply of one object to a live one, as far as the documentation tells it (kubernetes.io, "Server-Side Apply"): what is wanted is
 * merged, what the same manager applied before and does not want any more goes where nobody else holds it, and what others hold with another
 * value is a conflict without force. Defaults are not filled in, and nothing is validated.
 */
export const applied = (live: KubeObject, wanted: unknown, { manager, force, at }: Applying): Applied => {
  const held = heldIn(live)
  const others = held.filter((one) => one.manager !== manager || one.operation !== 'Apply')
  const before = held.find((one) => one.manager === manager && one.operation === 'Apply')?.paths ?? new Set<string>()
  const mine = new Set(leavesOf(wanted).keys())
  const gone = [...before].filter((path) => !mine.has(path) && !others.some(({ paths }) => paths.has(path)))
  const { metadata: _, ...content } = merged(live, contentOf(wanted)) as KubeObject
  const whole = { ...content, metadata: { ...live.metadata, ...metadataOf(live, wanted) } }
  const made = gone
    .filter((path) => !hasMore(path, others))
    .reduce<unknown>((object, path) => without(object, JSON.parse(path) as FieldPath), whole)
  const changed = changesBetween(live, made)
  const conflicts = others.flatMap(({ manager: other, operation, paths }) =>
    [...paths]
      .filter((path) => mine.has(path) && changed.has(path))
      .map((path) => ({ manager: other, operation, field: written(JSON.parse(path) as FieldPath) })),
  )
  if (conflicts.length > 0 && !force) return { conflicts }
  const left = others.map((one) => ({ ...one, paths: new Set([...one.paths].filter((path) => !changed.has(path))) }))
  return { object: withHeld(made as KubeObject, [...left, { manager, operation: 'Apply', paths: mine }], at) }
}

/** After any other change: who made it holds what it changed, and nobody else does. */
export const updated = (before: KubeObject, after: KubeObject, { manager, at }: Pick<Applying, 'manager' | 'at'>): KubeObject => {
  const changed = changesBetween(before, after)
  const held = before.metadata['managedFields'] === undefined ? [] : heldIn(before)
  const own = held.find((one) => one.manager === manager && one.operation === 'Update')
  const left = held
    .filter((one) => one !== own)
    .map((one) => ({ ...one, paths: new Set([...one.paths].filter((path) => !changed.has(path))) }))
  const still = leavesOf(after)
  const mine = [...(own?.paths ?? []), ...changed].filter((path) => still.has(path))
  return withHeld(after, [...left, { manager, operation: 'Update', paths: new Set(mine) }], at)
}

/** Places with another value than before, or of one side alone. */
const changesBetween = (before: unknown, after: unknown): ReadonlySet<string> => {
  const [was, is] = [leavesOf(before), leavesOf(after)]
  return new Set(
    [...new Set([...was.keys(), ...is.keys()])].filter((path) => JSON.stringify(was.get(path)) !== JSON.stringify(is.get(path))),
  )
}

/** An item of a list stays as long as anybody holds something in it. */
const hasMore = (path: string, others: readonly Held[]): boolean =>
  path.endsWith(',"."]') && others.some(({ paths }) => [...paths].some((one) => one.startsWith(path.slice(0, -',"."]'.length))))

/** An object that was made before anybody counted is held by those before. */
const heldIn = (live: KubeObject): Held[] => {
  const written = live.metadata['managedFields']
  if (!Array.isArray(written)) return [{ manager: 'before-first-apply', operation: 'Update', paths: new Set(leavesOf(live).keys()) }]
  return written.map((one: { manager: string; operation: 'Apply' | 'Update'; fieldsV1: unknown }) => ({
    manager: one.manager,
    operation: one.operation,
    paths: new Set(pathsIn(one.fieldsV1)),
  }))
}

const withHeld = (object: KubeObject, held: readonly Held[], at: Date): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    managedFields: held
      .filter(({ paths }) => paths.size > 0)
      .map(({ manager, operation, paths }) => ({
        manager,
        operation,
        apiVersion: object.apiVersion,
        time: at.toISOString(),
        fieldsType: 'FieldsV1',
        fieldsV1: treeOf(paths),
      })),
  },
})

const contentOf = (wanted: unknown): unknown => {
  if (!isMap(wanted)) return {}
  const { metadata: _, status: __, ...content } = wanted
  return content
}

const metadataOf = (live: KubeObject, wanted: unknown): object => {
  const asked = isMap(wanted) && isMap(wanted['metadata']) ? wanted['metadata'] : {}
  const parts = (['labels', 'annotations'] as const).filter((part) => isMap(asked[part]) && Object.keys(asked[part]).length > 0)
  return Object.fromEntries(parts.map((part) => [part, merged(live.metadata[part], asked[part])]))
}
