import type { Receipt } from '../../../src/investigation/analysis.ts'
import type { Evidence } from '../../../src/investigation/evidence.ts'
import type { Given } from '../../../src/investigation/receipts/check.ts'
import { mentionsIn } from '../../../src/investigation/receipts/read/mentions.ts'
import { type Inventory, inventoryOf, kindOfName } from '../../../src/investigation/receipts/read/names.ts'

type Seen = { readonly inventory: Inventory; readonly trueSentences: readonly Telling[] }
export type Lie = { readonly kind: string; readonly text: string; readonly receipts: readonly Receipt[]; readonly of: string }

export type Telling = readonly [string, ...Receipt[]]
export type World = { readonly evidence: readonly Evidence[]; readonly given: Given; readonly trueSentences: readonly Telling[] }

const replaceAt = (text: string, from: number, to: number, by: string): string => text.slice(0, from) + by + text.slice(to)

/** A written number moved by so much that no rounding explains it; the writing keeps its decimals and its unit. */
const shifted = (written: string, factor: number, add: number): string => {
  const match = /\d[\d,]*(?:\.\d+)?/.exec(written)
  if (!match) return written
  const decimals = match[0].split('.')[1]?.length ?? 0
  const value = Number(match[0].replaceAll(',', ''))
  const moved = (value * factor + add * 10 ** -decimals).toFixed(decimals)
  return written.replace(match[0], moved)
}

const shifts = [
  [1.3, 3],
  [0.6, -2],
  [10, 0],
  [1, 7],
  [2, 1],
] as const

/** "about" and "more than" are true of more numbers: these are only moved far. */
const numberShifts = (text: string, receipts: readonly Receipt[], { inventory }: Seen): Lie[] =>
  mentionsIn(text, inventory)
    .quantities.filter(({ form, value }) => (form === 'number' || form === 'ratio') && value !== 0)
    .flatMap((quantity) =>
      shifts.flatMap(([factor, add], index) => {
        if (quantity.bound !== null && index !== 2) return []
        if (!/\d/.test(quantity.text)) return []
        const at = text.indexOf(quantity.text)
        const moved = shifted(quantity.text, factor, add)
        if (at < 0 || moved.startsWith('-') || moved === quantity.text || /^0(\.0+)?\D*$/.test(moved)) return []
        return [{ kind: 'number', text: replaceAt(text, at, at + quantity.text.length, moved), receipts, of: text }]
      }),
    )

const entitySwaps = (text: string, receipts: readonly Receipt[], { inventory }: Seen): Lie[] => {
  const names = mentionsIn(text, inventory).names
  return names.flatMap((name) => {
    const at = text.indexOf(name.text)
    const same = [...inventory.keys()].filter(
      (other) => other !== name.text.toLowerCase() && kindOfName(other, inventory) === kindOfName(name.text, inventory),
    )
    return [...same, 'orders-db', 'v9.9.9', 'billing_worker']
      .filter((other) => !other.includes(name.text.toLowerCase()) && !name.text.toLowerCase().includes(other))
      .map((other) => ({ kind: 'entity', text: replaceAt(text, at, at + name.text.length, other), receipts, of: text }))
  })
}

/** Two names of a kind change places. */
const transposed = (text: string, receipts: readonly Receipt[], { inventory }: Seen): Lie[] => {
  const names = mentionsIn(text, inventory).names
  const [a, b] = names
  if (names.length !== 2 || !a || !b || a.kind !== b.kind || a.kind === 'other' || a.text === b.text) return []
  const swapped = text.replaceAll(a.text, '\u0000').replaceAll(b.text, a.text).replaceAll('\u0000', b.text)
  return [{ kind: 'transposed', text: swapped, receipts, of: text }]
}

