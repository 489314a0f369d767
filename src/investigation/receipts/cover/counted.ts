import type { Mentions } from '../read/mentions.ts'
import { agrees, entriesFor } from './agree.ts'
import type { Cover, Entry } from './cover.ts'
import type { Reading } from './reading.ts'

/** "2 pods (a, b)", "all three versions". */
export const counts = (reading: Reading): boolean => {
  const { quantity, mentions, entries, after } = reading
  if (
    !/^\s?(?:of (?:the |its |all )?(?:\S+ )?)?(?!(?:per|every|each)\b)[\p{L}-]{3,}/u.test(after) ||
    quantity.readings.length > 0 ||
    quantity.form === 'ratio'
  )
    return false
  // "Three pods are running" where two were counted: the whole is named beside the part or not at all.
  const part = entries.filter(({ from }) => from === 'count')
  const bare = (entry: Entry): boolean =>
    part.some((other) => other.evidence === entry.evidence && !mentions.quantities.some((one) => agrees(one, other)))
  return (
    entriesFor(quantity, entries).some((entry) => entry.from === 'structure' && !bare(entry) && !isMeasured(reading, entry)) ||
    (listed(mentions) === quantity.value && !entries.some((entry) => isMeasured(reading, entry))) ||
    quotedApart(reading) === quantity.value ||
    citedApart(reading).some(
      (size) =>
        size === quantity.value ||
        (size > 2 &&
          (/^\s*(?:others?|previous|earlier|preceding|remaining)\b/i.test(after) || /\bother\s*$/i.test(reading.before)) &&
          size - 1 === quantity.value),
    )
  )
}

/** A number that stands in the quoted words inside of a name or a path: an id of `/schemas/ids/417`, "partition 3" of orders-3. */
export const standsThere = ({ quantity, before, support: { covers } }: Reading): boolean => {
  const { form, readings, bound, value, text } = quantity
  if (form !== 'number' || readings.length > 0 || bound !== null || !/^[\d,]+$/.test(text)) return false
  const suffix =
    value >= 10 &&
    !/[.,]/.test(text) &&
    covers.some(({ own }) => own.some(({ kind, name }) => (kind === 'node' || kind === 'pod') && name.endsWith(`-${value}`)))
  if (suffix) return true
  if (value < 100 && !numbered.test(before)) return false
  const pattern = new RegExp(`${value < 100 ? '(?<=[-_.#/])' : '(?<![\\d.,])'}${value}(?!\\d|[.,]\\d)`)
  return covers.some(({ quote = '', absent = '', lines = [], context }) =>
    [quote, absent, ...lines, ...(value < 100 ? [] : [context])].some((words) => pattern.test(words)),
  )
}

const numbered = /\b(?:partition|shard|replica|node|zone|slot|worker|disk|bucket|instance|broker)s?\s*$/i

/** "2 replicas" of two series that count replicas each: not how many series there are. */
const isMeasured = ({ after, support: { covers } }: Reading, { evidence }: Entry): boolean => {
  const noun = /^\s*(\p{L}{4,}?)s?\b/u.exec(after)?.[1]?.toLowerCase()
  return (
    noun !== undefined &&
    covers.some(({ entries }) =>
      entries.some(
        (one) => one.from === 'statistic' && one.evidence === evidence && (one.query ?? '').replace(/\{[^}]*\}/g, ' ').includes(noun),
      ),
    )
  )
}

/** "The two new pods restarted 11 and 12 times": so many things of one kind are cited. */
const citedApart = ({ quantity, support: { covers } }: Reading): number[] => {
  if (quantity.form !== 'word') return []
  const cited = covers.flatMap((cover) =>
    kindsOf(cover).map((kind) => ({ kind, thing: cover.course?.points ?? cover.lines?.[0] ?? cover.quote })),
  )
  return [...Map.groupBy(cited, ({ kind }) => kind).values()]
    .map((group) => new Set(group.map(({ thing }) => thing)).size)
    .filter((size) => size > 1)
}

/** A series is one of its answer's and of those that are cited by the same statistic; a line one of those that are alike but for their numbers. */
const kindsOf = ({ course, entries, quote, lines }: Cover): string[] => {
  const measured = entries.find(({ from }) => from === 'statistic')
  if (course && measured) return [measured.evidence, `${measured.statistic} of ${measured.evidence}`]
  if (quote === undefined) return []
  const [line = quote] = lines ?? []
  return [`lines of ${entries[0]?.evidence}`, `lines such as ${line.replaceAll(/\d+/g, '#').slice(0, 24)}`]
}

/** "The other two have not restarted", with a quote for each: so many lines alike but for their numbers. */
const quotedApart = ({ quantity, support: { covers } }: Reading): number => {
  if (quantity.form !== 'word') return 0
  const lines = covers.flatMap(({ quote, lines: whole = [] }) => (quote === undefined ? [] : [whole.join('\n')]))
  const alike = new Set(lines.map((line) => line.replaceAll(/\d+/g, '#'))).size === 1
  return alike && lines.length === covers.length ? new Set(lines).size : 0
}

/** How many names of one kind the sentence lists: "2 pods (a, b)". */
const listed = ({ names }: Mentions): number => {
  const kinds = new Map<string, Set<string>>()
  for (const { kind, text } of names) kinds.set(kind, (kinds.get(kind) ?? new Set<string>()).add(text.toLowerCase()))
  return Math.max(0, ...[...kinds.values()].map((set) => (set.size > 1 ? set.size : 0)))
}
