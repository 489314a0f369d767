import type { Evidence } from '../../evidence.ts'
import { fold } from './passage.ts'
import { readingsOf } from './units.ts'

/** What kind of object a name is of: names of one kind exclude each other ("v2.14.0" or "v2.13.4"). */
export type Kind =
  | 'workload'
  | 'pod'
  | 'node'
  | 'namespace'
  | 'version'
  | 'place'
  | 'queue'
  | 'group'
  | 'device'
  | 'path'
  | 'person'
  | 'status'
  | 'member'
  | 'other'

/** Every object name that the alert or any evidence carries, folded. A plain word is a name only when it stands here. */
export type Inventory = ReadonlyMap<string, Kind>

/** A name of an object in a sentence. */
export type NameMention = { readonly from: number; readonly to: number; readonly text: string; readonly kind: Kind }

type LabelSet = Readonly<Record<string, string>>

/** Collects the object names of all evidence, of the alert and of the objects that the analysis itself speaks of. */
export const inventoryOf = (evidence: readonly Evidence[], others: readonly LabelSet[]): Inventory => {
  const found = new Map<string, Kind>()
  const add = (name: string, kind: Kind): void => {
    const folded = fold(name)
    if (folded.length < 2 || folded.length > 253 || generic.has(folded) || !/\p{L}/u.test(folded) || /\s/.test(folded)) return
    if (!found.has(folded)) found.set(folded, shapeKind(folded) ?? kind)
    const suffix = podSuffix.exec(folded)?.[1]
    if (suffix !== undefined) found.set(suffix, 'pod')
  }
  const addLabels = (labels: LabelSet): void => {
    for (const [key, value] of Object.entries(labels)) {
      const kind = kindOf(key)
      if (kind) add(value, kind)
    }
  }
  for (const { query, output } of evidence) {
    for (const [label, value] of matchersIn(query)) {
      const kind = kindOf(label)
      if (kind) add(value, kind)
    }
    if (output.kind === 'series') {
      for (const series of output.series) addLabels(series.labels)
      for (const value of membersOf(output.series)) add(value, 'member')
    }
    // The lines of one stream often share their labels.
    if (output.kind === 'lines') for (const labels of new Set(output.lines.map((line) => line.labels))) addLabels(labels)
    if (output.kind === 'text')
      for (const [name, kind] of [...textNames(query), ...tableNames(output.text), ...textNames(output.text)]) add(name, kind)
    if (output.kind === 'objects') for (const [name, kind] of objectNames(output.objects)) add(name, kind)
  }
  for (const labels of others) addLabels(labels)
  return found
}

/** Values by which the series of an answer differ, whatever their label is called, where they do not look like everyday words. */
const membersOf = (all: readonly { readonly labels: LabelSet }[]): string[] => {
  const [first] = all
  return Object.keys(first?.labels ?? {})
    .filter(
      (key) => kindOf(key) === null && !/^(?:code|status|le|quantile|method|severity|level|mode|state|phase|reason|result|type)$/.test(key),
    )
    .flatMap((key) => [...new Set(all.flatMap(({ labels }) => labels[key] ?? []))])
    .filter((value, _, values) => values.length > 1 && /[-_./\d]/.test(value) && /\p{L}/u.test(value))
}

/** What a query asks for by equality: its answer may be empty, and is then still about that object. */
const matchersIn = (query: string): [string, string][] =>
  [...query.matchAll(/([\p{L}_][\p{L}\p{N}_]*)\s*=\s*"([^"]*)"/gu)].map(([, label = '', value = '']) => [label, value])

const kinds: readonly (readonly [Kind, RegExp])[] = [
  ['pod', /^(exported_)?pod(_name)?$/],
  ['node', /^(node|instance|host|hostname|nodename|kubernetes_node)$/],
  ['namespace', /^(exported_|kubernetes_)?namespace$/],
  ['version', /^(version|image|tag|image_tag|release|revision)$/],
  ['place', /^(cluster|region|zone|az|availability_zone|datacenter|dc|shard|env|environment)$/],
  ['queue', /^(queue|topic|vhost|stream)$/],
  ['group', /^consumer_?group(_id)?$/],
  ['device', /^(device|mountpoint|disk|interface|volume|persistentvolumeclaim)$/],
  ['path', /^(handler|route|path|endpoint|uri|url)$/],
  [
    'workload',
    /^((exported_)?(service|job)|service_name|app|application|app_kubernetes_io_name|k8s_app|component|deployment|statefulset|daemonset|replicaset|container|workload|owner_name|datname|database|db|server|client|upstream|backend|(source|destination)(_service|_app|_workload)?|name)$/,
  ],
]

