import { amount, bytes } from '../text/number.ts'
import { isRead, ofKind, type Ref } from './objects.ts'
import { isLive } from './pods.ts'
import { quantity } from './quantity.ts'
import { at, listAt, recordAt, textAt, textsAt } from './read.ts'
import { meets } from './selector.ts'
import type { ClusterState, KubeObject } from './state.ts'

/** One part of the scheduler's sentence: "2 Insufficient cpu". */
export type Refusal = { readonly nodes: number; readonly text: string }

/** "0/5 nodes are available: 2 Insufficient cpu, 3 node(s) had …. preemption: …" in parts; what stands behind "preemption" repeats them. */
export const refusalsIn = (message: string): readonly Refusal[] => {
  const told = /nodes are available: ([\s\S]*?)(?:\.? preemption:|\.?$)/.exec(message)?.[1] ?? message
  return splitOutside(told).map((part) => {
    const counted = /^(\d+) ([\s\S]+)$/.exec(part)
    return counted === null ? { nodes: 0, text: part } : { nodes: Number(counted[1]), text: counted[2] ?? '' }
  })
}

/** Commas inside braces belong to a taint. */
const splitOutside = (text: string): readonly string[] => {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const character of text) {
    if (character === '{') depth += 1
    if (character === '}') depth = Math.max(0, depth - 1)
    if (character === ',' && depth === 0) {
      parts.push(part)
      part = ''
    } else part += character
  }
  return [...parts, part].map((one) => one.trim().replace(/\.$/, '')).filter((one) => one !== '')
}

export type Why =
  | 'selector'
  | 'too-large'
  | 'claim'
  | 'claim-missing'
  | 'volume-place'
  | 'anti-affinity'
  | 'spread'
  | 'taint'
  | 'node-trouble'
  | 'cordoned'
  | 'insufficient'
  | 'too-many-pods'
  | 'ports'
  | 'unknown'

export type Place = {
  readonly why: Why
  /** Against the objects: which label, which taint, how much is asked and how much the largest node has. */
  readonly words: string
  /** What is missing, cordoned or unbound beside the pod's own workload. */
  readonly seat: Ref | null
  readonly objects: readonly KubeObject[]
}

type Unplaced = { readonly state: ClusterState; readonly pod: KubeObject; readonly refusals: readonly Refusal[] }

/** Why no node takes the pod: what the objects prove first, then what most nodes say. Taints of the control plane are as they should be. */
export const placeOf = (unplaced: Unplaced): Place => {
  const { refusals } = unplaced
  const open = refusals.filter(({ text }) => !/control-plane|node-role\.kubernetes\.io\/master/.test(text))
  const told = (open.length > 0 ? open : refusals).toSorted((a, b) => b.nodes - a.nodes)
  for (const look of [claim, selector, tooLarge, newTaint]) {
    const found = look({ ...unplaced, refusals: told })
    if (found !== null) return found
  }
  for (const refusal of told.toSorted((a, b) => rankOf(a) - rankOf(b))) {
    const found = byText(unplaced, refusal)
    if (found !== null) return found
  }
  return { why: 'unknown', words: told.map(({ text }) => text).join(', '), seat: null, objects: [] }
}

/** Nodes for other work are as they should be: what the remaining ones lack is the cause. */
const rankOf = ({ text }: Refusal): number =>
  /node affinity|node selector/i.test(text) && !/volume/i.test(text) ? 2 : /taint/.test(text) ? 1 : 0

const claim = ({ state, pod, refusals }: Unplaced): Place | null => {
  const told = refusals.find(({ text }) =>
    /persistentvolumeclaim|available persistent volumes|persistentvolume "[^"]+" not found/i.test(text),
  )
  if (told === undefined) return null
  const names = listAt(pod, 'spec', 'volumes').flatMap((volume) => textAt(volume, 'persistentVolumeClaim', 'claimName') || [])
  const missing = /persistentvolumeclaim "([^"]+)" not found/i.exec(told.text)?.[1]
  const claims = ofKind(state, 'PersistentVolumeClaim').filter(
    ({ metadata }) => metadata.namespace === pod.metadata.namespace && names.includes(metadata.name),
  )
  const unbound = claims.find((one) => textAt(one, 'status', 'phase') !== 'Bound')
  const name = missing ?? unbound?.metadata.name ?? names[0]
  if (name === undefined) return null
  const seat: Ref = {
    kind: 'PersistentVolumeClaim',
    ...(pod.metadata.namespace === undefined ? {} : { namespace: pod.metadata.namespace }),
    name,
  }
  const phase = textAt(unbound, 'status', 'phase') || 'unbound'
  return missing !== undefined
    ? { why: 'claim-missing', words: `its claim ${name} does not exist`, seat, objects: [] }
    : { why: 'claim', words: `its claim ${name} is ${phase} (${told.text})`, seat, objects: unbound === undefined ? [] : [unbound] }
}

