import { kinds, pathOf } from '../../kubernetes/kinds.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { type Answer, type Asked, startServer } from '../world/server.ts'
import { applied, updated } from './apply.ts'
import { type Operation, patched } from './json-patch.ts'

/** A change that took effect: what a real cluster's audit log would have. */
export type Write = { readonly method: string; readonly path: string; readonly body: unknown; readonly at: Date }

/** How the next change ends: `dies`: it is done and the answer never comes; `refused`: an error before anything is done; `hangs`: neither. */
export type NextWrite = 'dies' | 'refused' | 'hangs'

export type LiveCluster = {
  readonly url: string
  readonly ledger: readonly Write[]
  /** Requests of any kind but reading, dry runs among them. */
  readonly tried: readonly { readonly method: string; readonly path: string; readonly dryRun: boolean }[]
  /** Every request, reading among them: "GET /api/v1/nodes". */
  readonly asked: readonly string[]
  objects(): readonly KubeObject[]
  find(kind: string, name: string): KubeObject | undefined
  /** Puts an object in, in the place of the one of its name. */
  put(object: KubeObject): void
  remove(kind: string, name: string): void
  next(how: NextWrite | null): void
  close(): Promise<void>
}

/** What the cluster's own controllers do about a change; returns objects to be put in after `ms`. */
export type Controller = (
  object: KubeObject,
  before: KubeObject | undefined,
) => readonly { readonly ms: number; readonly object: KubeObject }[]

type Refresh = (objects: readonly KubeObject[]) => KubeObject[]

/**
 * A small Kubernetes API server that can be changed: reads, JSON patches with their tests, server-side apply, deletions, evictions, and dry runs
 * of all.
 */
export const startCluster = async (
  objects: readonly KubeObject[],
  /** `log`: what every container has printed. */
  options: { controller?: Controller; now?: () => Date; log?: string; refresh?: Refresh } = {},
): Promise<LiveCluster> => {
  const state: State = { objects: [...objects], ledger: [], tried: [], asked: [], next: null, ...options }
  const peer = await startServer(async (asked) => answer(state, asked))
  return {
    url: peer.url,
    ledger: state.ledger,
    tried: state.tried,
    asked: state.asked,
    objects: () => state.objects,
    find: (kind, name) => state.objects.find((one) => one.kind === kind && one.metadata.name === name),
    put: (object) => put(state, object),
    remove: (kind, name) => {
      state.objects = state.objects.filter((one) => one.kind !== kind || one.metadata.name !== name)
    },
    next: (how) => {
      state.next = how
    },
    close: () => peer.stop(),
  }
}

type State = {
  objects: KubeObject[]
  readonly ledger: Write[]
  readonly tried: { method: string; path: string; dryRun: boolean }[]
  readonly asked: string[]
  next: NextWrite | null
  readonly controller?: Controller
  readonly now?: () => Date
  readonly log?: string
  readonly refresh?: Refresh
}

const isSame = (a: KubeObject, b: KubeObject): boolean =>
  a.kind === b.kind && a.metadata.name === b.metadata.name && a.metadata.namespace === b.metadata.namespace

const put = (state: State, object: KubeObject): void => {
  state.objects = [...state.objects.filter((one) => !isSame(one, object)), object]
}

type Place = {
  readonly kind: string
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly sub: string | undefined
}

const placeOf = (path: string): Place | undefined => {
  const [, namespace] = /\/namespaces\/([^/]+)\/[a-z]/.exec(path) ?? []
  for (const kind of kinds) {
    const root = pathOf(kind, namespace)
    if (path === root) return { kind: kind.kind, namespace, name: undefined, sub: undefined }
    if (!path.startsWith(`${root}/`)) continue
    const [name, sub] = path.slice(root.length + 1).split('/')
    return { kind: kind.kind, namespace, name, sub }
  }
  return undefined
}

const answer = async (state: State, asked: Asked): Promise<Answer> => {
  state.asked.push(`${asked.method} ${asked.path}`)
  if (state.refresh !== undefined) state.objects = state.refresh(state.objects)
  if (asked.path === '/version') return { status: 200, body: { major: '1', minor: '33', gitVersion: 'v1.33.1' } }
  const place = placeOf(asked.path)
  if (place === undefined) return failure(404, 'the server could not find the requested resource')
  if (place.name === undefined) return asked.method === 'POST' ? create(state, asked, place) : list(state, place, asked)
  const one = state.objects.find(
    ({ kind, metadata }) =>
      kind === place.kind && metadata.name === place.name && (place.namespace === undefined || metadata.namespace === place.namespace),
  )
  if (one === undefined && isApply(asked)) return appliedToNothing(state, asked, place)
  if (one === undefined) return failure(404, `${place.kind.toLowerCase()}s "${place.name}" not found`)
  if (asked.method === 'GET') return place.sub === 'log' ? { status: 200, body: state.log ?? '' } : { status: 200, body: one }
  return write(state, asked, { place, one })
}

