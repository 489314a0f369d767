import type { LogLine } from './line.ts'
import { mask, WILDCARD } from './mask.ts'

/** Lines of one statement in a program. `text` has `<*>` for what differs; `share` is 0..1 of all lines; `first`, `last` as the lines' `at`. */
export type Template = {
  readonly text: string
  readonly count: number
  readonly share: number
  readonly first: string
  readonly last: string
  readonly example: LogLine
}

/**
 * Groups log lines by the statement that wrote them, most frequent first; every line is in exactly one template.
 *
 * After Drain (He and others, 2017) a tree of fixed depth: masked text, number of words, and then the words that tell statements apart.
 * Unlike Drain it works on the distinct masked texts, which are few, and decides at the end: the order of lines does not matter.
 */
export const cluster = (lines: readonly LogLine[]): Template[] => clustering(lines).templates

/** The same, and which template a line is of: undefined for a line whose like was not among those clustered. */
export const clustering = (lines: readonly LogLine[]): { templates: Template[]; of(line: string): Template | undefined } => {
  const forms = new Map<string, Form>()
  for (const line of lines) {
    const text = mask(line.line)
    const form = forms.get(text)
    if (form === undefined) forms.set(text, { text, words: wordsOf(text), count: 1, first: line.at, last: line.at, example: line })
    else add(form, line)
  }
  const known = new Map<string, Template>()
  const templates: Template[] = []
  for (const sameLength of Map.groupBy(forms.values(), ({ words }) => words.length).values()) {
    for (const group of divide(sameLength)) {
      const template = toTemplate(group, lines.length)
      templates.push(template)
      for (const { text } of group) known.set(text, template)
    }
  }
  return {
    templates: templates.sort((a, b) => b.count - a.count || (isBefore(a.first, b.first) ? -1 : 1)),
    of: (line) => known.get(mask(line)),
  }
}

/** A masked text with all lines that have it. */
type Form = {
  readonly text: string
  readonly words: readonly string[]
  count: number
  first: string
  last: string
  readonly example: LogLine
}

/** So many different words at one place are values; fewer are a choice that the statement's author wrote down: "started", "stopped". */
const MANY = 6

/** Statements share less than this part of their words; lines of one statement more. Drain's usual threshold. */
const ALIKE = 0.5

// Beyond this column two lines are not told apart: it bounds the work for lines of a thousand words.
const COLUMNS = 64

/** The groups of forms that are one template each. */
const divide = (forms: readonly Form[]): Form[][] => {
  if (forms.length === 1) return [[...forms]]
  const columns = differing(forms)
  if (columns.length === 0) return [[...forms]]
  const literal = (forms[0]?.words ?? [])
    .slice(0, COLUMNS)
    .filter((word, at) => columns.every((column) => column.at !== at) && word !== WILDCARD).length
  const isOne = literal / (literal + columns.length) >= ALIKE
  const splitting = isOne
    ? columns.filter(({ values }) => values.size < MANY && [...values.keys()].every((value) => !value.includes(WILDCARD)))
    : columns
  const [narrowest] = splitting.toSorted((a, b) => a.values.size - b.values.size || a.at - b.at)
  if (narrowest === undefined) return [[...forms]]
  return [...narrowest.values.values()].flatMap((part) => divide(part))
}

/** The words of a masked text. A size's unit belongs to its value: "1.2 KB" and "80 B" are written by the same statement. */
const wordsOf = (text: string): string[] =>
  text
    .replace(/(?<=<\*>) (?:[KMGTP]i?)?B(?![\w./-])/g, '')
    .split(/\s+/)
    .filter(Boolean)

type Column = { readonly at: number; readonly values: Map<string, Form[]> }

/** The places at which the forms differ, each with the forms that have a word there. */
const differing = (forms: readonly Form[]): Column[] => {
  const width = Math.min(forms[0]?.words.length ?? 0, COLUMNS)
  const columns: Column[] = []
  for (let at = 0; at < width; at += 1) {
    const first = forms[0]?.words[at]
    if (forms.every(({ words }) => words[at] === first)) continue
    columns.push({ at, values: Map.groupBy(forms, ({ words }) => words[at] ?? '') })
  }
  return columns
}

const toTemplate = (group: readonly Form[], lines: number): Template => {
  const [head, ...others] = group as readonly [Form, ...Form[]]
  const words = head.words.map((word, at) => (others.every((form) => form.words[at] === word) ? word : WILDCARD))
  const all: Form = { ...head }
  for (const form of others) {
    all.count += form.count
    if (isBefore(form.first, all.first)) all.first = form.first
    if (isBefore(all.last, form.last)) all.last = form.last
  }
  const { count, first, last, example } = all
  return { text: words.join(' '), count, share: count / lines, first, last, example }
}

const add = (form: Form, line: LogLine): void => {
  form.count += 1
  if (isBefore(line.at, form.first)) form.first = line.at
  if (isBefore(form.last, line.at)) form.last = line.at
}

/** Of two times in RFC 3339 and UTC: without the Z, "05" sorts before "05.1". */
const isBefore = (a: string, b: string): boolean => (a.length === b.length ? a < b : a.slice(0, -1) < b.slice(0, -1))
