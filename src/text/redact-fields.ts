import { looksRandom } from './randomness.ts'

/** Offers a value that its name, its sign or its place calls secret; gets back what shall stand there. */
export type Withhold = (kind: string, value: string) => string

/**
 * Secrets that only their name gives away: key=value, JSON (escaped too), YAML, environment, XML, flags, prose. Whatever stands behind such a
 * name goes, however weak it looks, except what is plainly not a value: a word of prose, a placeholder, a reference, a mask, a rendered object.
 */
export const redactFields = (text: string, withhold: Withhold): string =>
  replaceAfter(replaceAfter(replaceAfter(text, STRONG, withhold, isSecret), FLAG, withhold, isFlagSecret), WEAK, withhold, isRandomEnough)

const SEP = '[_ .-]?'

const NAME = [
  `pass(?:word|wd|phrase|code|wrd)|(?<![a-z])pass|(?<![a-z])pwd|passwort|secret(?:${SEP}access)?(?:${SEP}key)?(?:${SEP}base)?|token`,
  `(?:api|access|private|client|auth|account|master|encryption|signing|licen[sc]e|shared|consumer|subscription|ssh|hmac|jwt|admin)${SEP}key|credentials?|connection${SEP}string|conn${SEP}str|shared${SEP}access${SEP}signature`,
  'x-amz-signature|x-goog-signature|requirepass|masterauth|(?<![a-z])otp',
].join('|')

const ENDING =
  '(?:[_-]?(?:value|hash|prod|production|staging|stage|dev|test|old|new|current|previous|main|primary|secondary|backup|ro|rw|b64|base64|enc|plain|\\d{1,3}))?'

const QUOTE = `(?:\\\\{0,3}["'\`])?`

// In this order: YAML block, name and value apart (Kubernetes env, XML attributes), tuple, plain sign, XML element, prose.
const SIGN = [
  `${QUOTE}:[ \\t]{0,4}[|>][+-]?\\n[ \\t]{1,40}`,
  `${QUOTE}[\\s,]{0,60}\\\\{0,3}["']?value${QUOTE}[ \\t]{0,4}[:=][ \\t]{0,4}`,
  `\\\\{0,3}["'],[ ]?(?=\\\\{0,3}["'])`,
  `\\]?${QUOTE}[ \\t]{0,4}(?:=>|:=|==?|:)[ \\t]{0,4}`,
  '(?:[ ][^<>\\n]{0,100})?>(?=[^<\\n])',
  '[ ](?=["\'][^"\'\\n]{3,100}["\'])',
  '[ ](?:is|was|provided|(?:changed|reset|set) to)[: ][ ]?',
].join('|')

type Named = { readonly name: string; readonly sign: string; readonly value: string; readonly before: string; readonly quoted: boolean }

const STRONG = new RegExp(`(?<name>${NAME})${ENDING}(?<sign>${SIGN})`, 'gi')

// --password x, -p x of sshpass, -px of mysql, -u user:x of curl, -a x of redis-cli, login u password x of netrc, requirepass x, IDENTIFIED BY x
const FLAG = new RegExp(
  [
    `(?<![\\w-])--?[\\w.-]{0,40}?(?<name>${NAME})${ENDING}(?<sign>[ \\t]{1,4})(?!-)`,
    '\\bsshpass[ ]{1,4}-p[ ]?',
    '\\bmysql(?:dump|admin)?[ ][^\\n|;]{0,200}?(?<=[ ])-p(?=[^\\s-])',
    '\\bcurl[ ][^\\n|;]{0,300}?(?<=[ ])(?:-u[ ]?|--user[ =])["\']?[^\\s:"\']{1,64}:',
    '\\bredis-cli[ ][^\\n|;]{0,200}?(?<=[ ])-a[ ]',
    '\\blogin[ ]\\S{1,64}[ ]{1,4}password[ ]{1,4}',
    '\\b(?:requirepass|masterauth)[ ]{1,4}',
    '\\bidentified[ ]by[ ](?:password[ ])?(?=["\'])',
  ].join('|'),
  'gi',
)

const WEAK = new RegExp(
  `(?<![a-z])(?<name>(?:j|php|asp\\.net_)?sess(?:ion)?${SEP}(?:id|key)?|connect\\.sid|sid|[a-z-]{0,20}csrf(?:token)?|sig|signature|x-auth|auth|authorization|key|code|nonce|state|cookie)(?<sign>\\]?${QUOTE}[ ]{0,2}[=:][ ]{0,2})`,
  'gi',
)

/** Reads the value behind each match of `pattern` and puts there what `withhold` says, where `accept` takes it for a secret. */
const replaceAfter = (text: string, pattern: RegExp, withhold: Withhold, accept: (named: Named) => boolean): string => {
  let done = ''
  let from = 0
  for (const match of text.matchAll(pattern)) {
    const start = match.index + match[0].length
    if (match.index < from) continue
    const [opening, value] = readValue(text, start)
    const before = text.slice(Math.max(0, match.index - 24), match.index)
    const name = (match.groups?.['name'] ?? 'password').toLowerCase()
    const sign = match.groups?.['sign'] ?? ''
    if (value === '' || !accept({ name, sign, value, before, quoted: opening !== '' })) continue
    done += text.slice(from, start) + opening + withhold(kindOf(name), value)
    from = start + opening.length + value.length
  }
  return done + text.slice(from)
}

