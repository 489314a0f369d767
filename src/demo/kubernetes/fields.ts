/**
 * The places of an object that somebody holds, as the API server counts them (kubernetes.io, "Server-Side Apply"): a field, an item of a list
 * that is merged by keys, or a list or map that is one value. Of the built-in types the lists and maps below; every other list is one value.
 */

/** One step of a path: `f:<field>`, or `k:<keys as JSON>`; `.` is an item of a list itself. */
export type FieldPath = readonly string[]

export type Leaves = ReadonlyMap<string, unknown>

type Fields = Readonly<Record<string, unknown>>

/** By which keys the items of a list are told apart (x-kubernetes-list-map-keys); other lists are replaced whole. */
const keysOf = (field: string, items: readonly unknown[]): readonly string[] | undefined =>
  field === 'ports'
    ? items.some((one) => isMap(one) && 'containerPort' in one)
      ? ['containerPort', 'protocol']
      : ['port', 'protocol']
    : KEYS[field]

const KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  imagePullSecrets: ['name'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
}

/** Maps that are one value (x-kubernetes-map-type: atomic). */
const WHOLE = new Set(['selector', 'nodeSelector', 'secretKeyRef', 'configMapKeyRef', 'fieldRef', 'resourceFieldRef', 'labelSelector'])

/** The key of an item; a port without a protocol is one of TCP. */
const itemKey = (item: unknown, keys: readonly string[]): string =>
  `k:${JSON.stringify(Object.fromEntries(keys.map((key) => [key, (isMap(item) ? item[key] : undefined) ?? (key === 'protocol' ? 'TCP' : null)])))}`

/** Every place of an object that can be held, with its value; paths as JSON texts. Names, versions and status are nobody's. */
export const leavesOf = (object: unknown): Leaves => {
  const leaves = new Map<string, unknown>()
  const walk = (value: unknown, path: FieldPath, field: string): void => {
    const items = Array.isArray(value) ? keysOf(field, value) : undefined
    if (Array.isArray(value) && items !== undefined)
      for (const one of value) {
        const here = [...path, itemKey(one, items)]
        leaves.set(JSON.stringify([...here, '.']), true)
        for (const [name, inside] of Object.entries(one as Fields)) walk(inside, [...here, `f:${name}`], name)
      }
    else if (isMap(value) && !WHOLE.has(field) && Object.keys(value).length > 0)
      for (const [name, inside] of Object.entries(value)) walk(inside, [...path, `f:${name}`], name)
    else if (value !== undefined) leaves.set(JSON.stringify(path), value)
  }
  if (!isMap(object)) return leaves
  for (const [name, value] of Object.entries(object)) {
    if (name === 'apiVersion' || name === 'kind' || name === 'status') continue
    if (name !== 'metadata') walk(value, [`f:${name}`], name)
    else if (isMap(value))
      for (const part of ['labels', 'annotations']) if (isMap(value[part])) walk(value[part], ['f:metadata', `f:${part}`], part)
  }
  return leaves
}

/** The object with what is wanted in it: maps and keyed lists piece by piece, all else as it is wanted. */
export const merged = (live: unknown, wanted: unknown, field = ''): unknown => {
  if (Array.isArray(wanted)) {
    const keys = keysOf(field, wanted)
    if (keys === undefined || !Array.isArray(live)) return wanted
    const left = new Map(wanted.map((one) => [itemKey(one, keys), one]))
    const kept = live.map((one) => {
      const key = itemKey(one, keys)
      const next = left.get(key)
      left.delete(key)
      return next === undefined ? one : merged(one, next)
    })
    return [...kept, ...left.values()]
  }
  if (!isMap(wanted) || !isMap(live) || WHOLE.has(field)) return wanted
  return { ...live, ...Object.fromEntries(Object.entries(wanted).map(([name, one]) => [name, merged(live[name], one, name)])) }
}

/** The object without one place; an item of a list goes whole. */
export const without = (object: unknown, [step, ...rest]: FieldPath, field = ''): unknown => {
  if (step === undefined) return object
  if (Array.isArray(object)) {
    const keys = keysOf(field, object) ?? []
    if (rest.length === 0 || rest[0] === '.') return object.filter((one) => itemKey(one, keys) !== step)
    return object.map((one) => (itemKey(one, keys) === step ? without(one, rest) : one))
  }
  if (!isMap(object)) return object
  const name = step.slice(2)
  const { [name]: inside, ...others } = object
  if (inside === undefined) return object
  return rest.length === 0 ? others : { ...object, [name]: without(inside, rest, name) }
}

/** `.spec.template.spec.containers[name="app"].image`, as conflicts name it. */
export const written = (path: FieldPath): string =>
  path
    .filter((step) => step !== '.')
    .map((step) =>
      step.startsWith('f:')
        ? `.${step.slice(2)}`
        : `[${Object.entries(JSON.parse(step.slice(2)) as Fields)
            .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
            .join(',')}]`,
    )
    .join('')

type Tree = { [step: string]: Tree }

/** `fieldsV1` of metadata.managedFields. */
export const treeOf = (paths: Iterable<string>): Tree => {
  const tree: Tree = {}
  for (const path of [...paths].sort()) {
    let here = tree
    for (const step of JSON.parse(path) as FieldPath) {
      here[step] ??= {}
      here = here[step]
    }
  }
  return tree
}

export const pathsIn = (tree: unknown, path: FieldPath = []): string[] => {
  const inside = isMap(tree) ? Object.entries(tree) : []
  return inside.length === 0 ? [JSON.stringify(path)] : inside.flatMap(([step, below]) => pathsIn(below, [...path, step]))
}

export const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
