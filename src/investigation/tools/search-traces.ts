import { z } from 'zod'
import { type Tempo, type TraceSummary, traceQl } from '../../datasources/tempo.ts'
import { formatDuration } from '../../datasources/time.ts'
import { duration, percent } from '../../text/number.ts'
import { addUp, selfTimes } from '../../traces/time.ts'
import { asking } from './asking.ts'
import { refused } from './failure.ts'
import { questionText, shownText, why } from './shown.ts'
import type { Tool, ToolAnswer, ToolContext } from './tool.ts'
import { end, type Window, windowOf } from './window.ts'

const input = z.object({
  service: z.string().min(1).max(200).describe('The service whose spans are looked for, as its traces name it.'),
  what: z.enum(['slow', 'errors']).default('slow').describe('Traces with a slow span of the service, or with one that failed.'),
  slower_than_ms: z.number().min(0).max(3_600_000).optional().describe('Milliseconds of the span. Default for slow: 500.'),
  operation: z.string().min(1).max(200).optional().describe('Only spans of this name: "GET /cart".'),
  start: z.string().default('-1h').describe('From when: RFC 3339 or relative (-1h). At most 6 h before end.'),
  end,
  why,
})

type Input = z.infer<typeof input>

const maxWindowSeconds = 6 * 3600
const maxTraces = 50
const shownTraces = 8
/** The slowest, read whole to say where their time went. */
const readWhole = 3
const shownPlaces = 8
const slowMs = 500

export const searchTraces: Tool<Input> = {
  name: 'search_traces',
  description:
    'Finds slow or failing traces of a service in Tempo and says where the time of the slowest went, by service and operation. ' +
    'read_trace shows one of them in full.',
  input,
  needs: 'tempo',
  question: ({ why, service, what }) => questionText(why, `${what === 'errors' ? 'failing' : 'slow'} traces of ${service}`),
  run: (asked, context) => {
    const query = traceQl(questionOf(asked))
    return asking('tempo', context, query, async (tempo) => {
      const window = windowOf(asked, context.clock.now(), maxWindowSeconds)
      if (typeof window === 'string') return refused(query, window)
      return await answerWith(tempo, query, window, context)
    })
  },
}

const questionOf = ({ service, what, slower_than_ms, operation }: Input) => {
  const slowerThan = slower_than_ms ?? (what === 'slow' ? slowMs : undefined)
  return {
    service,
    errors: what === 'errors',
    ...(slowerThan === undefined ? {} : { slowerThan }),
    ...(operation === undefined ? {} : { operation }),
  }
}

const answerWith = async (tempo: Tempo, query: string, { from, to }: Window, { signal, redact }: ToolContext): Promise<ToolAnswer> => {
  const { traces, complete } = await tempo.search(query, { from, to, limit: maxTraces, signal })
  const places = await placesOf(tempo, traces.slice(0, readWhole), signal)
  const notes = [
    `${traces.length}${complete ? '' : '+'} traces in ${formatDuration((to.getTime() - from.getTime()) / 1000)} until ${to.toISOString()}, the slowest first`,
    ...(complete ? [] : [`Truncated: Tempo gave any ${maxTraces} of them, perhaps not the slowest. Narrow the time or the duration.`]),
  ]
  const lines = [
    ...traces.slice(0, shownTraces).map((one) => traceText(one, redact)),
    ...(traces.length > shownTraces ? [`… ${traces.length - shownTraces} more traces`] : []),
    ...(places.length === 0
      ? []
      : [`Where the time of the ${Math.min(readWhole, traces.length)} slowest was spent, without what they called:`]),
    ...places
      .slice(0, shownPlaces)
      .map(({ service, operation, ms, share }) => `  ${percent(share)} ${redact(`${service}: ${operation}`)}, ${duration(ms / 1000)}`),
  ]
  return {
    ok: true,
    summary: `${traces.length}${complete ? '' : '+'} traces${traces[0] === undefined ? '' : `, slowest ${duration(traces[0].ms / 1000)}`}`,
    cited: {
      source: 'tempo',
      query,
      range: { from: from.toISOString(), to: to.toISOString() },
      output: { kind: 'objects', objects: [...traces.map(objectOf), ...places] },
      shown: shownText(notes, lines, 'lines'),
      complete,
    },
  }
}

const objectOf = ({ trace, service, name, start, ms, matched }: TraceSummary) => ({
  trace,
  root: service,
  operation: name,
  at: new Date(start).toISOString(),
  ms,
  matched,
})

const traceText = (one: TraceSummary, redact: (text: string) => string): string =>
  `${one.trace} ${new Date(one.start).toISOString()} ${duration(one.ms / 1000)} ${redact(`${one.service}: ${one.name}`)}${one.matched > 1 ? `, ${one.matched} spans fit` : ''}`

type Place = { readonly service: string; readonly operation: string; readonly ms: number; readonly share: number }

/** A trace that cannot be read is left out: the list itself is worth having. */
const placesOf = async (tempo: Tempo, slowest: readonly TraceSummary[], signal: AbortSignal): Promise<Place[]> => {
  const read = await Promise.all(slowest.map(({ trace }) => tempo.trace(trace, { signal }).catch(() => ({ spans: [] }))))
  const segments = read.flatMap(({ spans }) => selfTimes(spans))
  const total = segments.reduce((sum, { ms }) => sum + ms, 0)
  return addUp(segments, ({ service, name }) => JSON.stringify([service, name]))
    .filter(({ ms }) => ms > 0)
    .map(({ key, ms }) => {
      const [service, operation] = JSON.parse(key) as [string, string]
      return { service, operation, ms, share: ms / total }
    })
}
