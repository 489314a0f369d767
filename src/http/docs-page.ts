import { html, raw } from 'hono/html'

/** As much of an OpenAPI 3.1 document as the page shows. */
export type OpenApiDocument = {
  readonly info: { readonly title: string; readonly description?: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

type Operation = {
  readonly tags?: readonly string[]
  readonly summary?: string
  readonly description?: string
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema?: JsonSchema }[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>
}

type Content = Readonly<Record<string, { readonly schema?: JsonSchema; readonly example?: unknown }>>

type JsonSchema = {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly additionalProperties?: boolean | JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
}

/** The document as a page of our own: nothing is loaded from anywhere, so it also works where there is no internet. */
export const docsPage = (document: OpenApiDocument): string => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path,
      method: method.toUpperCase(),
      operation,
      tag: operation.tags?.[0] ?? '',
    })),
  )
  const tags = [...new Set(operations.map(({ tag }) => tag))]
  const sections = tags.map(
    (tag) => html`<h2>${tag}</h2>${operations.filter((one) => one.tag === tag).map((one) => section(one.method, one.path, one.operation))}`,
  )
  return String(html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${document.info.title} API</title><style>${raw(STYLE)}</style></head><body><main>
<h1>${document.info.title} API</h1><p>${document.info.description ?? ''}</p>
<p>Send <code>Authorization: Bearer &lt;VIGIL_API_TOKEN&gt;</code> where a path says <em>token</em>. For programs: <a href="/openapi.json">openapi.json</a>.</p>
${sections}</main></body></html>`)
}

const section = (method: string, path: string, operation: Operation) => html`<details><summary><b class="${method}">${method}</b>
<code>${path}</code> <span>${operation.summary ?? ''}</span>${operation.security === undefined ? '' : html` <em>${Object.keys(operation.security[0] ?? {})}</em>`}</summary>
${operation.description === undefined ? '' : html`<p>${operation.description}</p>`}
${(operation.parameters ?? []).map(
  ({ name, in: where, required, schema }) =>
    html`<p><code>${name}</code> in ${where}${required ? ', required' : ''}: <code>${shape(schema)}</code> ${schema?.description ?? ''}</p>`,
)}
${contents(operation.requestBody?.content).map(
  ({ schema, example }) =>
    html`<h3>Body</h3><pre>${shape(schema)}</pre>${example === undefined ? '' : html`<h3>Example</h3><pre>${JSON.stringify(example, null, 2)}</pre>`}`,
)}
${Object.entries(operation.responses).map(
  ([status, { description, content }]) =>
    html`<h3>${status} <small>${description}</small></h3>${Number(status) < 400 ? contents(content).map(({ schema }) => html`<pre>${shape(schema)}</pre>`) : ''}`,
)}</details>`

const contents = (content: Content | undefined) => Object.values(content ?? {})

/** A schema as people write types. */
const shape = (schema: JsonSchema | undefined, indent = ''): string => {
  if (schema === undefined) return 'anything'
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return choices.map((choice) => shape(choice, indent)).join(' | ')
  if (schema.allOf !== undefined) return schema.allOf.map((part) => shape(part, indent)).join(' & ')
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['anything'])
  return types.map((type) => shapeOf(type, schema, indent)).join(' | ')
}

const shapeOf = (type: string, schema: JsonSchema, indent: string): string => {
  if (type === 'array') return `[ ${shape(schema.items, indent)}, … ]`
  if (type !== 'object') return schema.default === undefined ? type : `${type} = ${JSON.stringify(schema.default)}`
  const inner = `${indent}  `
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const optional = schema.required?.includes(name) ? '' : '?'
    const note = field.description === undefined ? '' : `   // ${field.description}`
    return `${inner}${name}${optional}: ${shape(field, inner)}${note}`
  })
  const more = schema.additionalProperties
  if (fields.length === 0 && typeof more === 'object') return `{ [name]: ${shape(more, indent)} }`
  return fields.length === 0 ? '{ … }' : `{\n${fields.join('\n')}\n${indent}}`
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
details { border: 1px solid #8884; border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem }
summary { cursor: pointer } summary span { opacity: .75 } summary em { font-size: .8rem; opacity: .6 }
b.GET { color: #1a7f37 } b.POST { color: #0969da }
pre { overflow: auto; background: #8881; border-radius: 6px; padding: .6rem; font-size: .85rem }
h3 { margin: .8rem 0 .2rem; font-size: 1rem } small { font-weight: normal; opacity: .75 }
`
