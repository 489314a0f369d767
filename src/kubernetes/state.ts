/** One object as the Kubernetes API gives it. Whatever stands below `spec`, `status` and the like is read with care: it is not ours. */
export type KubeObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
    readonly creationTimestamp?: string
    readonly deletionTimestamp?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly {
      readonly apiVersion?: string
      readonly kind: string
      readonly name: string
      readonly uid?: string
    }[]
    readonly [field: string]: unknown
  }
  readonly spec?: Readonly<Record<string, unknown>>
  readonly status?: Readonly<Record<string, unknown>>
  /** Where a kind keeps its content beside spec and status: an Event's reason, an Endpoints' subsets, a StorageClass' provisioner. */
  readonly [field: string]: unknown
}

/** The objects around an alert's subject, as they were read together: those of its namespace, nodes, and what has no namespace. */
export type ClusterState = {
  readonly at: Date
  /** The namespaces that were read: of others nothing can be said to be missing. Absent: all of them. */
  readonly namespaces?: readonly string[]
  /** Of all kinds, events among them; sorted by kind, namespace and name. */
  readonly objects: readonly KubeObject[]
  /** Kinds that could not be read or not to their end, with the reason: of these nothing can be said to be missing. */
  readonly unread: readonly { readonly kind: string; readonly reason: string }[]
  /** The last lines of a container's log, oldest first; `previous`: of the run before. Throws what the client throws. */
  logs(container: ContainerOfPod, options: { readonly previous: boolean; readonly lines: number }): Promise<readonly string[]>
}

export type ContainerOfPod = { readonly namespace: string; readonly pod: string; readonly container: string }
