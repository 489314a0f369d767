import type { Receipt } from '../../analysis.ts'
import type { Evidence } from '../../evidence.ts'
import { once } from '../../once.ts'
import { momentsIn } from '../read/moments.ts'
import { coveredNames } from '../read/names.ts'
import { fold, foldLines, linesAt, quoteIn } from '../read/passage.ts'
import { quantityOf } from '../read/quantity.ts'
import { schedulesIn } from '../read/schedule.ts'
import { measuredBy, scaleOf } from '../read/units.ts'
import type { Cover, CoveredTime, Entry, Prepared } from './cover.ts'
import {
  basesOf,
  itemTimes,
  labelEntries,
  labelGroups,
  labelNames,
  ownNames,
  quantityEntries,
  queryNames,
  sharedNames,
  structureEntries,
  union,
  variedNames,
  windowsOf,
  withoutOthers,
} from './cover-parts.ts'
import { extremesOf, meanOf, slopeOf, slopeOfLine, turns } from './cover-series.ts'
import { departure } from './departure.ts'
import { datesIn, lasting, lastingOf, placesOf } from './lasting.ts'
import { type Computed, common, type Item, itemsOf, matching, recomputeStatistic, short, write } from './recompute.ts'

/** Computes once what all receipts of an evidence need. */
export const prepare = (evidence: Evidence): Prepared => {
  const known = prepared.get(evidence)
  if (known) return known
  const made = prepareOnce(evidence)
  prepared.set(evidence, made)
  return made
}

/** Evidence does not change once it is stored. */
const prepared = new WeakMap<Evidence, Prepared>()

const prepareOnce = (evidence: Evidence): Prepared => {
  const from = Date.parse(evidence.range?.from ?? '')
  const to = Date.parse(evidence.range?.to ?? evidence.at)
  const bounds = [from, to].filter(Number.isFinite).map((at): CoveredTime => ({ at, place: 'window' }))
  return {
    evidence,
    shown: foldLines(evidence.shown),
    items: once(() => itemsOf(evidence)),
    varied: once(() => variedNames(evidence)),
    scale: evidence.output.kind === 'series' ? scaleOf(evidence.query) : null,
    query: queryNames(evidence),
    windows: [...windowsOf(evidence.query), ...(Number.isFinite(from) && to > from ? [(to - from) / 1000] : [])],
    times: bounds,
    structure: structureEntries(evidence),
  }
}

/** What a receipt covers, or why it supports nothing. */
export const coverOf = (receipt: Receipt, prepared: Prepared): { ok: true; covers: Cover } | { ok: false; reason: string } => {
  if ('quote' in receipt) return coverQuote(receipt.quote, prepared)
  if ('statistic' in receipt) {
    const found = recomputeStatistic(receipt, prepared.evidence)
    return found.ok ? { ok: true, covers: coverStatistic(receipt, found.computed, prepared) } : found
  }
  if ('count' in receipt) return coverCount(receipt, prepared)
  return coverAbsence(receipt.absent, prepared)
}

const base = (prepared: Prepared): Cover => ({
  entries: prepared.structure,
  implied: [],
  times: prepared.times,
  names: prepared.query.names,
  together: prepared.query.together,
  own: prepared.query.own,
  passages: [fold(prepared.evidence.query)],
  windows: prepared.windows,
  slopes: [],
  shows: 'presence',
  context: fold(`${prepared.evidence.source} ${prepared.evidence.query}`),
})

