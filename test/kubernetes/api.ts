import type { ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/state.ts'
import { type Asked, serve, type Wire } from '../datasources/wire.ts'

/** What the API server of a test holds and how it misbehaves. */
export type KubeWorld = {
  readonly objects: readonly KubeObject[]
  /** Text of a container's log by `namespace/pod/container`, of the run before by `namespace/pod/container previous`. */
  readonly logs?: Readonly<Record<string, string>>
  /** What is answered instead, by resource ("pods"; "log" for logs, "*" for everything): a status, late by so many milliseconds, or never. */
  readonly faults?: Readonly<Record<string, { readonly status?: number; readonly slowMs?: number; readonly hangs?: boolean }>>
  /** False: a server that ignores selectors, `as=PartialObjectMetadataList` and `timestamps`. */
  readonly selects?: boolean
  readonly version?: string
}

export type KubeApi = Wire & {
  /** The paths that were asked for, in order, with what follows "?". */ readonly paths: () => readonly string[]
}

/** A Kubernetes API server at the wire that lives as long as the test. */
export const kubeApi = async (t: TestContext, world: KubeWorld): Promise<KubeApi> => {
  const wire = await serve(t, kubeAnswers(world))
  const paths = () =>
    wire.asked.map(({ path, params }) => (Object.keys(params).length === 0 ? path : `${path}?${new URLSearchParams(params)}`))
  return { ...wire, paths }
}

/** The answers alone, for a test that has a server of its own. */
export const kubeAnswers =
  (world: KubeWorld) =>
  (asked: Asked, response: ServerResponse): void => {
    const route = routeOf(asked.path)
    const fault = world.faults?.[route?.log === true ? 'log' : (route?.resource ?? '')] ?? world.faults?.['*']
    if (fault?.hangs === true) return
    const send = () => answer(world, { asked, route, status: fault?.status }, response)
    if (fault?.slowMs === undefined) send()
    else setTimeout(send, fault.slowMs)
  }

type Route = { group: string; resource: string; kind: string; namespace?: string; name?: string; log: boolean }
type Given = { readonly asked: Asked; readonly route: Route | undefined; readonly status: number | undefined }

const answer = (world: KubeWorld, { asked, route, status }: Given, response: ServerResponse): unknown => {
  if (status !== undefined) return failure(response, status, messageOf(status, route))
  if (asked.method !== 'GET') return failure(response, 405, 'the server does not allow this method on the requested resource')
  if (asked.path === '/version') return send(response, { major: '1', minor: '33', gitVersion: world.version ?? 'v1.33.1' })
  if (route === undefined || isUninstalled(world, route)) return failure(response, 404, messageOf(404, route))
  if (route.resource === 'secrets') return failure(response, 403, messageOf(403, route))
  if (route.log) return logs(world, { asked, route }, response)
  const held = objectsOf(world, route)
  if (route.name === undefined) return list(world, { asked, route, held }, response)
  const one = held.find(({ metadata }) => metadata.name === route.name)
  if (one === undefined) return failure(response, 404, `${route.resource}${inGroup(route)} "${route.name}" not found`)
  send(response, wantsMetadata(world, asked) ? { ...bare(one), kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' } : one)
}

/** What is defined by something that the cluster does not have: as long as there is no such object. */
const isUninstalled = ({ objects }: KubeWorld, { group, kind }: Route): boolean =>
  ['argoproj.io', 'autoscaling.k8s.io', 'cert-manager.io'].includes(group) && objects.every((one) => one.kind !== kind)

/** In the order in which etcd has them. */
const objectsOf = ({ objects }: KubeWorld, { kind, group, namespace }: Route): KubeObject[] =>
  objects
    .filter((one) => one.kind === kind && (one.apiVersion.includes('/') ? one.apiVersion.split('/')[0] : '') === group)
    .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
    .toSorted((a, b) => order(`${a.metadata.namespace ?? ''}/${a.metadata.name}`, `${b.metadata.namespace ?? ''}/${b.metadata.name}`))

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const list = (world: KubeWorld, given: { asked: Asked; route: Route; held: readonly KubeObject[] }, response: ServerResponse): unknown => {
  const { asked, route, held } = given
  const { fieldSelector = '', labelSelector = '', limit, continue: token } = asked.params
  const unknown = fieldsOf(fieldSelector).find(([path]) => !(FIELDS[route.resource] ?? []).concat(FIELDS['*'] ?? []).includes(path))
  if (unknown !== undefined) return failure(response, 400, `field label not supported: ${unknown[0]}`)
  const kept =
    world.selects === false
      ? held
      : held.filter((one) => selects(one, { fields: fieldsOf(fieldSelector), labels: labelsOf(labelSelector) }))
  const from = token === undefined ? 0 : Number(Buffer.from(token, 'base64').toString())
  const to = limit === undefined || limit === '0' ? kept.length : from + Number(limit)
  const rest = kept.length - to
  const isBare = wantsMetadata(world, asked)
  // The items of a list have neither kind nor apiVersion; those of a list of metadata have both, of the metadata.
  const items = kept
    .slice(from, to)
    .map(({ apiVersion: _, kind: __, ...one }) =>
      isBare ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: one.metadata } : one,
    )
  send(response, {
    kind: isBare ? 'PartialObjectMetadataList' : `${route.kind}List`,
    apiVersion: isBare ? 'meta.k8s.io/v1' : 'v1',
    metadata: {
      resourceVersion: '4711',
      ...(rest > 0 ? { continue: Buffer.from(String(to)).toString('base64'), remainingItemCount: rest } : {}),
    },
    items,
  })
}

const wantsMetadata = ({ selects: isWhole }: KubeWorld, { headers }: Asked): boolean =>
  isWhole !== false && /as=PartialObjectMetadata/.test(headers.accept ?? '')

const bare = ({ metadata }: KubeObject) => ({ metadata })

const logs = (world: KubeWorld, { asked, route }: { asked: Asked; route: Route }, response: ServerResponse): unknown => {
  const { container = '', previous, tailLines, timestamps } = asked.params
  const key = `${route.namespace}/${route.name}/${container}`
  const text = world.logs?.[previous === 'true' ? `${key} previous` : key]
  if (text === undefined && previous === 'true')
    return failure(response, 400, `previous terminated container "${container}" in pod "${route.name}" not found`)
  if (text === undefined) return failure(response, 404, `pods "${route.name}" not found`)
  const lines = text.split('\n').filter((line) => line !== '')
  const stamped = timestamps === 'true' && world.selects !== false
  const shown = lines.map((line, n) => (stamped ? `${new Date(LOGGED_AT + n * 1000).toISOString().replace('Z', '000000Z')} ${line}` : line))
  const tail = tailLines === undefined ? shown : shown.slice(-Number(tailLines))
  response.writeHead(200, { 'content-type': 'text/plain' }).end(tail.map((line) => `${line}\n`).join(''))
}

/** The time of a log's first line where times are asked for; each further one is a second later. */
const LOGGED_AT = Date.parse('2026-11-20T21:50:00Z')

const send = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const failure = (response: ServerResponse, code: number, message: string): void => {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason: REASONS[code] ?? 'Unknown', code }
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const messageOf = (status: number, route: Route | undefined): string => {
  if (route === undefined || status === 404) return 'the server could not find the requested resource'
  if (status !== 403) return 'etcdserver: request timed out'
  const where = route.namespace === undefined ? 'at the cluster scope' : `in the namespace "${route.namespace}"`
  const what = `${route.resource}${inGroup(route)}${route.name === undefined ? '' : ` "${route.name}"`}`
  const verb = route.name === undefined ? 'list' : 'get'
  const resource = `${route.resource}${route.log ? '/log' : ''}`
  return `${what} is forbidden: User "system:serviceaccount:vigil:vigil" cannot ${verb} resource "${resource}" in API group "${route.group}" ${where}`
}

const inGroup = ({ group }: Route): string => (group === '' ? '' : `.${group}`)

const REASONS: Readonly<Record<number, string>> = { 400: 'BadRequest', 403: 'Forbidden', 404: 'NotFound', 405: 'MethodNotAllowed' }

const routeOf = (path: string): Route | undefined => {
  const [, coreVersion, group, version, rest = ''] = /^\/(?:api\/(v\d\w*)|apis\/([a-z0-9.-]+)\/(v\d\w*))\/(.+)$/.exec(path) ?? []
  const [, namespace, resource, name, log] = /^(?:namespaces\/([^/]+)\/(?!$))?([a-z]+)(?:\/([^/]+))?(\/log)?$/.exec(rest) ?? []
  const known = RESOURCES[`${group ?? ''}/${coreVersion ?? version ?? ''}`]?.[resource ?? '']
  if (resource === undefined || known === undefined || (log !== undefined && resource !== 'pods')) return undefined
  const where = namespace === undefined ? {} : { namespace }
  return { group: group ?? '', resource, kind: known, ...where, ...(name === undefined ? {} : { name }), log: log !== undefined }
}

/** Written from the API's own reference, so that a wrong group or plural is a 404 here as there. */
const RESOURCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/v1': {
    pods: 'Pod',
    services: 'Service',
    endpoints: 'Endpoints',
    configmaps: 'ConfigMap',
    secrets: 'Secret',
    persistentvolumeclaims: 'PersistentVolumeClaim',
    persistentvolumes: 'PersistentVolume',
    resourcequotas: 'ResourceQuota',
    limitranges: 'LimitRange',
    serviceaccounts: 'ServiceAccount',
    events: 'Event',
    nodes: 'Node',
    namespaces: 'Namespace',
  },
  'apps/v1': {
    deployments: 'Deployment',
    replicasets: 'ReplicaSet',
    statefulsets: 'StatefulSet',
    daemonsets: 'DaemonSet',
    controllerrevisions: 'ControllerRevision',
  },
  'batch/v1': { jobs: 'Job', cronjobs: 'CronJob' },
  'discovery.k8s.io/v1': { endpointslices: 'EndpointSlice' },
  'autoscaling/v2': { horizontalpodautoscalers: 'HorizontalPodAutoscaler' },
  'networking.k8s.io/v1': { networkpolicies: 'NetworkPolicy', ingresses: 'Ingress', ingressclasses: 'IngressClass' },
  'policy/v1': { poddisruptionbudgets: 'PodDisruptionBudget' },
  'coordination.k8s.io/v1': { leases: 'Lease' },
  'admissionregistration.k8s.io/v1': {
    validatingwebhookconfigurations: 'ValidatingWebhookConfiguration',
    mutatingwebhookconfigurations: 'MutatingWebhookConfiguration',
  },
  'argoproj.io/v1alpha1': { rollouts: 'Rollout' },
  'autoscaling.k8s.io/v1': { verticalpodautoscalers: 'VerticalPodAutoscaler' },
  'cert-manager.io/v1': { certificates: 'Certificate' },
  'storage.k8s.io/v1': { storageclasses: 'StorageClass', volumeattachments: 'VolumeAttachment', csidrivers: 'CSIDriver' },
}

