/** One operation of a JSON Patch (RFC 6902), as far as API servers are asked for here. */
export type Operation = { readonly op: string; readonly path: string; readonly value?: unknown }

/** What the patch makes of the object, or in the API server's words why it cannot be done; the object itself stays as it is. */
export const patched = <T>(object: T, operations: readonly Operation[]): { readonly object: T } | { readonly fault: string } => {
  const copy = structuredClone(object) as unknown
  for (const { op, path, value } of operations) {
    const keys = path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = keys.pop() ?? ''
    const parent = keys.reduce<unknown>((at, key) => child(at, key), copy)
    if (typeof parent !== 'object' || parent === null)
      return {
        fault: `the server rejected our request due to an error in our request: ${op} operation does not apply: doc is missing path: ${path}`,
      }
    const is = child(parent, last)
    if (op === 'test') {
      // As the API server's own library: what is missing is null.
      if (JSON.stringify(is ?? null) !== JSON.stringify(value))
        return { fault: `the server rejected our request due to an error in our request: testing value ${path} failed` }
    } else if (op === 'remove') Reflect.deleteProperty(parent, last)
    else if (op === 'replace' && is === undefined) return { fault: `replace operation does not apply: doc is missing key: ${path}` }
    else if (Array.isArray(parent) && op === 'add') parent.splice(last === '-' ? parent.length : Number(last), 0, value)
    else Reflect.set(parent, last, value)
  }
  return { object: copy as T }
}

const child = (at: unknown, key: string): unknown => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined)
