import { findObject, keyOf, ofKind, type Ref, refOf } from './objects.ts'
import { podsOf, templateOf, workloadOf } from './owners.ts'
import { listAt, textAt, textsAt } from './read.ts'
import { selects } from './selector.ts'
import type { ClusterState, KubeObject } from './state.ts'

/** A fault more calls away than this is somebody else's to explain. */
const DEPTH = 3

type From = {
  readonly workloads: readonly Ref[]
  /** What the subject may be called in the call graph. */
  readonly names: readonly string[]
  readonly edges: readonly { readonly from: string; readonly to: string }[]
  /** How many calls deep; three unless told. */
  readonly depth?: number
}

/** The workloads and services that these workloads call, by the call graph and by the service addresses in their environment. */
export const calledFrom = (state: ClusterState, { workloads, names, edges, depth: deepest = DEPTH }: From): readonly Ref[] => {
  const found = new Map<string, Ref>()
  const own = new Set(workloads.map(keyOf))
  let layer: readonly Ref[] = workloads
  let layerNames: readonly string[] = names
  for (let depth = 0; depth < deepest && (layer.length > 0 || layerNames.length > 0); depth += 1) {
    const called = new Set(edges.flatMap(({ from, to }) => (layerNames.includes(from) ? [to] : [])))
    // A set: each of ten replicas leads to the same workload, and each of ten callers to the same service.
    const next = new Set([
      ...ofKind(state, 'Service').filter(({ metadata: { name } }) => called.has(name)),
      ...layer.flatMap((workload) => addressed(state, workload)),
    ])
    const plain = ['Deployment', 'StatefulSet', 'DaemonSet'].flatMap((kind) =>
      ofKind(state, kind).filter(({ metadata: { name } }) => called.has(name)),
    )
    const refs = [...[...next].flatMap((service) => [refOf(service), ...behind(state, service)]), ...plain.map(refOf)]
    const fresh = [...new Map(refs.map((ref) => [keyOf(ref), ref])).values()].filter(
      (ref) => !own.has(keyOf(ref)) && !found.has(keyOf(ref)),
    )
    for (const ref of fresh) found.set(keyOf(ref), ref)
    layer = fresh.filter(({ kind }) => kind !== 'Service')
    layerNames = [...new Set([...called, ...fresh.map(({ name }) => name)])].filter((name) => !names.includes(name))
  }
  return [...found.values()]
}

/** Also workloads that have no pod now. */
const behind = (state: ClusterState, service: KubeObject): readonly Ref[] => {
  const selector = textsAt(service, 'spec', 'selector')
  const isHere = ({ metadata: { namespace } }: KubeObject): boolean => namespace === service.metadata.namespace
  const workloads = ['Deployment', 'StatefulSet', 'DaemonSet']
    .flatMap((kind) => ofKind(state, kind))
    .filter((workload) => isHere(workload) && selects(selector, textsAt(templateOf(workload), 'metadata', 'labels')))
  const pods = ofKind(state, 'Pod').filter((pod) => isHere(pod) && selects(selector, pod.metadata.labels ?? {}))
  return [...workloads.map(refOf), ...pods.map((pod) => workloadOf(state, pod))]
}

/** The services whose address stands in the environment, the arguments or the config maps of a workload. */
const addressed = (state: ClusterState, workload: Ref): readonly KubeObject[] => {
  const ofState = addresses.get(state.objects) ?? new Map<string, readonly KubeObject[]>()
  addresses.set(state.objects, ofState)
  const known = ofState.get(keyOf(workload))
  if (known !== undefined) return known
  const texts = textsOf(state, workload)
  // Most names stand nowhere: one look at all texts together spares twenty.
  const together = texts.map(({ text }) => text).join('\n')
  const services = ofKind(state, 'Service').filter((service) => {
    const { name, namespace } = service.metadata
    if (!together.includes(name)) return false
    const isNear = namespace === workload.namespace
    return texts.some(
      ({ key, text }) =>
        text.includes(name) &&
        (isAddress(text, `${name}.${namespace ?? 'default'}`) ||
          (isNear && (isAddress(text, name) || (text === name && HOST_KEY.test(key))))),
    )
  })
  ofState.set(keyOf(workload), services)
  return services
}

const addresses = new WeakMap<readonly KubeObject[], Map<string, readonly KubeObject[]>>()

/** "MODE=web" is no address, "UPSTREAM_HOST=web" is one. */
const HOST_KEY = /host|addr|url|uri|endpoint|server|service|broker|upstream|backend/i

/** `name:80`, `//name`, `@name`, `name.svc`: a name where only an address has one. */
const isAddress = (text: string, name: string): boolean => {
  for (let from = text.indexOf(name); from !== -1; from = text.indexOf(name, from + 1)) {
    const before = text[from - 1] ?? ''
    const after = text.slice(from + name.length)
    if (/[\w.-]/.test(before)) continue
    if (/^(?::\d+|\.svc\b)/.test(after) || ((before === '/' || before === '@') && /^(?:[/?]|$)/.test(after))) return true
    if (name.includes('.') && /^(?:\.svc\b|[:/?\s,]|$)/.test(after)) return true
  }
  return false
}

type Text = { readonly key: string; readonly text: string }

const textsOf = (state: ClusterState, workload: Ref): readonly Text[] => {
  const object = findObject(state, workload)
  const template = (object === undefined ? undefined : templateOf(object)) ?? podsOf(state, workload)[0]
  return [...listAt(template, 'spec', 'containers'), ...listAt(template, 'spec', 'initContainers')].flatMap((container) => [
    ...listAt(container, 'env').map((env) => ({ key: textAt(env, 'name'), text: textAt(env, 'value') })),
    ...[...listAt(container, 'args'), ...listAt(container, 'command')].map((text) => ({ key: '', text: String(text) })),
    ...listAt(container, 'envFrom').flatMap((from) =>
      ofKind(state, 'ConfigMap')
        .filter(({ metadata }) => metadata.namespace === workload.namespace && metadata.name === textAt(from, 'configMapRef', 'name'))
        .flatMap((map) => Object.entries(textsAt(map, 'data')).map(([key, text]) => ({ key, text }))),
    ),
  ])
}
