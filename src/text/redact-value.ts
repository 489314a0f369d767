/** Offers a value that its name, its sign or its place calls secret; gets back what shall stand there. */
export type Withhold = (kind: string, value: string) => string

export type Named = {
  readonly name: string
  readonly sign: string
  readonly value: string
  readonly before: string
  readonly quoted: boolean
}

/** `pattern` ends where a value begins; its groups `name` and `sign` say why that may be a secret. */
export type Field = { readonly pattern: RegExp; readonly accept: (named: Named) => boolean; readonly kind?: string }

/** Reads the value behind each match of the field's pattern and puts there what `withhold` says, where it is accepted as a secret. */
export const replaceAfter = (text: string, { pattern, accept, kind }: Field, withhold: Withhold): string => {
  let done = ''
  let from = 0
  for (const match of text.matchAll(pattern)) {
    const start = match.index + match[0].length
    if (match.index < from) continue
    const [opening, value] = readValue(text, start)
    const before = text.slice(Math.max(0, match.index - 32), match.index)
    const name = (match.groups?.['name'] ?? '').toLowerCase()
    const sign = match.groups?.['sign'] ?? ''
    if (value === '' || !accept({ name, sign, value, before, quoted: opening !== '' })) continue
    done += text.slice(from, start) + opening + withhold(kind ?? kindOf(name), value)
    from = start + opening.length + value.length
  }
  return done + text.slice(from)
}

// A quoted value may hold anything. A bare one goes on over `,;&)` only where the next field does not begin there.
const OPENING = /[bBrRuUN]?\\{0,7}["'`]|&quot;|&#3[49];/y
const BARE =
  /(?:[^\s\0,;&"'<>)\]}\\]|[,;&)\]}](?![\s\0"'\\,;&)\]}]|$|[\w.-]{1,40}["'\\]{0,4}[=:]|amp;|quot;|#3\d;)|\\(?![nrt"'\\])){1,4096}/y
const LONGEST_VALUE = 4096

const readValue = (text: string, start: number): [opening: string, value: string] => {
  OPENING.lastIndex = start
  const opening = OPENING.exec(text)?.[0] ?? ''
  if (opening === '') {
    // A value that an earlier rule has taken out in part is a secret all the same, so its brackets are read over.
    BARE.lastIndex = start
    const bare = BARE.exec(text)?.[0] ?? ''
    const rest = bare.includes('[redacted:') ? /^\]?/.exec(text.slice(start + bare.length, start + bare.length + 1))?.[0] : ''
    return ['', bare + (rest ?? '')]
  }
  const closing = opening.replace(/^[bBrRuUN]/, '')
  const window = text.slice(start + opening.length, start + opening.length + LONGEST_VALUE)
  const line = window.indexOf('\n')
  const reach = line < 0 ? window : window.slice(0, line)
  let end = reach.indexOf(closing)
  while (end > 0 && reach[end - 1] === '\\') end = reach.indexOf(closing, end + 1)
  return [opening, end < 0 ? reach : reach.slice(0, end)]
}

const kindOf = (name: string): string => {
  if (/connection|conn.?str/.test(name)) return 'connection-string'
  if (/csrf|cookie/.test(name)) return 'token'
  if (/sess|sid/.test(name)) return 'session'
  if (/code|^(?:card_?)?pin|cv[cv]?2?$/.test(name)) return 'code'
  if (/token|auth$|^auth|assertion/.test(name)) return 'token'
  if (/sig/.test(name) && !name.includes('signing')) return 'signature'
  if (name.includes('key')) return 'key'
  return /secret|credential|pepper|salt|state|nonce|encrypt/.test(name) ? 'secret' : 'password'
}

/** What is plainly no value: null, a mask, a variable, a rendered object, what an earlier rule put there. */
export const isPlaceholder = (value: string): boolean =>
  /^\[?redacted\b/i.test(value) ||
  /^(?:null|nil|none|undefined|true|false|yes|no|n\/a|nan)[.,]?$/i.test(value) ||
  /^[*x•.#_?-]+$/i.test(value) ||
  /^(?:\$\{[^}]*\}?|\$[A-Z_]{2,}|\$\(.*|%\w|%\(\w+\)s|\{\{.*|\{(?:[a-z_.]*|\d{1,2})\}?|\[\]?|<[^>]*>|<(?:nil|null|none|redacted|hidden|secret|email|phone).*|&lt;.*)$/i.test(
    value,
  ) ||
  /^[A-Za-z_$][A-Za-z_.$]{2,80}(?:\{|\(|@[0-9a-f]{5,8}$)/.test(value)

/** `user:password` in base64, as Basic authentication and Docker's configuration write it. */
export const isBasic = (value: string): boolean =>
  /^[A-Za-z0-9+/]{8,1024}={0,2}$/.test(value) && /^[\x20-\x7e]{1,200}:[\x20-\x7e]*$/.test(Buffer.from(value, 'base64').toString('latin1'))
