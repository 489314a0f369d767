import { z } from 'zod'
import type { Clock, Fetch } from '../context.ts'
import { PermanentError } from '../errors.ts'
import { type Kind, type KindName, kindOf, pathOf } from '../kubernetes/kinds.ts'
import { LAST_APPLIED } from '../kubernetes/mark.ts'
import type { ContainerOfPod, KubeObject } from '../kubernetes/state.ts'
import { parsed } from './answer.ts'
import { type ChangingConnection, connectChanging } from './http.ts'
import { currentAccess, type KubernetesAccess } from './kubernetes/access.ts'
import { isSelected, type Selection, segment, selectorsOf } from './kubernetes/selection.ts'
import { sourceNames } from './sources.ts'

/** The client of one cluster's API. Files that the access names are read when something is asked. */
export const kubernetes = (access: KubernetesAccess, { fetch, clock }: { fetch: Fetch; clock: Clock }): Kubernetes => {
  const line = connectChanging(source, { clock, current: currentAccess(access, { fetch, clock }), parallel: PARALLEL })
  return {
    list: (kind, options) => list(line, kind, options),
    get: (kind, one) => get(line, kind, one),
    logs: (container, options) => logs(line, container, options),
    version: async ({ signal }) => parsed(source, version, await line.ask({ path: '/version', signal })).gitVersion,
  }
}

const source = sourceNames.kubernetes

/** All kinds of one namespace are asked for at once; kubectl's own limit is 50 a second with bursts of 300. */
const PARALLEL = 16

/** The chunk of kubectl. 500 pods have about 4 MB. */
const PAGE = 500
const maxBytes = 20_000_000

/** A server that gives pages without end is believed no longer than this. */
const MOST_PAGES = 20

/** Names and labels without the content; who cannot do it sends all, and we drop it. */
const metadataAs = (what: 'PartialObjectMetadata' | 'PartialObjectMetadataList'): string =>
  `application/json;as=${what};g=meta.k8s.io;v=v1,application/json`

const object = z.looseObject({ metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }) })
const page = z.object({ metadata: z.object({ continue: z.string().optional() }).optional(), items: z.array(object).nullable() })
const version = z.object({ gitVersion: z.string() })

const list = async (line: ChangingConnection, name: KindName, options: ListOptions): Promise<ObjectList> => {
  const kind = kindOf(name)
  const { namespace, most = PAGE, signal, ...selection } = options
  const path = pathOf(kind, namespace === undefined ? undefined : segment(namespace))
  const query = selectorsOf(selection)
  const accept = kind.metadataOnly === true ? { accept: metadataAs('PartialObjectMetadataList') } : {}
  const found: KubeObject[] = []
  let token = ''
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const limit = String(Math.min(PAGE, most - found.length))
    const asked = { ...query, limit, ...(token === '' ? {} : { continue: token }) }
    const answer = parsed(source, page, await line.ask({ path, query: asked, maxBytes, signal, ...accept }))
    found.push(...(answer.items ?? []).map((item) => plain(item, kind)).filter((one) => isSelected(selection, one)))
    token = answer.metadata?.continue ?? ''
    if (token === '' || found.length >= most) break
  }
  return { objects: found.slice(0, most), complete: token === '' && found.length <= most }
}

type One = {
  readonly namespace?: string | undefined
  readonly name: string
  /** With the content also of kinds of which otherwise names and labels alone are kept. */
  readonly whole?: boolean
  readonly signal?: AbortSignal | undefined
}

const get = async (line: ChangingConnection, name: KindName, one: One): Promise<KubeObject | null> => {
  const kind = one.whole === true ? { ...kindOf(name), metadataOnly: false } : kindOf(name)
  const path = `${pathOf(kind, one.namespace === undefined ? undefined : segment(one.namespace))}/${segment(one.name)}`
  const accept = kind.metadataOnly === true ? { accept: metadataAs('PartialObjectMetadata') } : {}
  try {
    return plain(parsed(source, object, await line.ask({ path, maxBytes, signal: one.signal, ...accept })), kind)
  } catch (error) {
    if (error instanceof PermanentError && isMissing(error)) return null
    throw error
  }
}

/** Not there; of a kind that the server does not know it says "could not find the requested resource". */
const isMissing = ({ message }: Error): boolean => /^Kubernetes 404 .*not found/.test(message)

const logs = async (line: ChangingConnection, { namespace, pod, container }: ContainerOfPod, options: LogOptions): Promise<PodLine[]> => {
  const text = await line.text({
    path: `${pathOf(kindOf('Pod'), segment(namespace))}/${segment(pod)}/log`,
    query: {
      container: segment(container),
      tailLines: String(Math.min(MOST_LINES, Math.max(1, options.lines))),
      timestamps: 'true',
      ...(options.previous ? { previous: 'true' } : {}),
    },
    accept: '*/*',
    maxBytes,
    signal: options.signal,
  })
  return text
    .split('\n')
    .filter((one) => one !== '')
    .map((one) => {
      const [, at, rest] = STAMPED.exec(one) ?? []
      return at === undefined ? { at: null, line: one } : { at, line: rest ?? '' }
    })
}

const MOST_LINES = 2000

/** What `timestamps` puts before each line. */
const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) ?(.*)$/s

/** As the API gives it, without what is written by and for its own machinery; what a list leaves out of its items is put back. */
const plain = (given: z.infer<typeof object>, { kind, group, version: of, metadataOnly }: Kind): KubeObject => {
  const { managedFields: _, annotations, ...rest } = given.metadata
  const kept = Object.entries((annotations ?? {}) as Record<string, string>).filter(([name]) => name !== LAST_APPLIED)
  const metadata = annotations === undefined ? rest : { ...rest, annotations: Object.fromEntries(kept) }
  const own = { apiVersion: group === '' ? of : `${group}/${of}`, kind, metadata }
  return (metadataOnly === true ? own : { ...given, ...own }) as KubeObject
}

export type ListOptions = Selection & {
  /** Without it those of all namespaces. */
  readonly namespace?: string | undefined
  /** Objects; default 500. */
  readonly most?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** `complete` is false when `most` cut the list: then nothing can be said to be absent. */
export type ObjectList = { readonly objects: readonly KubeObject[]; readonly complete: boolean }

export type LogOptions = { readonly previous: boolean; readonly lines: number; readonly signal?: AbortSignal | undefined }

/** `at` is when the runtime got it, RFC 3339; null where the server gives no times. */
export type PodLine = { readonly at: string | null; readonly line: string }

/**
 * A read-only client of the Kubernetes API. Throws TransientError or PermanentError; InputError for a name or a label that no object
 * can have, and for a kubeconfig, token or certificate that cannot be used.
 */
export type Kubernetes = {
  list(kind: KindName, options: ListOptions): Promise<ObjectList>
  /** Null when there is no such object. */
  get(kind: KindName, one: One): Promise<KubeObject | null>
  /** The last lines of a container, oldest first, at most 2000; `previous`: of the run before. */
  logs(container: ContainerOfPod, options: LogOptions): Promise<readonly PodLine[]>
  /** "v1.33.1". */
  version(options: { signal?: AbortSignal | undefined }): Promise<string>
}
