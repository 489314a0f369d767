import { parseAllDocuments } from 'yaml'
import { type KindName, kindOf } from './kinds.ts'
import { LAST_APPLIED } from './mark.ts'
import { recordAt, textAt } from './read.ts'

/** What a manifest may be applied of: nothing that holds rights, secrets, data or firewalls, and nothing of the whole cluster. */
export const appliedKinds = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'CronJob',
  'ConfigMap',
  'Service',
  'Ingress',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
] as const satisfies readonly KindName[]

export type AppliedKind = (typeof appliedKinds)[number]

/** One file of a folder of manifests; `file` is its path inside the folder. */
export type ManifestFile = { readonly file: string; readonly text: string }

/** One object as somebody wants it to be. `namespace` is empty where the document names none. */
export type Manifest = {
  readonly file: string
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly content: Readonly<Record<string, unknown>>
}

/** `fault`: why not all of the file could be read, in words that name it and repeat nothing of it; null: all of it was. */
export type Parsed = { readonly manifests: readonly Manifest[]; readonly fault: string | null }

/** A list in a list in a list is still read; deeper nobody writes. */
const MOST_LISTS = 3

/** All objects of a file: of several documents, and of lists in them. What is no object (values, patches without a name) is left out. */
export const manifestsIn = ({ file, text }: ManifestFile): Parsed => {
  const read = file.endsWith('.json') ? fromJson(file, text) : fromYaml(file, text)
  if ('fault' in read) return { manifests: [], fault: read.fault }
  const strange = read.documents.find((one) => !isJson(one, 0))
  if (strange !== undefined) return { manifests: [], fault: `${file} holds what JSON cannot say (binary, infinite or nested too deeply)` }
  return { manifests: read.documents.flatMap((one) => objectsIn(file, one, 0)), fault: null }
}

type Read = { readonly documents: readonly unknown[] } | { readonly fault: string }

const fromJson = (file: string, text: string): Read => {
  try {
    return { documents: [JSON.parse(text)] }
  } catch {
    return { fault: `${file} is not valid JSON` }
  }
}

/**
 * YAML 1.1 as the tools of Kubernetes read it (`yes` is true, 0644 is octal), but for times and base 60, which are texts to them
 * (sigs.k8s.io/yaml over go-yaml v2).
 */
const fromYaml = (file: string, text: string): Read => {
  try {
    const documents = parseAllDocuments(text, {
      version: '1.1',
      logLevel: 'silent',
      customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !isTime(tag)),
    })
    const [error] = ('empty' in documents ? [] : documents).flatMap(({ errors }) => errors)
    // The parser's own message repeats lines, and some of them are nobody's business.
    if (error !== undefined) return { fault: `${file} is not valid YAML (line ${error.linePos?.[0]?.line ?? '?'})` }
    return { documents: documents.map((one) => one.toJS() as unknown) }
  } catch {
    return { fault: `${file} is not YAML that can be read (aliases that grow without end?)` }
  }
}

const isTime = (tag: object): boolean =>
  ('tag' in tag && tag.tag === 'tag:yaml.org,2002:timestamp') || ('format' in tag && tag.format === 'TIME')

/** The digest that an approval is bound to knows JSON alone, 100 levels deep. */
const isJson = (value: unknown, depth: number): boolean => {
  if (depth > 60) return false
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every((one) => isJson(one, depth + 1))
  if (typeof value !== 'object') return false
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every((one) => isJson(one, depth + 1))
}

const objectsIn = (file: string, document: unknown, depth: number): Manifest[] => {
  const content = recordAt(document)
  const { items } = content
  const kind = textAt(content, 'kind')
  if (kind.endsWith('List') && Array.isArray(items))
    return depth < MOST_LISTS ? items.flatMap((one) => objectsIn(file, one, depth + 1)) : []
  const [apiVersion, name] = [textAt(content, 'apiVersion'), textAt(content, 'metadata', 'name')]
  if (apiVersion === '' || kind === '' || name === '') return []
  return [{ file, apiVersion, kind, namespace: textAt(content, 'metadata', 'namespace'), name, content }]
}

export type WantedManifest = { readonly kind: AppliedKind; readonly namespace: string; readonly name: string }

/** The one document that says how an object is to be; or in words why none can be meant. */
export const manifestOf = (
  manifests: readonly Manifest[],
  { kind, namespace, name }: WantedManifest,
): { readonly manifest: Manifest } | { readonly reason: string } => {
  const { group, version } = kindOf(kind)
  const called = `${kind} ${namespace}/${name}`
  const alike = manifests.filter((one) => one.kind === kind && one.name === name && groupOf(one) === group)
  const [found, second] = alike.filter((one) => one.namespace === namespace)
  if (found !== undefined && second !== undefined)
    return {
      reason: `${called} stands twice: ${found.file === second.file ? `both in ${found.file}` : `in ${found.file} and in ${second.file}`}`,
    }
  if (found === undefined) {
    const homeless = alike.find((one) => one.namespace === '')
    return {
      reason:
        homeless === undefined
          ? `no manifest says how ${called} is to be`
          : `${homeless.file} has a ${kind} ${name} without a namespace: write metadata.namespace there, so that it is certain which one is meant`,
    }
  }
  const known = group === '' ? version : `${group}/${version}`
  return found.apiVersion === known
    ? { manifest: found }
    : { reason: `${found.file} has ${called} as ${found.apiVersion}; it is applied as ${known} only` }
}

const groupOf = ({ apiVersion }: Manifest): string => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '')

/** Written by the API server, or said anew below. */
const LEFT_OUT = new Set(['status', 'apiVersion', 'kind', 'metadata'])

/** Of metadata: who deletes an object, and what keeps it from being deleted, is not what drift is about. */
const NOT_APPLIED = ['ownerReferences', 'finalizers', 'generateName'] as const

export type Desired = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly labels: Readonly<Record<string, unknown>>
    readonly annotations: Readonly<Record<string, unknown>>
  }
  readonly [field: string]: unknown
}

/** What is applied of a manifest: labels, annotations and content, without status and the server's own fields; or why it is not. */
export const desiredOf = ({
  file,
  apiVersion,
  kind,
  namespace,
  name,
  content,
}: Manifest): { readonly desired: Desired } | { readonly reason: string } => {
  const metadata = recordAt(content, 'metadata')
  const strange = NOT_APPLIED.find((field) => metadata[field] !== undefined)
  if (strange !== undefined) return { reason: `${file}: metadata.${strange} of ${kind} ${namespace}/${name} is never applied: take it out` }
  const { [LAST_APPLIED]: _, ...annotations } = recordAt(metadata, 'annotations')
  const rest = Object.entries(content).filter(([field]) => !LEFT_OUT.has(field))
  return {
    desired: {
      ...Object.fromEntries(rest),
      apiVersion,
      kind,
      metadata: { name, namespace, labels: recordAt(metadata, 'labels'), annotations },
    },
  }
}
