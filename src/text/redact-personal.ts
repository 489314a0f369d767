import { isIPv6 } from 'node:net'
import type { Pattern } from './redact-tokens.ts'

/** Patterns of personal data. What looks like one and is diagnosis (timestamps, ids, versions, ports, private addresses) is let through. */
export const personalPatterns: readonly Pattern[] = [
  {
    kind: 'email',
    pattern:
      /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}_][\p{L}\p{N}._%+'-]{0,63}(?:@|%40)[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,5}(?![\p{L}\p{N}])/gu,
    accept: (value) => !NO_MAIL_DOMAIN.test(value) && !/^git@/.test(value) && /\.\p{L}[\p{L}\p{N}-]*\p{L}$/u.test(value),
  },
  {
    kind: 'iban',
    pattern: /(?:(?<![A-Za-z0-9])|(?<=IBAN))[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?(?![A-Za-z0-9])/g,
    accept: (value) => hasIbanChecksum(value),
  },
  {
    kind: 'iban',
    pattern: /(?<=iban["']{0,2}[ \t]{0,2}[:=]?[ \t]{0,2}["']?)[a-z]{2}\d{2}(?:[ ]?[a-z0-9]{4}){2,7}(?:[ ]?[a-z0-9]{1,4})?(?![a-z0-9])/gi,
    accept: (value) => hasIbanChecksum(value.toUpperCase()),
  },
  {
    kind: 'card',
    pattern:
      /(?:(?<![\w.+/-])|(?<=card[_-]|(?<!\w)%B))(?:\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}(?:[ -]\d{3})?|\d{4}[ -]\d{6}[ -]\d{4,5}|\d{14,16})(?![\w/-]|\.\d)/g,
    accept: (value) => isCard(value.replace(/\D/g, '')),
  },
  {
    kind: 'ssn',
    pattern: /(?<![\w.+/-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w/-]|\.\d)/g,
  },
  {
    kind: 'ssn',
    pattern:
      /(\b(?:ssn|social[ _-]?security(?:[ _-]?(?:number|no))?)\\{0,3}["']?[ \t]{0,3}[:=#]?[ \t]{0,3}\\{0,3}["']?)(?:\d{3}[ -]?\d{2}[ -]?\d{4})(?!\d)/gi,
  },
  // Behind a word that says so, any national form.
  {
    kind: 'phone',
    pattern:
      /(\b(?:(?:tele)?phone|tel|mobile|cell(?:phone)?|msisdn|fax|whatsapp|sms|caller|callee|contact)(?:[ _-]?(?:number|no|num|nr|id|to|from))?\\{0,3}["']?\.?[ \t]{0,3}(?:[:=]|is|to|from)?[ \t]{0,3}\\{0,3}["']?)(?:\+|\()?\d(?:[ ().-]{0,2}\d){6,14}(?![\w-]|\.\d)/gi,
    accept: (value, kept) =>
      !isMoment(value) && (/[:=]|["']$/.test(kept) || !/^\d{7,}$/.test(value) || /(?:phone|mobile|tel|msisdn)/i.test(kept)),
  },
  {
    kind: 'phone',
    pattern:
      /(?:(?<![\w.+/:-]|\d[ ])|(?<=\b(?:tel|sip|sips|sms|whatsapp|phone|mobile|caller|to|from):))\+[1-9](?:[ ().-]{0,2}\d){7,14}(?![\w-]|\.\d)/g,
    accept: (value) => /[ ().-]/.test(value) || value.length >= 11,
  },
  {
    kind: 'phone',
    pattern: /(?<![\w.+/:-]|\d[ ])(?:1[ .-])?(?:\([2-9]\d{2}\)[ ]?|[2-9]\d{2}([.-]))[2-9]\d{2}(?:\1|[ .-])\d{4}(?![\w/:-]|\.\d)/g,
  },
  // National forms with their leading zero: 020 7946 0958, 0171-1234567, 01 23 45 67 89
  {
    kind: 'phone',
    pattern: /(?<![\w.:/+,-]|\d[ ])(?:\(0[1-9]\d{1,4}\)[ ]?|0[1-9]\d{1,3}[ -])\d{3,4}[ -]?\d{3,4}(?![\w:/-]|\.\d|[ ]\d)/g,
    accept: (value) => value.replace(/\D/g, '').length >= 9,
  },
  { kind: 'phone', pattern: /(?<![\w.:/+,-]|\d[ ])0[1-9](?:[ .]\d{2}){4}(?![\w:/-]|[ .]\d)/g },
  {
    kind: 'ip',
    pattern:
      /(?:(?<![\w.~-]|(?<!ipv)\d[:+]|(?:version|release|ver|firmware|build|agent)["']?[ :=/]{1,3}["']?)|(?<=(?:tcp|udp|ip|addr|host|client|peer|src|dst)_))(?:\d{1,3}\.){3}\d{1,3}(?![A-Za-z0-9~]|[.-]\d|-[A-Za-z])/gi,
    accept: (value) => isPublicV4(value),
  },
  // In a host's name: ec2-18-3-129-165.eu-central-1.compute.amazonaws.com
  {
    kind: 'ip',
    pattern: /(?<=(?<![\w-])(?:ec2|ip|host|client|static|dsl|pool|cable|dyn)-)\d{1,3}(?:-\d{1,3}){3}(?=[.-][a-z])/gi,
    accept: (value) => isPublicV4(value.replaceAll('-', '.')),
  },
  { kind: 'ip', pattern: /(?<![\w:.])[23][0-9a-f]{3}:(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{0,4}(?![\w:])/gi, accept: (value) => isIPv6(value) },
]

/** One spelling for one person or thing, so that it has one pseudonym. */
export const normalised = (kind: string, value: string): string => {
  switch (kind) {
    case 'email':
      return value.replace('%40', '@').toLowerCase()
    case 'ip':
      return value.toLowerCase().replace(/-/g, '.')
    case 'person':
    case 'login':
    case 'address':
      return value.toLowerCase()
    case 'phone':
      return value.replace(/[^\d+]/g, '')
    default:
      return value.replace(/[ -]/g, '').toUpperCase()
  }
}

// Hosts inside, systemd units, source files in stack traces, versions of packages.
const NO_MAIL_DOMAIN =
  /\.(?:local|localdomain|internal|lan|svc|cluster|service|socket|timer|mount|slice|scope|target|path|device|swap|js|mjs|cjs|jsx|ts|tsx|json|ya?ml|log|conf|tgz|jar|war|so|dll|exe|html?|png|jpe?g|svg|css)$/i

const isMoment = (value: string): boolean => /^\d{4}-\d{2}-\d{2}|^1[5-9]\d{8}(?:\d{3}){0,3}$|^\d{1,3}(?:\.\d{1,3}){3}$/.test(value)

const isPublicV4 = (value: string): boolean => {
  const [a = 0, b = 0, c = 0, d = 0] = value.split('.').map(Number)
  if ([a, b, c, d].some((octet) => octet > 255) || /(?:^|\.)0\d/.test(value)) return false
  // Private, loopback, link-local, carrier-grade NAT, "this network", multicast and above (RFC 6890); x.0.0.0 is a version or a network.
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false
  if ((a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 169 && b === 254) || (a === 100 && b >= 64 && b <= 127))
    return false
  return !(b === 0 && c === 0 && d === 0)
}

const isCard = (digits: string): boolean =>
  /^(?:4\d{15}|4\d{18}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|62\d{14})$/.test(
    digits,
  ) && hasLuhn(digits)

const hasLuhn = (digits: string): boolean => {
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index])
    const doubled = index % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** ISO 7064 mod 97-10. */
const hasIbanChecksum = (value: string): boolean => {
  const compact = value.replaceAll(' ', '')
  if (compact.length < 15 || compact.length > 34) return false
  let rest = 0
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const number = Number.parseInt(character, 36)
    rest = (rest * (number > 9 ? 100 : 10) + number) % 97
  }
  return rest === 1
}
