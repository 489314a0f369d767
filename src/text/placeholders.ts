/** The names of the placeholders of a template, in their order: `{unit}` and its like. Other braces are plain text. */
export const placeholdersIn = (template: string): string[] => [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name)

/** The template with its placeholders filled; one without a value stays as it is. */
export const filled = (template: string, values: Readonly<Record<string, unknown>>): string =>
  template.replace(PLACEHOLDER, (whole, name: string) => (Object.hasOwn(values, name) ? String(values[name]) : whole))

const PLACEHOLDER = /\{([a-z][a-z0-9_]*)\}/g
