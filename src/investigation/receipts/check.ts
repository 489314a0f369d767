import type { Labels } from '../../series/series.ts'
import type { Analysis, ObjectRef, Receipt, SubmittedAnalysis } from '../analysis.ts'
import type { Evidence } from '../evidence.ts'
import { chainFault } from './chain.ts'
import type { Cover } from './cover/cover.ts'
import { coverOf, prepare } from './cover/receipt.ts'
import { findPassage, type Span } from './read/passage.ts'
import { type Judged, judge, readerOf } from './sentence.ts'

/** The alert as Vigil knows it: its own checked facts, which a sentence may use without a receipt. Times are RFC 3339. */
export type Given = {
  readonly alert: {
    readonly labels: Labels
    /** Written by the alert's author and not checked by Vigil: they cover nothing. */
    readonly annotations?: Labels
    readonly expression?: string
    readonly threshold?: number
    readonly startsAt: string
    readonly onset?: string
    readonly object?: ObjectRef
  }
  readonly now: Date
}

/** What a receipt or a sentence failed with. `reason` is for the model: what failed and what would mend it. */
export type Failure = { readonly where: string; readonly text: string; readonly reason: string }

/** The analysis with everything unsupported set apart, and why each was. */
export type Checked = { readonly analysis: Analysis; readonly failures: readonly Failure[] }

export type Check = (submitted: SubmittedAnalysis, evidence: readonly Evidence[], given: Given) => Checked

/**
 * Checks every receipt and every sentence of an analysis against the stored evidence. Pure: the caller returns `failures` to the model
 * once and takes the `analysis` of the last call; what failed is never among its findings but in `unsupported`.
 *
 * A cause that fails becomes null and the verdict `inconclusive`, as it does when nothing at all is left. Of the summary the sentences
 * that fail are dropped. A chain that has a bad link or a fault as a whole (chainFault) is dropped whole.
 *
 * Confidence is min(the model's, 100 x supported sentences / submitted ones), at most 70 with anything unsupported, 40 without a cause
 * (unless the verdict is that nothing is to be done), 50 when inconclusive. `recomputed` is the share of the submitted sentences
 * (cause, claims, ruled out) that stand and of which at least one receipt is a statistic, count or absence that code computed again.
 */
export const checkAnalysis = (submitted: SubmittedAnalysis, evidence: readonly Evidence[], given: Given): Checked => {
  const reader = readerOf(submitted, evidence, given)
  const { cause, claims, ruled_out } = submitted
  const judged = {
    cause: cause && judge({ where: 'cause', ...cause, object: cause.object }, reader),
    claims: claims.map((claim, index) => judge({ where: `claims[${index}]`, ...claim }, reader)),
    ruledOut: ruled_out.map((one, index) => judge({ where: `ruled_out[${index}]`, ...one }, reader)),
  }
  const sentences = [...(judged.cause ? [judged.cause] : []), ...judged.claims, ...judged.ruledOut]
  const links = submitted.chain.map((link, index) =>
    judge({ where: `chain[${index}]`, text: `${link.from.name} -> ${link.to.name}`, receipts: link.receipts, link }, reader),
  )
  const covers = [...sentences, ...links].map((one) => one.covers)
  const broken = links.find((link) => !link.ok)?.failures[0]?.reason ?? null
  const fault = broken ?? chainFault(submitted.chain, links, { given, prepared: reader.prepared })
  const summary = judgeSummary(submitted, covers, { reader, judged: sentences })
  const proposals = submitted.proposals.map((one, index) =>
    judge({ where: `proposals[${index}]`, text: one.why, receipts: one.receipts, also: covers, params: one.params }, reader),
  )
  const failures = [
    ...sentences.flatMap((one) => one.failures),
    ...links.flatMap((one) => one.failures),
    ...(fault !== null && broken === null ? [{ where: 'chain', text: links.map(({ text }) => text).join(', '), reason: fault }] : []),
    ...summary.failures,
    ...proposals.flatMap((one) => one.failures),
  ]
  const kept = <T extends { receipts: readonly Receipt[] }>(items: readonly T[], results: readonly Judged[]): T[] =>
    items.flatMap((item, index) => {
      const result = results[index]
      return result?.ok ? [{ ...item, receipts: [...result.receipts] }] : []
    })
  const unsupported = [...sentences, ...proposals].filter((one) => !one.ok).map(({ text }) => text)
  const draft = {
    ...submitted,
    summary: summary.text,
    cause: cause && judged.cause?.ok ? withoutFalseObject(cause, judged.cause) : null,
    chain: fault === null ? kept(submitted.chain, links) : [],
    claims: kept(claims, judged.claims),
    ruled_out: kept(ruled_out, judged.ruledOut),
    proposals: kept(submitted.proposals, proposals),
    unsupported: [...unsupported, ...summary.failures.map(({ text }) => text)],
  }
  const all = [...sentences, ...(submitted.chain.length > 0 ? [{ ok: fault === null }] : []), { ok: summary.failures.length === 0 }]
  return { analysis: conclude(submitted, draft, { all, recomputed: share(sentences, (one) => one.ok && one.recomputed) }), failures }
}

