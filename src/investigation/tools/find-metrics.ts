import { z } from 'zod'
import type { MetricMeta, Prometheus } from '../../datasources/prometheus.ts'
import { formatDuration } from '../../datasources/time.ts'
import { cut } from '../../text/cut.ts'
import { asking } from './asking.ts'
import { refused } from './failure.ts'
import { questionText, shownText } from './shown.ts'
import type { Tool, ToolAnswer, ToolContext } from './tool.ts'

const input = z.object({
  words: z
    .string()
    .describe('What is looked for, in words: "checkout latency", "connection pool waiting". Each narrows the order, none is needed.'),
  namespace: z.string().optional().describe('Only metrics that have series in this namespace.'),
  service: z.string().optional().describe('Only metrics that have series with this value of the label `service`.'),
  why: z.string().optional().describe('The question in a few plain words, for the people who watch: "Metrics of the pool".'),
})

type Input = z.infer<typeof input>

const maxNames = 40
/** Of so many the labels are asked for as well, one small question each. */
const maxLabelled = 8
/** A metric that has been gone for an hour helps nobody. */
const windowSeconds = 3600

export const findMetrics: Tool<Input> = {
  name: 'find_metrics',
  description:
    'Finds metrics by words: names that Prometheus had samples of in the last hour, the best match first, with type, help and, for the first ' +
    'ones, their labels. Use it before writing PromQL for a system whose metrics you do not know.',
  input,
  needs: 'prometheus',
  question: ({ why, words }) => questionText(why, `Metrics about ${words}`),
  run: (asked, context) => {
    const query = queryOf(asked)
    return asking('prometheus', context, query, async (prometheus) => {
      const words = wordsOf(asked.words)
      if (words.length === 0) return refused(query, 'there is no word to look for')
      return await answerOf({ asked, words, query }, prometheus, context)
    })
  },
}

/** Names split where people and programs split them: `http_requests`, `PodLatencyP90`. One and many are the same word. */
const wordsOf = (text: string): string[] => [
  ...new Set(
    text
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .map((word) => word.replace(/ies$/, 'y').replace(/([^s])s$/, '$1'))
      .filter((word) => word.length > 1),
  ),
]

const matcherOf = ({ namespace, service }: Input): string | null => {
  const pairs = Object.entries({ namespace, service }).flatMap(([name, value]) => (value ? [`${name}=${JSON.stringify(value)}`] : []))
  return pairs.length === 0 ? null : `{${pairs.join(',')}}`
}

const queryOf = (asked: Input): string =>
  `metrics about ${JSON.stringify(asked.words)}${matcherOf(asked) === null ? '' : ` of ${matcherOf(asked)}`}`

type Question = { readonly asked: Input; readonly words: readonly string[]; readonly query: string }

const answerOf = async ({ asked, words, query }: Question, prometheus: Prometheus, { clock, signal }: ToolContext): Promise<ToolAnswer> => {
  const to = clock.now()
  const from = new Date(to.getTime() - windowSeconds * 1000)
  const match = matcherOf(asked)
  const [names, metadata] = await Promise.all([
    prometheus.labelValues('__name__', { from, to, signal, ...(match === null ? {} : { match }) }),
    // Types and help are an ornament: Mimir may not have them, Thanos not all.
    prometheus.metadata({ signal }).catch((): ReadonlyMap<string, MetricMeta> => new Map()),
  ])
  const found = ranked(names, metadata, words)
  const kept = found.slice(0, maxNames)
  const labels = await Promise.all(
    kept.slice(0, maxLabelled).map(({ name }) =>
      prometheus.labelNames({
        match: `{__name__=${JSON.stringify(name)}${match === null ? '' : `,${match.slice(1, -1)}`}}`,
        from,
        to,
        signal,
      }),
    ),
  )
  const objects = kept.map((one, at) => ({ ...one, labels: (labels[at] ?? []).filter((name) => name !== '__name__') }))
  const notes = [`${found.length} of ${names.length} metrics of the last ${formatDuration(windowSeconds)} match ${words.join(', ')}`]
  if (found.length > kept.length)
    notes.push(`Truncated: the best ${kept.length} of ${found.length}. Use more words, a namespace or a service.`)
  return {
    ok: true,
    summary: `${found.length} metrics`,
    cited: {
      source: 'prometheus',
      query,
      range: { from: from.toISOString(), to: to.toISOString() },
      output: { kind: 'objects', objects },
      shown: shownText(notes, objects.map(lineOf), 'metrics'),
      complete: found.length === kept.length,
    },
  }
}

type Found = { readonly name: string; readonly type: string | null; readonly help: string | null }

/** By how many words the name has, then its help; ties by name. */
const ranked = (names: readonly string[], metadata: ReadonlyMap<string, MetricMeta>, words: readonly string[]): Found[] =>
  names
    .map((name) => {
      // A histogram's metadata stands under its bare name.
      const meta = metadata.get(name) ?? metadata.get(name.replace(/_(bucket|count|sum|total)$/, ''))
      const parts = wordsOf(name)
      const [own, help] = [hits(words, parts), hits(words, wordsOf(meta?.help ?? ''))]
      return { found: { name, type: meta?.type ?? null, help: meta?.help ?? null }, score: 3 * own + help }
    })
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score || (a.found.name < b.found.name ? -1 : 1))
    .map(({ found }) => found)

/** "requests" finds `request`, "conn" finds `connections`: one begins with the other. */
const hits = (words: readonly string[], parts: readonly string[]): number =>
  words.filter((word) => parts.some((part) => part.startsWith(word) || (part.length > 2 && word.startsWith(part)))).length

const lineOf = ({ name, type, help, labels }: Found & { readonly labels: readonly string[] }): string =>
  [
    name,
    ...(type === null ? [] : [`(${type})`]),
    ...(labels.length === 0 ? [] : [`{${cut(labels.join(', '), 200)}}`]),
    ...(help === null || help === '' ? [] : [`: ${cut(help, 120)}`]),
  ].join(' ')
