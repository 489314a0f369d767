/** One thing has one key: kinds differ in case from source to source. */
export const objectKey = (object: { readonly kind: string; readonly namespace?: string | undefined; readonly name: string }): string =>
  `${object.kind.toLowerCase()} ${object.namespace ?? ''} ${object.name}`

/** A service as an object: in the alert's namespace, where that is known, so that all rules speak of the same thing. */
export const serviceIn = (namespace: string | null | undefined, name: string): { kind: string; namespace?: string; name: string } =>
  namespace == null || namespace === '' ? { kind: 'service', name } : { kind: 'service', namespace, name }