// A quoted value may hold anything. A bare one goes on over `,;&)` only where the next field does not begin there.
const OPENING = /\\{0,3}["'`]/y
const BARE = /(?:[^\s,;&"'<>)\]}\\]|[,;&)\]}](?![\s"'\\,;&)\]}]|$|[\w.-]{1,40}["'\\]{0,4}[=:])|\\(?![nrt"'\\])){1,4096}/y
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
  const window = text.slice(start + opening.length, start + opening.length + LONGEST_VALUE)
  const line = window.indexOf('\n')
  const reach = line < 0 ? window : window.slice(0, line)
  let end = reach.indexOf(opening)
  while (end > 0 && reach[end - 1] === '\\') end = reach.indexOf(opening, end + 1)
  return [opening, end < 0 ? reach : reach.slice(0, end)]
}

const kindOf = (name: string): string => {
  if (/pass|pwd|requirepass|masterauth|otp/.test(name)) return 'password'
  if (/connection|conn.?str/.test(name)) return 'connection-string'
  if (/sess|sid|cookie|csrf/.test(name)) return 'session'
  if (/token|auth/.test(name)) return 'token'
  if (/sig/.test(name)) return 'signature'
  return name.includes('key') ? 'key' : 'secret'
}

const isSecret = ({ name, sign, value, before, quoted }: Named): boolean => {
  if (isPlaceholder(value)) return false
  // `api_key= client_secret=x`: an empty value, and the next field.
  if (/\s$/.test(sign) && !quoted && /^[\w.-]{1,40}=(?!=*$)/.test(value)) return false
  // `secret "checkout-tls" not found` names a secret, `password "x"` is one.
  if (sign === ' ' && !/pass|pwd/.test(name)) return false
  if (name.startsWith('token') && (NO_TOKEN.test(before) || /^-?[\d.]{1,8}(?:ms|s|%)?$/.test(value))) return false
  if (name === 'pass' && /^\d{1,4}%?$/.test(value)) return false
  if (!/pass/.test(name) && isReference(name, value)) return false
  // "password is wrong", "token was issued": behind a verb only what no sentence would hold.
  if (/(?:is|was|provided|to)[: ] ?$/i.test(sign) && !quoted) return /[\d!@#$%^&*+/=]/.test(value) && value.length >= 4
  if (sign.endsWith('>') && /\s/.test(value)) return false
  return quoted || !PROSE.has(value.toLowerCase().replace(/[.,:;!?]+$/, ''))
}

// Parsers' errors ("Unexpected token: }") and .NET assembly names.
const NO_TOKEN = /(?:unexpected|invalid|illegal|bad|near|pars(?:e|ing)|publickey)[ _]?$/i

const isFlagSecret = (named: Named): boolean =>
  !isPlaceholder(named.value) && !isReference(named.name, named.value) && !PROSE.has(named.value.toLowerCase())

const isRandomEnough = ({ value }: Named): boolean => looksRandom(value, 16) || /^(?=\D*\d)[0-9a-z]{32,256}$/i.test(value)

const isPlaceholder = (value: string): boolean =>
  /^\[?redacted\b/i.test(value) ||
  /^(?:null|nil|none|undefined|true|false|yes|no|n\/a|nan)[.,]?$/i.test(value) ||
  /^[*x•.#_?-]+$/i.test(value) ||
  /^(?:\$\{[^}]*\}?|\$[A-Z_]{2,}|\$\(.*|%\w|%\(\w+\)s|\{\{.*|\{\w*\}?|\[\]?|<[^>]*>|<(?:nil|null|none|redacted|hidden|secret|email|phone).*|&lt;.*)$/i.test(
    value,
  ) ||
  /^[A-Za-z_$][A-Za-z_.$]{2,80}(?:\{|\(|@[0-9a-f]{5,8}$)/.test(value)

/** Where the secret lies, not the secret: a file, an ARN, namespace/name, a URL that carries none (any more). */
const isReference = (name: string, value: string): boolean => {
  if (/^(?:~|\.{1,2})?(?:\/[\w.@-]{1,60}){1,20}\/?$/.test(value)) return !looksRandom(value, 16)
  if (name === 'secret' && /^[a-z][a-z-]*\/[a-z][a-z0-9.-]*$/.test(value)) return true
  return /^(?:arn:aws|projects\/|vault:|op:\/\/|file:|[A-Z]:\\|[a-z][a-z0-9+.-]*:\/\/(?:[^\s@?]*$|.*\[redacted:))/.test(value)
}

const PROSE = new Set(
  (
    'ok on off empty unset missing required optional invalid valid incorrect wrong expired expires failed failure changed updated reset removed deleted revoked rotated ' +
    'rejected accepted denied not is was has had are for of in the a an and or to from with by at must should cannot could can may might will unable unknown ' +
    'unauthorized unsupported redacted hidden masked omitted filtered password token secret key type length size count mismatch error authentication authorization auth ' +
    'bearer basic digest string bytes provided present absent set unavailable refresh refreshed validation verified verification generated created received issued ' +
    'acquired attempt attempts lookup loaded loading retrieved signature malformed bad does did contains already too please enter successfully success found user using this that'
  ).split(' '),
)