/** A selector that no node meets at all. */
const selector = ({ state, pod, refusals }: Unplaced): Place | null => {
  if (!refusals.some(({ text }) => /node affinity|node selector|NodeAffinity/i.test(text)) || !isRead(state, 'Node')) return null
  const nodes = ofKind(state, 'Node')
  const labels = nodes.map((node) => node.metadata.labels ?? {})
  const plain = Object.entries(textsAt(pod, 'spec', 'nodeSelector')).filter(([name, value]) => labels.every((one) => one[name] !== value))
  const terms = listAt(pod, 'spec', 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms')
  const unmet = terms.flatMap((term) => listAt(term, 'matchExpressions')).filter((one) => labels.every((of) => !meets(one, of)))
  const wanted = [
    ...plain.map(([name, value]) => `${name}=${value}`),
    ...unmet.map((one) => `${textAt(one, 'key')} ${textAt(one, 'operator')} ${listAt(one, 'values').join('|')}`.trim()),
  ]
  if (wanted.length > 0)
    return {
      why: 'selector',
      words: `it wants a node with ${wanted.slice(0, 3).join(', ')}, and none of ${nodes.length} has it`,
      seat: null,
      objects: [],
    }
  return null
}

/** A request that no node could hold were it empty. */
const tooLarge = ({ state, pod, refusals }: Unplaced): Place | null => {
  const nodes = ofKind(state, 'Node')
  for (const name of refusals.flatMap(({ text }) => /^Insufficient (\S+)/.exec(text)?.[1] ?? [])) {
    const asked = requestOf(pod, name)
    const largest = largestOf(nodes, name)
    if (largest !== null && asked > largest.value)
      return {
        why: 'too-large',
        words: `it requests ${written(name, asked)} of ${name}, and the largest node (${largest.node.metadata.name}) has ${written(name, largest.value)}`,
        seat: null,
        objects: [largest.node],
      }
  }
  return null
}

const byText = ({ state, pod, refusals }: Unplaced, { nodes, text }: Refusal): Place | null => {
  const of = nodes === 0 ? '' : ` on ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`
  const lacking = /^Insufficient (\S+)/.exec(text)?.[1]
  if (lacking !== undefined) {
    const largest = largestOf(ofKind(state, 'Node'), lacking)
    const room = largest === null ? '' : `, the largest node has ${written(lacking, largest.value)} in all`
    return {
      why: 'insufficient',
      words: `not enough ${lacking} is free${of}: it requests ${written(lacking, requestOf(pod, lacking))}${room}`,
      seat: null,
      objects: largest === null ? [] : [largest.node],
    }
  }
  const taint = taintIn(text)
  if (taint !== null && !/node\.kubernetes\.io\/unschedulable/.test(taint)) {
    const words = `it does not tolerate the taint ${taint}${of}`
    return { why: isSick(taint) ? 'node-trouble' : 'taint', words, seat: null, objects: tainted(state, taint).slice(0, 3) }
  }
  if (/unschedulable/.test(text)) return cordoned(state, of, refusals)
  const found = TEXTS.find(([pattern]) => pattern.test(text))
  return found === undefined ? null : { why: found[1], words: `${found[2]}${of}`, seat: null, objects: [] }
}

const TEXTS: readonly (readonly [RegExp, Why, string])[] = [
  [/anti-affinity/i, 'anti-affinity', 'its pod anti-affinity forbids'],
  [/pod affinity/i, 'anti-affinity', 'its pod affinity finds no partner'],
  [/topology spread/i, 'spread', 'its topology spread constraints forbid'],
  [/volume node affinity/i, 'volume-place', 'its volume lives elsewhere: volume node affinity conflict'],
  [/node affinity|node selector/i, 'selector', 'its node selector or affinity does not fit'],
  [/too many pods/i, 'too-many-pods', 'as many pods as allowed are'],
  [/free ports|host ports/i, 'ports', 'its host port is taken'],
  [/max volume count/i, 'volume-place', 'as many volumes as allowed are attached'],
]

const cordoned = (state: ClusterState, of: string, refusals: readonly Refusal[]): Place => {
  const nodes = ofKind(state, 'Node').filter((node) => at(node, 'spec', 'unschedulable') === true)
  const [only] = nodes
  const others = refusals.filter(({ text }) => !/unschedulable|control-plane/.test(text)).length
  return {
    why: 'cordoned',
    words: `cordoned nodes take no pods${of} (${
      nodes
        .map(({ metadata }) => metadata.name)
        .slice(0, 3)
        .join(', ') || 'not read which'
    })`,
    seat: only !== undefined && nodes.length === 1 && others === 0 ? { kind: 'Node', name: only.metadata.name } : null,
    objects: nodes.slice(0, 3),
  }
}

const taintIn = (text: string): string | null => /taints? \{([^}]+)\}/.exec(text)?.[1] ?? (/taint/.test(text) ? 'of its nodes' : null)

