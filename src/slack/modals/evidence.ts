import type { Context } from '../../context.ts'
import type { Incident } from '../../db/schema.ts'
import { evidenceOf } from '../../incident/evidence.ts'
import { findIncident, incidentName } from '../../incident/incident.ts'
import type { Receipt } from '../../investigation/analysis.ts'
import type { Evidence } from '../../investigation/evidence.ts'
import { locate } from '../../investigation/receipts/check.ts'
import { clean } from '../../text/clean.ts'
import { upper } from '../../text/letters.ts'
import { bold, button, knownLink, section } from '../blocks/text.ts'
import type { Block } from '../drawing.ts'
import { linkHosts } from '../view.ts'
import { code, inShort, moment, whyOf } from './in-short.ts'
import { runAgainButton } from './now.ts'
import { type Resting, restingOn } from './rests-on.ts'
import { bullets, divider, head, openLink, paragraphOf, preformatted, quoted, type Run, type SheetKind, words } from './sheet.ts'

/** `<incident>`: all of its evidence; `<incident>:E3`: one piece whole. */
export const evidence: SheetKind = async (context, address) => {
  const [id = '', number] = address.split(':')
  const incident = await findIncident(context.db, id)
  if (incident === undefined) return null
  const all = await evidenceOf(context.db, id)
  const one = all.find((each) => each.id === number)
  const title = `Evidence ${incidentName(incident)}`
  if (one === undefined) return { title, blocks: listOf(incident, all, await questionsOf(context, id)) }
  const resting = await restingOn(context, id, one.id)
  return { title: `${one.id} of ${incidentName(incident)}`, blocks: [...wholeOf(context, { incident: id, one, resting }), toList(id)] }
}

const listOf = (incident: Incident, all: readonly Evidence[], questions: ReadonlyMap<string, string>): Block[] =>
  all.length === 0
    ? [words('There is no evidence yet: nothing has been asked.')]
    : all.map((each) =>
        section(
          [`*${each.id}*  ${bold(questions.get(each.id) ?? upper(each.source), [], 150)}`, code(each.query), inShort(each)].join('\n'),
          button({ text: 'Show', action: 'page_show', value: `evidence:${incident.id}:${each.id}:0` }),
        ),
      )

/** Why the model asked, by evidence: what a reader looks for before the query. */
const questionsOf = async ({ db }: Context, incident: string): Promise<Map<string, string>> => {
  const calls = await db
    .selectFrom('tool_call as c')
    .innerJoin('investigation as i', 'i.id', 'c.investigation_id')
    .select(['c.evidence', 'c.input'])
    .where('i.incident_id', '=', incident)
    .where('c.evidence', 'is not', null)
    .execute()
  return new Map(calls.flatMap(({ evidence: number, input }) => (whyOf(input) === null ? [] : [[`E${number}`, whyOf(input) ?? '']])))
}

const toList = (incident: string): Block => ({
  type: 'actions',
  elements: [button({ text: 'All evidence', action: 'page_show', value: `evidence:${incident}:0` })],
})

const isAskable = ({ source, output }: Evidence): boolean =>
  (source === 'prometheus' && output.kind === 'series') || (source === 'loki' && output.kind === 'lines')

/** Sentences that are listed; a piece that carries more carries the whole analysis. */
const LISTED = 8

type Whole = { readonly incident: string; readonly one: Evidence; readonly resting: readonly Resting[] }

const wholeOf = (context: Context, { incident, one, resting }: Whole): Block[] => {
  // Made by Vigil, and still looked at again: the configuration may have changed since.
  const link = knownLink(one.link, linkHosts(context.config)) === undefined ? null : (one.link ?? null)
  const range = one.range === null ? [] : [paragraphOf([{ text: 'Range  ', bold: true }, { text: rangeWords(one.range) }])]
  const marks = marksIn(
    one,
    resting.flatMap(({ receipts }) => receipts),
  )
  const rests = resting.slice(0, LISTED).map(({ what, text }) => `${clean(text)}  (${what})`)
  const more = resting.length > LISTED ? [`and ${resting.length - LISTED} more`] : []
  return [
    head(`${one.id}: ${upper(one.source)}`),
    ...preformatted(one.query),
    ...range,
    paragraphOf([{ text: 'Asked  ', bold: true }, { text: moment(one.at) }]),
    // Beside the question, not below a page of log.
    ...(isAskable(one) ? [{ type: 'actions', elements: [runAgainButton(`${incident}:${one.id}`)] }] : []),
    ...(link === null ? [] : [openLink(`Open in ${upper(one.source)}`, link)]),
    ...(one.complete ? [] : [paragraphOf([{ text: 'Cut at the source: there was more, so nothing can be said to be absent.' }])]),
    paragraphOf([{ text: rests.length === 0 ? 'Nothing that was said rests on it.' : 'What rests on it', bold: rests.length > 0 }]),
    ...bullets([...rests, ...more]),
    ...(marks.length === 0 ? [] : [paragraphOf([{ text: 'What they quote stands apart below, in bold.' }])]),
    divider,
    ...marked(one.shown, marks),
  ]
}

const rangeWords = ({ from, to }: { from: string | null; to: string }): string =>
  from === null ? `at ${moment(to)}` : `${moment(from)} to ${moment(to)}`

type Mark = { from: number; to: number }

/** Places in `shown`, in order, those that touch made one. */
const marksIn = (one: Evidence, receipts: readonly Receipt[]): Mark[] => {
  const found = receipts.flatMap((receipt) => locate(receipt, one) ?? []).sort((a, b) => a.from - b.from)
  const merged: Mark[] = []
  for (const { from, to } of found) {
    const last = merged.at(-1)
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to)
    else merged.push({ from, to })
  }
  return merged
}

/** The text as it was shown, with the lines that hold a mark set apart. */
const marked = (shown: string, marks: readonly Mark[]): Block[] => {
  const blocks: Block[] = []
  let at = 0
  for (let i = 0; i < marks.length; ) {
    const first = marks[i]
    if (first === undefined) break
    const start = shown.lastIndexOf('\n', first.from - 1) + 1
    let end = lineEnd(shown, first.to)
    let last = i
    while ((marks[last + 1]?.from ?? Number.POSITIVE_INFINITY) <= end) end = lineEnd(shown, marks[++last]?.to ?? end)
    blocks.push(...preformatted(shown.slice(at, start)), ...quotesOf(shown, { from: start, to: end }, marks.slice(i, last + 1)))
    at = end
    i = last + 1
  }
  return [...blocks, ...preformatted(shown.slice(at))]
}

const lineEnd = (text: string, from: number): number => {
  const found = text.indexOf('\n', from)
  return found < 0 ? text.length : found
}

/** What is quoted is short; lines of log around it need not be. */
const LONGEST_QUOTE = 2900

const quotesOf = (shown: string, lines: Mark, marks: readonly Mark[]): Block[] => {
  const runs: Run[] = []
  let at = lines.from
  for (const { from, to } of marks) {
    runs.push({ text: clean(shown.slice(at, from)) }, { text: clean(shown.slice(from, to)), bold: true })
    at = to
  }
  runs.push({ text: clean(shown.slice(at, lines.to)) })
  if (lines.to - lines.from <= LONGEST_QUOTE) return [quoted(runs)]
  return runs.flatMap((run) => (run.bold === true && run.text.length <= LONGEST_QUOTE ? [quoted([run])] : preformatted(run.text)))
}
