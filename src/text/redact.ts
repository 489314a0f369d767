import { looksRandom } from './randomness.ts'
import { redactCommands } from './redact-commands.ts'
import { redactFields } from './redact-fields.ts'
import { redactManifests } from './redact-kubernetes.ts'
import { loginPatterns, redactPeople } from './redact-people.ts'
import { personalPatterns } from './redact-personal.ts'
import { placePatterns } from './redact-places.ts'
import { createPseudonyms, type PersonalKind } from './redact-pseudonyms.ts'
import type { Pattern } from './redact-tokens.ts'
import { tokenPatterns } from './redact-tokens.ts'
import { throughBlobs, throughEscapes, throughPercents } from './redact-views.ts'

export type RedactorOptions = {
  /**
   * The incident's key. With it a pseudonym follows from the value alone (`<email-3fa2c1>`), so it stays the same after a restart and in whatever order
   * texts come; without it they are counted (`<email-1>`).
   */
  readonly key?: Uint8Array | string
  /** A value that one of these matches is left as it is (company-wide addresses, test numbers). */
  readonly allow?: readonly RegExp[]
  /** What these match is taken out first, as `[redacted:denied]`; `allow` does not bring it back. Their cost is the configuration's own. */
  readonly deny?: readonly RegExp[]
  /** 'none': public addresses stay too. Private ones always stay: they are diagnosis. */
  readonly addresses?: 'public' | 'none'
}

export type Redactor = {
  /**
   * The text without secrets (`[redacted:aws-key]`) and with personal data under pseudonyms (`<email-1>`). Clean the text first (`clean`): an
   * invisible character in a key would hide it. If it throws, nothing may be sent. Time is linear in the text. Redacting twice changes nothing more.
   */
  redact(text: string): string
  /** Puts the values back in place of the pseudonyms this redactor gave, for Slack alone; escape afterwards. `kinds` limits it to some. */
  reveal(text: string, kinds?: readonly PersonalKind[]): string
  /** What is behind each pseudonym, in the order of meeting. To be kept only where the evidence is kept. */
  pseudonyms(): ReadonlyMap<string, string>
}

/** One redactor for one incident: inside it a person is always the same pseudonym, between incidents never on purpose. */
export const createRedactor = (options: RedactorOptions = {}): Redactor => {
  const allow = (options.allow ?? []).map((pattern) => new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')))
  const deny = (options.deny ?? []).map((pattern) => new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, '')}g`))
  const people = createPseudonyms(options.key)
  const personal = options.addresses === 'none' ? personalPatterns.filter(({ kind }) => kind !== 'ip') : personalPatterns

  const isAllowed = (value: string): boolean => allow.some((pattern) => pattern.test(value))
  const withhold = (kind: string): string => `[redacted:${kind}]`
  const guess = (kind: string, value: string): string => (isAllowed(value) ? value : withhold(kind))
  const rename = (kind: string, value: string): string => (isAllowed(value) ? value : people.name(kind, value))

  const asWritten = (text: string): string => {
    let rest = redactManifests(text, withhold)
    for (const pattern of tokenPatterns) rest = replaced(rest, pattern, withhold)
    for (const pattern of placePatterns) rest = replaced(rest, pattern, withhold)
    rest = redactFields(redactCommands(rest, withhold), withhold)
    for (const pattern of RANDOM) rest = replaced(rest, pattern, guess)
    for (const pattern of personal) rest = replaced(rest, pattern, rename)
    rest = redactPeople(rest, rename)
    for (const pattern of loginPatterns) rest = replaced(rest, pattern, rename)
    return rest
  }

  return {
    redact: (text) => {
      let rest = text
      for (const pattern of deny) rest = rest.replace(pattern, (value) => (value === '' ? '' : '[redacted:denied]'))
      return throughBlobs(throughEscapes(throughPercents(asWritten(rest), asWritten), asWritten), asWritten)
    },
    reveal: people.reveal,
    pseudonyms: () => people.values,
  }
}

// Names whose values look random and are what the diagnosis hangs on.
const HARMLESS_NAME =
  /(?:id|uid|hash|digest|sha\d*|md5|etag|trace|span|commit|revision|checksum|fingerprint|integrity|cursor|offset|version|image|tag|ref|file|path|class|ray)["']?\]?\s?[=:]\s?["']?$/i

const RANDOM: readonly Pattern[] = [
  {
    kind: 'high-entropy',
    pattern: /((?<![\w.-])[\w.-]{1,40}["']?\s?[=:]\s?["']?)[\w+/~-]{20,512}={0,2}(?![\w+/=~-])/g,
    accept: (value, kept) => looksRandom(value) && !HARMLESS_NAME.test(kept),
  },
  // Without a name: only what is longer than ids are, such as the inner lines of a key that was logged line by line.
  {
    kind: 'high-entropy',
    pattern: /((?<![\w+/=.~-])(?:sha\d{3}[:-])?)[\w+/~-]{32,512}={0,2}(?![\w+/=~-])/gi,
    accept: (value, kept) => kept === '' && looksRandom(value, 32),
  },
]

const replaced = (text: string, { kind, pattern, accept, hint }: Pattern, put: (kind: string, value: string) => string): string => {
  if (hint !== undefined && !hint.test(text)) return text
  return text.replace(pattern, (match: string, ...rest: unknown[]) => {
    const kept = typeof rest[0] === 'string' && match.startsWith(rest[0]) ? rest[0] : ''
    const value = match.slice(kept.length)
    // What an earlier rule, or an earlier pass, has taken out.
    if (/^\[?redacted:/.test(value) || kept.endsWith('[redacted:')) return match
    return accept && !accept(value, kept) ? match : kept + put(kind, value)
  })
}