const list = (state: State, { kind, namespace }: Place, { params }: Asked): Answer => {
  const labels = (params.get('labelSelector') ?? '')
    .split(',')
    .filter((one) => one !== '')
    .map((one) => one.split('=') as [string, string])
  const items = state.objects.filter(
    (one) =>
      one.kind === kind &&
      (namespace === undefined || one.metadata.namespace === namespace) &&
      labels.every(([name, value]) => one.metadata.labels?.[name] === value),
  )
  return { status: 200, body: { kind: `${kind}List`, apiVersion: 'v1', metadata: { resourceVersion: '1' }, items } }
}

/** One object of its name; a second is refused as a real server does. */
const create = async (state: State, { method, path, params, body: text }: Asked, { kind, namespace }: Place): Promise<Answer> => {
  const dryRun = params.get('dryRun') === 'All'
  const body = JSON.parse(text) as KubeObject
  state.tried.push({ method, path, dryRun })
  const next = dryRun ? null : state.next
  if (!dryRun) state.next = null
  if (next === 'refused') return failure(500, 'etcdserver: request timed out')
  if (next === 'hangs') return new Promise(() => undefined)
  const { name } = body.metadata
  const made = {
    ...body,
    kind,
    metadata: { ...body.metadata, ...(namespace === undefined ? {} : { namespace }), uid: `uid-${kind}-${name}`, generation: 1 },
  } as KubeObject
  if (state.objects.some((one) => isSame(one, made))) return failure(409, `${kind.toLowerCase()}s "${name}" already exists`)
  if (dryRun) return { status: 201, body: made }
  state.ledger.push({ method, path, body, at: state.now?.() ?? new Date() })
  put(state, made)
  for (const { ms, object } of state.controller?.(made, undefined) ?? []) setTimeout(() => settle(state, object), ms).unref()
  return next === 'dies' ? new Promise(() => undefined) : { status: 201, body: made }
}

/** As a controller that meets a newer object: what it had seen is not written over it. */
const settle = (state: State, object: KubeObject): void => {
  const now = state.objects.find((one) => isSame(one, object))
  if (now === undefined || now.metadata['generation'] === object.metadata['generation']) put(state, object)
}

type Change = { readonly place: Place; readonly one: KubeObject }

const write = async (state: State, asked: Asked, { place, one }: Change): Promise<Answer> => {
  const { method, path, params } = asked
  const by: By = {
    manager: params.get('fieldManager') ?? 'unknown',
    force: params.get('force') === 'true',
    at: state.now?.() ?? new Date(),
    isApply: isApply(asked),
  }
  const dryRun = params.get('dryRun') === 'All'
  const body: unknown = asked.body === '' ? null : JSON.parse(asked.body)
  state.tried.push({ method, path, dryRun })
  const next = dryRun ? null : state.next
  if (!dryRun) state.next = null
  if (next === 'refused') return failure(500, 'etcdserver: request timed out')
  if (next === 'hangs') return new Promise(() => undefined)
  const made = changed(state, { method, body, place, one, by })
  if ('fault' in made) return failure(made.code, made.fault, made.details)
  if (dryRun) return { status: 200, body: made.object ?? one }
  state.ledger.push({ method, path, body, at: state.now?.() ?? new Date() })
  if (made.object === null) state.objects = state.objects.filter((other) => !isSame(other, one))
  else put(state, made.object)
  for (const { ms, object } of made.object === null ? [] : (state.controller?.(made.object, one) ?? []))
    setTimeout(() => settle(state, object), ms).unref()
  if (next === 'dies') return new Promise(() => undefined)
  return { status: 200, body: made.object ?? { kind: 'Status', apiVersion: 'v1', status: 'Success' } }
}

type Made = { readonly object: KubeObject | null } | { readonly code: number; readonly fault: string; readonly details?: object }
type By = { readonly manager: string; readonly force: boolean; readonly at: Date; readonly isApply: boolean }
type Asking = Change & { readonly method: string; readonly body: unknown; readonly by: By }

