/**
 * A JSON Schema with nothing but the keywords that Gemini's function declarations know (the Schema object of OpenAPI 3.0 in part,
 * https://ai.google.dev/api/caching#Schema). What is left out only said more exactly what is allowed, and inputs are checked when they come.
 */
export const plainSchema = (schema: unknown): unknown => {
  if (typeof schema !== 'object' || schema === null) return {}
  const plain: Record<string, unknown> = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'properties' && typeof value === 'object' && value !== null)
      plain[keyword] = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainSchema(inner)]))
    else if (keyword === 'items') plain[keyword] = plainSchema(value)
    else if (ALTERNATIVES.has(keyword) && Array.isArray(value)) plain['anyOf'] = value.map(plainSchema)
    else if (keyword === 'const' && typeof value === 'string') plain['enum'] = [value]
    else if (keyword === 'type' && Array.isArray(value)) Object.assign(plain, typeOf(value))
    else if (KNOWN.has(keyword)) plain[keyword] = value
  }
  return plain
}

const typeOf = (types: readonly unknown[]) => ({
  type: types.find((type) => type !== 'null'),
  ...(types.includes('null') ? { nullable: true } : {}),
})

const ALTERNATIVES: ReadonlySet<string> = new Set(['anyOf', 'oneOf'])

const KNOWN: ReadonlySet<string> = new Set([
  'type',
  'title',
  'description',
  'nullable',
  'enum',
  'required',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
])