const coverQuote = (quote: string, prepared: Prepared): { ok: true; covers: Cover } | { ok: false; reason: string } => {
  const { evidence } = prepared
  if ((quote.match(/[\p{L}\p{N}]/gu) ?? []).length < 3)
    return no(`the quote "${quote}" is too short to support anything; quote the words around it`)
  const found = quoteIn(prepared.shown.whole, quote)
  const [at] = found?.at ?? []
  if (!found || at === undefined)
    return no(`the quote "${cut(quote)}" does not stand in what ${evidence.id} showed; quote its exact words, without "…"`)
  const around = linesAt(prepared.shown, at, found.text.length)
  // Only where the words stand once is it certain of which line, and so of which object, they are.
  const alike = found.at.map((place) => linesAt(prepared.shown, place, found.text.length).join(' '))
  const context = found.at.length === 1 ? around.join(' ') : `${found.text} ${sharedWords(alike)}`
  const items = evidence.output.kind === 'lines' ? matching(prepared.items(), found.text) : []
  const labels = common(items.map((item) => item.labels))
  const named = union(withoutOthers(prepared.query.names, prepared, context), [...coveredNames(context), ...labelNames(labels)])
  const entries = quantityEntries(found.text, { prepared, names: named, says: `${evidence.id} reads "${cut(found.text)}"` })
  const spans = lastingOf(momentsIn(around.length === 1 ? (around[0] ?? '').toUpperCase() : ''))
  const near = prepared.times.at(-1)?.at ?? Date.parse(evidence.at)
  const scheduled = schedulesIn(context)
  const written = momentsIn(context.toUpperCase()).map(
    (moment): CoveredTime => ({ at: moment.resolve(near), place: moment.precision > 6 * hour ? 'date' : 'point' }),
  )
  const slopes = prepared.evidence.output.kind === 'series' ? slopeOfLine(context, prepared) : []
  const covers = {
    ...base(prepared),
    entries: [
      ...prepared.structure,
      ...placesOf(found.at.length, prepared),
      ...entries,
      ...spans.map((seconds) => lasting(seconds, named, evidence.id)),
    ],
    times: [
      ...prepared.times,
      ...itemTimes(items),
      ...written,
      ...placed(
        scheduled.clocks.map((clock) => dayOf(near) + clock),
        'point',
      ),
    ],
    windows: [...prepared.windows, ...scheduled.every],
    names: named,
    own: [...ownNames(labels), ...prepared.query.own.filter(({ name }) => named.has(name))],
    passages: [found.text, ...items.slice(0, 50).map((item) => item.text), fold(evidence.query)],
    slopes,
    quote: found.text,
    lines: found.at.length === 1 ? around : [found.text],
    context: `${fold(evidence.source)} ${fold(evidence.query)} ${tableHead(evidence.shown)} ${around.join(' ')}`,
  }
  return { ok: true, covers }
}

/** The words that all of some lines have: what a quote that stands on each of them is about. */
const sharedWords = ([first = '', ...rest]: readonly string[]): string =>
  first
    .split(' ')
    .filter((word) => /\p{L}/u.test(word) && rest.every((line) => line.split(' ').includes(word)))
    .join(' ')

const dayOf = (at: number): number => Math.floor(at / day) * day

