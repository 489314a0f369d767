import type { Cover } from '../cover/cover.ts'
import { wordsBefore } from '../read/around.ts'
import type { Mentions } from '../read/mentions.ts'
import { formsOf, type Inventory, namesIn } from '../read/names.ts'
import { quantitiesIn } from '../read/written.ts'

/**
 * Whether a sentence turns round who does something to whom, as a reason. Only where a quoted line itself has the order ("A timed out
 * connecting to B", "50 -> 10", "process 11 is blocked by process 12") and the sentence says the other one of the same two.
 */
export const rolesTurned = (mentions: Mentions, covers: readonly Cover[], inventory: Inventory): string | null => {
  const said = pairsOf({ text: mentions.text, things: thingsOf(mentions) })
  const itself = said.find(({ from, to }) => /\p{L}/u.test(from) && same(from, to))
  if (itself) return `it has ${itself.from} do it to itself`
  if (said.length === 0) return null
  const shown = covers.flatMap((cover) => shownBy(cover, inventory))
  const agrees = (one: Pair, other: Pair): boolean =>
    one.relation === other.relation && same(one.from, other.from) && same(one.to, other.to)
  for (const pair of said) {
    const turned = shown.find((other) => agrees({ ...pair, from: pair.to, to: pair.from }, other))
    if (turned && !shown.some((other) => agrees(pair, other)))
      return `it turns round ${pair.from} and ${pair.to}: the quoted words say "${turned.words}"`
  }
  return null
}

/** The same receipt stands under many sentences of an analysis. */
const known = new WeakMap<Cover, readonly Pair[]>()

const shownBy = (cover: Cover, inventory: Inventory): readonly Pair[] => {
  const kept = known.get(cover)
  if (kept) return kept
  const speakers = cover.own.map(({ name }) => name)
  const pairs = (cover.lines ?? []).flatMap((line) => pairsOf({ text: line, things: thingsIn(line, inventory), speakers }))
  known.set(cover, pairs)
  return pairs
}

/** 'to': from caller to callee, from old to new, from who waits to what is waited for. 'acts': from who does it to whom it is done. */
type Pair = { readonly relation: 'to' | 'acts'; readonly from: string; readonly to: string; readonly words: string }

type Thing = { readonly from: number; readonly to: number; readonly name: string }

type Passage = { readonly text: string; readonly things: readonly Thing[]; readonly speakers?: readonly string[] }

const same = (a: string, b: string): boolean => a === b || formsOf(a).includes(b) || formsOf(b).includes(a)

const thingsOf = ({ names, quantities }: Pick<Mentions, 'names' | 'quantities'>): Thing[] =>
  [
    ...names.map(({ from, to, text }) => ({ from, to, name: text.toLowerCase() })),
    ...quantities.filter(({ form }) => form === 'number').map(({ from, to, value }) => ({ from, to, name: String(value) })),
  ].sort((a, b) => a.from - b.from)

/** Quoted lines are folded, so that names keep their places. */
const thingsIn = (line: string, inventory: Inventory): Thing[] => {
  const names = namesIn(line, inventory).filter(({ text }) => !/=/.test(text))
  const quantities = quantitiesIn(line).filter(({ from, to }) => !names.some((name) => from < name.to && to > name.from))
  return thingsOf({ names, quantities })
}

const call =
  'call(?:s|ed|ing)?|connect(?:s|ed|ing)? to|dial(?:s|ed|l?ing)?|talk(?:s|ed|ing)? to|quer(?:y|ies|ied|ying)|read(?:s|ing)? from|writ(?:es?|ing) to|send(?:s|ing)? (?:\\w+ )?to|sent (?:\\w+ )?to|request(?:s|ed|ing)?(?: to)?|wait(?:s|ed|ing)? (?:for|on)|depend(?:s|ed|ing)? on|reach(?:es|ed|ing)?|upstream(?: is)?|publish(?:es|ed|ing)? to|replicat(?:es|ed|ing) to|fail(?:s|ed|ing)? over to|mov(?:es?|ed|ing) to|forward(?:s|ed|ing)? (?:\\w+ )?to|proxy(?:ing)? to|contact(?:s|ed|ing)?|time[sd]? out (?:on|at|against)|f[ae]ll(?:s|ing)? back (?:to|on)'
const act =
  'kill(?:s|ed|ing)?|evict(?:s|ed|ing)?|preempt(?:s|ed|ing)?|block(?:s|ed|ing)?|starv(?:es?|ed|ing)|overload(?:s|ed|ing)?|throttl(?:es?|ed|ing)|crash(?:es|ed|ing)?|restart(?:s|ed|ing)?|terminat(?:es?|ed|ing)|delet(?:es?|ed|ing)|flood(?:s|ed|ing)?|saturat(?:es?|ed|ing)|reject(?:s|ed|ing)?|refus(?:es?|ed|ing)|deni(?:es|ed)|caus(?:es?|ed|ing)|notif(?:ies|ied)|scrap(?:es?|ed|ing)|lock(?:s|ed|ing)?'