/** The kind of object that a label names; null for labels that qualify (code, method, le, severity). */
export const kindOf = (label: string): Kind | null => kinds.find(([, pattern]) => pattern.test(label))?.[0] ?? null

const shapeKind = (name: string): Kind | null =>
  /^\d+(\.\d+){3}(:\d+)?$/.test(name)
    ? 'node'
    : /^v?\d+\.\d+(\.\d+)*([-+][\w.]+)?$/.test(name)
      ? 'version'
      : /-[a-f0-9]{5,10}-[a-z0-9]{5}$/.test(name)
        ? 'pod'
        : null

/** The kind of a name: by the inventory, else by its shape. */
export const kindOfName = (name: string, inventory: Inventory): Kind => {
  const folded = fold(name)
  if (folded.startsWith('/')) return inventory.get(folded) ?? 'path'
  return shapeKind(folded) ?? inventory.get(folded) ?? inventory.get(folded.split('/').at(-1) ?? '') ?? 'other'
}

/** Label values that are everyday words of an incident report; swapping two of these no code can see. */
const generic = new Set(
  'query queries worker workers sidecar agent agents node nodes pod pods app apps default main server servers service services kubernetes cluster host instance container job jobs database test error errors warning info all none unknown other total true false null http https tcp localhost production'.split(
    ' ',
  ),
)

/** People call a pod by its last five characters. */
const podSuffix = /-[a-f0-9]{5,10}-([a-z0-9]{5})$/

/** "deployment/orders", "Pod orders-0": an object as Kubernetes names it. */
const kindAndName =
  /\b(pod|node|deployment|statefulset|daemonset|replicaset|job|cronjob|service|ingress|configmap|secret|persistentvolumeclaim|pvc|horizontalpodautoscaler|hpa|namespace)\/([a-z0-9][a-z0-9.-]*[a-z0-9])/g

/** The first column of a table: its rows stand under a head of capitals. */
const tableNames = (text: string): [string, Kind][] => {
  const [head = '', ...rows] = text.slice(0, 200_000).split('\n')
  const kind: Kind = /^NODE\b/.test(head) ? 'node' : 'workload'
  return /^[A-Z][A-Z\s()/-]+$/.test(head)
    ? rows.flatMap((row): [string, Kind][] => {
        const name = /^([a-z0-9]+(?:[-.][a-z0-9]+)+)(?=\s{2,})/.exec(row)?.[1]
        return name === undefined ? [] : [[name, kind]]
      })
    : []
}

/** Who did it, on lines that tell of a change, and the objects of a table's or an event's lines. */
const textNames = (text: string): [string, Kind][] =>
  text
    .slice(0, 200_000)
    .split('\n')
    .flatMap((line): [string, Kind][] => [
      ...(/\b(?:commit|deploy\w*|merged|released|rolled)\b|->|→/i.test(line)
        ? [...line.matchAll(/\bby ([a-z][\w.@-]{1,39})(?=\s*(?:[(,;]|$))/gi)].map(([, name = '']): [string, Kind] => [name, 'person'])
        : []),
      ...[...line.matchAll(kindAndName)].map(([, kind = '', name = '']): [string, Kind] => [name, kindOf(kind) ?? 'workload']),
      ...[...line.matchAll(/\bpod\/([a-z0-9-]+)|(?:^|\s)([a-z][a-z0-9-]*-[a-f0-9]{5,10}-[a-z0-9]{5})(?=\s|$)/g)].map(
        ([, a, b]): [string, Kind] => [a ?? b ?? '', 'pod'],
      ),
    ])

const objectNames = (objects: readonly unknown[]): [string, Kind][] => {
  const found: [string, Kind][] = []
  const stack: unknown[] = [...objects]
  // A list of some hundred Kubernetes objects has some ten thousand values; beyond that the rest is not worth the time.
  for (let seen = 0; stack.length > 0 && seen < 20_000; seen++) {
    const value = stack.pop()
    if (typeof value !== 'object' || value === null) continue
    const own = 'kind' in value && typeof value.kind === 'string' ? kindOf(value.kind.toLowerCase()) : null
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'object')
        stack.push(key === 'metadata' && own && inner ? { ...inner, kind: (value as { kind: string }).kind } : inner)
      else if (typeof inner === 'string') {
        const kind = key === 'name' && own ? own : kindOf(key === 'nodeName' ? 'node' : key)
        if (kind) found.push([inner, kind])
      }
    }
  }
  return found
}

