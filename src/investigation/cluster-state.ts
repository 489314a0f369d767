import { conditionsOf } from '../kubernetes/condition.ts'
import { type KindName, kinds } from '../kubernetes/kinds.ts'
import { keyOf, refOf } from '../kubernetes/objects.ts'
import { templateOf } from '../kubernetes/owners.ts'
import { listAt, textAt } from '../kubernetes/read.ts'
import type { ClusterState, KubeObject } from '../kubernetes/state.ts'
import { label } from '../kubernetes/subject.ts'
import { compare } from '../text/compare.ts'
import { openReading, type Reading, type ReadingOptions } from './cluster-reading.ts'

export type Asked = ReadingOptions & {
  /** Of the alert. */
  readonly labels: Readonly<Record<string, string>>
  readonly subject: string | null
}

/**
 * Reads the objects around an alert, all kinds side by side: those of its namespace (where it names none: of the namespaces that have
 * something of the subject's name), of the namespaces that these address, of its node; nodes and what else has no namespace. What
 * cannot be read is named in `unread`. Throws TransientError when neither pods nor events nor nodes could be read, or time is over.
 */
export const readClusterState = async (asked: Asked): Promise<ClusterState> => {
  const { kubernetes, clock, signal, labels } = asked
  const reading = openReading(asked)
  try {
    const node = label(labels, 'node') ?? label(labels, 'nodename')
    const [global, near, hosted] = await Promise.all([
      readGlobal(reading),
      namespacesOf(reading, asked).then((found) => readNamespaces(reading, found, NAMESPACED)),
      node === undefined ? [] : podsOn(reading, [node]),
    ])
    const [beside, onNodes] = await Promise.all([
      readNamespaces(reading, addressedIn(near.objects, { global, read: near.namespaces }), NEIGHBOURS),
      podsOn(
        reading,
        [...new Set([...nodesMeant(global, asked), ...nodesIll(global, near.objects)])].filter((name) => name !== node),
      ),
    ])
    reading.check()
    return {
      at: clock.now(),
      namespaces: [...near.namespaces, ...beside.namespaces].toSorted(),
      objects: inOrder([...global, ...near.objects, ...hosted, ...beside.objects, ...onNodes]),
      unread: reading.unread(),
      logs: async (container, options) => (await kubernetes.logs(container, { ...options, signal })).map(({ line }) => line),
    }
  } finally {
    reading.end()
  }
}

const NAMESPACED: readonly KindName[] = kinds.filter(({ namespaced }) => namespaced).map(({ kind }) => kind)
const GLOBAL: readonly KindName[] = kinds.filter(({ namespaced }) => !namespaced).map(({ kind }) => kind)

