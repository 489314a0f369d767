import type { Pattern } from './redact-tokens.ts'

/** Secrets that their place gives away: in a header, in a URL, behind a scheme word. */
export const placePatterns: readonly Pattern[] = [
  // user:password@host; a slash in the password only where the scheme is a database's and what follows the colon is no port.
  { kind: 'url-password', pattern: /(\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/?#"'<>]{0,100}:)[^\s/?#"'<>]{1,256}(?=@[\w[.-])/gi },
  {
    kind: 'url-password',
    pattern:
      /(\b(?:postgres(?:ql)?|mysql|mariadb|mongodb|redis|rediss|amqps?|mssql)(?:\+\w{2,10})?:\/\/[^\s:@/?#"'<>]{0,100}:)(?!\d{1,5}[/?#])[^\s"'<>]{1,256}(?=@[\w[.-])/gi,
  },
  { kind: 'url-token', pattern: /(\bhttps?:\/\/)[\w.~%-]{16,256}(?=@[\w[.-])/gi },
  { kind: 'url-password', pattern: /((?<![\w.[-])[\w.-]{1,64}:)[^\s"'/:]{1,128}(?=@(?:tcp|unix|udp)\()/g },
  { kind: 'url-password', pattern: /(\bjdbc:oracle:\w{1,10}:[^/\s]{1,64}\/)[^@\s]{1,128}(?=@)/g },
  // Credentials of a whole header; a scheme's name stays, for it is diagnosis.
  {
    kind: 'authorization',
    pattern:
      /(\b(?:proxy-)?authorization\\{0,3}["'`]?\]?[ \t]{0,4}(?:=>|=|:)[ \t]{0,4}\[?\\{0,3}["'`]?(?:(?:bearer|basic|token|api-?key|digest|negotiate|ntlm|key|splunk|bot|pat|jwt|genie-?key|sso-key)[ :=]{1,3})?)[^\s"'\\,;[\]]{6,8192}/gi,
    accept: (value, kept) =>
      /(?:bearer|basic|token|key|negotiate|ntlm|splunk|bot|pat|jwt)[ :=]+$/i.test(kept)
        ? !/^[a-z]{1,12}$/.test(value)
        : !/^[A-Za-z-]+$/.test(value),
  },
  { kind: 'bearer', pattern: /(\bbearer[ :=]{1,3})[\w.~+/=-]{8,8192}/gi, accept: (value) => /\d/.test(value) },
  {
    kind: 'basic',
    pattern: /(\bbasic[ ]{1,2})[A-Za-z0-9+/]{8,1024}={0,2}(?![\w+/=])/gi,
    accept: (value) => /^[\x20-\x7e]+:[\x20-\x7e]*$/.test(atobOr(value)),
  },
  {
    kind: 'cookie',
    pattern:
      /(\b(?:set-)?cookies?2?\\{0,3}["'`]?\]?[ \t]{0,4}(?:=>|=|:)[ \t]{0,4}\[?\\{0,3}["'`]?)[^\s=;,"'`\\]{1,64}=[^\s;,"'`\\]{1,4096}(?:;[ ]?[^\s=;,"'`\\]{1,64}(?:=[^\s;,"'`\\]{0,4096})?){0,50}/gi,
  },
]

const atobOr = (base64: string): string => Buffer.from(base64, 'base64').toString('latin1')
