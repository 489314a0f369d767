import { z } from 'zod'
import type { Kubernetes } from '../../datasources/kubernetes.ts'
import { eventsOf, type KubeEvent } from '../../kubernetes/events.ts'
import type { Kind } from '../../kubernetes/kinds.ts'
import { refused } from './failure.ts'
import { askingKubernetes, kubectl, readable } from './kubectl.ts'
import { eventText } from './kubernetes-event.ts'
import { questionText, shownText, why } from './shown.ts'
import type { Tool, ToolAnswer, ToolContext } from './tool.ts'
import { end, type Window, windowOf } from './window.ts'

const input = z.object({
  namespace: z.string().max(253).optional().describe('Without it those of all namespaces. Events of nodes stand in "default".'),
  kind: z.string().max(60).optional().describe('Only of objects of this kind: pod, node, replicaset …'),
  name: z.string().max(253).optional().describe('Only of the object of this name; with kind.'),
  warnings: z.boolean().default(false).describe('Only warnings.'),
  start: z.string().default('-2h').describe('From when: RFC 3339 or relative (-30m). An API server keeps events for an hour or so.'),
  end,
  why,
})

type Input = z.infer<typeof input>

/** Events that are asked for: what a namespace in trouble has in an hour. */
const MOST = 1000
const MAX_WINDOW_SECONDS = 7 * 86_400

export const kubernetesEvents: Tool<Input> = {
  name: 'kubernetes_events',
  description:
    'Lists events of Kubernetes in a time, newest first: kills, failed probes, scheduling, image pulls, scaling, evictions. Of a namespace, or of ' +
    'one object. Events are kept for an hour or so: older ones that are missing prove nothing.',
  input,
  needs: 'kubernetes',
  question: (asked) => questionText(asked.why, queryOf(asked)),
  run: (asked, context) => {
    const query = queryOf(asked)
    return askingKubernetes(context, query, async (kubernetes) => {
      const kind = readable({ kind: asked.kind ?? 'events', namespace: asked.namespace ?? 'default', name: asked.name })
      if (typeof kind === 'string') return refused(query, kind)
      if (asked.name !== undefined && asked.kind === undefined) return refused(query, 'a name needs the kind of the object')
      const window = windowOf(asked, context.clock.now(), MAX_WINDOW_SECONDS)
      if (typeof window === 'string') return refused(query, window)
      return await answerWith(kubernetes, { ...asked, query, window, of: asked.kind === undefined ? null : kind }, context)
    })
  },
}

const queryOf = ({ namespace, kind, name, warnings }: Input): string => {
  const fields = [
    ...(kind === undefined ? [] : [`involvedObject.kind=${kind}`]),
    ...(name === undefined ? [] : [`involvedObject.name=${name}`]),
    ...(warnings ? ['type=Warning'] : []),
  ]
  return `${kubectl('get', { kind: 'events', namespace })}${fields.length === 0 ? '' : ` --field-selector ${fields.join(',')}`}`
}

type Asked = Omit<Input, 'kind'> & { readonly query: string; readonly window: Window; readonly of: Kind | null }

const answerWith = async (kubernetes: Kubernetes, asked: Asked, context: ToolContext): Promise<ToolAnswer> => {
  const { namespace, name, warnings, query, window, of } = asked
  const { clock, signal, redact } = context
  const fields = {
    ...(of === null ? {} : { 'involvedObject.kind': of.kind }),
    ...(name === undefined ? {} : { 'involvedObject.name': name }),
    ...(warnings ? { type: 'Warning' } : {}),
  }
  const { objects, complete } = await kubernetes.list('Event', { namespace, fields, most: MOST, signal })
  const events = eventsOf({ at: clock.now(), objects, unread: [], logs: async () => [] }).filter((event) => isIn(event, window))
  const notes = [
    `${events.length}${complete ? '' : '+'} events from ${window.from.toISOString()} to ${window.to.toISOString()}, newest first`,
    ...(complete ? [] : [`Truncated: of ${MOST} read, by name and not by time. Name an object or ask for warnings.`]),
  ]
  return {
    ok: true,
    summary: `${events.length}${complete ? '' : '+'} ${events.length === 1 ? 'event' : 'events'}`,
    cited: {
      source: 'kubernetes',
      query,
      range: { from: window.from.toISOString(), to: window.to.toISOString() },
      output: { kind: 'objects', objects: events.map(({ object }) => object) },
      shown: shownText(
        notes,
        events.map((event) => redact(eventText(event, { withObject: name === undefined }))),
        'events, all older,',
      ),
      complete,
    },
  }
}

const isIn = ({ last, first }: KubeEvent, { from, to }: Window): boolean =>
  last === null || (last.getTime() >= from.getTime() && (first ?? last).getTime() <= to.getTime())
