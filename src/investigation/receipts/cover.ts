import type { Series } from '../../series/series.ts'
import type { Receipt } from '../analysis.ts'
import type { Evidence } from '../evidence.ts'
import {
  basesOf,
  extremesOf,
  meanOf,
  itemTimes,
  labelEntries,
  labelGroups,
  labelNames,
  ownNames,
  quantityEntries,
  queryNames,
  sharedNames,
  slopeOf,
  slopeOfLine,
  structureEntries,
  turns,
  union,
  variedNames,
  windowsOf,
  withoutOthers,
} from './cover-parts.ts'
import { momentsIn } from './moments.ts'
import { coveredNames, type Kind } from './names.ts'
import { type FoldedLines, fold, foldLines, linesAt, quoteIn } from './passage.ts'
import { quantityOf } from './quantity.ts'
import { type Computed, common, type Item, itemsOf, matching, recomputeStatistic, type Statistic, short, write } from './recompute.ts'
import { type Dimension, type Scale, scaleOf } from './units.ts'

/** A number that a receipt supports. */
export type Entry = {
  readonly from: 'statistic' | 'count' | 'quote' | 'label' | 'limit' | 'structure'
  readonly bases: readonly { readonly dimension: Dimension; readonly base: number }[]
  readonly evidence: string
  /** As it stands and as it was written: what a number without a unit is compared with. */
  readonly numerals: readonly number[]
  /** Nothing says what it measures: it fits a number of any unit. */
  readonly bare: boolean
  /** The objects that this number is of. */
  readonly names: ReadonlySet<string>
  readonly statistic?: Statistic
  /** Seconds that a change or what was counted took, for a pace: "5 MiB a minute". */
  readonly spans?: readonly number[]
  /** Another statistic of the cited series: it stands only where the sentence says that it is meant. */
  readonly implied?: true
  /** Of one series. */
  readonly series?: Series
  /** Of the whole cited series. */
  readonly extremes?: { readonly min: number; readonly max: number }
  /** The values of one change, or of "50 -> 10" in one quote, know which came first. */
  readonly place?: 'first' | 'last'
  /** The other value of the same change. */
  readonly other?: number
  readonly at?: number
  /** Measured with an offset: yesterday's. */
  readonly past?: true
  /** Counted in a cut answer: only "at least" can be said. */
  readonly least?: true
  /** For the reason of a failure: "E5 says last 12.4". */
  readonly says: string
}

/** A time that a receipt supports: `first`, `last` and any `line` of what was counted, `sample` merely when something was measured, `window` of the question. */
export type CoveredTime = { readonly at: number; readonly place: 'first' | 'last' | 'line' | 'point' | 'sample' | 'window' | 'date' }

/** What one receipt supports. */
export type Cover = {
  readonly entries: readonly Entry[]
  readonly times: readonly CoveredTime[]
  readonly names: ReadonlySet<string>
  /** Names that are covered only together: values of one label among which the receipt does not choose. */
  readonly together: readonly (readonly string[])[]
  /** The receipt's own objects, by kind: what contradicts a name that only the alert carries. */
  readonly own: readonly { readonly kind: Kind; readonly name: string }[]
  /** Folded passages in which a quotation of the sentence may stand. */
  readonly passages: readonly string[]
  /** Seconds: how far back the question looked. */
  readonly windows: readonly number[]
  /** The course of the cited series. */
  readonly slopes: readonly {
    readonly up: boolean
    readonly down: boolean /** Within a tenth. */
    readonly flat: boolean
    readonly names: ReadonlySet<string>
  }[]
  readonly shows: 'presence' | 'absence' | 'value'
  readonly quote?: string
  readonly absent?: string
  /** The whole lines, folded, that a quote stands on, or some of those that were counted. */
  readonly lines?: readonly string[]
  /** All words around the receipt, for the question whether it speaks of the sentence's matter at all. */
  readonly context: string
}

/** Evidence with what is computed from it once for all receipts. */
export type Prepared = {
  readonly evidence: Evidence
  readonly shown: FoldedLines
  readonly items: () => readonly Item[]
  /** See variedNames. */
  readonly varied: () => readonly string[]
  readonly scale: Scale | null
  readonly query: { readonly names: ReadonlySet<string>; readonly together: readonly (readonly string[])[]; readonly own: Cover['own'] }
  readonly windows: readonly number[]
  readonly times: readonly CoveredTime[]
  /** How many series, objects and different label values there are. */
  readonly structure: readonly Entry[]
}

