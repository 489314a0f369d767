import type { ObjectRef, Receipt, SubmittedAnalysis } from '../analysis.ts'
import type { Evidence } from '../evidence.ts'
import { againstSamples } from './against/along.ts'
import { valueAtTime } from './against/at-time.ts'
import { misbound } from './against/binding.ts'
import { againstCourse } from './against/course.ts'
import { besideLimit } from './against/limit.ts'
import { denied } from './against/negation.ts'
import { saysMore } from './against/overstated.ts'
import { rolesTurned } from './against/roles.ts'
import { outOfSequence } from './against/sequence.ts'
import { saidOfOther } from './against/subject.ts'
import { offTopic } from './against/topic.ts'
import { turnedRound } from './against/transition.ts'
import type { Failure, Given } from './check.ts'
import type { Cover, Prepared } from './cover/cover.ts'
import { type GivenCover, uncovered } from './cover/covering.ts'
import { coverOf, prepare } from './cover/receipt.ts'
import { coverGiven, coverText } from './given.ts'
import { type Mentions, mentionsIn } from './read/mentions.ts'
import { type Inventory, inventoryOf, nameCovered } from './read/names.ts'

/** One sentence with its receipts, as it is to be judged. */
export type Sentence = {
  readonly where: string
  readonly text: string
  readonly receipts: readonly Receipt[]
  readonly object?: ObjectRef | undefined
  /** A link of the chain: its two objects are what the receipts must name. */
  readonly link?: { readonly from: ObjectRef; readonly to: ObjectRef }
  /** Support from elsewhere: the summary has no receipts of its own, a proposal may use what the analysis proved. */
  readonly also?: readonly (readonly Cover[])[]
  readonly params?: Readonly<Record<string, unknown>>
}

export type Judged = {
  readonly ok: boolean
  readonly text: string
  /** Those that checked. */
  readonly receipts: readonly Receipt[]
  readonly covers: readonly Cover[]
  readonly recomputed: boolean
  readonly objectHolds: boolean
  readonly failures: readonly Failure[]
}

/** Everything that is computed once for an analysis. */
export type Reader = {
  readonly prepared: ReadonlyMap<string, Prepared>
  readonly inventory: Inventory
  readonly given: GivenCover
  readonly checked: Map<string, ReturnType<typeof coverOf>>
}

export const readerOf = (submitted: SubmittedAnalysis, evidence: readonly Evidence[], given: Given): Reader => {
  const objects = [submitted.cause?.object, ...submitted.chain.flatMap(({ from, to }) => [from, to]), given.alert.object]
  const labels = objects
    .filter((object) => object !== undefined)
    .map(({ name, namespace }) => ({ name, ...(namespace ? { namespace } : {}) }))
  return {
    prepared: new Map(evidence.map((one) => [one.id, prepare(one)])),
    inventory: inventoryOf(evidence, [given.alert.labels, ...labels]),
    given: coverGiven(given),
    checked: new Map(),
  }
}

/** Checks the receipts, then the sentence against those that hold. */
export const judge = (sentence: Sentence, reader: Reader): Judged => {
  const { where, text } = sentence
  const checked = sentence.receipts.map((receipt) => ({ receipt, result: check(receipt, reader) }))
  const held = checked.flatMap(({ receipt, result }) => (result.ok ? [{ receipt, covers: result.covers }] : []))
  const refused = checked.flatMap(({ result }) => (result.ok ? [] : [result.reason]))
  const covers = held.map((one) => one.covers)
  const fail = (reasons: readonly string[]): Failure[] => reasons.map((reason) => ({ where, text, reason }))
  const objectHolds = sentence.object === undefined || named(sentence.object, covers, reader)
  const done = (ok: boolean, reasons: readonly string[]): Judged => ({
    ok,
    text,
    receipts: held.map(({ receipt }) => receipt),
    covers,
    recomputed: held.some(({ receipt }) => !('quote' in receipt)),
    objectHolds,
    failures: fail(reasons),
  })
  if (covers.length === 0 && (sentence.also === undefined || sentence.params))
    return done(false, refused.length > 0 ? refused : ['it has no receipt; cite the evidence that shows it'])
  const object = objectHolds ? [] : [`the object ${sentence.object?.name} stands in no receipt of this cause`]
  const faults = sentence.link ? linkFaults(sentence.link, covers, reader) : sentenceFaults(sentence, covers, reader)
  return done(faults.length === 0, [...faults, ...refused, ...object])
}

