import { z } from 'zod'
import type { Kubernetes } from '../../datasources/kubernetes.ts'
import { listAt, numberAt, textAt } from '../../kubernetes/read.ts'
import type { LogLine } from '../../logs/line.ts'
import { refused } from './failure.ts'
import { askingKubernetes, readable } from './kubectl.ts'
import { linesText } from './log-lines.ts'
import { questionText, shownText, why } from './shown.ts'
import type { Tool, ToolAnswer, ToolContext } from './tool.ts'

const input = z.object({
  namespace: z.string().max(253).describe('Where the pod is.'),
  pod: z.string().max(253).describe('Its whole name, as kubernetes_get lists it.'),
  container: z.string().max(253).optional().describe('Without it the one that restarted most, else the first.'),
  previous: z.boolean().default(false).describe('Of the run before: what a container said before it crashed.'),
  lines: z.number().int().min(1).max(1000).default(200).describe('The last so many lines.'),
  why,
})

type Input = z.infer<typeof input>

export const kubernetesLogs: Tool<Input> = {
  name: 'kubernetes_logs',
  description:
    'Reads the last log lines of a container from Kubernetes itself, with previous: true those of the run before a restart or a crash. Few come ' +
    'as they are, many as the kinds of statements that wrote them. For more than one pod, or for a time, ask query_logs where it is offered.',
  input,
  needs: 'kubernetes',
  question: (asked) => questionText(asked.why, queryOf(asked, asked.container)),
  run: (asked, context) => {
    const query = queryOf(asked, asked.container)
    return askingKubernetes(context, query, async (kubernetes) => {
      for (const name of [asked.pod, asked.container ?? 'x']) {
        const kind = readable({ kind: 'pod', namespace: asked.namespace, name })
        if (typeof kind === 'string') return refused(query, kind)
      }
      const containers = asked.container === undefined ? await containersOf(kubernetes, asked, context.signal) : [asked.container]
      const [container] = containers
      if (container === undefined) return refused(query, `there is no pod ${asked.pod} in ${asked.namespace} now`)
      return await answerWith(kubernetes, { ...asked, container, others: containers.slice(1) }, context)
    })
  },
}

const queryOf = ({ namespace, pod, previous, lines }: Input, container: string | undefined): string =>
  `kubectl logs -n ${namespace} ${pod}${container === undefined ? '' : ` -c ${container}`}${previous ? ' --previous' : ''} --tail ${lines}`

/** The containers of a pod, the one with most restarts first, else in the pod's order. */
const containersOf = async (kubernetes: Kubernetes, { namespace, pod }: Input, signal: AbortSignal): Promise<readonly string[]> => {
  const object = await kubernetes.get('Pod', { namespace, name: pod, signal })
  const statuses = [...listAt(object, 'status', 'containerStatuses'), ...listAt(object, 'status', 'initContainerStatuses')]
  const restarts = (name: string): number =>
    numberAt(
      statuses.find((status) => textAt(status, 'name') === name),
      'restartCount',
    ) ?? 0
  return [...listAt(object, 'spec', 'containers'), ...listAt(object, 'spec', 'initContainers')]
    .map((container) => textAt(container, 'name'))
    .filter((name) => name !== '')
    .toSorted((a, b) => restarts(b) - restarts(a))
}

type Asked = Input & { readonly container: string; readonly others: readonly string[] }

const answerWith = async (kubernetes: Kubernetes, asked: Asked, { clock, signal, redact }: ToolContext): Promise<ToolAnswer> => {
  const { namespace, pod, container, previous, lines: most, others } = asked
  const read = await kubernetes.logs({ namespace, pod, container }, { previous, lines: most, signal })
  const now = clock.now().toISOString()
  const labels = { namespace, pod, container }
  const lines: LogLine[] = read.map(({ at, line }) => ({ at: at ?? now, line, labels })).toReversed()
  const isCut = read.length >= most
  const times = read.some(({ at }) => at === null) ? 'without times' : `from ${lines.at(-1)?.at ?? ''} to ${lines[0]?.at ?? ''}`
  const notes = [
    `${lines.length} lines of ${pod}, container ${container}${previous ? ', the run before' : ''}${lines.length === 0 ? '' : `, ${times}, newest first`}`,
    ...(isCut ? [`Truncated: the last ${most} lines. There may be older ones.`] : []),
    ...(others.length === 0 ? [] : [`The pod has also ${others.join(', ')}.`]),
  ]
  return {
    ok: true,
    summary: `${lines.length} ${lines.length === 1 ? 'line' : 'lines'}`,
    cited: {
      source: 'kubernetes',
      query: queryOf(asked, container),
      range: { from: lines.at(-1)?.at ?? null, to: now },
      output: { kind: 'lines', lines },
      shown: shownText(notes, linesText(lines, redact), 'lines, all older,'),
      complete: !isCut,
    },
  }
}
