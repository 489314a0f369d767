import { entriesFor } from '../cover/agree.ts'
import type { Cover, Entry } from '../cover/cover.ts'
import type { Mentions } from '../read/mentions.ts'
import { formsOf, type Inventory, type NameMention } from '../read/names.ts'
import type { Quantity } from '../read/quantity.ts'
import { clauseAt } from '../read/verbs.ts'

/**
 * Whether numbers are said of the objects they were measured at, as a reason; null when they are or when nobody can tell. Looked at are
 * only names that exclude each other (two versions, two services) of which the receipts have numbers of their own. Inside a clause the
 * first number belongs to the first name, and so on: that is how "A: 1, B: 2", "1 at A, 2 at B" and "A and B have 1 and 2" are all read.
 */
export const misbound = (mentions: Mentions, covers: readonly Cover[], inventory: Inventory): string | null => {
  const entries = covers
    .flatMap((cover) => cover.entries)
    .filter(({ from }) => from === 'statistic' || from === 'count' || from === 'quote')
  const all = rivals([...mentions.names, ...statuses(mentions)], entries)
  const spoken = misspoken(mentions, covers, inventory) ?? twice(mentions)
  if (spoken !== null || all.length === 0) return spoken ?? upOrDown(mentions, covers)
  const found = all
    .map((names) => inClauses(mentions, names, entries) ?? comparison(mentions, names) ?? onlyOne(mentions, names))
    .find((reason) => reason !== null)
  return found ?? exclusive(mentions, all, entries) ?? upOrDown(mentions, covers)
}

/** Status codes have series of their own, as names have. */
const statuses = ({ classes }: Mentions): NameMention[] =>
  classes.filter(({ of }) => of === 'status').map(({ from, to, text }) => ({ from, to, text, kind: 'status' }))

/** "A logs …" must be said of who logged it; and a sentence that sets a name against itself has lost the one that its receipts name. */
const misspoken = ({ text, names }: Mentions, covers: readonly Cover[], inventory: Inventory): string | null => {
  for (const [index, name] of names.entries()) {
    const lower = name.text.toLowerCase()
    const speakers = covers.flatMap(({ own }) => own).filter(({ kind }) => kind === name.kind)
    if (
      says.test(text.slice(name.to)) &&
      !/\b(?:in|from|of|at|by)\s+(?:the )?$/i.test(text.slice(0, name.from)) &&
      speakers.length > 0 &&
      !speakers.some((one) => formsOf(lower).includes(one.name) || one.name.endsWith(`-${lower}`))
    ) {
      return `these are not the words of ${name.text}`
    }
    const answers = covers.flatMap(({ quote = '' }) => answered.exec(quote)?.[1] ?? [])
    if (
      answers.length > 0 &&
      answered.test(`${lower}${text.slice(name.to, name.to + 14)}`) &&
      !answers.some((other) => formsOf(lower).includes(other))
    )
      return `it was ${answers[0]} that answered, not ${name.text}`
    const again = names.slice(index + 1).find((other) => other.text.toLowerCase() === lower)
    const between = again ? text.slice(name.to, again.from) : ''
    if (!again || name.kind === 'other' || !/\b(?:as|than|at|to|from|replac\w+|against|versus|vs)\b|[;:,]/i.test(between)) continue
    const mentioned = new Set(names.flatMap((one) => formsOf(one.text.toLowerCase())))
    const lost = covers.flatMap((cover) => [...cover.names]).find((other) => inventory.get(other) === name.kind && !mentioned.has(other))
    if (lost !== undefined) return `it names ${name.text} twice where its receipts also name ${lost}`
  }
  return null
}

const answered = /^([a-z0-9][\w.-]*) (?:returned|answered|responded|replied)\b/

/** "kafka-0, kafka-2 and kafka-2": a list has each but once. */
const twice = ({ text, names }: Mentions): string | null => {
  const again = names.find((name, index) => {
    const next = names[index + 1]
    const [one, other] = [name.text.toLowerCase(), next?.text.toLowerCase() ?? '']
    const isSame = one === other || (name.kind === next?.kind && (formsOf(one).includes(other) || formsOf(other).includes(one)))
    return next !== undefined && isSame && /^\s*(?:,|and|,\s*and|or|nor|\/|&)\s*$/.test(text.slice(name.to, next.from))
  })
  return again ? `it lists ${again.text} twice` : null
}

