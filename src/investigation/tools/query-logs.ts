import { z } from 'zod'
import { guardLogql } from '../../datasources/logql.ts'
import type { Loki } from '../../datasources/loki.ts'
import { formatDuration } from '../../datasources/time.ts'
import { labelText } from '../../series/text.ts'
import { asking } from './asking.ts'
import { refused } from './failure.ts'
import { linesText, sharedLabels } from './log-lines.ts'
import { questionText, shownText } from './shown.ts'
import type { Tool, ToolAnswer, ToolContext } from './tool.ts'
import { end, type Window, windowOf } from './window.ts'

const input = z.object({
  query: z.string().describe('LogQL log query. The stream selector has a label with its value: {app="checkout"} |= "error".'),
  start: z.string().default('-1h').describe('From when: RFC 3339 (2026-11-20T21:51:00Z) or relative to now (-1h). At most 6 h before end.'),
  end,
  limit: z.number().int().min(1).max(500).default(100).describe('The newest so many lines.'),
  why: z
    .string()
    .optional()
    .describe('The question in a few plain words, for the people who watch: "Errors of checkout since the deploy".'),
})

type Input = z.infer<typeof input>

/** MISSION 48. */
const maxWindowMs = 6 * 3_600_000

export const queryLogs: Tool<Input> = {
  name: 'query_logs',
  description:
    'Asks Loki for log lines. Few come as they are, many as the kinds of statements that wrote them, each with count, first and last time and an ' +
    'example, and the newest three; open_evidence shows others of them. Says when older lines were left out: then nothing can be concluded about what is absent; ' +
    'narrow the time or add line filters (|= "error", |~ "time.?out", != "health").',
  input,
  needs: 'loki',
  question: ({ why, query }) => questionText(why, query),
  run: (asked, context) => {
    const { query, limit } = asked
    return asking('loki', context, query, async (loki) => {
      const guarded = guardLogql(query)
      if (!guarded.ok) return refused(query, guarded.reason)
      const window = cappedWindowOf(asked, context.clock.now())
      if (typeof window === 'string') return refused(query, window)
      return await answerWith(loki, query, { ...window, limit, signal: context.signal, redact: context.redact })
    })
  },
}

type Capped = Window & { readonly capped: boolean }

/** The window as it will be asked, or why it cannot be. */
const cappedWindowOf = (asked: Input, now: Date): Capped | string => {
  const window = windowOf(asked, now, Number.POSITIVE_INFINITY)
  if (typeof window === 'string') return window
  const { from, to } = window
  const earliest = new Date(to.getTime() - maxWindowMs)
  return from < earliest ? { from: earliest, to, capped: true } : { from, to, capped: false }
}

type Asked = Capped & Pick<ToolContext, 'signal' | 'redact'> & { readonly limit: number }

const answerWith = async (loki: Loki, query: string, asked: Asked): Promise<ToolAnswer> => {
  const { from, to, capped, limit, signal } = asked
  const answer = await loki.lines(query, { from, to, limit, signal })
  const { lines } = answer
  const notes = [`${lines.length}${answer.complete ? '' : '+'} lines from ${from.toISOString()} to ${to.toISOString()}, newest first`]
  if (capped) notes.push(`The window was cut to the ${formatDuration(maxWindowMs / 1000)} before its end.`)
  if (!answer.complete) notes.push(`Truncated: the newest ${limit} lines, back to ${lines.at(-1)?.at ?? ''}. There are older ones.`)
  if (lines.length > 0) notes.push(`All from ${labelText(sharedLabels(lines))}`)
  return {
    ok: true,
    summary: `${lines.length}${answer.complete ? '' : '+'} ${lines.length === 1 ? 'line' : 'lines'}`,
    cited: {
      source: 'loki',
      query,
      range: { from: from.toISOString(), to: to.toISOString() },
      output: { kind: 'lines', lines },
      shown: shownText(notes, linesText(lines, asked.redact), 'lines, all older,'),
      // A window that was cut cannot tell what is absent in the one that was asked for.
      complete: answer.complete && !capped,
    },
  }
}
