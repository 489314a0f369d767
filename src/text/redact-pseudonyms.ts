import { createHmac } from 'node:crypto'
import { normalised } from './redact-personal.ts'

export type PersonalKind = (typeof KINDS)[number]

export type Pseudonyms = {
  /** The pseudonym of `value`, the same for each of its spellings. */
  name(kind: string, value: string): string
  reveal(text: string, kinds?: readonly PersonalKind[]): string
  readonly values: ReadonlyMap<string, string>
}

/** With a key a pseudonym follows from the value alone (`<email-3fa2c1>`), without one they are counted (`<email-1>`). */
export const createPseudonyms = (key: Uint8Array | string | undefined): Pseudonyms => {
  const names = new Map<string, string>()
  const values = new Map<string, string>()
  const counts = new Map<string, number>()

  const fresh = (kind: string, spelling: string): string => {
    if (key === undefined) {
      const count = (counts.get(kind) ?? 0) + 1
      counts.set(kind, count)
      return `<${kind}-${count}>`
    }
    const code = createHmac('sha256', key).update(`${kind}\0${spelling}`).digest('hex')
    // Six digits are unique among a thousand values with 97 %; a value that meets a taken one gets a longer one.
    let digits = 6
    while (values.has(`<${kind}-${code.slice(0, digits)}>`)) digits += 2
    return `<${kind}-${code.slice(0, digits)}>`
  }

  return {
    values,
    name: (kind, value) => {
      const spelling = normalised(kind, value)
      const known = names.get(`${kind} ${spelling}`)
      if (known !== undefined) return known
      const name = fresh(kind, spelling)
      names.set(`${kind} ${spelling}`, name)
      values.set(name, value)
      return name
    },
    reveal: (text, kinds) =>
      text.replace(PSEUDONYM, (name, kind: PersonalKind) =>
        kinds === undefined || kinds.includes(kind) ? (values.get(name) ?? name) : name,
      ),
  }
}

const KINDS = ['email', 'phone', 'card', 'ssn', 'iban', 'ip', 'person', 'login', 'birthday', 'address', 'paper'] as const

const PSEUDONYM = new RegExp(`<(${KINDS.join('|')})-[0-9a-f]{1,64}>`, 'g')