/** "A is down", "B is ready" where a metric of it is cited that is 1 when it is and 0 when not. */
const upOrDown = ({ text, names }: Mentions, covers: readonly Cover[]): string | null => {
  const targets = covers.filter(({ shows, context }) => shows === 'value' && binary.test(context))
  for (const name of targets.length > 0 ? names.filter(({ kind }) => kind !== 'status' && kind !== 'version' && kind !== 'other') : []) {
    const said = /^[^,;]*?\b(?:down|unreachable|gone|stopped|unready|unavailable|failed|up|ready|available|healthy|reachable)\b/i.exec(
      text.slice(name.to, name.to + 40),
    )?.[0]
    if (said === undefined) continue
    const bad = /\b(?:down|unreachable|gone|stopped|unready|unavailable|failed)$/i.test(said)
    const lost = /\b(?:los[tes]+|without)\b/i.test(said)
    const down = (bad !== lost) !== /\b(?:not|never|no longer|isn't|wasn't)\b/i.test(said)
    const own = targets
      .filter((cover) => cover.names.has(name.text.toLowerCase()))
      .flatMap((cover) => cover.entries.filter(({ statistic }) => statistic !== undefined && statistic !== 'change'))
    const wrong = own.find(({ numerals }) => (numerals[0] === 0) !== down)
    // A service is up while any of its targets is.
    const all = name.kind === 'node' || name.kind === 'pod' || own.every(({ numerals }) => (numerals[0] === 0) !== down)
    if (own.length > 0 && wrong && all) return `${name.text} is not ${said.trim().split(' ').at(-1)}: ${wrong.says}`
  }
  return null
}

