import { evidenceOf } from '../../incident/evidence.ts'
import { findIncident, incidentName } from '../../incident/incident.ts'
import { duration } from '../../text/number.ts'
import { bold, button, line, section } from '../blocks/text.ts'
import type { Block } from '../drawing.ts'
import { code, inShort, whyOf } from './in-short.ts'
import { type SheetKind, words } from './sheet.ts'

/** `<incident>:<investigation number>`: every question that was asked, with what came of it. */
export const steps: SheetKind = async ({ db }, address) => {
  const [id = '', number = ''] = address.split(':')
  const incident = await findIncident(db, id)
  if (incident === undefined || !/^\d{1,9}$/.test(number)) return null
  const calls = await db
    .selectFrom('tool_call as c')
    .innerJoin('investigation as i', 'i.id', 'c.investigation_id')
    .select(['c.name', 'c.input', 'c.is_error', 'c.evidence', 'c.ms', 'c.result'])
    .where('i.incident_id', '=', id)
    .where('i.number', '=', Number(number))
    .orderBy('c.turn')
    .orderBy('c.at')
    .orderBy('c.call_id')
    .execute()
  const title = `Steps of ${incidentName(incident)}`
  if (calls.length === 0) return { title, blocks: [words('No question was asked: the rules alone answered.')] }
  const all = new Map((await evidenceOf(db, id)).map((one) => [one.id as string, one]))
  const blocks = calls.map((call, i): Block => {
    const number = `E${call.evidence}`
    const kept = all.get(number)
    const outcome = call.is_error
      ? `failed: ${line(call.result, [], 300)}`
      : kept === undefined
        ? line(firstLine(call.result), [], 300)
        : inShort(kept)
    const asked = `${i + 1}. ${call.is_error ? '⚠' : '✓'} ${bold(whyOf(call.input) ?? call.name, [], 150)} · ${duration(call.ms / 1000)}`
    return section(
      [asked, code(kept?.query ?? inputWords(call.input)), outcome].join('\n'),
      kept === undefined ? undefined : button({ text: number, action: 'page_show', value: `evidence:${id}:${number}:0` }),
    )
  })
  return { title, blocks }
}

const firstLine = (text: string): string => text.split('\n').find((line) => line.trim() !== '') ?? 'nothing'

/** The question before its settings: what a reader looks for first. */
const inputWords = (input: unknown): string =>
  typeof input === 'object' && input !== null
    ? Object.entries(input)
        .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(', ')
    : JSON.stringify(input)