/** The same receipt stands in many places of an analysis. */
const check = (receipt: Receipt, reader: Reader): ReturnType<typeof coverOf> => {
  const key = JSON.stringify(receipt)
  const known = reader.checked.get(key)
  if (known) return known
  const prepared = reader.prepared.get(receipt.evidence)
  const result = prepared ? coverOf(receipt, prepared) : ({ ok: false, reason: `there is no evidence ${receipt.evidence}` } as const)
  reader.checked.set(key, result)
  return result
}

/** Against its own receipts; with support from elsewhere also against each sentence's there, and against all together. */
const sentenceFaults = (sentence: Sentence, covers: readonly Cover[], reader: Reader): string[] => {
  const params = sentence.params ? [coverText(JSON.stringify(sentence.params))] : []
  const mentions = mentionsIn(sentence.text, reader.inventory)
  const also = sentence.also ?? []
  const supports = [covers, ...also.map((one) => [...covers, ...one])].filter((one) => one.length > 0)
  const whole = [...covers, ...also.flat(), ...params]
  if (also.length > 0 && supports.some((one) => faultsAgainst([...one, ...params], { sentence, mentions, reader }).length === 0)) return []
  return faultsAgainst(whole, { sentence, mentions, reader })
}

const faultsAgainst = (
  all: readonly Cover[],
  { sentence, mentions, reader }: { sentence: Sentence; mentions: Mentions; reader: Reader },
): string[] => {
  const missing = uncovered(mentions, { covers: all, given: reader.given, inventory: reader.inventory })
  if (missing.length > 0) return [...missing]
  if (isHedge(mentions)) return []
  if (sentence.params) return []
  const wrong =
    misbound(mentions, all, reader.inventory) ??
    saidOfOther(mentions, all) ??
    turnedRound(mentions, all, reader.inventory) ??
    rolesTurned(mentions, all, reader.inventory) ??
    againstCourse(mentions, all) ??
    againstSamples(mentions, all) ??
    valueAtTime(mentions, all) ??
    besideLimit(mentions, all, reader.given) ??
    outOfSequence(mentions, all, reader.given) ??
    denied(mentions, all, reader.given) ??
    saysMore(mentions, all) ??
    offTopic(mentions, all)
  return wrong === null ? [] : [wrong]
}

const linkFaults = ({ from, to }: { from: ObjectRef; to: ObjectRef }, covers: readonly Cover[], reader: Reader): string[] =>
  [from, to]
    .filter((object) => !named(object, covers, reader))
    .map(({ name }) => `the name ${name} stands in no receipt of this link; cite evidence that names it`)

const named = ({ name }: ObjectRef, covers: readonly Cover[], { given }: Reader): boolean =>
  covers.some(({ names }) => nameCovered(name, names)) || nameCovered(name, given.names)

/** What is not known is said of the investigation, not of the evidence: no hedge is taken out for want of a receipt. */
const isHedge = ({ text, quantities, moments, quoted, classes, names }: Mentions): boolean =>
  quantities.filter(({ form }) => form !== 'word').length + moments.length + quoted.length + classes.length + names.length === 0 &&
  (unknown.every((words) => words.test(text)) || elsewhereCaused.test(text)) &&
  !/\b(?:evidence|signs?|proof) (?:of|for|that)\b/i.test(text)

const unknown: readonly RegExp[] = [
  /\b(?:no|not|nothing|never|cannot|unknown|unclear|inconclusive|unproven|unexplained)\b|n't\b/i,
  /\b(?:cause|proof|proven?|evidence|conclusi\w*|explanation|explain\w*|known?|unclear|unknown|unexplained|root|certain\w*)\b/i,
]

/** "The two may have a common reason": a doubt that names no reason. */
const elsewhereCaused = /\b(?:may|might|could)\b.*\b(?:common|shared|other|another|different|separate) (?:root )?(?:causes?|reasons?)\b/i
