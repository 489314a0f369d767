/** Text that is safe to stand in a page. Only `html` and `svg` templates of this folder make it, so nothing else can reach a browser unescaped. */
export type Html = { readonly html: string }

export type Part = Html | string | number | undefined | false | readonly Part[]

/** A template whose values are escaped unless they are Html themselves. Attribute values must stand in double quotes. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: strings.reduce((sum, string, i) => sum + written(parts[i - 1]) + string),
})

export const nothing: Html = { html: '' }

const written = (part: Part): string => {
  if (part === undefined || part === false) return ''
  if (typeof part === 'string') return escaped(part)
  if (typeof part === 'number') return String(part)
  if ('html' in part) return part.html
  return part.map(written).join('')
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char] ?? '')

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