const timeShifts = (text: string, receipts: readonly Receipt[], { inventory }: Seen): Lie[] =>
  mentionsIn(text, inventory).moments.flatMap((moment) => {
    const at = text.indexOf(moment.text)
    const match = /(\d{1,2}):(\d{2})/.exec(moment.text)
    if (at < 0 || !match) return []
    return [-11, 4, 60, 17].map((minutes) => {
      const total = (Number(match[1]) * 60 + Number(match[2]) + minutes + 1440) % 1440
      const clock = `${String(Math.floor(total / 60)).padStart(2, '0')}:${String(total % 60).padStart(2, '0')}`
      return { kind: 'time', text: replaceAt(text, at, at + moment.text.length, moment.text.replace(match[0], clock)), receipts, of: text }
    })
  })

const opposites: readonly (readonly [RegExp, string])[] = [
  [/\brose\b/, 'fell'],
  [/\bwent up\b/, 'went down'],
  [/\bincreased\b/, 'decreased'],
  [/\bgrew\b/, 'shrank'],
  [/\bjumped\b/, 'dropped'],
  [/\bcut\b/, 'raised'],
  [/\blowered\b/, 'raised'],
  [/\breduced\b/, 'raised'],
]

const directions = (text: string, receipts: readonly Receipt[]): Lie[] =>
  opposites
    .filter(([word]) => word.test(text))
    .map(([word, other]) => ({ kind: 'direction', text: text.replace(word, other), receipts, of: text }))

const denials: readonly (readonly [RegExp, string])[] = [
  [/\bfails\b/, 'does not fail'],
  [/\bfail\b/, 'do not fail'],
  [/\brose\b/, 'did not rise'],
  [/\bwas deployed\b/, 'was not deployed'],
  [/\blogged\b/, 'never logged'],
  [/\btime out\b/, 'do not time out'],
  [/\bis exhausted\b/, 'is not exhausted'],
  [/\bwas lowered\b/, 'was not lowered'],
  [/\bno\b/, ''],
  [/\bNo\b/, 'An'],
  [/\bnever\b/, ''],
]

const negations = (text: string, receipts: readonly Receipt[]): Lie[] =>
  denials
    // A second negation, or a noun robbed of its "no", makes no clear lie of it.
    .filter(([word]) => word.test(text) && !/\b(?:not|nothing|never|no|none)\b/i.test(text.replace(word, '')))
    .filter(
      ([word]) => !/^..no|^..never/i.test(word.source) || receipts.every((one) => 'absent' in one || ('count' in one && one.count === 0)),
    )
    .map(([word, other]) => ({ kind: 'negation', text: text.replace(word, other).replace(/\s+/g, ' '), receipts, of: text }))

/** Two numbers of one unit change places: "200 of 41 connections". */
const numbersSwapped = (text: string, receipts: readonly Receipt[], { inventory }: Seen): Lie[] => {
  const [a, b, third] = mentionsIn(text, inventory).quantities.filter(({ form }) => form === 'number')
  if (!a || !b || third || a.readings[0]?.dimension !== b.readings[0]?.dimension) return []
  const [x, y] = [a, b].map(({ text: written }) => /\d[\d,.]*\d|\d/.exec(written)?.[0] ?? '')
  if (!x || !y || x === y) return []
  return [{ kind: 'swapped', text: text.replace(x, '\u0000').replace(y, x).replace('\u0000', y), receipts, of: text }]
}

const fabricated = (text: string, receipts: readonly Receipt[]): Lie[] =>
  receipts.flatMap((receipt): Lie[] => {
    if (!('quote' in receipt)) return []
    const words = receipt.quote.split(' ')
    const swap = words.map((word, index) => (index === words.length - 1 ? 'refused' : word)).join(' ')
    const quotes = [
      swap,
      `${receipt.quote} and gave up`,
      receipt.quote.replace(/\d+/, (digits) => String(Number(digits) + 3)),
      receipt.quote.replace(' ', ' ... '),
    ]
    return quotes
      .filter((quote) => quote !== receipt.quote)
      .map((quote) => ({ kind: 'quote', text, receipts: [{ ...receipt, quote }], of: text }))
  })

