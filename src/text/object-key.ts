/** One thing has one key: kinds differ in case from source to source. */
export const objectKey = (object: { readonly kind: string; readonly namespace?: string | undefined; readonly name: string }): string =>
  `${object.kind.toLowerCase()} ${object.namespace ?? ''} ${object.name}`
