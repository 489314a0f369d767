import { isPlaceholder, type Withhold } from './redact-value.ts'

/** Everything under `data` and `stringData` of a Secret's manifest: there every value is secret, whatever its name. */
export const redactManifests = (text: string, withhold: Withhold): string => {
  if (!/\bkind\\{0,7}["']?:\s{0,4}\\{0,7}["']?Secret\b/.test(text)) return text
  const taken = (value: string): string => (isPlaceholder(value) ? value : withhold('secret', value))
  return inYaml(text, taken).replace(
    JSON_DATA,
    (_, opening: string, body: string) =>
      opening + body.replace(JSON_VALUE, (_whole, before: string, value: string) => before + taken(value)),
  )
}

const JSON_DATA = /(\\{0,7}"(?:data|stringData)\\{0,7}":\s{0,40}\{)([^{}]{1,100000})/g
const JSON_VALUE = /(\\{0,7}":\s{0,4}\\{0,7}")([^"\\]{1,100000})/g

const inYaml = (text: string, taken: (value: string) => string): string => {
  let block = -1
  const lines = text.split('\n').map((line) => {
    const indent = line.length - line.trimStart().length
    const opens = /^[ ]{0,40}(?:- )?(?:data|stringData):\s*$/.test(line)
    if (opens) block = indent
    else if (line.trim() !== '' && indent <= block) block = -1
    if (opens || block < 0) return line
    const named = /^(\s{1,80}[\w.-]{1,253}:\s{1,40})(\S.{0,100000})$/.exec(line)
    if (named === null) return /^\s{1,80}[A-Za-z0-9+/=]{4,100000}\s*$/.test(line) ? `${' '.repeat(indent)}${taken(line.trim())}` : line
    const [, before = '', value = ''] = named
    return /^[|>][+-]?$/.test(value) ? line : `${before}${taken(value)}`
  })
  return lines.join('\n')
}
