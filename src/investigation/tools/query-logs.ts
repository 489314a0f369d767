import { z } from 'zod'
import { guardLogql } from '../../datasources/logql.ts'
import type { Loki } from '../../datasources/loki.ts'
import { formatDuration, parseMoment } from '../../datasources/time.ts'
import { cluster } from '../../logs/cluster.ts'
import type { LogLine } from '../../logs/line.ts'
import type { Labels } from '../../series/series.ts'
import { clean } from '../../text/clean.ts'
import { cut } from '../../text/cut.ts'
import { failed, refused } from './failure.ts'
import { labelText, questionText, shownText } from './shown.ts'
import type { Tool, ToolAnswer, ToolContext } from './tool.ts'

const input = z.object({
  query: z.string().describe('LogQL log query. The stream selector has a label with its value: {app="checkout"} |= "error".'),
  start: z.string().default('-1h').describe('From when: RFC 3339 (2026-11-20T21:51:00Z) or relative to now (-1h). At most 6 h before end.'),
  end: z.string().default('now').describe('Until when, in the same forms.'),
  limit: z.number().int().min(1).max(500).default(100).describe('The newest so many lines.'),
  why: z
    .string()
    .optional()
    .describe('The question in a few plain words, for the people who watch: "Errors of checkout since the deploy".'),
})

type Input = z.infer<typeof input>

/** MISSION 48. */
const maxWindowMs = 6 * 3_600_000
/** A stack trace's head fits; what is longer is a dump, of which the whole is in the stored output. */
const maxLineCharacters = 600
/** More than the longest key, so that what is cut to be shown holds no half of one. */
const maxReadCharacters = 12_000

export const queryLogs: Tool<Input> = {
  name: 'query_logs',
  description:
    'Asks Loki for log lines, newest first. Says when older lines were left out: then nothing can be concluded about what is absent; ' +
    'narrow the time or add line filters (|= "error", |~ "time.?out", != "health").',
  input,
  needs: 'loki',
  question: ({ why, query }) => questionText(why, query),
  run: async (asked, context) => {
    const { query, limit } = asked
    const { loki } = context.sources
    if (!loki) return refused(query, 'Loki is not configured')
    const guarded = guardLogql(query)
    if (!guarded.ok) return refused(query, guarded.reason)
    const window = windowOf(asked, context.clock.now())
    if (typeof window === 'string') return refused(query, window)
    try {
      return await answerWith(loki, query, { ...window, limit, signal: context.signal, redact: context.redact })
    } catch (error) {
      return failed('Loki', query, error)
    }
  },
}

type Window = { readonly from: Date; readonly to: Date; readonly capped: boolean }

/** The window as it will be asked, or why it cannot be. */
const windowOf = ({ start, end }: Input, now: Date): Window | string => {
  const from = parseMoment(start, now)
  const to = parseMoment(end, now)
  if (!from || !to) return `the time ${from ? end : start} is neither RFC 3339 nor relative (-1h)`
  const ms = to.getTime() - from.getTime()
  if (ms <= 0) return `start ${from.toISOString()} is not before end ${to.toISOString()}`
  return ms > maxWindowMs ? { from: new Date(to.getTime() - maxWindowMs), to, capped: true } : { from, to, capped: false }
}

type Asked = Window & Pick<ToolContext, 'signal' | 'redact'> & { readonly limit: number }

const answerWith = async (loki: Loki, query: string, asked: Asked): Promise<ToolAnswer> => {
  const { from, to, capped, limit, signal } = asked
  const answer = await loki.lines(query, { from, to, limit, signal })
  const { lines } = answer
  const notes = [`${lines.length}${answer.complete ? '' : '+'} lines from ${from.toISOString()} to ${to.toISOString()}, newest first`]
  if (capped) notes.push(`The window was cut to the ${formatDuration(maxWindowMs / 1000)} before its end.`)
  if (!answer.complete) notes.push(`Truncated: the newest ${limit} lines, back to ${lines.at(-1)?.at ?? ''}. There are older ones.`)
  const shared = sharedLabels(lines)
  if (lines.length > 0) notes.push(`All from ${labelText(shared)}`)
  notes.push(...kindsOf(lines, asked.redact))
  return {
    ok: true,
    summary: `${lines.length}${answer.complete ? '' : '+'} ${lines.length === 1 ? 'line' : 'lines'}`,
    cited: {
      source: 'loki',
      query,
      range: { from: from.toISOString(), to: to.toISOString() },
      output: { kind: 'lines', lines },
      shown: shownText(
        notes,
        lines.map((line) => lineText(line, shared, asked.redact)),
        'lines, all older,',
      ),
      // A window that was cut cannot tell what is absent in the one that was asked for.
      complete: answer.complete && !capped,
    },
  }
}

/** What fewer lines say is read faster from the lines themselves. */
const worthCounting = 20
const mostKinds = 15

/** How often each statement of the programs occurs: the lines themselves may not all fit. */
const kindsOf = (lines: readonly LogLine[], redact: (text: string) => string): string[] => {
  if (lines.length < worthCounting) return []
  const kinds = cluster(lines)
  const counted = kinds
    .slice(0, mostKinds)
    .map(({ count, text, first, last }) => `  ${count} × ${cut(redact(oneLine(text)), 160)} (${first} to ${last})`)
  const more = kinds.length > mostKinds ? [`  … ${kinds.length - mostKinds} more kinds`] : []
  return [`By kind (<*> stands for what differs):`, ...counted, ...more, 'The lines:']
}

const oneLine = (text: string): string => clean(text).replaceAll(/\s+/g, ' ')

const lineText = ({ at, line, labels }: LogLine, shared: Labels, redact: (text: string) => string): string => {
  const own = Object.entries(labels).filter(([name]) => shared[name] === undefined)
  const from = own.length > 0 ? `${labelText(Object.fromEntries(own))} ` : ''
  // A line break inside a line is indented, so that no line can pass for another one.
  return `${at} ${from}${cut(redact(clean(line.slice(0, maxReadCharacters))), maxLineCharacters).replaceAll(/\r?\n|\r/g, '\n    ')}`
}

const sharedLabels = (lines: readonly LogLine[]): Labels => {
  const [first, ...rest] = lines
  return Object.fromEntries(
    Object.entries(first?.labels ?? {}).filter(([name, value]) => rest.every(({ labels }) => labels[name] === value)),
  )
}