const replace =
  'replac(?:es?|ed|ing)|supersed(?:es?|ed|ing)|succeed(?:s|ed|ing)?|instead of|in place of|rather than|up from|down from|formerly|previously|used to be|was'

const gap = '(?:[\\p{L}\'"-]+ ){0,4}'
/** Words between two things, which relation they make, and whether the first one is where it starts. */
const shapes: readonly (Shape & readonly [RegExp, ...unknown[]])[] = [
  [/^\W*(?:->|→|=>)\W*$/, 'to', 1],
  [new RegExp(`^\\W*${gap}(?:${act})\\s+by\\b`, 'iu'), 'acts', -1],
  [new RegExp(`^\\W*${gap}(?:${call}|request(?:s|ed)?)\\s+by\\b`, 'iu'), 'to', -1],
  [/^\W*(?:was |is |has been |been )?(?:replaced|superseded|succeeded)\s+by\b/iu, 'to', 1],
  [
    new RegExp(
      `^\\W*${gap}(?:reject(?:s|ed|ing)?|refus(?:es?|ed|ing)|receiv(?:es?|ed|ing)|answer(?:s|ed|ing)?|serv(?:es?|ed|ing)|g[eo]ts?)\\b[^,;.]{0,30}\\b(?:from|of|to)\\b`,
      'iu',
    ),
    'to',
    -1,
  ],
  [
    new RegExp(`^\\W*${gap}(?:respond\\w*|answer\\w*|return\\w*|repl(?:y|ies|ied)|deliver\\w*|serv\\w*)\\b[^,;.]{0,30}\\bto\\b`, 'iu'),
    'to',
    -1,
  ],
  [new RegExp(`^\\W*${gap}(?:${act})\\b`, 'iu'), 'acts', 1],
  [new RegExp(`^\\W*${gap}(?:${call})\\b`, 'iu'), 'to', 1],
  [new RegExp(`^[\\s,(]*(?:${replace})\\b`, 'iu'), 'to', -1],
]

type Shape = readonly [between: RegExp | string, relation: Pair['relation'], direction: 1 | -1]

const pairsOf = ({ text, things, speakers = [] }: Passage): Pair[] => {
  const found: Pair[] = []
  const add = (relation: Pair['relation'], [a, b]: readonly [string, string], words: string): void => {
    if (a !== b) found.push({ relation, from: a, to: b, words: words.trim().slice(0, 80) })
  }
  for (const [index, one] of things.entries()) {
    const next = things[index + 1]
    if (!next) break
    const between = text.slice(one.to, next.from)
    const words = text.slice(one.from, next.to)
    if (between.length > 90 || /[;.]\s/.test(between)) continue
    const shape = turned(wordsBefore(text, one.from, 24), between) ?? shapes.find(([pattern]) => pattern.test(between))
    if (!shape) continue
    const [, relation, direction] = shape
    add(relation, direction === 1 ? [one.name, next.name] : [next.name, one.name], words)
    // Who is blocked waits for who blocks.
    if (relation === 'acts' && /\b(?:block|starv|lock)/i.test(between))
      add('to', direction === 1 ? [next.name, one.name] : [one.name, next.name], words)
  }
  // "pid 1 (app) waits for a lock on t, blocked by pid 2": who is blocked stands first.
  const [subject] = things
  for (const agent of things.slice(2)) {
    const verb = new RegExp(`\\b(${act}|held) by\\s+(?:the )?(?:\\p{L}+ )?$`, 'iu').exec(text.slice(0, agent.from))?.[1]
    if (!subject || verb === undefined) continue
    add('acts', [agent.name, subject.name], text.slice(subject.from, agent.to))
    if (/block|starv|lock|held/i.test(verb)) add('to', [subject.name, agent.name], text.slice(subject.from, agent.to))
  }
  // "timed out connecting to payments-db", logged by checkout.
  const [first] = things
  const target = first && new RegExp(`(?:^|[^\\p{L}])(?:${call})\\W{0,3}$`, 'iu').test(text.slice(0, first.from)) ? first : undefined
  if (target) for (const speaker of speakers) add('to', [speaker, target.name], text.slice(0, target.to))
  return found
}

/** "from A to B", "to B from A". */
const turned = (before: string, between: string): Shape | null => {
  if (/\b(?:from|was)\s+(?:\w+\s+)?$/i.test(before) && /^\s*(?:\w+\s+)?to\s+(?:the\s+)?(?:\w+\s+)?$/i.test(between))
    return [between, 'to', 1]
  if (/\bto\s+(?:\w+\s+)?$/i.test(before) && /^\s*(?:\w+\s+)?from\s+(?:the\s+)?(?:\w+\s+)?$/i.test(between)) return [between, 'to', -1]
  return null
}
