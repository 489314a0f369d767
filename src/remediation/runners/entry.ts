import type { Config } from '../../config.ts'
import { clean } from '../../text/clean.ts'
import { filled } from '../../text/placeholders.ts'

export type Entry = Config['actions'][number]

export const nameOfEntry = ({ name, kind }: Entry): string => name ?? kind

/** The entry of this name that a runner may still run; undefined: it was taken out, or is another's. */
export const entryFor = ({ actions }: Pick<Config, 'actions'>, runner: Entry['runner'], name: string): Entry | undefined =>
  actions.find((entry) => entry.runner === runner && nameOfEntry(entry) === name)

/** The fixed words of an entry with parameters in their places: one placeholder never becomes two words. */
export const argvOf = (template: readonly string[], params: Readonly<Record<string, unknown>>): string[] =>
  template.map((part) => filled(part, params))

/**
 * Why a text may be no parameter of an own action, whatever the entry allows; null: it may. A leading dash would be an option, a ".."
 * another place, and what is invisible or only looks like something else deceives whoever approves it.
 */
export const unfit = (value: string): string | null => {
  if (value.startsWith('-')) return 'must not begin with a dash'
  if (/\p{Cc}/u.test(value)) return 'must have no line breaks and no control characters'
  if (clean(value) !== value || value.normalize('NFKC') !== value) return 'must have no invisible or compatibility characters'
  if (/\p{Script=Latin}/u.test(value) && LOOKS_LATIN.test(value)) return 'must not mix letters of alphabets that look alike'
  if (value.split('/').includes('..')) return 'must have no ".." in a path'
  return null
}

/** Letters that stand for Latin ones in a name without anybody seeing it (Unicode TR 39). */
const LOOKS_LATIN = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}]/u
