import { z } from 'zod'
import type { Kubernetes, ObjectList } from '../../datasources/kubernetes.ts'
import { describeObject } from '../../kubernetes/describe.ts'
import { eventsAbout } from '../../kubernetes/events.ts'
import type { Kind } from '../../kubernetes/kinds.ts'
import { textsAt } from '../../kubernetes/read.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { isTroubled, summaryOf } from '../../kubernetes/summary.ts'
import { refused } from './failure.ts'
import { askingKubernetes, kubectl, readable } from './kubectl.ts'
import { eventText } from './kubernetes-event.ts'
import { questionText, shownText, why } from './shown.ts'
import type { Tool, ToolAnswer, ToolContext } from './tool.ts'

const input = z.object({
  kind: z.string().max(60).describe('pod, deployment, node, hpa, pvc, service …; never a secret.'),
  namespace: z.string().max(253).optional().describe('Of what has one.'),
  name: z.string().max(253).describe('Its whole name.'),
  why,
})

type Input = z.infer<typeof input>

/** Events of one object and pods of one workload that are asked for, and those of them that are shown. */
const MOST_EVENTS = 200
const SHOWN_EVENTS = 30
const MOST_PODS = 100
const SHOWN_PODS = 15

export const kubernetesDescribe: Tool<Input> = {
  name: 'kubernetes_describe',
  description:
    'Describes one object of Kubernetes as it is now: state, owner, conditions, containers with their state, the end of the run before (exit ' +
    'code, reason), probes and limits, and its events in order of time; of a workload also its pods. A first look at what is wrong with it.',
  input,
  needs: 'kubernetes',
  question: ({ why, ...asked }) => questionText(why, kubectl('describe', asked)),
  run: ({ why: _, ...asked }, context) => {
    const kind = readable(asked)
    const query = kubectl('describe', asked, typeof kind === 'string' || kind.namespaced)
    return askingKubernetes(context, query, async (kubernetes) => {
      if (typeof kind === 'string') return refused(query, kind)
      const { name } = asked
      const namespace = kind.namespaced ? asked.namespace : undefined
      return await answerWith(kubernetes, { kind, query, name, namespace }, context)
    })
  },
}

type Asked = { readonly kind: Kind; readonly query: string; readonly name: string; readonly namespace: string | undefined }

const answerWith = async (kubernetes: Kubernetes, asked: Asked, { clock, signal, redact }: ToolContext): Promise<ToolAnswer> => {
  const { kind, query, name, namespace } = asked
  const fields = { 'involvedObject.kind': kind.kind, 'involvedObject.name': name }
  // Events of what has no namespace stand in `default`.
  const [object, events] = await Promise.all([
    kubernetes.get(kind.kind, { name, namespace, signal }),
    kubernetes.list('Event', { namespace: namespace ?? 'default', fields, most: MOST_EVENTS, signal }),
  ])
  const pods = object === null ? NONE : await podsOf(kubernetes, object, signal)
  const told =
    object === null ? [] : eventsAbout({ at: clock.now(), objects: events.objects, unread: [], logs: async () => [] }, object).toReversed()
  const lines = object === null ? [] : [...describeObject(object), ...podLines(pods)]
  const left = told.length - SHOWN_EVENTS
  const eventLines =
    object === null
      ? []
      : [
          `${told.length} events, oldest first${left > 0 ? `, the newest ${SHOWN_EVENTS}` : ''}:`,
          ...told.slice(-SHOWN_EVENTS).map((event) => `  ${eventText(event)}`),
        ]
  const complete = events.complete && pods.complete
  return {
    ok: true,
    summary: object === null ? 'not there' : `there, ${told.length} events`,
    cited: {
      source: 'kubernetes',
      query,
      range: { from: null, to: clock.now().toISOString() },
      output: {
        kind: 'objects',
        objects: object === null ? [] : [object, ...pods.objects.map(withoutSpec), ...told.map((event) => event.object)],
      },
      shown: shownText(
        object === null
          ? [`0 ${kind.resource}: there is none of that name`]
          : complete
            ? []
            : ['Truncated: not all of its events or pods are here.'],
        [...lines, ...eventLines].map((line) => redact(line)),
        'lines',
      ),
      complete,
    },
  }
}

const NONE: ObjectList = { objects: [], complete: true }

const withoutSpec = ({ spec: _, ...rest }: KubeObject) => rest

const podsOf = async (kubernetes: Kubernetes, object: KubeObject, signal: AbortSignal): Promise<ObjectList> => {
  const { namespace } = object.metadata
  const labels = object.kind === 'Service' ? textsAt(object, 'spec', 'selector') : textsAt(object, 'spec', 'selector', 'matchLabels')
  const hasPods = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Rollout', 'Job', 'Service'].includes(object.kind)
  if (!hasPods || namespace === undefined || Object.keys(labels).length === 0) return NONE
  return kubernetes.list('Pod', { namespace, labels, most: MOST_PODS, signal })
}

const podLines = ({ objects }: ObjectList): readonly string[] => {
  if (objects.length === 0) return []
  const troubled = objects.filter(isTroubled)
  const ordered = [...troubled, ...objects.filter((pod) => !troubled.includes(pod))]
  const left = ordered.length - SHOWN_PODS
  return [
    `${objects.length} pods, ${troubled.length} in trouble:`,
    ...ordered.slice(0, SHOWN_PODS).map((pod) => `  ${pod.metadata.name}: ${summaryOf(pod)}`),
    ...(left > 0 ? [`  … ${left} more`] : []),
  ]
}
