import type { KubeObject } from '../../../src/kubernetes/state.ts'

/**
 * One cluster at one moment, as the API server gives it, and what an experienced engineer would say about the alert. Written without
 * looking at the rules. Secrets are not among the objects: the ServiceAccount that reads may not get them.
 */
export type FaultCase = {
  readonly name: string
  readonly variant: string
  /** ISO; when somebody looks. Nothing in the cluster is later. */
  readonly now: string
  /** `for`: seconds that the rule's expression held before it fired. */
  readonly alert: { readonly labels: Readonly<Record<string, string>>; readonly startsAt: string; readonly for: number }
  readonly objects: readonly KubeObject[]
  /** By `namespace/pod/container`; what is not here has an empty log. */
  readonly logs: Readonly<Record<string, ContainerLog>>
  /** Null: nothing here is to be accused. */
  readonly expected: Expected | null
}

export type ContainerLog = { readonly current: readonly string[]; readonly previous: readonly string[] }

export type Expected = {
  readonly object: ObjectName
  /** What an engineer would let pass as the same answer, such as the Deployment whose pods are meant. */
  readonly alsoAcceptable: readonly ObjectName[]
  /** One of them matches the summary of whoever has understood the cause. */
  readonly cause: readonly RegExp[]
}

export type ObjectName = { readonly kind: string; readonly namespace?: string; readonly name: string }

export const sameObject = (a: ObjectName, b: ObjectName): boolean =>
  a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '')