/** The receipts of another claim, of other evidence altogether. */
const exchanged = (text: string, receipts: readonly Receipt[], { trueSentences }: Seen): Lie[] => {
  const own = new Set(receipts.map(({ evidence: id }) => id))
  return trueSentences
    .filter(([, ...others]) => others.every(({ evidence: id }) => !own.has(id)))
    .map(([, ...others]) => ({ kind: 'exchange', text, receipts: others, of: text }))
}

/** Words that turn a sentence round when they are exchanged. */
const turns: readonly (readonly [string, RegExp, string])[] = [
  ['order', /\bbefore\b(?= (?:the|its|an?|it|onset)\b)/, 'after'],
  ['order', /\bafter\b(?= (?:the|its|an?|it|onset)\b)/, 'before'],
  ['order', /\bpreceded\b/, 'followed'],
  ['order', /\bearlier than\b/, 'later than'],
  ['comparison', /\bmore than\b/, 'less than'],
  ['comparison', /\bhigher than\b/, 'lower than'],
  ['comparison', /\babove\b/, 'below'],
  ['comparison', /\bover\b(?= (?:the|its) (?:limit|alert|threshold))/, 'under'],
  ['unit', /(?<=\d) ?ms\b/, ' s'],
  ['unit', /(?<=\d) ?(?<!\d{3})s\b/, ' ms'],
  ['unit', /(?<=\d) ?MiB\b/, ' GiB'],
  ['unit', /(?<=\d) ?GiB\b/, ' MiB'],
  ['unit', /(?<=\d) ?(?:%|percent)(?=[ .,;)]|$)/, ' ms'],
  ['unit', /\bminutes\b/, 'hours'],
  ['unit', /\bseconds\b/, 'minutes'],
  ['unit', /\bper second\b/, 'per minute'],
  ['class', /\bp99\b/, 'p50'],
  ['class', /\bp95\b/, 'p99'],
  ['class', /\b5xx\b/, '4xx'],
]

const turned = (text: string, receipts: readonly Receipt[]): Lie[] =>
  turns.filter(([, word]) => word.test(text)).map(([kind, word, other]) => ({ kind, text: text.replace(word, other), receipts, of: text }))

/** Without any receipt, and with receipts for evidence that there is not. */
const unproved = (text: string, receipts: readonly Receipt[]): Lie[] => [
  { kind: 'no receipt', text, receipts: [], of: text },
  {
    kind: 'no receipt',
    text,
    receipts: receipts.map((one) => ({ ...one, evidence: `E${900 + Number(one.evidence.slice(1))}` })),
    of: text,
  },
]

const falseValues = (text: string, receipts: readonly Receipt[]): Lie[] =>
  receipts.flatMap((receipt, index): Lie[] => {
    const moved: Receipt | null =
      'statistic' in receipt
        ? { ...receipt, value: receipt.value * 1.4 + 1 }
        : 'count' in receipt
          ? { ...receipt, count: receipt.count + 701 }
          : null
    return moved
      ? [
          {
            kind: 'value',
            text,
            receipts: receipts.map((one, at) => (at === index ? moved : one)).filter((_, at) => at === index),
            of: text,
          },
        ]
      : []
  })

/** Every lie that can be made of the true sentences of a world. */
export const liesOf = ({ evidence, given, trueSentences }: World): readonly Lie[] => {
  const seen = { inventory: inventoryOf(evidence, [given.alert.labels]), trueSentences }
  const makers = [
    numberShifts,
    entitySwaps,
    transposed,
    numbersSwapped,
    timeShifts,
    directions,
    negations,
    fabricated,
    exchanged,
    falseValues,
    turned,
    unproved,
  ]
  return trueSentences.flatMap(([text, ...receipts]) => makers.flatMap((make) => make(text, receipts, seen)))
}