/** Checks one receipt against its evidence and says what it covers. */
export const checkReceipt = (
  receipt: Receipt,
  evidence: Evidence | undefined,
): { ok: true; covers: Cover } | { ok: false; reason: string } =>
  evidence ? coverOf(receipt, prepare(evidence)) : { ok: false, reason: `there is no evidence ${receipt.evidence}` }

/** Where in `shown` the passage stands that a receipt points at, for marking it; null where it is not one passage. */
export const locate = (receipt: Receipt, evidence: Evidence): Span | null => {
  if ('quote' in receipt) return findPassage(evidence.shown, receipt.quote)
  if ('count' in receipt) return findPassage(evidence.shown, receipt.matching.split('<*>')[0] ?? receipt.matching)
  if ('absent' in receipt) return null
  const values = Object.values(receipt.series ?? {})
  let at = 0
  for (const line of evidence.shown.split('\n')) {
    if (values.length > 0 && values.every((value) => line.includes(value))) return { from: at, to: at + line.length }
    at += line.length + 1
  }
  return values.length > 0 ? null : findPassage(evidence.shown, `${receipt.statistic} ${receipt.value}`)
}

type Draft = Omit<Analysis, 'partial' | 'partial_reason' | 'confidence_why' | 'model_confidence' | 'recomputed' | 'by'>

/** A limit of the confidence, and for people why. */
type Cap = { readonly at: number; readonly why: string | null }

const conclude = (
  submitted: SubmittedAnalysis,
  draft: Draft,
  { all, recomputed }: { all: readonly { ok: boolean }[]; recomputed: number },
): Analysis => {
  const lostCause = submitted.cause !== null && draft.cause === null
  const empty = draft.cause === null && draft.claims.length === 0 && submitted.claims.length > 0
  const verdict = lostCause || empty ? 'inconclusive' : submitted.verdict
  const failed = all.filter(({ ok }) => !ok).length
  const unproved =
    failed > 0 ? `${failed} of ${all.length} ${all.length === 1 ? 'sentence' : 'sentences'} had no proof` : 'a proposal had no proof'
  const caps: readonly Cap[] = [
    { at: submitted.confidence, why: null },
    { at: Math.round(100 * share(all, ({ ok }) => ok)), why: unproved },
    ...(draft.unsupported.length > 0 ? [{ at: 70, why: unproved }] : []),
    ...(draft.cause === null && verdict !== 'no_action'
      ? [{ at: 40, why: lostCause ? 'the cause had no proof' : 'no cause was found' }]
      : []),
    ...(verdict === 'inconclusive' ? [{ at: 50, why: 'the verdict is inconclusive' }] : []),
  ]
  const lowest = caps.reduce((least, cap) => (Math.round(cap.at) < Math.round(least.at) ? cap : least))
  return {
    ...draft,
    verdict,
    confidence: Math.round(lowest.at),
    confidence_why: lowest.why,
    partial: false,
    partial_reason: null,
    model_confidence: submitted.confidence,
    recomputed,
    by: 'model',
  }
}

const share = <T>(all: readonly T[], holds: (one: T) => boolean): number => (all.length === 0 ? 0 : all.filter(holds).length / all.length)

const withoutFalseObject = (cause: NonNullable<SubmittedAnalysis['cause']>, judged: Judged): NonNullable<SubmittedAnalysis['cause']> => {
  const { object, ...rest } = cause
  const kept = { ...rest, receipts: [...judged.receipts] }
  return object && judged.objectHolds ? { ...kept, object } : kept
}

/** Sentence by sentence against all that the rest of the analysis proved; what is left, or the best finding in its place. */
const judgeSummary = (
  submitted: SubmittedAnalysis,
  covers: readonly (readonly Cover[])[],
  { reader, judged }: { reader: Parameters<typeof judge>[1]; judged: readonly Judged[] },
): { text: string; failures: readonly Failure[] } => {
  const sentences = submitted.summary.split(/(?<=[.!?])\s+(?=\p{Lu}|\d)/u).filter((one) => one.trim() !== '')
  const results = sentences.map((text) => judge({ where: 'summary', text, receipts: [], also: covers }, reader))
  const text = results
    .filter(({ ok }) => ok)
    .map((one) => one.text)
    .join(' ')
  const best = judged.find(({ ok }) => ok)?.text ?? 'The evidence supports no finding.'
  return { text: text === '' ? best : text, failures: results.flatMap((one) => one.failures) }
}
