import { z } from 'zod'
import { isTraceId, type Tempo } from '../../datasources/tempo.ts'
import { duration, percent } from '../../text/number.ts'
import type { Span } from '../../traces/span.ts'
import { addUp, criticalPath, lengthOf, orphansOf, rootsOf, selfTimes, skewedOf } from '../../traces/time.ts'
import { asking } from './asking.ts'
import { refused } from './failure.ts'
import { questionText, shownText, why } from './shown.ts'
import type { Tool, ToolAnswer, ToolContext } from './tool.ts'

const input = z.object({
  trace: z.string().max(64).describe('The id of the trace, hexadecimal, as search_traces or a log line names it.'),
  why,
})

type Input = z.infer<typeof input>

const shownPath = 12
const shownErrors = 8
const shownCalls = 5
/** Of the root's duration; shorter parts of the path decide nothing. */
const leastShare = 0.01
/** Milliseconds between a client's span and the server's under it that are worth a word, and their share of the client's. */
const leastGapMs = 20
const leastGapShare = 0.2

export const readTrace: Tool<Input> = {
  name: 'read_trace',
  description:
    'Shows one trace of Tempo: what its end waited for (critical path), errors with their messages, and calls in which more time passed ' +
    'between client and server than on the server.',
  input,
  needs: 'tempo',
  question: ({ why, trace }) => questionText(why, `trace ${trace}`),
  run: ({ trace }, context) => {
    return asking('tempo', context, trace, async (tempo) => {
      if (!isTraceId(trace)) return refused(trace, 'a trace id has up to 32 hexadecimal digits')
      return await answerWith(tempo, trace.toLowerCase(), context)
    })
  },
}

const answerWith = async (tempo: Tempo, id: string, { signal, redact }: ToolContext): Promise<ToolAnswer> => {
  const { spans, complete } = await tempo.trace(id, { signal })
  const [root] = rootsOf(spans)
  if (root === undefined) return refused(id, 'Tempo has no spans of this trace')
  const orphans = orphansOf(spans).length
  const isWhole = complete && orphans === 0
  return {
    ok: true,
    summary: `${spans.length} spans, ${duration(lengthOf(root) / 1000)}`,
    cited: {
      source: 'tempo',
      query: id,
      range: { from: new Date(root.start).toISOString(), to: new Date(root.end).toISOString() },
      output: { kind: 'objects', objects: objectsOf(spans) },
      shown: shownText(
        notesOf(spans, { root, orphans, complete }),
        linesOf(spans, root, (span) => redact(`${span.service}: ${span.name}`), redact),
        'lines',
      ),
      complete: isWhole,
    },
  }
}

const notesOf = (spans: readonly Span[], { root, orphans, complete }: { root: Span; orphans: number; complete: boolean }): string[] => {
  const skewed = skewedOf(spans).length
  return [
    `${counted(spans.length)}, ${duration(lengthOf(root) / 1000)} from ${new Date(root.start).toISOString()}`,
    ...(complete && orphans === 0
      ? []
      : [`Not whole: the parent of ${counted(orphans)} is not here. Times of single spans hold, sums may not.`]),
    ...(skewed === 0
      ? []
      : [`${counted(skewed)} before the beginning of the parent: clocks differ, so gaps between services are not exact.`]),
  ]
}

const objectsOf = (spans: readonly Span[]) =>
  selfTimes(spans).map(({ span, ms }) => ({
    service: span.service,
    operation: span.name,
    kind: span.kind,
    at: new Date(span.start).toISOString(),
    ms: rounded(lengthOf(span)),
    self_ms: rounded(ms),
    ...(span.error === null ? {} : { error: span.error }),
  }))

const counted = (spans: number): string => `${spans} ${spans === 1 ? 'span' : 'spans'}`

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000

const linesOf = (spans: readonly Span[], root: Span, name: (span: Span) => string, redact: (text: string) => string): string[] => {
  const path = addUp(criticalPath(spans), name).filter(({ ms }) => ms >= leastShare * lengthOf(root))
  const errors = spans.filter((span) => span.error !== null).sort((a, b) => a.start - b.start)
  const gaps = gapsOf(spans)
  return [
    'What its end waited for:',
    ...path.slice(0, shownPath).map(({ key, ms }) => `  ${percent(ms / lengthOf(root))} ${key}, ${duration(ms / 1000)}`),
    errors.length === 0 ? 'No span has an error.' : `${counted(errors.length)} with an error, in order of time:`,
    ...errors.slice(0, shownErrors).map((span) => `  ${name(span)}, ${duration(lengthOf(span) / 1000)}: ${redact(span.error ?? '')}`),
    ...(gaps.length === 0 ? [] : ['Time between client and server (network, queue, connection):']),
    ...gaps
      .slice(0, shownCalls)
      .map(
        ({ client, server, ms }) =>
          `  ${name(client)} to ${redact(server.service)}: ${duration(ms / 1000)} of ${duration(lengthOf(client) / 1000)}`,
      ),
  ]
}

/** Calls whose client waited clearly longer than their server worked. */
const gapsOf = (spans: readonly Span[]) => {
  const byId = new Map(spans.map((span) => [span.id, span]))
  return spans
    .flatMap((server) => {
      const client = server.kind === 'server' ? byId.get(server.parent ?? '') : undefined
      if (client?.kind !== 'client') return []
      const ms = lengthOf(client) - lengthOf(server)
      return ms >= leastGapMs && ms >= leastGapShare * lengthOf(client) ? [{ client, server, ms }] : []
    })
    .sort((a, b) => b.ms - a.ms)
}