const changed = (state: State, { method, body, place, one, by }: Asking): Made => {
  if (method === 'DELETE') {
    const wanted = (body as { preconditions?: { uid?: string } } | null)?.preconditions?.uid
    return wanted !== undefined && wanted !== one.metadata.uid
      ? { code: 409, fault: 'the UID in the precondition does not match the UID in record' }
      : { object: null }
  }
  if (method === 'POST' && place.sub === 'eviction') {
    const wanted = (body as { deleteOptions?: { preconditions?: { uid?: string } } } | null)?.deleteOptions?.preconditions?.uid
    if (wanted !== undefined && wanted !== one.metadata.uid)
      return { code: 409, fault: 'the UID in the precondition does not match the UID in record' }
    return budgetOf(state, one) === 0
      ? { code: 429, fault: "Cannot evict pod as it would violate the pod's disruption budget." }
      : { object: null }
  }
  if (method !== 'PATCH') return { code: 405, fault: 'the server does not allow this method on the requested resource' }
  if (by.isApply) return appliedTo(one, body, by)
  const made = patched(one, body as readonly Operation[])
  return 'fault' in made ? { code: 422, fault: made.fault } : { object: counted(one, updated(one, made.object, by)) }
}

/** Every change raises the version, one of the spec the generation too; an object that has none is not given one. */
const counted = (one: KubeObject, made: KubeObject): KubeObject => {
  const { generation, resourceVersion } = one.metadata
  const isNew = JSON.stringify(made.spec) !== JSON.stringify(one.spec)
  return {
    ...made,
    metadata: {
      ...made.metadata,
      generation: Number(generation ?? 1) + (isNew ? 1 : 0),
      ...(resourceVersion === undefined ? {} : { resourceVersion: String(Number(resourceVersion) + 1) }),
    },
  }
}

const isApply = ({ contentType = '' }: Asked): boolean => contentType.startsWith('application/apply-patch')

/** What is not there is made, but for one with an id: that was another object. */
const appliedToNothing = async (state: State, asked: Asked, place: Place): Promise<Answer> => {
  const { uid } = (JSON.parse(asked.body) as KubeObject).metadata
  if (uid === undefined) return create(state, asked, place)
  const fault = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`
  return failure(409, `Operation cannot be fulfilled on ${place.kind} "${place.name}": ${fault}`)
}

const appliedTo = (one: KubeObject, body: unknown, by: By): Made => {
  const asked = (body as KubeObject | null)?.metadata
  if (asked?.['managedFields'] !== undefined) return { code: 400, fault: 'metadata.managedFields must be nil' }
  if (asked?.uid !== undefined && asked.uid !== one.metadata.uid)
    return { code: 422, fault: `metadata.uid: Invalid value: "${asked.uid}": field is immutable` }
  const version = asked?.['resourceVersion']
  if (version !== undefined && version !== one.metadata['resourceVersion'])
    return {
      code: 409,
      fault: `Operation cannot be fulfilled on ${one.kind} "${one.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
    }
  const made = applied(one, body, by)
  if ('object' in made) return { object: counted(one, made.object) }
  const causes = made.conflicts.map(({ manager, field }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with "${manager}" using ${one.apiVersion}`,
    field,
  }))
  const count = `${causes.length} conflict${causes.length === 1 ? '' : 's'}`
  return {
    code: 409,
    fault: `Apply failed with ${count}: ${causes.map(({ message, field }) => `${message}: ${field}`).join('; ')}`,
    details: { name: one.metadata.name, kind: one.kind, causes },
  }
}

/** How many pods may go now by the budgets that cover this one; many where there is none. */
const budgetOf = (state: State, pod: KubeObject): number => {
  const budgets = state.objects.filter(
    ({ kind, metadata, spec }) =>
      kind === 'PodDisruptionBudget' &&
      metadata.namespace === pod.metadata.namespace &&
      Object.entries((spec?.['selector'] as { matchLabels?: Record<string, string> } | undefined)?.matchLabels ?? {}).every(
        ([name, value]) => pod.metadata.labels?.[name] === value,
      ),
  )
  return Math.min(...budgets.map(({ status }) => Number(status?.['disruptionsAllowed'] ?? 0)), 1000)
}

const failure = (code: number, message: string, details?: object): Answer => ({
  status: code,
  body: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    code,
    ...(details === undefined ? {} : { reason: 'Conflict', details }),
  },
})
