import { z } from 'zod'
import { parseMoment } from '../../datasources/time.ts'
import type { LogLine } from '../../logs/line.ts'
import type { Point, Series } from '../../series/series.ts'
import { labelText, toText } from '../../series/text.ts'
import { clean } from '../../text/clean.ts'
import { cut } from '../../text/cut.ts'
import type { Answer, Evidence } from '../evidence.ts'
import { refused } from './failure.ts'
import { shownText, why } from './shown.ts'
import type { Tool, ToolAnswer, ToolContext } from './tool.ts'

const input = z.object({
  evidence: z.string().regex(/^E\d+$/, 'an evidence id such as E3'),
  contains: z.string().min(1).max(200).optional().describe('Only lines, objects or passages with this text, in any case.'),
  labels: z.record(z.string(), z.string()).optional().describe('Only series or lines with these labels.'),
  from: z.string().optional().describe('From when: RFC 3339 or relative (-10m).'),
  to: z.string().optional().describe('Until when, in the same forms.'),
  why,
})

type Input = z.infer<typeof input>

const maxLines = 30
const maxObjects = 20
const maxSeries = 10
const maxPoints = 40
/** Characters of one line, object or passage. */
const maxEach = 500

/** What an answer holds beyond what was shown of it: nothing is asked anew. */
export const openEvidence: Tool<Input> = {
  name: 'open_evidence',
  description:
    'Shows more of an answer that is stored already, without asking its source again: lines, series, objects or passages of it that contain a ' +
    'text, carry labels or lie in a time. What it shows is evidence with a number of its own.',
  input,
  needs: null,
  question: ({ why, evidence, contains }) => cut(clean(why?.trim() || `${evidence}${contains === undefined ? '' : `: ${contains}`}`), 80),
  run: (asked, context) => Promise.resolve(open(asked, context)),
}

const open = (asked: Input, { evidence, clock, redact }: ToolContext): ToolAnswer => {
  const stored = evidence(asked.evidence)
  if (stored === undefined) return refused(asked.evidence, `there is no evidence ${asked.evidence}`)
  const window = { from: parseMoment(asked.from ?? '', clock.now()), to: parseMoment(asked.to ?? '', clock.now()) }
  if ((asked.from !== undefined && !window.from) || (asked.to !== undefined && !window.to))
    return refused(asked.evidence, 'the time is neither RFC 3339 nor relative (-10m)')
  const opened = pick(stored.output, { ...asked, ...secondsOf(window), redact })
  const found = sizeOf(opened.output)
  return {
    ok: true,
    summary: `${found} of ${opened.of}`,
    cited: {
      ...without(stored),
      query: `${stored.query} # ${asked.evidence}${wordsOf(asked)}`,
      output: opened.output,
      shown: shownOf(asked.evidence, opened, redact),
      // What was cut by the source, or is not in this part, cannot be told to be absent.
      complete: stored.complete && found <= opened.most,
    },
  }
}

const without = ({ source, range, link }: Evidence) => ({ source, range, ...(link === undefined ? {} : { link }) })

const wordsOf = ({ contains, labels, from, to }: Input): string =>
  [
    ...(contains === undefined ? [] : [` containing ${JSON.stringify(contains)}`]),
    ...(labels === undefined ? [] : [` with ${labelText(labels)}`]),
    ...(from === undefined ? [] : [` from ${from}`]),
    ...(to === undefined ? [] : [` to ${to}`]),
  ].join('')

type Picking = Pick<Input, 'contains' | 'labels'> & Pick<ToolContext, 'redact'> & { readonly after: number; readonly until: number }
type Opened = { readonly output: Answer; readonly of: string; readonly most: number }

const secondsOf = ({ from, to }: { from: Date | undefined; to: Date | undefined }) => ({
  after: from === undefined ? Number.NEGATIVE_INFINITY : from.getTime() / 1000,
  until: to === undefined ? Number.POSITIVE_INFINITY : to.getTime() / 1000,
})

const pick = (answer: Answer, picking: Picking): Opened => {
  switch (answer.kind) {
    case 'lines': {
      const lines = answer.lines.filter(
        (line) => has(line.line, picking) && carries(line.labels, picking) && isIn(Date.parse(line.at) / 1000, picking),
      )
      return { output: { kind: 'lines', lines }, of: `${answer.lines.length} lines`, most: maxLines }
    }
    case 'series': {
      const series = answer.series
        .filter((one) => has(labelText(one.labels), picking) && carries(one.labels, picking))
        .map((one): Series => ({ labels: one.labels, points: one.points.filter(([at]: Point) => isIn(at, picking)) }))
      return { output: { kind: 'series', series }, of: `${answer.series.length} series`, most: maxSeries }
    }
    case 'objects': {
      const objects = answer.objects.filter((one) => has(JSON.stringify(one) ?? '', picking))
      return { output: { kind: 'objects', objects }, of: `${answer.objects.length} objects`, most: maxObjects }
    }
    case 'text': {
      const lines = answer.text.split('\n').filter((line) => has(line, picking))
      return { output: { kind: 'text', text: lines.join('\n') }, of: `${answer.text.split('\n').length} lines of text`, most: maxLines }
    }
  }
}

/** In the words in which the model was given it: it asks for pseudonyms. */
const has = (text: string, { contains, redact }: Picking): boolean =>
  contains === undefined || redact(clean(text)).toLowerCase().includes(contains.toLowerCase())

const carries = (labels: Readonly<Record<string, string>>, { labels: wanted = {} }: Picking): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value)

const isIn = (seconds: number, { after, until }: Picking): boolean => seconds >= after && seconds <= until

const sizeOf = (answer: Answer): number => {
  switch (answer.kind) {
    case 'lines':
      return answer.lines.length
    case 'series':
      return answer.series.length
    case 'objects':
      return answer.objects.length
    case 'text':
      return answer.text === '' ? 0 : answer.text.split('\n').length
  }
}

const shownOf = (id: string, { output, of, most }: Opened, redact: (text: string) => string): string => {
  const found = sizeOf(output)
  const head = `${found} of ${of} of ${id}${found > most ? `, the first ${most}` : ''}`
  return shownText([head], partsOf(output, redact), 'of them')
}

const partsOf = (output: Answer, redact: (text: string) => string): string[] => {
  const each = (text: string): string => cut(redact(clean(text)), maxEach).replaceAll(/\r?\n|\r/g, '\n    ')
  switch (output.kind) {
    case 'lines':
      return output.lines.slice(0, maxLines).map(({ at, line, labels }: LogLine) => `${at} ${labelText(labels)} ${each(line)}`)
    case 'series':
      return toText(output.series, { maxSeries, maxPoints }).split('\n')
    case 'objects':
      return output.objects.slice(0, maxObjects).map((one) => each(JSON.stringify(one) ?? ''))
    case 'text':
      return output.text.split('\n').slice(0, maxLines).map(each)
  }
}
