import { GIVEN_NAMES, MACHINES, SURNAMES } from './redact-names.ts'
import type { Pattern } from './redact-tokens.ts'

/** Puts a pseudonym in place of a person's datum. */
export type Rename = (kind: string, value: string) => string

/**
 * People whom only a key gives away: `customer_name=…`, `"dob":"…"`, `user=ana.garcia`. A value must look like what the key says, so that
 * `user=postgres`, `owner: platform-team` and `address: 10.0.0.1:80` stay.
 */
export const redactPeople = (text: string, rename: Rename): string => {
  let done = ''
  let from = 0
  for (const match of text.matchAll(KEYED)) {
    const start = match.index + match[0].length
    if (start <= from) continue
    const key = (match[1] ?? '').replace(/[_.-]/g, '').toLowerCase()
    const field = ENDINGS.test(key) ? FIELDS.find((one) => one.key.test(key)) : undefined
    if (field === undefined) continue
    field.value.lastIndex = start
    const value = field.value.exec(text)?.[0] ?? ''
    if (value === '' || !field.accept(value)) continue
    done += text.slice(from, start) + rename(field.kind, value)
    from = start + value.length
  }
  return done + text.slice(from)
}

// One start a word, so that it stays linear.
const KEYED =
  /(?<![\p{L}\p{N}_.-])([\p{L}_][\p{L}\p{N}_.-]{1,48})\\{0,7}["']?\]?[ \t]{0,2}(?:=>|[:=>])[ \t]{0,2}\\{0,7}["']?(?=[\p{L}\p{N}(+<])/gu

type Keyed = { readonly kind: string; readonly key: RegExp; readonly value: RegExp; readonly accept: (value: string) => boolean }

const WORD = String.raw`\p{Lu}(?:[\p{L}.-]|['’](?=\p{L})){0,30}`
const PARTICLE = '(?:(?:van|von|vom|zu|de|der|den|del|della|da|di|do|dos|la|le|bin|ben|ibn|al|el|af|av|ter|ten) ){0,2}'
const FULL = String.raw`(?:${WORD}(?: ${PARTICLE}${WORD}){1,3}|[\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}]{2,8})(?![\p{L}\p{N}])`
const LOGIN = '[A-Za-z][A-Za-z0-9]{0,30}(?:[._-][A-Za-z0-9]{1,30}){0,2}(?![\\w@:/-]|\\.\\w)'

const words = (value: string): string[] => value.toLowerCase().split(/[^\p{L}]+/u)

const isNamed = (value: string): boolean => words(value).some((word) => GIVEN_NAMES.has(word) || SURNAMES.has(word))

const isNoRole = (value: string): boolean => !words(value).some((word) => MACHINES.has(word) || NO_NAME.has(word))

const NO_NAME = new Set(
  'unknown missing required invalid empty not none null true false new old first last name user customer company gmbh inc ltd corp'.split(
    ' ',
  ),
)

const FIELDS: readonly Keyed[] = [
  {
    kind: 'person',
    key: /(?:customer|client|full|billing|shipping|recipient|contact|patient|employee|guest|passenger|student|member|sender|receiver|payer|payee|buyer|insured|beneficiary)name$|(?:card|account|policy)holder(?:name)?$|nameoncard$|(?:customer|employee|patient|passenger|cardholder|beneficiary|applicant)$/,
    value: new RegExp(FULL, 'uy'),
    accept: (value) => isNamed(value) || isNoRole(value),
  },
  {
    kind: 'person',
    key: /(?:first|last|given|family|middle|maiden|sur|fore)name$|^[fl]name$|(?:vor|nach)name$|^(?:prenom|apellidos?|cognome)$/,
    value: new RegExp(String.raw`${PARTICLE}${WORD}(?:[ ]${PARTICLE}${WORD}){0,2}(?![\p{L}\p{N}])|[\p{Ll}]{2,20}(?![\p{L}\p{N}])`, 'uy'),
    accept: (value) => isNamed(value) || (/^\p{Lu}/u.test(value) && isNoRole(value)),
  },
  { kind: 'person', key: /(?:name|user|owner|author|customer|assignee|^cn)$/, value: new RegExp(FULL, 'uy'), accept: isNamed },
  {
    kind: 'phone',
    key: /(?:phone|mobile|handy|telefono?|telephone|cellphone|msisdn|fax|whatsapp)(?:numbers?|nummer|num|no|nr)?$/,
    value: /(?:\+|00|\()?\d(?:[ ().-]{0,2}\d){6,14}(?![\w-]|\.\d)/y,
    accept: (value) => !/^1[5-9]\d{8}(?:\d{3}){0,3}$|^\d{4}-\d\d-\d\d/.test(value),
  },
  {
    kind: 'birthday',
    key: /(?:dob|dateofbirth|birthdate|birthday|geburtsdatum|geburtstag)$/,
    value: /\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?![\w-])/y,
    accept: () => true,
  },
  {
    kind: 'address',
    key: /(?:street|streetaddress|addressline\d?|(?:shipping|billing|home|postal|mailing|delivery|customer|residential)address|strasse|straße)$/,
    value: /[\p{L}\p{N}][\p{L}\p{N} .'’/#-]{4,80}(?![\p{L}\p{N}])/uy,
    accept: (value) => /\d/.test(value) && /\p{L}{3}/u.test(value) && /[ ]/.test(value),
  },
  {
    kind: 'paper',
    key: /(?:passport|nationalid|idcard|identitycard|driver(?:s|ing)?licen[sc]e|taxid|taxpayerid|steuerid|vatid|nino|insurance|socialinsurance|personalid)(?:numbers?|nummer|num|no|nr)?$/,
    value: /[A-Za-z0-9][A-Za-z0-9 -]{4,24}(?![\w-])/y,
    accept: (value) => value.replace(/\D/g, '').length >= 5 && !/^\d{4}-\d\d/.test(value),
  },
]

// What any of the fields' keys ends with, for a first look.
const ENDINGS =
  /(?:name|user|owner|author|customer|assignee|card|holder|cn|employee|patient|passenger|beneficiary|applicant|prenom|apellidos?|cognome|number|nummer|num|no|nr|phone|mobile|handy|telefono?|telephone|msisdn|fax|whatsapp|dob|birth|date|day|datum|tag|street|address|line\d?|stra(?:ss|ß)e|id|passport|nino|licen[sc]e|insurance)$/

/** Logins of people: behind a key or a word, in a path, behind a domain. */
export const loginPatterns: readonly Pattern[] = [
  {
    kind: 'login',
    pattern: new RegExp(
      String.raw`((?<![A-Za-z0-9])(?:user(?:_?name|_?id)?|login|owner|principal|uid|actor|author|assignee|account|(?:approved|created|updated|assigned|requested|deployed|started|merged|reviewed|triggered|acknowledged)[_ -]?(?:by|to))\\{0,7}["']?\]?(?:[ ]{0,2}[:=][ ]{0,2}|[ ])\\{0,7}["']?)${LOGIN}`,
      'gi',
    ),
    accept: (value, kept) => isPersonsLogin(value, kept),
  },
  {
    kind: 'login',
    pattern: new RegExp(String.raw`((?<![\w.])/(?:home|users)/)${LOGIN.replace(':/', ':')}`, 'gi'),
    accept: (value, kept) => isPersonsLogin(value, kept),
  },
  {
    kind: 'login',
    pattern: new RegExp(String.raw`(\b[A-Z][A-Z0-9-]{1,15}\\{1,4})(?![nrtbfu])${LOGIN}`, 'g'),
    accept: (value, kept) => isPersonsLogin(value, kept),
  },
]

/** ana.garcia, garcia_ana, ana92, jsmith, anagarcia; not app, ci-bot, checkout-worker, max_connections. */
const isPersonsLogin = (value: string, kept: string): boolean => {
  const parts = value
    .toLowerCase()
    .split(/[._-]/)
    .map((part) => part.replace(/\d{1,4}$/, ''))
  if (parts.some((part) => MACHINES.has(part))) return false
  const isName = (part: string): boolean => GIVEN_NAMES.has(part) || SURNAMES.has(part)
  if (parts.length > 1) return parts.some((part) => isName(part) && !WORDS.has(part)) || parts.every(isName)
  const [only = ''] = parts
  if (WORDS.has(only)) return GIVEN_NAMES.has(only) && /(?:user|name|login)\\{0,7}["']?\s{0,2}[:=]/i.test(kept)
  return GIVEN_NAMES.has(only) || (only.length >= 5 && SURNAMES.has(only.slice(1))) || isGlued(only)
}

const isGlued = (login: string): boolean => {
  for (let at = 3; at <= login.length - 3; at += 1) if (GIVEN_NAMES.has(login.slice(0, at)) && SURNAMES.has(login.slice(at))) return true
  return false
}

// Names that are words, or begin one: by themselves they tell a person only behind a key for logins.
const WORDS = new Set(
  'max mark grace jan jun jin jim bill dawn frank gray green brown white young hill hall king bell cook baker wolf ward lea reed cox chan long page rose may will art gene kaiser fischer martin li lim wu ito'.split(
    ' ',
  ),
)
