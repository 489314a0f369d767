import type { z } from 'zod'
import { InputError } from '../../errors.ts'
import { type Action, action } from './action.ts'
import { patchStep } from './mark.ts'
import { illsOf, isCordoned, type NodeLive, nodeParams, readNode, sameNode } from './node.ts'
import { kubectl } from './workload.ts'

const own: Action<z.infer<typeof nodeParams>, NodeLive> = {
  kind: 'uncordon_node',
  about: 'Lets a cordoned node take new pods again',
  params: nodeParams,
  idempotent: false,
  timeoutSeconds: 60,
  rights: [{ verb: 'patch', kind: 'Node', isTarget: true }],
  target: ({ name }) => ({ kind: 'Node', name }),
  read: readNode,
  plan: ({ name }, { node, cluster }, id) => {
    if (!isCordoned(node)) throw new InputError(`node ${name} is not cordoned`)
    const ills = illsOf(node)
    return {
      title: `Uncordon node ${name}`,
      change: [],
      risk: ills.length > 0 ? 'MEDIUM' : 'LOW',
      why: [
        ills.length > 0 ? `it is ${ills.join(', ')}: what comes there may not run` : 'it is ready',
        'reversible, and no pod is touched',
      ],
      notes: ['Not known: why somebody cordoned it', 'Pods that left it do not come back by themselves'],
      preconditions: sameNode(node),
      steps: [patchStep(node, id, [{ op: 'replace', path: '/spec/unschedulable', value: false }])],
      undo: { entry: 'cordon_node', params: { name } },
      command: `${kubectl(cluster)} uncordon ${name}`,
    }
  },
}

export const uncordonNode = action(own)