const coverStatistic = (receipt: Extract<Receipt, { statistic: unknown }>, computed: Computed, prepared: Prepared): Cover => {
  const { labels, value, at, first, last, series } = computed
  const all = union(withoutOthers(prepared.query.names, prepared, write(labels)), labelNames(labels))
  const unit = quantityOf(receipt.value, receipt.unit)
  // Each sample of a course may become one.
  const shared = {
    from: 'statistic',
    evidence: prepared.evidence.id,
    names: all,
    measures: measuredBy(prepared.evidence.query),
    query: fold(prepared.evidence.query),
    ...(/\b(?:i?rate|deriv)\s*\(/.test(prepared.evidence.query) && !/\*\s*(?:60|3600)\b/.test(prepared.evidence.query)
      ? { rate: true as const }
      : {}),
    ...(/\boffset\b/.test(prepared.evidence.query) ? { past: true as const } : {}),
    says: `${prepared.evidence.id} says ${receipt.statistic} ${short(value)}`,
  } as const
  const entry = (raw: number, numerals: readonly number[], rest: Partial<Entry>): Entry => ({
    ...shared,
    ...basesOf(raw, prepared.scale, unit, numerals),
    ...rest,
  })
  const statistic = receipt.statistic
  const extremes = extremesOf(series)
  const entries = [
    entry(value, [value, receipt.value], {
      statistic,
      extremes,
      ...(at === null ? {} : { at }),
      ...(statistic === 'change' ? { spans: changeSpans(computed) } : {}),
    }),
  ]
  const ends = [
    entry(first[1], [first[1]], { place: 'first', other: last[1], at: first[0] * 1000 }),
    entry(last[1], [last[1]], { place: 'last', other: first[1], at: last[0] * 1000 }),
  ]
  if (statistic === 'change') entries.push(...ends)
  const others = { min: extremes.min, max: extremes.max, mean: meanOf(series) }
  const implied = [
    ...(statistic === 'change' ? [] : ends),
    ...(['min', 'max', 'mean'] as const).map((other) => entry(others[other], [others[other]], { statistic: other, extremes })),
  ]
  const samples = [
    ...(statistic === 'last' && at !== null ? [at] : []),
    ...(statistic === 'change' ? [first[0] * 1000, last[0] * 1000] : []),
  ]
  const points = [...(statistic !== 'last' && at !== null ? [at] : []), ...turns(computed)]
  return {
    ...base(prepared),
    windows: [...prepared.windows, ...(statistic === 'change' ? changeSpans(computed) : [])],
    entries: [...prepared.structure, ...entries, ...labelEntries(labels, prepared.evidence.id)],
    implied,
    times: [...prepared.times, ...placed(samples, 'sample'), ...placed(points, 'point')],
    names: all,
    own: [...ownNames(labels), ...prepared.query.own.filter(({ name }) => all.has(name))],
    passages: [fold(prepared.evidence.query), fold(write(labels)), ...Object.values(labels).map(fold)],
    slopes: [slopeOf(statistic, computed, all)],
    course: { points: series.points, entry: (value) => entry(value, [value], {}) },
    shows: 'value',
    context: fold(`${prepared.evidence.source} ${prepared.evidence.query} ${write(series.labels)}`),
  }
}

const coverCount = (
  receipt: Extract<Receipt, { count: unknown }>,
  prepared: Prepared,
): { ok: true; covers: Cover } | { ok: false; reason: string } => {
  const { evidence } = prepared
  const items = matching(prepared.items(), receipt.matching)
  if (evidence.complete ? items.length !== receipt.count : items.length < receipt.count) {
    const note = evidence.complete ? '' : ' in the part that was kept'
    return no(`${evidence.id} has ${items.length} with "${cut(receipt.matching)}"${note}, not ${receipt.count}`)
  }
  if (receipt.count === 0 && !evidence.complete)
    return no(`${evidence.id} was cut: it cannot show that "${cut(receipt.matching)}" is absent`)
  const labels = common(items.map((item) => item.labels))
  const words = [...coveredNames(fold(receipt.matching)), ...sharedNames(items)]
  const names = union(withoutOthers(prepared.query.names, prepared, write(labels)), [...words, ...labelNames(labels)])
  const entry: Entry = {
    from: 'count',
    evidence: evidence.id,
    bases: [{ dimension: 'plain', base: evidence.complete ? receipt.count : items.length }],
    numerals: [evidence.complete ? receipt.count : items.length],
    bare: false,
    names,
    spans: spansOf(items, evidence),
    ...(evidence.complete ? {} : { least: true as const }),
    says: `${evidence.id} counts ${receipt.count}`,
  }
  const covers: Cover = {
    ...base(prepared),
    entries: [
      ...prepared.structure,
      entry,
      ...quantityEntries(fold(receipt.matching), { prepared, names, says: `${evidence.id} counts lines with "${cut(receipt.matching)}"` }),
    ],
    times: [...prepared.times, ...itemTimes(items), ...datesIn(receipt.matching, prepared)],
    names,
    together: [...prepared.query.together, ...labelGroups(items)],
    own: [...ownNames(labels), ...prepared.query.own.filter(({ name }) => names.has(name))],
    passages: [fold(receipt.matching), fold(evidence.query), ...items.slice(0, 50).map((item) => item.text)],
    shows: receipt.count === 0 ? 'absence' : 'presence',
    quote: fold(receipt.matching),
    lines: items.slice(0, 3).map((item) => item.text),
    context: fold(`${evidence.source} ${evidence.query} ${receipt.matching} ${items[0]?.text.slice(0, 400) ?? ''}`),
  }
  return { ok: true, covers }
}

const coverAbsence = (absent: string, prepared: Prepared): { ok: true; covers: Cover } | { ok: false; reason: string } => {
  const { evidence } = prepared
  if (!evidence.complete) return no(`${evidence.id} was cut: it cannot show that "${cut(absent)}" is absent`)
  if ((absent.match(/[\p{L}\p{N}]/gu) ?? []).length < 2) return no(`"${absent}" is too short to be searched for`)
  if (matching(prepared.items(), absent).length > 0) return no(`"${cut(absent)}" does stand in ${evidence.id}`)
  const names = union(prepared.query.names, coveredNames(fold(absent)))
  const context = fold(`${evidence.source} ${evidence.query} ${absent}`)
  return {
    ok: true,
    covers: { ...base(prepared), names, passages: [fold(absent), fold(evidence.query)], absent: fold(absent), shows: 'absence', context },
  }
}

/** The columns' names of a table. */
const tableHead = (shown: string): string => /^[A-Z][A-Z\s()/-]+(?=\n)/.exec(shown)?.[0].toLowerCase() ?? ''

/** The whole series, and from where it left its level. */
const changeSpans = ({ series, first, last }: Computed): number[] => {
  const left = departure(series)
  return [last[0] - first[0], ...(left?.known ? [last[0] - left.before / 1000] : [])]
}

/** From the first to the last, and the window that was searched. */
const spansOf = (items: readonly Item[], { range }: Evidence): number[] => {
  const times = items.flatMap(({ at }) => at ?? [])
  const own =
    times.reduce((most, at) => Math.max(most, at), Number.NEGATIVE_INFINITY) -
    times.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY)
  return [own, Date.parse(range?.to ?? '') - Date.parse(range?.from ?? '')].filter((span) => span > 0).map((span) => span / 1000)
}

const hour = 3_600_000
const day = 24 * hour
const placed = (times: readonly number[], place: CoveredTime['place']): CoveredTime[] => times.map((at) => ({ at, place }))
const cut = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text)
const no = (reason: string): { ok: false; reason: string } => ({ ok: false, reason })