/** Mutations that left the sentence true, or as true as its receipts: each was looked at. */
export const isStillTrue = (lie: Lie): boolean => {
  // "No error between 02:50 and 03:09" is implied by none between 02:50 and 03:20.
  if (/^(?:There is no error in the logs|search shows no errors)/.test(lie.of) && (lie.kind === 'time' || lie.kind === 'number'))
    return true
  // The calls that exceed their deadline are checkout's, to payments-db: both may be said.
  if (/^(?:checkout calls exceeded|Upstream calls to checkout)/.test(lie.text)) return true
  if (
    lie.kind === 'swapped' &&
    /alike: 380 MiB and 386 MiB|limit: 5 % against 11\.6 %|a fifth of its 41 connections|39\.9 % and 41\.2 %/.test(lie.text)
  )
    return true
  // Usage of 0.82 cores is under 10 as well.
  if (lie.text === 'CPU is not throttled, usage is under 10 core.') return true
  // Said of either order.
  if (/^(?:Neither node is short|Login traffic is in line|77 long-GC warnings)/.test(lie.of) && /swapped|order/.test(lie.kind)) return true
  if (/^Timeouts at the auth/.test(lie.text)) return true
  if (lie.kind !== 'exchange') return false
  const cited = JSON.stringify(lie.receipts)
  const shows: readonly (readonly [RegExp, RegExp])[] = [
    [/^The pool of checkout is exhausted/, /DB_POOL_MAX/],
    [/^Errors have been above the 5 % threshold/, /"E2".*v2\.14\.0/],
    [/^The first pool timeout|^The log says|timeouts|^Requests time out|^checkout cannot get|^The pool of checkout/, /"E14"/],
    [/^The new version v2\.14\.0 errors on roughly 12 %|^Around 12% of traffic/, /v2\.14\.0 by ana.*"E1"|"E1".*v2\.14\.0 by ana/],
    [/^The worker container of pod|^Both pods of|^The memory limit of the worker|^Workers run out of memory/, /OOMKilled|"E5"/],
    [/^Lag |^It fired|^The lag/, /"E2"/],
    [/^Each pod may now open/, /pool_max=10/],
    [/^The pod tq2lm was restarted 14 times/, /x14 over 41m/],
    [/^(?:The ratio is steady|More than one request in ten|The error ratio has not come)/, /"E2".*v2\.14\.0/],
    [/^Roughly every eighth request to v2\.14\.0/, /v2\.14\.0 by ana.*"E1"|"E1".*v2\.14\.0 by ana/],
    // These two say no number, time or name: of them code sees only that the receipts are about the same matter.
    [/^The error ratio has not come down/, /"E15"|"E2"|"E12"/],
    [/^No pod ran out of memory/, /"E13"/],
    [/^In INC-101/, /OOMKilled/],
    // Of these code sees that the matter is the same, or that there are two; of the alert itself nothing need be cited.
    [/^Redis is serving about a third/, /"E8"/],
    [/^Just a pair of redis-cache pods/, /"E7"/],
    [/^The alert (?:has been firing|fired 18 minutes|went off)|^The threshold of 5,000 was crossed|^From the first consumer loss/, /./],
    [/^(?:It has been filling|invoices lost nine|There is no trace of a memory alarm)/, /"E5"|"E10"/],
    // The worker's panics and its back-off, the node's event and its condition tell of one thing.
    [/^(?:Kubernetes put the container|invoice-worker crashed|node-4 has been unready|The node failure predates)/, /"E[456]"/],
    [/^(?:Latency has been elevated|The p50 is well above)/, /"E9"/],
    // The gateway's timeouts are those of connections to auth.
    [/^The gateway has seen|^Timeouts at the gateway/, /"E10"/],
    // What the alert fires on, and since when, needs no receipt of its own beside errors.
    [/^The 503s have persisted/, /"E4"/],
    // Two pods are two replicas.
    [/^The autoscaler holds auth at two replicas/, /"E2"|"E3"|"E11"/],
    // The deploy itself is 66 minutes old.
    [/^Both pods were created/, /3\.9\.0 by li/],
    // Both pieces of evidence know of the four replicas.
    [/replicas|scale-down|redis-cache (?:pods|was scaled)/, /"E8"|"E4"/],
  ]
  return shows.some(([sentence, receipts]) => sentence.test(lie.of) && receipts.test(cited))
}
