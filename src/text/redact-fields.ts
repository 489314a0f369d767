import { looksRandom } from './randomness.ts'
import { type Field, isBasic, isPlaceholder, type Named, replaceAfter, type Withhold } from './redact-value.ts'
import { CODE_NAME, ENDING, NAME, PROSE, QUOTE, SIGN } from './redact-words.ts'

/**
 * Secrets that only their name gives away: key=value, JSON (escaped too), YAML, environment, XML, flags, prose. Whatever stands behind such a
 * name goes, however weak it looks, except what is plainly not a value: a word of prose, a placeholder, a reference, a mask, a rendered object.
 */
export const redactFields = (text: string, withhold: Withhold): string =>
  FIELDS.reduce((rest, field) => replaceAfter(rest, field, withhold), text)

const isSecret = ({ name, sign, value, before, quoted }: Named): boolean => {
  if (isPlaceholder(value)) return false
  // `api_key= client_secret=x`: an empty value, and the next field.
  if (/\s$/.test(sign) && !quoted && /^[\w.-]{1,40}=(?!=*$)/.test(value)) return false
  // `secret "checkout-tls" not found` names a secret, `password "x"` is one; token("x") may be any function.
  if ((sign === ' ' || sign === '(') && !/pass|pwd/.test(name)) return false
  if (sign === ' ' && /^(?:salt|pepper)$/.test(name)) return false
  if (name.startsWith('token') && (NO_TOKEN.test(before) || /^-?[\d.]{1,8}(?:ms|s|%)?$/.test(value))) return false
  if (name === 'pass' && (/^\d{1,4}%?$/.test(value) || (sign === ': ' && /^Test|^test\b|^ok\b/.test(value)))) return false
  if (!/pass/.test(name) && isReference(name, value, before)) return false
  // "password is wrong", "token was issued": behind a verb only what no sentence would hold.
  if (VERB.test(sign) && !quoted) return /[\d!@#$%^&*+/=]/.test(value) && value.length >= 4
  if (sign.endsWith('>') && /\s/.test(value)) return false
  return quoted || !PROSE.has(value.toLowerCase().replace(/[.,:;!?]+$/, ''))
}

const VERB = /(?:is|was|provided|with|to)[: ] ?$/i

// Parsers' errors ("Unexpected token: }") and .NET assembly names.
const NO_TOKEN = /(?:unexpected|invalid|illegal|bad|near|pars(?:e|ing)|publickey)[ _]?$/i

const isFlagSecret = ({ name, value, before }: Named): boolean =>
  !isPlaceholder(value) &&
  !isReference(name, value, before) &&
  !PROSE.has(value.toLowerCase()) &&
  !/-(?:stdin|file|command|from|path)$/.test(name)

const isRandomEnough = ({ value }: Named): boolean => {
  const plain = value.includes('%') ? unescaped(value) : value
  return looksRandom(plain, 16) || /^(?=\D*\d)[0-9a-z]{32,256}$/i.test(plain) || isBasic(plain)
}

const unescaped = (value: string): string =>
  value.replace(/%([2-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

/** UUIDs and hexadecimal digits stand for a session too; ZooKeeper's 0x… is a counter that the diagnosis needs. */
const isSession = ({ name, sign, value }: Named): boolean => {
  const bare = value.replace(/^s(?:%3A|:)/i, '').replace(/[.,:]+$|[?#;].{0,400}$/, '')
  if (/^0x/.test(bare) || isPlaceholder(bare)) return false
  const isId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(bare) || /^[0-9a-f]{16,128}$/i.test(bare)
  if (sign === ' ') return /sess/.test(name) && (isId || looksRandom(bare))
  return isId || /^(?=[^\d]*\d)(?=[^a-z]*[a-z])[\w%+/=.~-]{16,}$/i.test(bare)
}

/** Where the secret lies, not the secret: a file, an ARN, namespace/name, a URL that carries none (any more). */
const isReference = (name: string, value: string, before: string): boolean => {
  // arn:aws:secretsmanager:eu-central-1:123456789012:secret:name
  if (/:\d{12}:$/.test(before)) return true
  if (/^(?:~|\.{1,2})?(?:\/[\w.@-]{1,60}){1,20}\/?$/.test(value)) return !looksRandom(value, 16)
  // kube_secret_info{secret="checkout-tls"}: the name of a Secret
  if (name === 'secret' && /[{,\s]$/.test(before) && OBJECT_NAME.test(value)) return true
  // routing_key: default/Pod/logging-agent
  if (name.endsWith('key') && /^[A-Za-z][a-z-]*(?:\/[A-Za-z][a-z.-]*){1,4}$/.test(value)) return true
  if (name.startsWith('secret') && /^[a-z][a-z-]*\/[a-z][a-z0-9./-]*$/.test(value)) return true
  return /^(?:arn:aws|projects\/|vault:|op:\/\/|file:|[A-Z]:\\|[a-z][a-z0-9+.-]*:\/\/(?:[^\s@?]*$|.*\[redacted:))/.test(value)
}

/** Words of small letters with dashes, as objects are called; passwords of that form are longer. */
const OBJECT_NAME = /^(?=.{3,40}$)[a-z]{2,20}(?:-[a-z]{2,12}\d{0,2}){1,4}$/

const FIELDS: readonly Field[] = [
  { pattern: new RegExp(`(?<name>${NAME})${ENDING}(?<sign>${SIGN})`, 'gim'), accept: isSecret },
  // --password x, and the same in a list of arguments or between the zero bytes of /proc.
  {
    pattern: new RegExp(
      `(?<![\\w-])--?[\\w.-]{0,40}?(?<name>${NAME})${ENDING}(?<sign>[ \\t\\0]{1,4}|["']?,[ ]?(?=["']?[\\w!@#$]))(?!-)`,
      'gi',
    ),
    accept: isFlagSecret,
  },
  {
    pattern: new RegExp(
      `(?<name>${CODE_NAME})(?<sign>${QUOTE}[ ]{0,2}[=:][ ]{0,2}|[ ]is:?[ ]|[ ])(?=["'\\\\]{0,4}\\d{3,8}(?![\\w.]))`,
      'gi',
    ),
    accept: ({ name, sign, value }) =>
      /^(?:card_?)?pin/.test(name) ? sign !== ' ' && /^\d{4,8}$/.test(value) : sign !== ' ' || /^\d{4,8}$/.test(value),
  },
  {
    pattern: new RegExp(
      `(?<![a-z])(?<name>(?:jsess|phpsess|asp\\.net_sess|sess)(?:ion)?(?:[_ .-]?(?:id|key|token))?|connect\\.sid|sid)(?<sign>\\]?${QUOTE}[ ]{0,2}[=:][ ]{0,2}|[ ](?=[\\w-]{16}))`,
      'gi',
    ),
    accept: isSession,
    kind: 'session',
  },
  {
    pattern: new RegExp(
      `(?<![a-z])(?<name>[a-z-]{0,20}csrf[a-z]{0,20}|[a-z0-9]{0,12}_?sig|signature|x-auth|auth|authorization|[a-z0-9_.-]{0,24}key|encrypt|code|nonce|state|cookie)(?<sign>\\]?${QUOTE}[ ]{0,2}[=:][ ]{0,2})`,
      'gi',
    ),
    accept: isRandomEnough,
  },
]
