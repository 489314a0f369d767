import type { ObjectRef, Receipt, SubmittedAnalysis } from '../analysis.ts'
import type { Given } from './check.ts'
import type { Cover, Prepared } from './cover/cover.ts'
import { type Began, beganBy } from './cover/onset.ts'
import { formsOf, nameCovered } from './read/names.ts'

type Link = SubmittedAnalysis['chain'][number]

/** A link whose receipts were checked: those that hold, each with what it covers. */
export type ProvedLink = { readonly receipts: readonly Receipt[]; readonly covers: readonly Cover[] }

/**
 * What is wrong with a causal chain as a whole, as a reason; null when it is connected, ends at the alert's object and no cause began
 * after its effect. The onset of an object is the earliest that the receipts of its links show of it, for the alert's object also the
 * alert's own. Where the evidence does not reach back to the beginning, or names both objects alike, no order is judged.
 */
export const chainFault = (
  chain: readonly Link[],
  proved: readonly ProvedLink[],
  { given, prepared }: { given: Given; prepared: ReadonlyMap<string, Prepared> },
): string | null => unconnected(chain) ?? wrongEnd(chain, given) ?? outOfOrder(chain, onsets(chain, proved, { given, prepared }))

const same = (a: string, b: string): boolean => {
  const forms = formsOf(b.toLowerCase())
  return formsOf(a.toLowerCase()).some((form) => forms.includes(form))
}

const unconnected = (chain: readonly Link[]): string | null => {
  const gap = chain.findIndex((link, index) => index > 0 && chain[index - 1]?.to.name !== link.from.name)
  return gap > 0
    ? `link ${gap} starts at ${chain[gap]?.from.name}, the one before ends at ${chain[gap - 1]?.to.name}; each must start where the one before ends`
    : null
}

const wrongEnd = (chain: readonly Link[], { alert: { object } }: Given): string | null => {
  const end = chain.at(-1)?.to.name
  return end === undefined || !object || same(end, object.name)
    ? null
    : `the chain ends at ${end}; it must end at the alert's object ${object.name}`
}

type Onsets = ReadonlyMap<string, readonly Began[]>

const onsets = (
  chain: readonly Link[],
  proved: readonly ProvedLink[],
  { given, prepared }: { given: Given; prepared: ReadonlyMap<string, Prepared> },
): Onsets => {
  const found = new Map<string, Began[]>()
  const add = (name: string, began: Began): void => {
    found.set(name, [...(found.get(name) ?? []), began])
  }
  chain.forEach((link, index) => {
    proved[index]?.receipts.forEach((receipt, at) => {
      const [cover, evidence] = [proved[index]?.covers[at], prepared.get(receipt.evidence)]
      const subject = cover && subjectOf(link, cover)
      const began = subject && evidence ? beganBy(receipt, evidence, cover) : null
      if (subject && began) add(subject.name, began)
    })
  })
  const end = chain.at(-1)?.to
  const onset = Date.parse(given.alert.onset ?? '')
  if (end && Number.isFinite(onset)) add(end.name, { at: onset, resolution: 60_000, known: true })
  return found
}

const changes = /^(?:version|release|image|deploy(?:ment)?|rollout|revision|commit|change|config(?:map|uration)?|secret|flag|featureflag)$/i

/** Which of a link's two objects a receipt is about: the one that it names, who logged or was measured, or the change itself; null where both may be. */
const subjectOf = ({ from, to, relation }: Link, cover: Cover): ObjectRef | null => {
  const [cause, effect] = [nameCovered(from.name, cover.names), nameCovered(to.name, cover.names)]
  if (cause !== effect) return cause ? from : to
  if (!cause) return null
  const owns = ({ name }: ObjectRef): boolean => cover.own.some((one) => same(one.name, name))
  if (owns(from) !== owns(to)) return owns(from) ? from : to
  return cover.quote !== undefined && (relation === 'changed' || changes.test(from.kind)) ? from : null
}

const outOfOrder = (chain: readonly Link[], all: Onsets): string | null => {
  for (const { from, to } of chain) {
    const [cause, effect] = [earliest(all.get(from.name)), earliest(all.get(to.name))]
    if (!cause || !effect || !cause.known || cause.at - effect.at <= cause.resolution + effect.resolution) continue
    return `${from.name} began at ${clock(cause.at)}, after its effect ${to.name} at ${clock(effect.at)}; a cause begins before its effect`
  }
  return null
}

const earliest = (all: readonly Began[] = []): Began | null => {
  const [first] = [...all].sort((a, b) => a.at - b.at)
  return first ? { ...first, known: all.every(({ known }) => known) } : null
}

const clock = (at: number): string => new Date(at).toISOString().slice(11, 19)