/** Taints that the cluster itself puts on a node that is not well. */
const isSick = (taint: string): boolean =>
  /node\.kubernetes\.io\/(?:not-ready|unreachable|[a-z]+-pressure|network-unavailable)|uninitialized/.test(taint)

const tainted = (state: ClusterState, taint: string): readonly KubeObject[] =>
  ofKind(state, 'Node').filter((node) => listAt(node, 'spec', 'taints').some((one) => `${taint}:`.startsWith(`${textAt(one, 'key')}:`)))

/** A taint that came after pods which do not tolerate it: they still run there. Then the one node that has it is what was changed. */
const newTaint = ({ state, refusals }: Unplaced): Place | null => {
  for (const { text } of refusals) {
    const taint = taintIn(text)
    const nodes = taint === null || isSick(taint) || /unschedulable/.test(taint) ? [] : tainted(state, taint)
    const [only] = nodes
    if (taint === null || only === undefined || nodes.length > 1) continue
    const key = taint.split(':')[0] ?? ''
    const stays = ofKind(state, 'Pod').find(
      (pod) => textAt(pod, 'spec', 'nodeName') === only.metadata.name && isLive(pod) && !tolerates(pod, key),
    )
    if (stays === undefined) continue
    const { name } = only.metadata
    const words = `Node ${name} has the taint ${taint}, which came after ${stays.metadata.name} that runs there and does not tolerate it either`
    return { why: 'taint', words, seat: { kind: 'Node', name }, objects: [only, stays] }
  }
  return null
}

const tolerates = (pod: KubeObject, key: string): boolean =>
  listAt(pod, 'spec', 'tolerations').some(
    (one) => textAt(one, 'key') === key || (textAt(one, 'key') === '' && textAt(one, 'operator') === 'Exists'),
  )

/** What the scheduler counts: the sum of the containers, or the largest init container where that is more; and the pod's overhead. */
const requestOf = (pod: KubeObject, name: string): number => {
  const of = (container: unknown): number => quantity(recordAt(container, 'resources', 'requests')[name]) ?? 0
  const sum = listAt(pod, 'spec', 'containers').reduce((total: number, container) => total + of(container), 0)
  const init = Math.max(0, ...listAt(pod, 'spec', 'initContainers').map(of))
  return Math.max(sum, init) + (quantity(recordAt(pod, 'spec', 'overhead')[name]) ?? 0)
}

const largestOf = (nodes: readonly KubeObject[], name: string): { readonly node: KubeObject; readonly value: number } | null =>
  nodes
    .map((node) => ({ node, value: quantity(recordAt(node, 'status', 'allocatable')[name]) ?? 0 }))
    .toSorted((a, b) => b.value - a.value || (a.node.metadata.name < b.node.metadata.name ? -1 : 1))[0] ?? null

const written = (name: string, value: number): string => (/memory|storage/.test(name) ? bytes(value) : amount(value))
