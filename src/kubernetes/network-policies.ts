import { findObject, isRead, ofKind } from './objects.ts'
import { declaredPorts } from './pods.ts'
import { at, listAt, numberAt, textAt, textsAt } from './read.ts'
import { matchesSelector } from './selector.ts'
import type { ClusterState, KubeObject } from './state.ts'

export type Direction = 'Ingress' | 'Egress'

/** One end of a connection: a pod, or what merely has labels and a namespace. */
export type End = { readonly namespace: string | undefined; readonly labels: Readonly<Record<string, string>>; readonly pod?: KubeObject }

export const endOf = (pod: KubeObject): End => ({ namespace: pod.metadata.namespace, labels: pod.metadata.labels ?? {}, pod })

/** The policies that isolate a pod in one direction; none: everything is let through. */
export const isolating = (state: ClusterState, pod: End, direction: Direction): readonly KubeObject[] =>
  ofKind(state, 'NetworkPolicy').filter(
    (policy) =>
      policy.metadata.namespace === pod.namespace &&
      typesOf(policy).includes(direction) &&
      matchesSelector(at(policy, 'spec', 'podSelector') ?? {}, pod.labels),
  )

/** `policyTypes`; without it Ingress always, and Egress where there is such a rule (API reference of NetworkPolicySpec). */
const typesOf = (policy: KubeObject): readonly unknown[] => {
  const types = listAt(policy, 'spec', 'policyTypes')
  return types.length > 0 ? types : at(policy, 'spec', 'egress') === undefined ? ['Ingress'] : ['Ingress', 'Egress']
}

const rulesOf = (policy: KubeObject, direction: Direction): readonly unknown[] =>
  listAt(policy, 'spec', direction === 'Ingress' ? 'ingress' : 'egress')

/** Whether policies together let nothing at all through in a direction. */
export const letNothing = (policies: readonly KubeObject[], direction: Direction): boolean =>
  policies.every((policy) => rulesOf(policy, direction).length === 0)

export type Port = { readonly protocol: string; readonly port: number; readonly name?: string }

export type Attempt = { readonly peer: End; readonly port: Port | null; readonly direction: Direction }

/** What becomes of an attempt: let through, no rule names the peer, or a rule names the peer but not the port. */
export type Verdict = 'allowed' | 'peer' | 'port'

/** Judges a connection by the union of all rules. What cannot be known (an address block, a namespace that was not read) counts as let through. */
export const judge = (state: ClusterState, policies: readonly KubeObject[], attempt: Attempt): Verdict => {
  const matching = policies.flatMap((policy) =>
    rulesOf(policy, attempt.direction).filter((rule) => fitsPeer(state, policy, { rule, attempt })),
  )
  if (matching.length === 0) return 'peer'
  return attempt.port === null || matching.some((rule) => fitsPort(rule, attempt)) ? 'allowed' : 'port'
}

/**
 * Whether no rule lets anybody in on one of the ports: 'port' where a rule names peers that exist but other ports, 'peer' where none of those
 * that rules name exists. Only pods of the policy's own namespace can be said not to exist.
 */
export const lettingNobodyIn = (state: ClusterState, policies: readonly KubeObject[], ports: readonly Port[]): Verdict => {
  const nobody: End = { namespace: undefined, labels: {} }
  const rules = policies.flatMap((policy) => rulesOf(policy, 'Ingress').map((rule) => ({ policy, rule })))
  const reachable = rules.filter(({ policy, rule }) => mayNameSomebody(state, policy, listAt(rule, 'from')))
  if (reachable.length === 0) return 'peer'
  const isOpen = reachable.some(({ rule }) => ports.some((port) => fitsPort(rule, { peer: nobody, port, direction: 'Ingress' })))
  return isOpen ? 'allowed' : 'port'
}

const mayNameSomebody = (state: ClusterState, policy: KubeObject, from: readonly unknown[]): boolean =>
  from.length === 0 ||
  from.some((one) => {
    if (at(one, 'ipBlock') !== undefined || at(one, 'namespaceSelector') !== undefined) return true
    const { namespace } = policy.metadata
    return ofKind(state, 'Pod').some(
      (pod) => pod.metadata.namespace === namespace && matchesSelector(at(one, 'podSelector'), pod.metadata.labels ?? {}),
    )
  })

const fitsPeer = (
  state: ClusterState,
  policy: KubeObject,
  { rule, attempt: { peer, direction } }: { rule: unknown; attempt: Attempt },
): boolean => {
  const peers = listAt(rule, direction === 'Ingress' ? 'from' : 'to')
  return peers.length === 0 || peers.some((one) => fitsOne(state, policy, { one, peer }))
}

const fitsOne = (state: ClusterState, policy: KubeObject, { one, peer }: { one: unknown; peer: End }): boolean => {
  if (at(one, 'ipBlock') !== undefined) return true
  const namespaces = at(one, 'namespaceSelector')
  const pods = at(one, 'podSelector')
  const isThere =
    namespaces === undefined || namespaces === null
      ? peer.namespace === policy.metadata.namespace
      : fitsNamespace(state, namespaces, peer.namespace)
  return isThere && (pods === undefined || pods === null || matchesSelector(pods, peer.labels))
}

const fitsNamespace = (state: ClusterState, selector: unknown, name: string | undefined): boolean => {
  if (name === undefined) return true
  const found = findObject(state, { kind: 'Namespace', name })
  // The API server gives every namespace this label; a namespace that was not read may have any other.
  const labels = { 'kubernetes.io/metadata.name': name, ...found?.metadata.labels }
  if (found !== undefined || onlyAsksName(selector)) return matchesSelector(selector, labels)
  return !isRead(state, 'Namespace') || ofKind(state, 'Namespace').length === 0 || matchesSelector(selector, labels)
}

const onlyAsksName = (selector: unknown): boolean =>
  [...Object.keys(textsAt(selector, 'matchLabels')), ...listAt(selector, 'matchExpressions').map((one) => textAt(one, 'key'))].every(
    (key) => key === 'kubernetes.io/metadata.name',
  )

const fitsPort = (rule: unknown, { port, peer, direction }: Attempt): boolean => {
  const ports = listAt(rule, 'ports')
  if (ports.length === 0 || port === null) return true
  return ports.some((one) => {
    if ((textAt(one, 'protocol') || 'TCP') !== port.protocol) return false
    const wanted = at(one, 'port')
    const end = numberAt(one, 'endPort')
    if (wanted === undefined || wanted === null) return true
    if (typeof wanted === 'number') return end === null ? wanted === port.port : wanted <= port.port && port.port <= end
    // A port by name is one of the pod that is called: the peer's where the connection leaves.
    if (direction === 'Ingress') return wanted === port.name
    return peer.pod === undefined
      ? true
      : declaredPorts(peer.pod).some((declared) => declared.name === wanted && declared.port === port.port)
  })
}
