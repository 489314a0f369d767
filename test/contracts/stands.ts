import type { ObjectRef } from '../../src/investigation/analysis.ts'
import type { Evidence } from '../../src/investigation/evidence.ts'
import { checkReceipt } from '../../src/investigation/receipts/check.ts'
import { uncovered } from '../../src/investigation/receipts/cover/covering.ts'
import { coverGiven } from '../../src/investigation/receipts/given.ts'
import { mentionsIn } from '../../src/investigation/receipts/read/mentions.ts'
import { inventoryOf } from '../../src/investigation/receipts/read/names.ts'
import { findPassage } from '../../src/investigation/receipts/read/passage.ts'

/** Nothing of the alert counts as proved here: who opens the evidence sees only what stands in it. */
const NOTHING_GIVEN = coverGiven({ alert: { labels: {}, startsAt: '' }, now: new Date(Number.NaN) })

/**
 * Numbers, times and names of a finding's summary that stand in no line that its evidence shows, each as a reason; read as the sentences
 * of an analysis are (docs/receipts.md), with each line of what was shown as a quotation.
 */
export const unshown = (
  { summary, object, labels }: { summary: string; object: ObjectRef | undefined; labels: Readonly<Record<string, string>> },
  cited: readonly Evidence[],
): string[] => {
  const named =
    object === undefined ? {} : { name: object.name, ...(object.namespace === undefined ? {} : { namespace: object.namespace }) }
  const inventory = inventoryOf(cited, [labels, named])
  const covers = cited.flatMap((one) =>
    one.shown.split('\n').flatMap((quote) => {
      const checked = checkReceipt({ evidence: one.id, quote }, one)
      return checked.ok ? [checked.covers] : []
    }),
  )
  const mentions = mentionsIn(summary, inventory)
  // "within 15 min in 40 of 41 times" reads like a ratio of something else; where the very words are shown there is nothing to be read.
  const isRead = ({ text }: { text: string }): boolean =>
    !/\p{L}/u.test(text) || cited.every(({ shown }) => findPassage(shown, text) === null)
  const { quantities, names, moments } = mentions
  const left = { quantities: quantities.filter(isRead), names: names.filter(isRead), moments: moments.filter(isRead) }
  return [...uncovered({ ...mentions, ...left }, { covers, given: NOTHING_GIVEN, inventory })]
}
