import type { z } from 'zod'
import { InputError } from '../../errors.ts'
import { type Action, action } from './action.ts'
import { patchStep } from './mark.ts'
import { cordoned, isCordoned, type NodeLive, nodeParams, readNode, sameNode, takesPods } from './node.ts'
import { kubectl } from './workload.ts'

const own: Action<z.infer<typeof nodeParams>, NodeLive> = {
  kind: 'cordon_node',
  about: 'Keeps new pods from a node; those that run there stay',
  params: nodeParams,
  idempotent: false,
  timeoutSeconds: 60,
  rights: [{ verb: 'patch', kind: 'Node', isTarget: true }],
  target: ({ name }) => ({ kind: 'Node', name }),
  read: readNode,
  plan: ({ name }, { node, others, cluster }, id) => {
    if (isCordoned(node)) throw new InputError(`node ${name} is cordoned already`)
    const left = others.filter(takesPods).length
    return {
      title: `Cordon node ${name}`,
      change: [],
      risk: left === 0 ? 'HIGH' : left === 1 ? 'MEDIUM' : 'LOW',
      why: [
        left === 0
          ? 'no other node takes pods: what is restarted then stays pending'
          : `${left} other ${left === 1 ? 'node takes' : 'nodes take'} pods`,
        'reversible, and no pod is touched',
      ],
      notes: ['Not known: whether the others have room for what comes'],
      preconditions: sameNode(node),
      steps: [patchStep(node, id, [{ op: 'add', path: '/spec/unschedulable', value: true }])],
      ...cordoned(name),
      command: `${kubectl(cluster)} cordon ${name}`,
    }
  },
}

export const cordonNode = action(own)