/** Of a namespace that only the alert's own one addresses: enough to see whether what is called there works. */
const NEIGHBOURS: readonly KindName[] = [
  ...(['Pod', 'Service', 'EndpointSlice', 'Endpoints', 'Event', 'NetworkPolicy'] as const),
  ...(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'] as const),
]

/** More namespaces than this are not read: each costs a question a kind. */
const MOST_NAMESPACES = 3

/** Events of nodes stand in the namespace `default`, because nodes have none. */
const readGlobal = async (reading: Reading): Promise<readonly KubeObject[]> =>
  (
    await Promise.all([
      ...GLOBAL.map((kind) => reading.list(kind)),
      reading.list('Event', { namespace: 'default', fields: { 'involvedObject.kind': 'Node' } }),
      // The cluster's own DNS, which everybody calls and nobody addresses; who may read one namespace alone does without.
      reading.aside('Pod', { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' }, most: 20 }),
    ])
  ).flat()

type Read = { readonly namespaces: readonly string[]; readonly objects: readonly KubeObject[] }

const readNamespaces = async (reading: Reading, namespaces: readonly string[], of: readonly KindName[]): Promise<Read> => {
  const found = await Promise.all(namespaces.flatMap((namespace) => of.map((kind) => reading.list(kind, { namespace }))))
  return { namespaces, objects: found.flat() }
}

const namespacesOf = async (reading: Reading, { labels, subject }: Asked): Promise<readonly string[]> => {
  const namespace = label(labels, 'namespace')
  if (namespace !== undefined) return [namespace]
  const pod = label(labels, 'pod')
  const found = pod === undefined ? [] : await reading.list('Pod', { fields: { 'metadata.name': pod } })
  if (found.length > 0) return commonest(found)
  const name = subject?.split('/').at(-1) ?? label(labels, 'service') ?? label(labels, 'app')
  return name === undefined ? [] : commonest(await named(reading, name))
}

/** In all namespaces: what has the name, else pods that carry it as a label. */
const named = async (reading: Reading, name: string): Promise<readonly KubeObject[]> => {
  const of: readonly KindName[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Service', 'Rollout']
  const isLabel = /^[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/.test(name)
  const keys = isLabel ? ['app.kubernetes.io/name', 'app'] : []
  const [direct, labelled] = await Promise.all([
    Promise.all(of.map((kind) => reading.list(kind, { fields: { 'metadata.name': name }, most: 50 }))),
    Promise.all(keys.map((key) => reading.list('Pod', { labels: { [key]: name }, most: 100 }))),
  ])
  const found = direct.flat()
  return found.length > 0 ? found : labelled.flat()
}

/** The namespaces of most of them, the first by name where they tie. */
const commonest = (objects: readonly KubeObject[]): readonly string[] =>
  [...Map.groupBy(objects, ({ metadata }) => metadata.namespace ?? '')]
    .filter(([namespace]) => namespace !== '')
    .toSorted(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
    .slice(0, MOST_NAMESPACES)
    .map(([namespace]) => namespace)

/** The nodes of the alert: by the subject, or by an address that an exporter on it was asked at. */
const nodesMeant = (global: readonly KubeObject[], { labels, subject }: Asked): readonly string[] => {
  const wanted = [subject, labels['instance']?.replace(/:\d+$/, '')]
  return global
    .filter(({ kind }) => kind === 'Node')
    .filter((node) =>
      [node.metadata.name, ...listAt(node, 'status', 'addresses').map((one) => textAt(one, 'address'))].some((name) =>
        wanted.includes(name),
      ),
    )
    .map(({ metadata }) => metadata.name)
}

/** Nodes that are not well, those first that have pods of what was read: all that stands on them is concerned. */
const nodesIll = (global: readonly KubeObject[], near: readonly KubeObject[]): readonly string[] => {
  const hosts = new Set(near.map((object) => textAt(object, 'spec', 'nodeName')))
  const names = global.filter((object) => object.kind === 'Node' && isIll(object)).map(({ metadata }) => metadata.name)
  return [...names.filter((name) => hosts.has(name)).toSorted(), ...names.filter((name) => !hosts.has(name)).toSorted()].slice(
    0,
    MOST_NODES,
  )
}

const MOST_NODES = 5

const isIll = (node: KubeObject): boolean =>
  conditionsOf(node).some(({ type, status }) =>
    type === 'Ready' ? status !== 'True' : /Pressure$|^NetworkUnavailable$/.test(type) && status === 'True',
  )

const podsOn = async (reading: Reading, nodes: readonly string[]): Promise<readonly KubeObject[]> =>
  (await Promise.all(nodes.map((name) => reading.list('Pod', { fields: { 'spec.nodeName': name } })))).flat()

/** The namespaces whose services stand in what was read, in environment, arguments or events: `name.namespace`, as DNS has it. */
const addressedIn = (
  objects: readonly KubeObject[],
  { global, read }: { global: readonly KubeObject[]; read: readonly string[] },
): readonly string[] => {
  const known = new Set(global.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name))
  for (const name of read) known.delete(name)
  const counts = new Map<string, number>()
  for (const text of objects.flatMap(textsOf))
    for (const [, namespace = ''] of text.matchAll(/(?<![\w.-])[a-z0-9][a-z0-9-]*\.([a-z0-9][a-z0-9-]*)(?![\w-])/g))
      if (known.has(namespace)) counts.set(namespace, (counts.get(namespace) ?? 0) + 1)
  return [...counts]
    .toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, MOST_NAMESPACES)
    .map(([namespace]) => namespace)
}

/** Events name what could not be reached: a webhook that gave no answer. */
const textsOf = (object: KubeObject): readonly string[] => {
  if (object.kind === 'Event') return [textAt(object, 'message') || textAt(object, 'note')]
  const made = templateOf(object)
  return [...listAt(made, 'spec', 'containers'), ...listAt(made, 'spec', 'initContainers')].flatMap((container) => [
    ...listAt(container, 'env').map((one) => textAt(one, 'value')),
    ...[...listAt(container, 'args'), ...listAt(container, 'command')].filter((one) => typeof one === 'string'),
  ])
}

/** One object once, by kind, namespace and name. */
export const inOrder = (objects: readonly KubeObject[]): readonly KubeObject[] => {
  const byKey = new Map(objects.map((object) => [keyOf(refOf(object)), object]))
  return [...byKey].toSorted(([a], [b]) => compare(a, b)).map(([, object]) => object)
}
