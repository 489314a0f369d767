import { z } from 'zod'
import type { Kubernetes } from '../../datasources/kubernetes.ts'
import { ownerOf, templateOf } from '../../kubernetes/owners.ts'
import { listAt, numberAt, recordAt, textAt } from '../../kubernetes/read.ts'
import { rolloutsOf } from '../../kubernetes/rollouts.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { clean } from '../../text/clean.ts'
import { cut } from '../../text/cut.ts'
import { refused } from './failure.ts'
import { askingKubernetes, kubectl, readable } from './kubectl.ts'
import { questionText, shownText, why } from './shown.ts'
import type { Tool, ToolAnswer, ToolContext } from './tool.ts'

const input = z.object({
  kind: z.enum(['deployment', 'statefulset', 'daemonset', 'rollout']).default('deployment').describe('What kind of workload.'),
  namespace: z.string().max(253).describe('Where it is.'),
  name: z.string().max(253).describe('The workload.'),
  why,
})

type Input = z.infer<typeof input>

/** Revisions of one namespace that are looked through for those of one workload. */
const MOST = 1000

export const rolloutHistory: Tool<Input> = {
  name: 'rollout_history',
  description:
    'Lists the revisions that Kubernetes keeps of a workload, newest first: when each was made, its images, its replicas now, and what changed ' +
    'against the one before. Tells whether, when and what was rolled out. A Deployment keeps ten by default.',
  input,
  needs: 'kubernetes',
  question: ({ why, ...asked }) => questionText(why, kubectl('rollout history', asked)),
  run: ({ why: _, ...asked }, context) => {
    const query = kubectl('rollout history', asked)
    return askingKubernetes(context, query, async (kubernetes) => {
      const kind = readable(asked)
      if (typeof kind === 'string') return refused(query, kind)
      return await answerWith(kubernetes, { ...asked, owner: kind.kind, query }, context)
    })
  },
}

type Asked = Omit<Input, 'why'> & { readonly owner: string; readonly query: string }

const answerWith = async (kubernetes: Kubernetes, asked: Asked, { clock, signal, redact }: ToolContext): Promise<ToolAnswer> => {
  const { namespace, name, owner, query } = asked
  const setKind = owner === 'Deployment' || owner === 'Rollout' ? 'ReplicaSet' : 'ControllerRevision'
  const { objects, complete } = await kubernetes.list(setKind, { namespace, most: MOST, signal })
  const own = objects.filter((object) => {
    const ref = ownerOf(object)
    return ref?.kind === owner && ref.name === name
  })
  const sets = own.toSorted((a, b) => revisionOf(b) - revisionOf(a) || (a.metadata.name < b.metadata.name ? -1 : 1))
  const changes = new Map(
    rolloutsOf({ at: clock.now(), objects: own, unread: [], logs: async () => [] }).map((rollout) => [rollout.revision, rollout]),
  )
  const lines = sets.map((set) => {
    const change = changes.get(revisionOf(set))
    const what = change === undefined ? '' : `, ${change.previous ?? 'nothing before'} -> ${change.version ?? 'another template'}`
    const cause = set.metadata.annotations?.['kubernetes.io/change-cause']
    return redact(`${lineOf(set)}${what}${cause === undefined ? '' : `, cause "${cut(clean(cause), 200)}"`}`)
  })
  return {
    ok: true,
    summary: `${sets.length} ${sets.length === 1 ? 'revision' : 'revisions'}`,
    cited: {
      source: 'kubernetes',
      query,
      range: { from: null, to: clock.now().toISOString() },
      output: { kind: 'objects', objects: sets },
      shown: shownText(
        [
          `${sets.length} revisions of ${owner} ${namespace}/${name}, newest first`,
          ...(complete ? [] : [`Truncated: of the first ${MOST} of the namespace.`]),
        ],
        lines,
        'revisions',
      ),
      complete,
    },
  }
}

const revisionOf = (set: KubeObject): number => {
  const { annotations = {} } = set.metadata
  return Number(
    annotations['deployment.kubernetes.io/revision'] ?? annotations['rollout.argoproj.io/revision'] ?? numberAt(set, 'revision') ?? 0,
  )
}

const lineOf = (set: KubeObject): string => {
  const template = set.kind === 'ControllerRevision' ? recordAt(set, 'data', 'spec', 'template') : templateOf(set)
  const images = listAt(template, 'spec', 'containers').map((container) => textAt(container, 'image'))
  const replicas = numberAt(set, 'spec', 'replicas')
  const state = replicas === null ? '' : `, ${numberAt(set, 'status', 'readyReplicas') ?? 0}/${replicas} ready`
  return `revision ${revisionOf(set)}, made ${set.metadata.creationTimestamp ?? 'at an unknown time'} (${set.metadata.name})${state}, ${images.join(' ')}`
}