const binary =
  /(?:^|[\s(])up\s*(?:\{|$)|condition="ready"[^}]*status="true"|status="true"[^}]*condition="ready"|probe_success|_up\s*(?:\{|$)|status_ready/

const says =
  /^\s+(?:pods? )?(?:also |repeatedly |then |now |has |have |had )?(?:logs?|seen|saw|logged|warns?|warned|prints?|printed|wrote|writes|reports?|reported|complains?|complained|emits?|emitted|throws?|threw|spews?|spewed|outputs?|records?|recorded)\b/i

const more =
  /\b(?:more|higher|larger|greater|slower|worse|longer|busier|hotter|fuller|bigger|heavier|costlier|older|times|fold|twice|thrice|double|triple|\d+x)\b[^,;.]*\b(?:than|as|of)\b|\b(?:outnumber\w*|exceed\w*|dwarf\w*|outpac\w*|surpass\w*|tops?|beats?)\b/i
const less =
  /\b(?:less|lower|smaller|fewer|faster|better|shorter|cooler|lighter|quieter|half|third|quarter|fraction)\b[^,;.]*\b(?:than|as|of)\b/i

/** "A fails more often than B": the values that are cited for both must say so. */
const comparison = ({ text }: Mentions, { mentioned, owned }: Rivals): string | null => {
  const [a, b] = mentioned
  if (!a || !b) return null
  const between = text.slice(a.to, b.from)
  const value = (name: NameMention): Entry | undefined =>
    [...(owned.get(name.text.toLowerCase()) ?? [])].find(({ from, place }) => from === 'statistic' && place !== 'first')
  const [x, y] = [value(a), value(b)]
  if (!x || !y || x.evidence !== y.evidence || more.test(between) === less.test(between)) return null
  const greater = (x.numerals[0] ?? 0) > (y.numerals[0] ?? 0)
  return greater === more.test(between) ? null : `the comparison is the other way: ${x.says}, ${y.says}`
}

/** "Only A is hit, B is fine" of two that are hit alike. */
const onlyOne = ({ text }: Mentions, { mentioned, owned }: Rivals): string | null => {
  const value = (name: NameMention): number | undefined =>
    [...(owned.get(name.text.toLowerCase()) ?? [])].find(({ from }) => from === 'statistic')?.numerals[0]
  const fine = mentioned.find((name) =>
    /^[^,;.]{0,12}\b(?:is|are|stays?|remains?|looks?)\s+(?:\p{L}+ )?(?:fine|healthy|unaffected|ok|okay|normal|spared)\b/iu.test(
      text.slice(name.to),
    ),
  )
  const hit = fine && mentioned.find((name) => name.text.toLowerCase() !== fine.text.toLowerCase())
  const [calm, bad] = [fine && value(fine), hit && value(hit)]
  return fine && hit && calm !== undefined && bad !== undefined && bad > 0 && calm > bad / 2 && /\bonly\b|\bwhile\b|;|\bbut\b/i.test(text)
    ? `${fine.text} is no better than ${hit.text}`
    : null
}

type Rivals = { readonly mentioned: readonly NameMention[]; readonly owned: ReadonlyMap<string, ReadonlySet<Entry>> }

/** Groups of names of one kind, mentioned or measured, of which at least two have numbers of their own. */
const rivals = (names: readonly NameMention[], entries: readonly Entry[]): Rivals[] => {
  const found: Rivals[] = []
  for (const kind of new Set(names.map((name) => name.kind))) {
    if (kind === 'other') continue
    const mentioned = names.filter((name) => name.kind === kind)
    const owned = new Map<string, ReadonlySet<Entry>>()
    for (const { text } of mentioned) {
      const whole = entries.some((entry) => entry.names.has(text.toLowerCase()))
      const own = new Set(
        entries.filter(
          (entry) => entry.names.has(text.toLowerCase()) || (!whole && formsOf(text.toLowerCase()).some((form) => entry.names.has(form))),
        ),
      )
      if (own.size > 0 && own.size < entries.length) owned.set(text.toLowerCase(), own)
    }
    if (owned.size > 0) found.push({ mentioned: mentioned.filter(({ text }) => owned.has(text.toLowerCase())), owned })
  }
  return found
}

const inClauses = ({ text, quantities }: Mentions, { mentioned, owned }: Rivals, entries: readonly Entry[]): string | null => {
  for (const group of groups(text, mentioned, quantities)) {
    const distinct = new Set(group.names.map((name) => name.text.toLowerCase()))
    for (const [index, quantity] of group.quantities.entries()) {
      const measured = entriesFor(quantity, entries)
      // "318 of the 718": the whole is of more than the name.
      if (measured.length === 0 || isWhole(quantity, { text, all: group.quantities })) continue
      const candidates =
        distinct.size === 1
          ? group.names.slice(0, 1)
          : group.names.length === group.quantities.length
            ? group.names.slice(index, index + 1)
            : group.names
      const fitting = candidates.some((name) => measured.some((entry) => owned.get(name.text.toLowerCase())?.has(entry)))
      const elsewhere = measured.some((entry) => sameMatter(entry, candidates, owned, entries))
      const clause =
        clauseAt(text, quantity.from)
          .toLowerCase()
          .match(/[a-z][a-z0-9-]{3,}/g) ?? []
      const others = candidates.flatMap((name) => [...(owned.get(name.text.toLowerCase()) ?? [])])
      const ofAnother = measured.some((entry) => {
        const subjects = entry.from === 'quote' ? (entry.measures ?? '').split(/[\s/=:]+/).slice(0, 4) : []
        return clause.some((word) => subjects.includes(word) && !others.some((other) => other.names.has(word)))
      })
      if (candidates.length > 0 && !fitting && elsewhere && !ofAnother)
        return `${quantity.text} is not of ${candidates.map((name) => name.text).join(' or ')}: ${measured[0]?.says ?? ''}`
    }
  }
  return null
}

const isWhole = ({ from }: Quantity, { text, all }: { text: string; all: readonly Quantity[] }): boolean =>
  all.some(({ to }) => to < from && /^\s*(?:\p{L}+ )?(?:out )?of (?:the |all |its |all the )?$/u.test(text.slice(to, from)))

/** The number's own receipt measures the same thing at another object, so that one of them must be meant. */
const sameMatter = (entry: Entry, candidates: readonly NameMention[], owned: Rivals['owned'], entries: readonly Entry[]): boolean =>
  candidates.some((name) => {
    const own = [...(owned.get(name.text.toLowerCase()) ?? [])].filter((other) => other !== entry && entries.includes(other))
    return own.some(
      (other) =>
        (other.evidence === entry.evidence &&
          (entry.from !== 'quote' ||
            other.bases.some(({ dimension }) => entry.bases.some((one) => one.dimension === dimension && one.dimension !== 'plain')) ||
            (!other.united && !entry.united && (other.measures ?? '').split(' ')[0] === (entry.measures ?? '').split(' ')[0]))) ||
        [...owned].some(([rival, theirs]) => rival !== name.text.toLowerCase() && theirs.has(entry)),
    )
  })

type Group = { readonly names: readonly NameMention[]; readonly quantities: readonly Quantity[] }

const breaks =
  /[;,:()]|\.\s|\b(?:but|while|whereas|against|versus|vs|compared|although|though|whilst|when|because|once|as(?= (?:\p{L}+ ){1,2}(?:mov|ros|fell|went|is|are|was|were|ha)))\b/giu

/** Clauses with names and numbers of their own; where some have only names and others only numbers, the sentence is one clause. */
const groups = (text: string, names: readonly NameMention[], all: readonly Quantity[]): Group[] => {
  const quantities = all.filter(({ form }) => form === 'number' || form === 'word')
  const bounds = [
    0,
    ...[...text.matchAll(breaks)]
      .filter((match) => !/\d[,:]\d/.test(text.slice(match.index - 1, match.index + 2)))
      .map((match) => match.index),
    text.length + 1,
  ]
  const clauses = bounds.slice(0, -1).map((from, index) => {
    const to = bounds[index + 1] ?? text.length + 1
    const within = (one: { from: number }): boolean => one.from >= from && one.from < to
    return {
      names: names.filter(within),
      quantities: quantities.filter(within),
      bracketed: text[from] === '(',
      fronted: /^\W*(?:compared|unlike|relative|contrary|against|versus|beside)/i.test(text.slice(from, to)),
    }
  })
  const full = clauses.filter((clause) => clause.names.length > 0 && clause.quantities.length > 0)
  const open = clauses.filter((clause) => clause.names.length > 0 && clause.quantities.length === 0)
  const loose = clauses.filter((clause) => clause.names.length === 0 && clause.quantities.length > 0)
  if (loose.length === 0) return full
  const beside = paired(clauses)
  if (full.length === 0 && beside.length > 0 && beside.length === loose.length) return beside
  if (full.length === 0) {
    // "Compared with A, B has 2, against 1": what is named first only to be compared with is said last.
    const ordered = [...open.filter(({ fronted }) => !fronted), ...open.filter(({ fronted }) => fronted)]
    return [
      {
        names: ordered.flatMap((clause) => clause.names),
        quantities: (names.length > 1 ? loose : loose.slice(0, 1)).flatMap((clause) => clause.quantities),
      },
    ]
  }
  return [...full, ...beside]
}

/** "v2.14.0: 12.4 %": a name and, right after the break, its number. */
const paired = (clauses: readonly (Group & { fronted: boolean; bracketed: boolean })[]): Group[] =>
  clauses.flatMap((clause, index) => {
    const next = clauses[index + 1]
    const few = next && (next.quantities.length === 1 || (next.bracketed && next.quantities.length === 2))
    return clause.quantities.length === 0 && clause.names.length === 1 && next && next.names.length === 0 && few
      ? [{ names: clause.names, quantities: next.quantities }]
      : []
  })

const bad =
  /\b(?:fails?|failing|failed|errors?|slow\w*|restart\w*|crash\w*|affected|worst|most|highest|broken|full|leak\w*|overloaded|saturated|spik\w*)\b/i

/** "Only v2.14.0 fails" with the values of two versions cited: the one that is named must have the greater one. */
const exclusive = ({ text, quantities }: Mentions, all: readonly Rivals[], entries: readonly Entry[]): string | null => {
  if (quantities.length > 0 || !bad.test(text) || /\b(?:not|n't|no|never|less|fewer|without|healthy|unaffected|fine)\b/i.test(text))
    return null
  for (const { mentioned, owned } of all) {
    const [only, other] = new Set(mentioned.map((name) => name.text.toLowerCase()))
    const own = [...(owned.get(only ?? '') ?? [])].filter(({ from }) => from === 'statistic')
    if (only === undefined || other !== undefined || own.length === 0) continue
    const best = Math.max(...own.map((entry) => Math.abs(entry.numerals[0] ?? 0)))
    const worse = entries.find(
      (entry) =>
        entry.from === 'statistic' &&
        entry.evidence === own[0]?.evidence &&
        !owned.get(only)?.has(entry) &&
        Math.abs(entry.numerals[0] ?? 0) > best,
    )
    if (worse) return `${only} is not the one that stands out: ${worse.says}`
  }
  return null
}
