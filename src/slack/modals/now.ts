import type { Context } from '../../context.ts'
import { askAgain } from '../../incident/ask-again.ts'
import { findIncident, incidentName } from '../../incident/incident.ts'
import { button } from '../blocks/text.ts'
import type { Block } from '../drawing.ts'
import { moment } from './in-short.ts'
import { divider, head, paragraphOf, preformatted, type Sheet, words } from './sheet.ts'

/** `<incident>:E3`: what its question is answered with now, beside what it was. Null: there is no such evidence any more. */
export const nowSheet = async (context: Context, address: string): Promise<Sheet | null> => {
  const [incidentId = '', id = ''] = address.split(':')
  const incident = await findIncident(context.db, incidentId)
  if (incident === undefined) return null
  const title = `${id} now, ${incidentName(incident)}`
  const answer = await askAgain(context, incidentId, id)
  if (!answer.asked) return { title, blocks: [head(`${id}: not asked again`), words(answer.detail), ways(address)] }
  const range =
    answer.from === null ? moment(answer.at.toISOString()) : `${moment(answer.from.toISOString())} to ${moment(answer.at.toISOString())}`
  return {
    title,
    blocks: [
      head(`${id}, asked again just now`),
      ...answer.comparison.map((line) => paragraphOf([{ text: line, bold: true }])),
      paragraphOf([{ text: 'Range  ', bold: true }, { text: range }]),
      ...(answer.complete ? [] : [paragraphOf([{ text: 'Cut at the source: there is more than this.' }])]),
      divider,
      ...preformatted(answer.shown),
      paragraphOf([{ text: 'Shown to you alone and not kept: the analysis rests on what was seen then.' }]),
      ways(address),
    ],
  }
}

/** While it is asked, up to 10 s. */
export const askingSheet = (address: string): Sheet => {
  const id = address.split(':')[1] ?? ''
  return { title: `${id} now`, blocks: [words('Asking again, at most 10 s …')] }
}

export const runAgainButton = (address: string): Block => button({ text: 'Run again', action: 'run_again', value: address })

const ways = (address: string): Block => ({
  type: 'actions',
  elements: [
    runAgainButton(address),
    button({ text: `Back to ${address.split(':')[1] ?? ''}`, action: 'page_show', value: `evidence:${address}:0` }),
  ],
})
