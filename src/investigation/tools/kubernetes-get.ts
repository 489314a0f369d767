import { stringify } from 'yaml'
import { z } from 'zod'
import type { Kubernetes } from '../../datasources/kubernetes.ts'
import type { Kind } from '../../kubernetes/kinds.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { isTroubled, summaryOf } from '../../kubernetes/summary.ts'
import { refused } from './failure.ts'
import { askingKubernetes, kubectl, readable } from './kubectl.ts'
import { questionText, shownText, why } from './shown.ts'
import type { Tool, ToolAnswer, ToolContext } from './tool.ts'

const input = z.object({
  kind: z.string().max(60).describe('What kind of object: pods, deployments, services, nodes, hpa, pvc …; never secrets.'),
  namespace: z.string().max(253).optional().describe('Without it those of all namespaces.'),
  name: z.string().max(253).optional().describe('One object, whole. Without it a list with one line each.'),
  labels: z.record(z.string(), z.string()).optional().describe('Only objects with these labels: {"app": "checkout"}.'),
  why,
})

type Input = z.infer<typeof input>

/** Lines of a list: more are not read by anybody, and the shown text holds about as many. */
const MOST = 100
/** Objects of a list that are kept whole; of more the specification is left out. */
const WHOLE = 20

export const kubernetesGet: Tool<Input> = {
  name: 'kubernetes_get',
  description:
    'Reads objects of Kubernetes as they are now: one of them whole as YAML, or a list with a line each (state, readiness, restarts, node), those ' +
    'in trouble first. For one object with its conditions and events kubernetes_describe is shorter.',
  input,
  needs: 'kubernetes',
  question: ({ why, ...asked }) => questionText(why, kubectl('get', asked)),
  run: ({ why: _, ...asked }, context) => {
    const kind = readable(asked)
    const query = kubectl('get', asked, typeof kind === 'string' || kind.namespaced)
    return askingKubernetes(context, query, async (kubernetes) => {
      if (typeof kind === 'string') return refused(query, kind)
      if (asked.name === undefined) return await list(kubernetes, { ...asked, query, kind }, context)
      return await one(kubernetes, { ...asked, name: asked.name, query, kind }, context)
    })
  },
}

type Asked = Omit<Input, 'kind' | 'why'> & { readonly kind: Kind; readonly query: string }

const list = async (kubernetes: Kubernetes, { kind, namespace, labels, query }: Asked, context: ToolContext): Promise<ToolAnswer> => {
  const { clock, signal, redact } = context
  const { objects, complete } = await kubernetes.list(kind.kind, { namespace, labels, most: MOST, signal })
  const troubled = objects.filter(isTroubled)
  const ordered = [...troubled, ...objects.filter((object) => !troubled.includes(object))]
  const notes = [
    `${objects.length}${complete ? '' : '+'} ${kind.resource}${troubled.length === 0 ? '' : `, ${troubled.length} in trouble, which come first`}`,
    ...(complete ? [] : [`Truncated: the first ${MOST} by name. There are more: name a namespace or labels.`]),
  ]
  return {
    ok: true,
    summary: `${objects.length}${complete ? '' : '+'} ${kind.resource}`.slice(0, 39),
    cited: {
      source: 'kubernetes',
      query,
      range: { from: null, to: clock.now().toISOString() },
      output: { kind: 'objects', objects: objects.length > WHOLE ? ordered.map(({ spec: _, ...rest }) => rest) : ordered },
      shown: shownText(
        notes,
        ordered.map((object) => redact(lineOf(object))),
        kind.resource,
      ),
      complete,
    },
  }
}

const lineOf = (object: KubeObject): string => {
  const { namespace, name, creationTimestamp } = object.metadata
  const summary = summaryOf(object)
  return `${namespace === undefined ? '' : `${namespace}/`}${name}: ${summary}${summary === '' ? '' : ', '}created ${creationTimestamp ?? 'at an unknown time'}`
}

const one = async (
  kubernetes: Kubernetes,
  { kind, namespace, name, query }: Asked & { name: string },
  context: ToolContext,
): Promise<ToolAnswer> => {
  const { clock, signal, redact } = context
  const object = await kubernetes.get(kind.kind, { name, ...(kind.namespaced ? { namespace } : {}), signal })
  const text =
    object === null
      ? []
      : redact(stringify(read(object), { lineWidth: 0 }))
          .trimEnd()
          .split('\n')
  return {
    ok: true,
    summary: object === null ? 'not there' : 'there',
    cited: {
      source: 'kubernetes',
      query,
      range: { from: null, to: clock.now().toISOString() },
      output: { kind: 'objects', objects: object === null ? [] : [object] },
      shown: shownText([object === null ? `0 ${kind.resource}: there is none of that name` : `1 of ${kind.resource}`], text, 'lines'),
      complete: true,
    },
  }
}

/** Without what only machines read. */
const read = (object: KubeObject): unknown => {
  const { uid: _, resourceVersion: __, generation: ___, selfLink: ____, ...metadata } = object.metadata
  return { ...object, metadata }
}
