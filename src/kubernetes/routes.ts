import { nearest } from '../text/nearest.ts'
import type { Around } from './around.ts'
import { findObject, isRead, nameOf, ofKind, type Ref, refOf } from './objects.ts'
import { at, listAt, numberAt, textAt } from './read.ts'
import { namedPorts } from './services.ts'
import type { KubeObject } from './state.ts'
import { closest, type Trouble } from './trouble.ts'

type Backend = { readonly service: Ref; readonly port: number | string | null; readonly path: string }

/** Ingresses and HTTP routes that lead to a service, or to a port of one, that does not exist. */
export const routeTroubles = (around: Around): readonly Trouble[] => {
  if (!isRead(around.state, 'Service')) return []
  return [...ofKind(around.state, 'Ingress'), ...ofKind(around.state, 'HTTPRoute')].flatMap((route) => {
    const backends = backendsOf(route).filter(({ service }) => hasItsNamespaceRead(around, service))
    const wrong = backends.flatMap((backend) => wrongOf(around, route, { backend, backends }) ?? [])
    return wrong.slice(0, 1)
  })
}

const wrongOf = (
  around: Around,
  route: KubeObject,
  { backend: { service: wanted, port, path }, backends }: { backend: Backend; backends: readonly Backend[] },
): Trouble | undefined => {
  const { state, concerned } = around
  const service = findObject(state, wanted)
  const ports = service === undefined ? [] : namedPorts(service)
  const isThere =
    service !== undefined &&
    (port === null || ports.length === 0 || ports.some((one) => (typeof port === 'number' ? one.port === port : one.name === port)))
  if (isThere) return undefined
  const beside = ofKind(state, 'Service').filter(({ metadata }) => metadata.namespace === wanted.namespace)
  const like =
    service === undefined
      ? nearest(
          wanted.name,
          beside.map(({ metadata }) => metadata.name),
        )
      : undefined
  const meant = beside.find(({ metadata }) => metadata.name === like)
  const name = nameOf(refOf(route))
  const there =
    service === undefined
      ? `${nameOf(wanted)}, which does not exist${meant === undefined ? '' : `; ${nameOf(refOf(meant))} does`}`
      : `port ${port} of ${nameOf(wanted)}, which has ${ports.map(({ name: of, port: number }) => (of === '' ? number : `${number} (${of})`)).join(', ')}`
  const relations = [refOf(route), wanted, ...(meant === undefined ? [] : [refOf(meant)]), ...backends.map((one) => one.service)]
  const summary = `${name} sends ${path} to ${there}.`
  return {
    object: refOf(route),
    relation: closest(relations.map((ref) => concerned.relationOf(ref))),
    category: 'config_change',
    severity: 'critical',
    weight: 0.9,
    summary,
    suggestion: `Correct the backend of ${name}: \`kubectl edit ${route.kind.toLowerCase()} ${route.metadata.name} -n ${route.metadata.namespace ?? 'default'}\``,
    explains: [wanted],
    objects: [route, ...(service === undefined ? [] : [service])],
    shown: [summary],
  }
}

/** Of a namespace that was not read nothing can be said to be missing. */
const hasItsNamespaceRead = ({ state }: Around, { namespace }: Ref): boolean =>
  ofKind(state, 'Service').some(({ metadata }) => metadata.namespace === namespace) ||
  ofKind(state, 'Deployment').some(({ metadata }) => metadata.namespace === namespace)

const backendsOf = (route: KubeObject): readonly Backend[] =>
  route.kind === 'Ingress'
    ? [
        ...ingressBackend(route, at(route, 'spec', 'defaultBackend'), 'what no rule names'),
        ...listAt(route, 'spec', 'rules').flatMap((rule) =>
          listAt(rule, 'http', 'paths').flatMap((path) =>
            ingressBackend(route, at(path, 'backend'), `${textAt(rule, 'host')}${textAt(path, 'path') || '/'}`),
          ),
        ),
      ]
    : listAt(route, 'spec', 'rules').flatMap((rule) =>
        listAt(rule, 'backendRefs').flatMap((ref) =>
          ['', 'Service'].includes(textAt(ref, 'kind'))
            ? backend(textAt(ref, 'namespace') || route.metadata.namespace, {
                name: textAt(ref, 'name'),
                port: numberAt(ref, 'port'),
                path: textAt(rule, 'matches', 0, 'path', 'value') || '/',
              })
            : [],
        ),
      )

const ingressBackend = (route: KubeObject, given: unknown, path: string): readonly Backend[] => {
  const port = textAt(given, 'service', 'port', 'name')
  // The controller of AWS writes actions as services whose port has this name.
  if (port === 'use-annotation') return []
  return backend(route.metadata.namespace, {
    name: textAt(given, 'service', 'name'),
    port: numberAt(given, 'service', 'port', 'number') ?? (port === '' ? null : port),
    path,
  })
}

const backend = (
  namespace: string | undefined,
  { name, port, path }: { readonly name: string; readonly port: number | string | null; readonly path: string },
): readonly Backend[] =>
  name === '' ? [] : [{ service: { kind: 'Service', ...(namespace === undefined ? {} : { namespace }), name }, port, path }]