const tokens = /(?<![\p{L}\p{N}_])(?:\/[\p{L}\p{N}_{][\p{L}\p{N}_./{}:-]*|[\p{L}\p{N}_$](?:[\p{L}\p{N}_$./:@~+-]*[\p{L}\p{N}_])?)/gu

/** All words of a text that could be part of a name, folded, with their short forms: what a receipt covers. */
export const coveredNames = (text: string): Set<string> => {
  const found = new Set<string>()
  for (const match of text.matchAll(tokens)) for (const form of formsOf(match[0].toLowerCase())) found.add(form)
  return found
}

/** A name, its parts, and what people call it for short: the deployment of a pod, the host without port and domain, v1.2 for v1.2.0. */
export const formsOf = (name: string): readonly string[] => {
  const forms = new Set([name])
  const parts = name.split(/[/:@]/).filter((part) => part !== '')
  for (const part of [name, ...parts]) {
    forms.add(part)
    const deployment = /^(.+?)-[a-f0-9]{5,10}(-[a-z0-9]{5})?$/.exec(part)?.[1] ?? /^(.+?)-\d+$/.exec(part)?.[1]
    if (deployment) forms.add(deployment)
    const suffix = /-[a-f0-9]{5,10}-([a-z0-9]{5})$/.exec(part)?.[1]
    if (suffix) forms.add(suffix)
    if (/^v?\d+(\.\d+)+/.test(part)) {
      forms.add(part.replace(/^v/, ''))
      forms.add(`v${part.replace(/^v/, '')}`)
      forms.add(part.replace(/^(v?\d+\.\d+)\.0$/, '$1'))
    } else if (/^[a-z][a-z0-9-]*\./.test(part)) forms.add(part.slice(0, part.indexOf('.')))
  }
  return [...forms]
}

/** Whether a mentioned name stands among covered ones, whole, or each of its parts ("shop/checkout"). */
export const nameCovered = (name: string, covered: ReadonlySet<string>): boolean => {
  const folded = fold(name)
  if (covered.has(folded) || covered.has(folded.replace(/^v(?=\d)/, ''))) return true
  if (/[a-z]s$/.test(folded) && covered.has(folded.slice(0, -1))) return true
  // The volume data-tsdb-0 is tsdb-0's.
  if (/[-\d]/.test(folded)) for (const other of covered) if (other.endsWith(`-${folded}`)) return true
  // The gateway is payments-gateway, Nordpay what api.nordpay.example and card_nordpay are of.
  if (/^[a-z]+(?:_[a-z]+)+$/.test(folded)) for (const other of covered) if (other.split('.').includes(folded)) return true
  if (/^[a-z]{4,}$/.test(folded))
    for (const other of covered)
      if (other.endsWith(`-${folded}`) || other.endsWith(`_${folded}`) || other.split('.').slice(0, -1).includes(folded)) return true
  // CoreDNS is what coredns_dns_responses_total is of.
  if (/^[a-z]{4,}$/.test(folded)) for (const other of covered) if (other.startsWith(`${folded}_`)) return true
  // max_connections is what people call pg_settings_max_connections.
  if (folded.includes('_')) for (const other of covered) if (other.endsWith(`_${folded}`) || other.startsWith(`${folded}_`)) return true
  const parts = folded.split(/[/:@]/).filter((part) => part !== '')
  return parts.length > 1 && parts.every((part) => covered.has(part))
}

const productNames =
  /^(?:not-?ready|schedulingdisabled|volumeattachments?|persistentvolumes?|persistentvolumeclaims?|(?:memory|disk|pid)pressure|networkunavailable|crashloopbackoff|imagepullbackoff|[kmgt]i?b(?:it)?\/s(?:ec)?|x509|m?tls|cert-manager|kube-proxy|kube-dns|coredns|github|gitlab|pagerduty|postgresql|mysql|mongodb|rabbitmq|javascript|typescript|opentelemetry|promql|logql|graphql|daemonsets?|statefulsets?|replicasets?|configmaps?|cronjobs?|pvcs?|alertmanager|openapi|devops|grpc|graphql|dynamodb|elasticsearch|clickhouse|ipv[46]|http[23s]?|utf-8|k8s|s3|ec2|e2e|p2p|oauth2?|sha256|base64|x86|x86_64|arm64|l[47])$/i
const suffixes = /-(?:related|side|specific|wide|facing|like|based|only|level|bound|internal|owned|backed|side|driven|heavy|local)$/
const parts =
  /^(?!(?:per|multi|cross|single|in|on|micro|self|non|re|pre|post|inter|intra|sub|all|each|same|whole|every|any|mid|off|one|two|three|read|write|load|full|half)-)[\p{L}-]+-(?:db|api|svc|service|cache|queue|worker|proxy|gateway|frontend|backend|redis|kafka|postgres|mysql|prod|staging|primary|replica|master|app|web|consumer|producer)$/u
const compound = /^(?:per|multi|cross|single|non|pre|post|inter|intra|all|each|same|other|mid)-(.+)$/

/** Numbers, with a unit or another word attached: "30s", "4m30s", "3x", "99th", "5-minute", "0.2/s". */
const numeric =
  /^(?:\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?(?:x|k|m|g|b|ns|us|µs|ms|s|sec|min|h|hr|d|w|[kmgt]i?b?|th|st|nd|rd|rps|qps|rpm|(?:req)?\/(?:s|sec|min|h))?|(?:\d+(?:d|h|m|s|ms))+|\d[\d.,]*-[a-z]{3,}|\d[\d.,]*[/-]\d[\d.,]*(?:x|s|ms|m|h|k)?)$/

/**
 * The name that a token is, or null for a word. Conservative: digits and letters mixed, underscores, camel case, dots, leading slashes
 * and names of the inventory are names; letters with hyphens are one only when they look like a component ("orders-db").
 */
export const nameOf = (token: string, inventory: Inventory): string | null => {
  const folded = token.toLowerCase()
  if (inventory.has(folded)) return token
  if (productNames.test(folded) || numeric.test(folded) || readingsOf(token) || /^E\d+$/.test(token)) return null
  if (/^v?\d+\.\d+\.\d/.test(folded)) return token
  const stem = folded.replace(suffixes, '').replace(compound, '$1')
  if (stem !== folded) return nameOf(token.slice(folded.indexOf(stem), folded.indexOf(stem) + stem.length), inventory)
  if (/^\/./.test(token) || token.includes('_') || (/\d/.test(token) && /\p{L}/u.test(token))) return token
  if (/\p{Ll}\p{Lu}/u.test(token) || /\p{Lu}{2,}\p{Ll}{2,}/u.test(token)) return token
  if (/\p{L}\.\p{L}/u.test(token)) return /^(?:e\.g|i\.e|a\.m|p\.m|u\.s)$/.test(folded) ? null : token
  if (token.includes('/')) return folded.split('/').some((part) => inventory.has(part)) ? token : null
  if (token.includes('-'))
    return parts.test(folded) || folded.split('-').some((part) => inventory.has(part) && part.length > 3) ? token : null
  return null
}

/** "A wrong search domain" speaks of no service called search. */
const compounds = /^ (?:domains?|paths?|engines?|terms?|strings?|keys?)\b/

/** All names of objects in a text from which quotes, times and numbers with units were taken out. */
export const namesIn = (text: string, inventory: Inventory): readonly NameMention[] => {
  const found: NameMention[] = []
  for (const match of text.matchAll(tokens)) {
    const name = nameOf(match[0].replace(/[./-]+$/, ''), inventory)
    if (name === null || (/^[a-z]+$/.test(name) && compounds.test(text.slice(match.index + match[0].length)))) continue
    const from = match.index + match[0].toLowerCase().indexOf(name.toLowerCase())
    found.push({ from, to: from + name.length, text: name, kind: kindOfName(name, inventory) })
  }
  return found
}
