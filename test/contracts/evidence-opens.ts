import assert from 'node:assert/strict'
import type { Context } from '../../src/context.ts'
import { faultsOf } from '../../src/demo/slack/limits.ts'
import { evidenceOf } from '../../src/incident/evidence.ts'
import { type Brief, latest, timelineOf } from '../../src/incident/timeline.ts'
import type { Evidence } from '../../src/investigation/evidence.ts'
import { modalOf, pageValue } from '../../src/slack/modals/page.ts'
import { clean } from '../../src/text/clean.ts'
import { unshown } from './stands.ts'

/** What a first look recorded: the brief and the evidence that it was told from. */
export type Recorded = { readonly brief: Brief; readonly evidence: readonly Evidence[] }

export const recordedOf = async ({ db }: Context, incident: string): Promise<Recorded> => ({
  brief: latest(await timelineOf(db, incident), 'briefed')?.brief ?? assert.fail('no brief was recorded'),
  evidence: await evidenceOf(db, incident),
})

/** All but when it was stored: same input, same bytes. */
const bytesOf = ({ brief, evidence }: Recorded): string => JSON.stringify([brief, evidence.map(({ at: _, ...one }) => one)])

/** The same bytes; where not, what stands around the first that differs. */
export const assertSameBytes = (actual: Recorded, expected: Recorded, when: string): void => {
  const [a, b] = [bytesOf(actual), bytesOf(expected)]
  const at = [...b].findIndex((_, i) => a[i] !== b[i])
  const around = (bytes: string) => bytes.slice(Math.max(0, at - 80), at + 160)
  assert.ok(a === b, `${when}: …${around(a)}…\ninstead of: …${around(b)}…`)
}

/**
 * Presses "Evidence" as a reader of the first reply does, opens each piece that a finding cites, turns all of its pages, and finds there
 * what was shown; and all that a finding says stands in what its own evidence shows.
 */
export const opensEvidence = async (context: Context, incident: string, labels: Readonly<Record<string, string>>): Promise<Recorded> => {
  const recorded = await recordedOf(context, incident)
  const { brief, evidence } = recorded
  const buttons = valuesOf(await pagesOf(context, pageValue('evidence', incident)), 'page_show')
  const opened = new Map<string, string>()
  for (const { rule, summary, object, evidence: ids } of brief.findings) {
    const cited = ids.map((id) => evidence.find((one) => one.id === id) ?? assert.fail(`${rule} cites ${id}, which is not stored`))
    for (const one of cited) {
      const value = pageValue('evidence', `${incident}:${one.id}`)
      assert.ok(buttons.includes(value), `the list has no button for ${one.id}`)
      const seen = opened.get(one.id) ?? wordsOf(await pagesOf(context, value))
      opened.set(one.id, seen)
      assert.ok(seen.includes(bare(one.shown)), `${one.id} of ${rule} does not show:\n${one.shown}\nbut:\n${seen}`)
      assert.ok(seen.includes(bare(summary)), `${one.id} does not say that it carries: ${summary}`)
    }
    const lost = unshown({ summary, object, labels }, cited)
    assert.deepEqual(lost, [], `${rule}: ${summary}\n${cited.map(({ id, shown }) => `${id}: ${shown}`).join('\n')}`)
  }
  return recorded
}

/** Every page of a sheet, turned by its own buttons, each one as Slack takes it. */
const pagesOf = async (context: Context, first: string): Promise<unknown[]> => {
  const pages: unknown[] = []
  for (let value: string | undefined = first; value !== undefined; ) {
    const view: unknown = (await modalOf(context, value)) ?? assert.fail(`nothing opens at ${value}`)
    assert.deepEqual(faultsOf(view), [])
    pages.push(view)
    value = valuesOf([view], 'page_on')[0]
  }
  return pages
}

const valuesOf = (pages: unknown, action: string): string[] =>
  objectsIn(pages).flatMap((one) =>
    one['type'] === 'button' && new RegExp(`^${action}(?![a-z_])`).test(String(one['action_id'])) ? [String(one['value'])] : [],
  )

/** A long text is cut into blocks, at ends of lines or within: spaces say nothing. */
const bare = (text: string): string => clean(text).replace(/\s+/g, '')

/** The runs of rich texts: what is neither a head nor a button. */
const wordsOf = (pages: unknown): string =>
  bare(
    objectsIn(pages)
      .flatMap(({ text, type }) => (type === 'text' && typeof text === 'string' ? [text] : []))
      .join(''),
  )

const objectsIn = (value: unknown): Record<string, unknown>[] => {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value).flatMap(objectsIn)
  return Array.isArray(value) ? inner : [value as Record<string, unknown>, ...inner]
}
