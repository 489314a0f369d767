import { looksRandom } from './randomness.ts'
import type { Pattern } from './redact-tokens.ts'
import { isBasic } from './redact-value.ts'

/** Secrets that their place gives away: in a header, in a URL, behind a scheme word. */
export const placePatterns: readonly Pattern[] = [
  // user:password@host; a slash in the password only where the scheme is a database's and what follows the colon is no port.
  {
    kind: 'url-password',
    pattern: /(\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/?#"'<>]{0,100}:)[^\s/?#"'<>]{1,256}(?=@[\w[.-])/gi,
    hint: /:\/\/[^\s/]{0,400}@/,
  },
  {
    kind: 'url-password',
    hint: /:\/\/[^\s]{0,400}@/,
    pattern:
      /(\b(?:postgres(?:ql)?|mysql|mariadb|mongodb|redis|rediss|amqps?|mssql)(?:\+\w{2,10})?:\/\/[^\s:@/?#"'<>]{0,100}:)(?!\d{1,5}[/?#])[^\s"'<>]{1,256}(?=@[\w[.-])/gi,
  },
  { kind: 'url-token', pattern: /(\bhttps?:\/\/)[\w.~%-]{16,256}(?=@[\w[.-])/gi },
  // Sentry's DSN: the user is the key.
  { kind: 'url-token', pattern: /(\bhttps?:\/\/)[0-9a-f]{32}(?=:[^\s@/]{1,100}@)/gi },
  // A link that lets in whoever has it.
  {
    kind: 'url-token',
    pattern:
      /(\/(?:reset|verify|verification|confirm|confirmation|activate|activation|invite|invitation|magic|unsubscribe|password|share|login)[\w-]{0,24}\/)[\w.~-]{16,512}(?![\w/.~-])/gi,
    accept: (value) => looksRandom(value, 16) || /^(?=\D*\d)(?=[^a-z]*[a-z])[0-9a-z]{24,512}$/i.test(value),
  },
  { kind: 'url-password', pattern: /((?<![\w.[-])[\w.-]{1,64}:)[^\s"'/:]{1,128}(?=@(?:tcp|unix|udp)\()/g, hint: /@(?:tcp|unix|udp)\(/ },
  { kind: 'url-password', pattern: /(\bjdbc:oracle:\w{1,10}:[^/\s]{1,64}\/)[^@\s]{1,128}(?=@)/g },
  { kind: 'authorization', pattern: /(\bdigest[ ][^\n]{0,600}?\bresponse=\\{0,3}["']?)[0-9a-f]{32,128}/gi },
  // Credentials of a whole header; a scheme's name stays, for it is diagnosis.
  {
    kind: 'authorization',
    pattern:
      /(\b(?:proxy-)?authorization\\{0,3}["'`]?\]?[ \t]{0,4}(?:=>|=|:)[ \t]{0,4}\[?\\{0,3}["'`]?(?:(?:bearer|basic|token(?:[ ]token)?|api-?key|negotiate|ntlm|key|splunk|bot|pat|jwt|ssws|genie-?key|sso-key)[ :=]{1,3})?)[^\s"'\\,;[\]]{6,8192}/gi,
    accept: (value, kept) =>
      /(?:bearer|basic|token|key|negotiate|ntlm|splunk|bot|pat|jwt)[ :=]+$/i.test(kept)
        ? !/^[a-z]{1,12}=?$/.test(value)
        : !/^[A-Za-z-]+$/.test(value),
  },
  { kind: 'bearer', pattern: /(\bbearer[ :=]{1,3})[\w.~+/=-]{8,8192}/gi, accept: (value) => /\d/.test(value) },
  {
    kind: 'basic',
    pattern: /(\bbasic["']?[ :=]{1,3}["']?)[A-Za-z0-9+/]{8,1024}={0,2}(?![\w+/=])/gi,
    accept: isBasic,
  },
  {
    kind: 'key',
    pattern: /(\b(?:CLIENT_RANDOM|(?:CLIENT|SERVER|EXPORTER)_[A-Z_]{4,30}SECRET(?:_\d)?)[ ][0-9a-f]{64}[ ])[0-9a-f]{48,128}/gi,
  },
  {
    kind: 'cookie',
    pattern:
      /(\b(?:set-)?cookies?2?\\{0,3}["'`]?\]?[ \t]{0,4}(?:=>|=|:)[ \t]{0,4}\[?\\{0,3}["'`]?)[^\s=;,"'`\\]{1,64}=[^\s;,"'`\\]{1,4096}(?:;[ ]?[^\s=;,"'`\\]{1,64}(?:=[^\s;,"'`\\]{0,4096})?){0,50}/gi,
  },
]
