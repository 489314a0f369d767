import type { Around } from './around.ts'
import { nameOf, ofKind, refOf } from './objects.ts'
import { workloadOf } from './owners.ts'
import { isLive } from './pods.ts'
import { at, listAt, numberAt, textAt, timeAt } from './read.ts'
import { matchesSelector } from './selector.ts'
import type { KubeObject } from './state.ts'
import { label } from './subject.ts'
import { listed, sinceWords, type Trouble } from './trouble.ts'

type Given = { readonly around: Around; readonly labels: Readonly<Record<string, string>> }

/** A budget that may never be touched stops every drain; one whose pods are not well waits for them. */
const NEVER = 0.8
const NOT_NOW = 0.5

/** Budgets that keep pods on a cordoned node: it cannot be drained. */
export const drainTroubles = (given: Given): readonly Trouble[] => {
  const { state } = given.around
  const cordoned = ofKind(state, 'Node').filter((node) => at(node, 'spec', 'unschedulable') === true)
  const shut = ofKind(state, 'PodDisruptionBudget').filter((budget) => numberAt(budget, 'status', 'disruptionsAllowed') === 0)
  return cordoned.flatMap((node) => shut.flatMap((budget) => blocked(given, { node, budget }) ?? []))
}

type Pair = { readonly node: KubeObject; readonly budget: KubeObject }

const blocked = ({ around: { state, concerned }, labels }: Given, { node, budget }: Pair): Trouble | undefined => {
  const pods = ofKind(state, 'Pod').filter(
    (pod) =>
      isLive(pod) &&
      textAt(pod, 'spec', 'nodeName') === node.metadata.name &&
      pod.metadata.namespace === budget.metadata.namespace &&
      matchesSelector(at(budget, 'spec', 'selector'), pod.metadata.labels ?? {}),
  )
  if (pods.length === 0) return undefined
  const [healthy, desired] = [numberAt(budget, 'status', 'currentHealthy') ?? 0, numberAt(budget, 'status', 'desiredHealthy') ?? 0]
  const expected = numberAt(budget, 'status', 'expectedPods') ?? 0
  const isNever = desired >= expected
  const since = timeAt(
    listAt(node, 'spec', 'taints').find((taint) => textAt(taint, 'key') === 'node.kubernetes.io/unschedulable'),
    'timeAdded',
  )
  const workloads = pods.map((pod) => workloadOf(state, pod))
  const name = nameOf(refOf(node))
  const summary = `${nameOf(refOf(budget))} lets no pod of ${listed(workloads)} go (${desired} of ${expected} must be healthy, ${healthy} are): ${name}, cordoned${sinceWords(state, since)}, cannot be drained of ${pods.length} of them.`
  // A budget harms nobody but those who want the node empty.
  const isAbout = label(labels, 'node') === node.metadata.name || concerned.relationOf(refOf(node)) === 'subject'
  return {
    object: refOf(budget),
    relation: isAbout || concerned.relationOf(refOf(budget)) === 'subject' ? 'subject' : 'near',
    category: 'config_change',
    severity: 'medium',
    weight: isNever ? NEVER : NOT_NOW,
    since,
    summary,
    suggestion: isNever
      ? `Allow one disruption, or add a replica: \`kubectl edit pdb ${budget.metadata.name} -n ${budget.metadata.namespace ?? 'default'}\``
      : `See why its pods are not healthy: \`kubectl get pods -n ${budget.metadata.namespace ?? 'default'} -o wide\``,
    explains: [refOf(node), ...workloads],
    objects: [budget, node, ...pods.slice(0, 3)],
    shown: [summary],
  }
}