export const prepare = (evidence: Evidence): Prepared => {
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

const once = <T>(make: () => readonly T[]): (() => readonly T[]) => {
  let made: readonly T[] | undefined
  return () => {
    made ??= make()
    return made
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
  const context = found.at.length === 1 ? around.join(' ') : found.text
  const items = evidence.output.kind === 'lines' ? matching(prepared.items(), found.text) : []
  const labels = common(items.map((item) => item.labels))
  const named = union(withoutOthers(prepared.query.names, prepared, context), [...coveredNames(context), ...labelNames(labels)])
  const entries = quantityEntries(found.text, { prepared, names: named, says: `${evidence.id} reads "${cut(found.text)}"` })
  const near = prepared.times.at(-1)?.at ?? Date.parse(evidence.at)
  const written = momentsIn(context.toUpperCase()).map(
    (moment): CoveredTime => ({ at: moment.resolve(near), place: moment.precision > 6 * hour ? 'date' : 'point' }),
  )
  const slopes = prepared.evidence.output.kind === 'series' ? slopeOfLine(context, prepared) : []
  const covers = {
    ...base(prepared),
    entries: [...prepared.structure, ...entries],
    times: [...prepared.times, ...itemTimes(items), ...written],
    names: named,
    own: [...ownNames(labels), ...prepared.query.own.filter(({ name }) => named.has(name))],
    passages: [found.text, ...items.slice(0, 50).map((item) => item.text), fold(evidence.query)],
    slopes,
    quote: found.text,
    lines: found.at.length === 1 ? around : [found.text],
    context: `${fold(evidence.source)} ${fold(evidence.query)} ${around.join(' ')}`,
  }
  return { ok: true, covers }
}

const coverStatistic = (receipt: Extract<Receipt, { statistic: unknown }>, computed: Computed, prepared: Prepared): Cover => {
  const { labels, value, at, first, last, series } = computed
  const all = union(withoutOthers(prepared.query.names, prepared, write(labels)), labelNames(labels))
  const unit = quantityOf(receipt.value, receipt.unit)
  const entry = (raw: number, numerals: readonly number[], rest: Partial<Entry>): Entry => ({
    from: 'statistic',
    evidence: prepared.evidence.id,
    ...basesOf(raw, prepared.scale, unit, numerals),
    names: all,
    series,
    ...(/\boffset\b/.test(prepared.evidence.query) ? { past: true as const } : {}),
    says: `${prepared.evidence.id} says ${receipt.statistic} ${short(value)}`,
    ...rest,
  })
  const statistic = receipt.statistic
  const extremes = extremesOf(series)
  const entries = [
    entry(value, [value, receipt.value], {
      statistic,
      extremes,
      ...(at === null ? {} : { at }),
      ...(statistic === 'change' ? { spans: [last[0] - first[0]] } : {}),
    }),
  ]
  const changed = statistic === 'change' ? {} : ({ implied: true } as const)
  entries.push(
    entry(first[1], [first[1]], { place: 'first', other: last[1], at: first[0] * 1000, ...changed }),
    ...(statistic === 'last' ? [] : [entry(last[1], [last[1]], { place: 'last', other: first[1], at: last[0] * 1000, ...changed })]),
    ...(['min', 'max', 'mean'] as const)
      .filter((other) => other !== statistic)
      .map((other) => {
        const of = { min: extremes.min, max: extremes.max, mean: meanOf(series) }[other]
        return entry(of, [of], { statistic: other, extremes, implied: true })
      }),
  )
  const samples = [
    ...(statistic === 'last' && at !== null ? [at] : []),
    ...(statistic === 'change' ? [first[0] * 1000, last[0] * 1000] : []),
  ]
  const points = [...(statistic !== 'last' && at !== null ? [at] : []), ...turns(computed)]
  return {
    ...base(prepared),
    entries: [...prepared.structure, ...entries, ...labelEntries(labels, prepared.evidence.id)],
    times: [...prepared.times, ...placed(samples, 'sample'), ...placed(points, 'point')],
    names: all,
    own: [...ownNames(labels), ...prepared.query.own.filter(({ name }) => all.has(name))],
    passages: [fold(prepared.evidence.query), fold(write(labels)), ...Object.values(labels).map(fold)],
    slopes: [slopeOf(statistic, computed, all)],
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
    bases: [{ dimension: 'plain', base: receipt.count }],
    numerals: [receipt.count],
    bare: false,
    names,
    spans: spansOf(items, evidence),
    ...(!evidence.complete && items.length > receipt.count ? { least: true } : {}),
    says: `${evidence.id} counts ${receipt.count}`,
  }
  const covers: Cover = {
    ...base(prepared),
    entries: [...prepared.structure, entry],
    times: [...prepared.times, ...itemTimes(items)],
    names,
    together: [...prepared.query.together, ...labelGroups(items)],
    own: [...ownNames(labels), ...prepared.query.own.filter(({ name }) => names.has(name))],
    passages: [fold(receipt.matching), fold(evidence.query), ...items.slice(0, 50).map((item) => item.text)],
    shows: receipt.count === 0 ? 'absence' : 'presence',
    quote: fold(receipt.matching),
    lines: items.slice(0, 3).map((item) => item.text),
    context: fold(`${evidence.source} ${evidence.query} ${receipt.matching}`),
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

/** From the first to the last, and the window that was searched. */
const spansOf = (items: readonly Item[], { range }: Evidence): number[] => {
  const times = items.flatMap(({ at }) => at ?? [])
  const own = times.reduce((most, at) => Math.max(most, at), Number.NEGATIVE_INFINITY) - times.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY)
  return [own, Date.parse(range?.to ?? '') - Date.parse(range?.from ?? '')].filter((span) => span > 0).map((span) => span / 1000)
}

const hour = 3_600_000
const placed = (times: readonly number[], place: CoveredTime['place']): CoveredTime[] => times.map((at) => ({ at, place }))
const cut = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text)
const no = (reason: string): { ok: false; reason: string } => ({ ok: false, reason })
