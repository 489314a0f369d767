import { findIncident, incidentName } from '../../incident/incident.ts'
import { duration } from '../../text/number.ts'
import { button } from '../blocks/text.ts'
import type { Block } from '../drawing.ts'
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
  const blocks = calls.map((call, i): Block => {
    const outcome = call.is_error ? `failed: ${call.result}` : firstLine(call.result)
    const show = button({ text: `E${call.evidence}`, action: 'page_show', value: `evidence:${id}:E${call.evidence}:0` })
    return words(
      `${i + 1}. ${call.is_error ? '⚠' : '✓'} ${call.name}, ${duration(call.ms / 1000)}\n${inputWords(call.input).slice(0, 600)}\n${outcome.slice(0, 300)}`,
      call.evidence === null ? undefined : show,
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
