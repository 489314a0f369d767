import type { Labels } from '../../../series/series.ts'
import type { Evidence } from '../../evidence.ts'
import { momentsIn } from '../read/moments.ts'
import { coveredNames, formsOf, kindOf, nameOf } from '../read/names.ts'
import { fold } from '../read/passage.ts'
import { fits, type Quantity } from '../read/quantity.ts'
import type { Scale } from '../read/units.ts'
import { quantitiesIn } from '../read/written.ts'
import type { Cover, CoveredTime, Entry, Prepared } from './cover.ts'
import type { Item, Statistic } from './recompute.ts'

export const union = (a: Iterable<string>, b: Iterable<string>): Set<string> => new Set([...a, ...b])

/** The names in a query; alternatives of a matcher ("checkout|search") count only together, excluded ones (!=, !~) not at all. */
export const queryNames = (evidence: Evidence): Prepared['query'] => {
  const query = fold(evidence.query)
  const own: Cover['own'][number][] = []
  const together: string[][] = []
  const alternatives = new Set<string>()
  const rest = query.replace(
    /([\p{L}_][\p{L}\p{N}_]*)\s*(=~|!~|!=|=)\s*"([^"]*)"/gu,
    (_, label: string, operator: string, value: string) => {
      if (operator.startsWith('!')) return ' '
      const values = operator === '=~' ? value.split('|').map(plainOf) : [value]
      const kind = kindOf(label)
      if (kind) own.push(...values.flatMap((name) => formsOf(name)).map((name) => ({ kind, name })))
      if (values.length < 2) return ` ${label} ${values.join(' ')} `
      together.push(values)
      for (const name of values) alternatives.add(name)
      return ` ${label} `
    },
  )
  return { names: coveredNames(rest), together, own: own.filter(({ name }) => !alternatives.has(name)) }
}

