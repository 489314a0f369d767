/** The fields of a logfmt line: `key=value` and `key="value with spaces"`. */
export const fieldsOf = (line: string): Record<string, string> => {
  const fields: Record<string, string> = {}
  for (const [, name, value] of line.matchAll(/([^\s=]+)=("(?:[^"\\]|\\.)*"|\S*)/g)) {
    if (name === undefined || value === undefined) continue
    fields[name.replaceAll(/\W/g, '_')] = value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value
  }
  return fields
}