/** kubernetes.io, "Field Selectors": what a server of today takes beside the name and the namespace. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  '*': ['metadata.name', 'metadata.namespace'],
  pods: ['spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName', 'status.phase', 'status.podIP'],
  events: [
    ...['involvedObject.kind', 'involvedObject.namespace', 'involvedObject.name', 'involvedObject.uid', 'involvedObject.fieldPath'],
    ...['reason', 'reportingComponent', 'source', 'type'],
  ],
  replicasets: ['status.replicas'],
  jobs: ['status.successful'],
  nodes: ['spec.unschedulable'],
}

const fieldsOf = (selector: string): (readonly [path: string, op: string, value: string])[] =>
  selector === ''
    ? []
    : selector.split(/(?<!\\),/).map((term) => {
        const [, path = '', op = '', value = ''] = /^([^=!]+)(==|=|!=)(.*)$/s.exec(term) ?? []
        return [path, op, value.replaceAll(/\\(.)/g, '$1')] as const
      })

const labelsOf = (selector: string): ((labels: Readonly<Record<string, string>>) => boolean)[] =>
  selector === ''
    ? []
    : selector.split(/,(?![^(]*\))/).map((term) => {
        const [, name = '', op = '', list = ''] = /^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(term) ?? []
        const among = list.split(',').map((value) => value.trim())
        if (op !== '') return (labels) => among.includes(labels[name] ?? '') === (op === 'in')
        const [, key = '', how = '', value = ''] = /^\s*([^=!\s]+)\s*(==|=|!=)\s*(\S*)\s*$/.exec(term) ?? []
        if (how !== '') return (labels) => (labels[key] === value) === (how !== '!=')
        const wanted = term.trim()
        return (labels) => (wanted.startsWith('!') ? !(wanted.slice(1) in labels) : wanted in labels)
      })

type Selectors = { readonly fields: ReturnType<typeof fieldsOf>; readonly labels: ReturnType<typeof labelsOf> }

const selects = (one: KubeObject, { fields, labels }: Selectors): boolean =>
  fields.every(([path, op, value]) => (fieldOf(one, path) === value) === (op !== '!=')) &&
  labels.every((fits) => fits(one.metadata.labels ?? {}))

const fieldOf = (one: KubeObject, path: string): string => {
  const value = path.split('.').reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], one)
  return value === undefined ? '' : String(value)
}
