const ADDRESS = /(?:https?|slack|ftp|file):\/\/(?!&lt;)\S+|(?:javascript|mailto|tel):\S+|\bwww\.\S+/gi
/** In a notification only these become links. */
const WEB_ADDRESS = /https?:\/\/(?!&lt;)\S+|\bwww\.\S+/gi

/** What of a payload to Slack would be alive: a link to a host that is not among `hosts`, a mention that is not among `people`, an image. */
export const aliveIn = (payload: unknown, { hosts, people }: { hosts: readonly string[]; people: readonly string[] }): string[] => {
  const known = (url: string): boolean => hosts.includes(URL.parse(url)?.host ?? '') && URL.parse(url)?.username === ''
  const inText = (text: string, isShown: boolean): string[] => {
    const tokens = [...text.matchAll(/<([^<>\n]*)>/g)].map(([token, inner = '']) => ({ token, inner }))
    const foreign = tokens.filter(({ inner }) => {
      const target = inner.split('|')[0] ?? ''
      if (/^!date\^\d+\^/.test(target)) return false
      if (/^[@#!]/.test(target)) return !people.includes(target.slice(1))
      return !known(target)
    })
    // Clients link nothing inside of code; what is not code may hold no address at all.
    const bare = text.replaceAll(/<[^<>\n]*>/g, ' ').replaceAll(/```[\s\S]*?```|`[^`\n]+`/g, ' ')
    return [
      ...foreign.map(({ token }) => token),
      ...(bare.match(isShown ? ADDRESS : WEB_ADDRESS) ?? []),
      ...(text.match(/@(?:channel|here|everyone|group)\b/gi) ?? []),
    ]
  }
  const walk = (value: unknown, key: string, parent: Readonly<Record<string, unknown>>): string[] => {
    if (typeof value === 'string') {
      if (/(?:^|_)url$|^title_link$|^from_url$/.test(key)) return known(value) ? [] : [`${key}: ${value}`]
      return key === 'text' && parent['type'] !== 'text' ? inText(value, parent['type'] !== undefined) : []
    }
    if (Array.isArray(value)) return value.flatMap((one) => walk(one, key, parent))
    if (typeof value !== 'object' || value === null) return []
    const object = value as Readonly<Record<string, unknown>>
    const type = String(object['type'])
    const own =
      type === 'image' ||
      ['broadcast', 'usergroup', 'channel'].includes(type) ||
      (type === 'user' && !people.includes(`@${object['user_id']}`))
        ? [JSON.stringify(object)]
        : []
    return [...own, ...Object.entries(object).flatMap(([name, inner]) => walk(inner, name, object))]
  }
  return walk(payload, '', {})
}
