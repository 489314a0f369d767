import { z } from 'zod'
import { InputError } from '../../errors.ts'
import { conditionsOf } from '../../kubernetes/condition.ts'
import { at } from '../../kubernetes/read.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { objectName, type Planned, type Reading } from './action.ts'
import { readAll } from './workload.ts'

export const nodeParams = z.strictObject({ name: objectName.describe('of the node') })

export type NodeLive = { readonly node: KubeObject; readonly others: readonly KubeObject[]; readonly cluster: string }

/** The live node and all others. Throws InputError where there is none of that name. */
export const readNode = async ({ name }: z.infer<typeof nodeParams>, reading: Reading): Promise<NodeLive> => {
  const nodes = await readAll('Node', undefined, reading)
  const node = nodes.find((one) => one.metadata.name === name)
  if (node === undefined) throw new InputError(`there is no node ${name} in ${reading.cluster}`)
  return { node, others: nodes.filter((one) => one !== node), cluster: reading.cluster }
}

export const isCordoned = (node: KubeObject): boolean => at(node, 'spec', 'unschedulable') === true

/** Ready, open for new pods, and not one of those that run the cluster itself. */
export const takesPods = (node: KubeObject): boolean =>
  !isCordoned(node) && !isControlPlane(node) && conditionsOf(node).some(({ type, status }) => type === 'Ready' && status === 'True')

export const isControlPlane = ({ metadata: { labels = {} } }: KubeObject): boolean =>
  'node-role.kubernetes.io/control-plane' in labels || 'node-role.kubernetes.io/master' in labels

/** What is wrong with a node, in its own words: "MemoryPressure", "not Ready". */
export const illsOf = (node: KubeObject): string[] =>
  conditionsOf(node).flatMap(({ type, status }) =>
    type === 'Ready' ? (status === 'True' ? [] : ['not Ready']) : status === 'True' && type.endsWith('Pressure') ? [type] : [],
  )

/** What an action leaves of a node that it cordons, and what takes that back. */
export const cordoned = (name: string): Required<Pick<Planned, 'undo' | 'leaves'>> => {
  const undo = { entry: 'uncordon_node', params: { name } }
  return { undo, leaves: { what: `node ${name} takes no new pods`, back: undo } }
}

/** Nodes have no generation: their uid is what is theirs, and whether they were cordoned. */
export const sameNode = (node: KubeObject) => ({ uid: node.metadata.uid ?? '', cordoned: isCordoned(node) })
