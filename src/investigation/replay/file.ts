import { z } from 'zod'
import { InputError } from '../../errors.ts'
import { decodeAnswer, numbersNamed } from '../../incident/evidence.ts'
import { mapTexts } from '../../text/map-texts.ts'
import { asSeen } from '../checked-as-seen.ts'
import { redactedTexts } from '../redacted.ts'
import type { Recorded } from './recorded.ts'

/** Fit to leave the house: secrets and personal data taken out of everything, as before a model; addresses of ours and names of people, too. */
export const redactedRecord = (recorded: Recorded, redact: (text: string) => string): Recorded => {
  const { alert, statements } = recorded
  const people = [...new Set(statements.map(({ name }) => name))]
  const kept: Recorded = {
    ...recorded,
    evidence: [],
    alert: { ...alert, generator_url: null },
    statements: statements.map((said) => ({ ...said, name: `person ${people.indexOf(said.name) + 1}` })),
  }
  return {
    ...redactedTexts(kept, redact),
    // By the id a redactor knows its incident: it must stay.
    id: recorded.id,
    pinned: recorded.pinned,
    incident: { ...(mapTexts(recorded.incident, redact) as Recorded['incident']), id: recorded.incident.id },
    evidence: asSeen(recorded.evidence, redact).map(({ link: _link, ...one }) => ({ ...one, query: redact(one.query) })),
  }
}

/** As JSON, which has no NaN and no infinities: their names stand for them. */
export const writeRecorded = (recorded: readonly Recorded[], space = 1): string => JSON.stringify(recorded, numbersNamed, space)

/** The way back. Throws InputError for what `writeRecorded` did not write. */
export const readRecorded = (text: string): Recorded[] => {
  const read = z.union([z.array(shape), shape.transform((one) => [one])]).safeParse(JSON.parse(text))
  if (!read.success)
    throw new InputError(`it holds no exported investigations: ${z.prettifyError(read.error).split('\n')[0]}`, [
      z.prettifyError(read.error),
    ])
  return (read.data as unknown as Recorded[]).map((one) => ({
    ...one,
    evidence: one.evidence.map((evidence) => ({ ...evidence, output: decodeAnswer(evidence.output) })),
  }))
}

const evidenceId = z.string().regex(/^E\d+$/)

/** What would otherwise fail far from here; the rest is as it was stored. */
const shape = z.looseObject({
  format: z.literal(1),
  id: z.string(),
  now: z.iso.datetime(),
  incident: z.looseObject({ id: z.string(), number: z.number(), cluster: z.string(), alertname: z.string() }),
  alert: z.looseObject({ labels: z.record(z.string(), z.string()), starts_at: z.iso.datetime() }),
  evidence: z.array(
    z.looseObject({
      id: evidenceId,
      source: z.string(),
      query: z.string(),
      shown: z.string(),
      output: z.union([
        z.looseObject({
          kind: z.literal('series'),
          series: z.array(z.looseObject({ points: z.array(z.tuple([z.number(), z.union([z.number(), z.string()])])) })),
        }),
        z.looseObject({ kind: z.literal('lines'), lines: z.array(z.looseObject({ at: z.string(), line: z.string() })) }),
        z.looseObject({ kind: z.literal('objects'), objects: z.array(z.unknown()) }),
        z.looseObject({ kind: z.literal('text'), text: z.string() }),
      ]),
    }),
  ),
  given: z.number().int().min(0),
  statements: z.array(z.looseObject({ text: z.string() })).default([]),
  earlier: z.array(z.unknown()).default([]),
  pinned: z
    .looseObject({ prompt: z.string(), tools: z.record(z.string(), z.string()) })
    .nullable()
    .default(null),
  answers: z.array(z.looseObject({ tool: z.string(), evidence: evidenceId.nullable() })),
  ended: z.looseObject({
    analysis: z.looseObject({ verdict: z.string(), unsupported: z.array(z.string()), claims: z.array(z.unknown()) }),
  }),
  rating: z.enum(['good', 'bad']).nullable().default(null),
  corrected: z.boolean().default(false),
  refuted: z.boolean().default(false),
})