/** "checkout-.*" names checkout. */
const plainOf = (pattern: string): string =>
  pattern
    .replace(/^\(|\)$/g, '')
    .replace(/[-_.]?(?:\.[*+]|\[.*)$/, '')
    .replaceAll('\\', '')

/** Label values by which the series or lines of an answer differ: a receipt that cites some of them does not name the others. */
export const variedNames = ({ output }: Evidence): readonly string[] => {
  const all = output.kind === 'series' ? output.series : output.kind === 'lines' ? output.lines : []
  return [...valuesByLabel(all).values()].filter((values) => values.size > 1).flatMap((values) => [...values].map(fold))
}

const valuesByLabel = (all: readonly { readonly labels: Labels }[]): Map<string, Set<string>> => {
  const found = new Map<string, Set<string>>()
  for (const { labels } of all) {
    for (const [key, value] of Object.entries(labels)) {
      const values = found.get(key)
      if (values) values.add(value)
      else found.set(key, new Set([value]))
    }
  }
  return found
}

/** Names without those that stand for other series or lines of the same answer than the cited ones. */
export const withoutOthers = (names: ReadonlySet<string>, prepared: Prepared, cited: string): ReadonlySet<string> => {
  const varied = prepared.varied()
  if (varied.length === 0) return names
  const kept = coveredNames(fold(cited))
  const dropped = new Set(varied.filter((name) => !kept.has(name)))
  return new Set([...names].filter((name) => !dropped.has(name)))
}

/** Everything that labels name: keys, values and their short forms. */
export const labelNames = (labels: Labels): Set<string> => {
  const names = new Set<string>()
  for (const [key, value] of Object.entries(labels)) {
    names.add(key.toLowerCase())
    for (const form of coveredNames(fold(value))) names.add(form)
    names.add(fold(value))
  }
  return names
}

export const ownNames = (labels: Labels): Cover['own'] =>
  Object.entries(labels).flatMap(([key, value]) => {
    const kind = kindOf(key)
    return kind ? formsOf(fold(value)).map((name) => ({ kind, name })) : []
  })

/** Numbers that are labels: status codes, buckets. */
export const labelEntries = (labels: Labels, evidence: string): Entry[] =>
  Object.entries(labels)
    .filter(([, value]) => /^\d+(\.\d+)?$/.test(value))
    .map(([key, value]) => ({
      from: 'label',
      evidence,
      bases: [],
      numerals: [Number(value)],
      bare: false,
      names: new Set<string>(),
      says: `${key}="${value}"`,
    }))

/** Values of one label among which what was counted does not choose: they are covered only when all are named. */
export const labelGroups = (items: readonly Item[]): string[][] =>
  [...valuesByLabel(items)]
    .filter(([key, values]) => kindOf(key) && values.size > 1 && values.size <= 10)
    .map(([, values]) => [...values].map(fold))

/** Words that all counted items have, as far as the first hundred tell. */
export const sharedNames = (items: readonly Item[]): string[] => {
  const [first, ...rest] = items.slice(0, 100)
  return first ? [...coveredNames(first.text)].filter((name) => rest.every(({ text }) => text.includes(name))) : []
}

/** How many series, objects, and values of a label a complete answer holds: "all 3 versions". */
export const structureEntries = (evidence: Evidence): Entry[] => {
  if (!evidence.complete) return []
  const counts = new Map<number, string>()
  const { output } = evidence
  if (output.kind === 'objects') counts.set(output.objects.length, 'objects')
  if (output.kind === 'text') {
    // "rollout history --revision=62"
    for (const [number] of evidence.query.matchAll(/(?<![\w.-])\d{1,9}(?![\w.-])/g)) counts.set(Number(number), 'in its query')
    // A table: one row for each object under a head of capitals.
    const [head = '', ...rows] = output.text.split('\n').filter((line) => line.trim() !== '')
    if (rows.length > 0 && /^[A-Z][A-Z\s()/-]+$/.test(head)) counts.set(rows.length, 'rows')
  }
  if (output.kind === 'series') {
    counts.set(output.series.length, 'series')
    for (const [key, set] of valuesByLabel(output.series)) if (kindOf(key)) counts.set(set.size, `values of ${key}`)
  }
  return [...counts].map(([count, what]) => ({
    from: 'structure',
    evidence: evidence.id,
    bases: [{ dimension: 'plain', base: count }],
    numerals: [count],
    bare: false,
    names: new Set<string>(),
    says: `${evidence.id} has ${count} ${what}`,
  }))
}

/** The numbers of a quote. "50 -> 10" and "from 50 to 10" know which came first. */
export const quantityEntries = (text: string, of: { prepared: Prepared; names: ReadonlySet<string>; says: string }): Entry[] => {
  const plain = masked(text)
  const quantities = quantitiesIn(plain).filter(
    ({ form, text: written }) => form === 'number' || form === 'word' || / ?[x×]$/.test(written),
  )
  const measured = new Set(quantities.flatMap(({ readings }) => readings.map(({ dimension }) => dimension)))
  const places = new Map<Quantity, Pick<Entry, 'place' | 'other'>>()
  quantities.forEach((quantity, index) => {
    const next = quantities[index + 1]
    if (!next) return
    const between = plain.slice(quantity.to, next.from)
    const before = plain.slice(Math.max(0, quantity.from - 12), quantity.from)
    if (/^\s*(?:->|→|=>)\s*$/.test(between) || (/\b(?:from|was)\s*$/.test(before) && /^\s*(?:to|,? (?:now|is))\s*$/.test(between))) {
      places.set(quantity, { place: 'first', other: next.value }).set(next, { place: 'last', other: quantity.value })
    } else if (/\bto\s*$/.test(before) && /^\s*from\s*$/.test(between)) {
      places.set(quantity, { place: 'last', other: next.value }).set(next, { place: 'first', other: quantity.value })
    }
  })
  return quantities.map((quantity) => {
    const place = places.get(quantity)
    const statistic = statisticBefore(plain.slice(Math.max(0, quantity.from - 14), quantity.from))
    const unitless = quantity.readings.length === 0
    // `pool_max=10` is a number of something: no seconds, no bytes. So is a bare number beside one whose unit is written.
    const noun =
      /^\s*(?:(?:->|→|to|of)\s*\d[\d.,]*\s*)?(?!(?:and|per|for|the|was|were|from|with|after|but|over)\b)\p{L}{3,}(?![\p{L}\p{N}_-]*[=:])/u.test(
        plain.slice(quantity.to),
      )
    const counted = measured.size > 0 || noun || countKey.test(plain.slice(0, quantity.from).replace(/[\d.]+\s*(?:->|→)\s*$/, ''))
    return {
      from: 'quote',
      evidence: of.prepared.evidence.id,
      ...(unitless && shareKey.test(plain.slice(0, quantity.from))
        ? shareOf(quantity.value)
        : unitless
          ? basesOf(quantity.value, counted ? (of.prepared.scale ?? {}) : of.prepared.scale, null, [quantity.value])
          : {
              bases: quantity.readings.map(({ dimension, factor }) => ({ dimension, base: quantity.value * factor })),
              numerals: [quantity.value],
              bare: false,
              united: true as const,
            }),
      names: of.names,
      query: fold(of.prepared.evidence.query),
      measures: text.replace(/[_.]/g, ' '),
      ...place,
      ...(statistic ? { statistic } : {}),
      says: of.says,
    }
  })
}

/** `failure_rate=85.2`, `usage=87`: a percentage, or a share where it is 1 at most. Neither is a time. */
const shareKey = /(?:rate|ratio|percent|pct|usage|util\w*|share|fraction)["']?\s*[=:]\s*$/iu

const shareOf = (value: number): Pick<Entry, 'bases' | 'numerals' | 'bare'> => ({
  bases: [
    { dimension: 'plain', base: value },
    { dimension: 'ratio', base: value / 100 },
    ...(value <= 1 ? [{ dimension: 'ratio' as const, base: value }] : []),
  ],
  numerals: [value],
  bare: false,
})

const countKey =
  /(?:^|[^\p{L}])(?![\w.-]*(?:time|wait|dur|latenc|delay|age|interval|ttl|sec|ms|period|deadline|mem|byte|size|heap|rss|disk|percent|ratio|rate|threshold|share|fraction|usage|util|pct|cpu))[\p{L}_][\p{L}\p{N}_.-]*\s*[=:]\s*$/iu

const statisticBefore = (before: string): Statistic | undefined => {
  const word = /\b(last|min|max|mean|avg|average|change)\s*[:=]?\s*$/.exec(before)?.[1]
  return word === 'avg' || word === 'average' ? 'mean' : (word as Statistic | undefined)
}

/** Times and names of a quote are no numbers. */
const masked = (text: string): string => {
  // "x14" is how Kubernetes counts events.
  let plain = text
    .replace(/\bx(?=\d+\b)/g, ' ')
    .replace(/(?<=\d)_(?=\d{3}(?!\d))/g, ',')
    .replace(/(?<=[=:\s]\d+)b\b/g, ' bytes')
    .replace(/(?<=\d)\.(?=(?:ms|s|seconds?|minutes?|hours?)\b)/g, ' ')
  const blank = (from: number, to: number): void => {
    plain = plain.slice(0, from) + ' '.repeat(to - from) + plain.slice(to)
  }
  const upper = text.toUpperCase()
  if (upper.length === text.length) for (const { from, to } of momentsIn(upper)) blank(from, to)
  const none = new Map()
  for (const match of plain.matchAll(/[\p{L}\p{N}_$][\p{L}\p{N}_$./:@-]*[\p{L}\p{N}_]/gu)) {
    if (/\d/.test(match[0]) && nameOf(match[0], none) !== null) blank(match.index, match.index + match[0].length)
  }
  return plain
}

/** In what ways a stored sample may be read. Where the query does not say it, the receipt's own unit decides, else anything goes. */
export const basesOf = (
  raw: number,
  scale: Scale | null,
  unit: Quantity | null,
  numerals: readonly number[],
): Pick<Entry, 'bases' | 'numerals' | 'bare'> => {
  const plain = { dimension: 'plain' as const, base: raw }
  if (scale) {
    const scaled = (['ratio', 'time', 'bytes'] as const).flatMap((dimension) =>
      (scale[dimension] ?? []).map((factor) => ({ dimension, base: raw * factor })),
    )
    return { bases: [plain, ...scaled], numerals, bare: false }
  }
  if (unit && unit.readings.length > 0) {
    const bases = unit.readings.flatMap(({ dimension, factor }) =>
      [raw, raw * factor].filter((base) => fits(unit, base / factor)).map((base) => ({ dimension, base })),
    )
    if (bases.length > 0) return { bases, numerals, bare: false }
  }
  return { bases: Math.abs(raw) <= 1 ? [plain, { dimension: 'ratio', base: raw }] : [plain], numerals, bare: true }
}

/** When what was counted began and ended, and the times between, as many as are worth comparing. */
export const itemTimes = (items: readonly Item[]): CoveredTime[] => {
  const times = items.map(({ at }) => at).filter((at) => at !== null)
  if (times.length === 0) return []
  const points = times.slice(0, 500).map((at): CoveredTime => ({ at, place: 'line' }))
  const first = times.reduce((a, b) => Math.min(a, b))
  const last = times.reduce((a, b) => Math.max(a, b))
  return [{ at: first, place: 'first' }, { at: last, place: 'last' }, ...points]
}

/** Seconds of the windows in a query: [5m], offset 1d. */
export const windowsOf = (query: string): number[] =>
  [...query.matchAll(/(?:\[|\boffset\s+|:)((?:\d+(?:ms|[smhdwy]))+)/g)].map(([, written = '']) =>
    [...written.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * (seconds[unit ?? 's'] ?? 1), 0),
  )

const seconds: Readonly<Record<string, number>> = { ms: 1e-3, s: 1, m: 60, h: 3600, d: 86400, w: 604800, y: 31536000 }
