import type { Around } from './around.ts'
import { calledFrom } from './calls.ts'
import {
  type Direction,
  type End,
  endOf,
  isolating,
  judge,
  letNothing,
  lettingNobodyIn,
  type Port,
  type Verdict,
} from './network-policies.ts'
import { findObject, isRead, keyOf, nameOf, ofKind, type Ref, refOf } from './objects.ts'
import { podsOf, workloadOf } from './owners.ts'
import { declaredPorts, isLive } from './pods.ts'
import { at, listAt, numberAt, recordAt, timeAt } from './read.ts'
import { labelWords, matchesSelector } from './selector.ts'
import { desiredPods, hasSelector, namedPorts, servicesInFrontOf } from './services.ts'
import type { ClusterState, KubeObject } from './state.ts'
import { sinceWords, type Trouble } from './trouble.ts'

type Edge = { readonly from: string; readonly to: string }

type Given = {
  readonly around: Around
  readonly onset: Date
  readonly edges: readonly Edge[]
  /** Whether the subject's own log speaks of connections that fail. */
  readonly isHeard: boolean
}

/** A policy that keeps traffic of the alert's own pods away, with what is kept away. */
type Block = {
  readonly policies: readonly KubeObject[]
  readonly direction: Direction
  readonly verdict: Verdict | 'nothing'
  readonly what: string
  readonly of: Ref
  readonly other?: Ref
}

/**
 * The pod by whose labels policies are judged. A workload that wants no pods has nobody who could be kept away; a pod that its own workload
 * does not select, new or set apart by hand, is not what it runs.
 */
const speakerOf = (state: ClusterState, workload: Ref): KubeObject | undefined => {
  const maker = findObject(state, workload)
  if (maker !== undefined && maker.kind !== 'Pod' && desiredPods(maker) === 0) return undefined
  const selector = at(maker, 'spec', 'selector')
  return podsOf(state, workload).find(
    (pod) => isLive(pod) && (selector === undefined || maker?.kind === 'Pod' || matchesSelector(selector, pod.metadata.labels ?? {})),
  )
}

const HOUR_MS = 3600_000

/** Network policies that let nothing, not the caller, not the dependency or not DNS through to or from the alert's own pods. */
export const isolationTroubles = (given: Given): readonly Trouble[] => {
  const blocks = blocksOf(given)
  const troubles = blocks.flatMap((block) => troubleOf(given, block) ?? [])
  // One policy forbids many things: the first found of it says enough.
  return [...Map.groupBy(troubles, ({ object }) => keyOf(object)).values()].flatMap(([first]) => first ?? [])
}

const blocksOf = (given: Given): readonly Block[] => {
  const { state, concerned } = given.around
  if (!isRead(state, 'NetworkPolicy') || ofKind(state, 'NetworkPolicy').length === 0) return []
  return concerned.objects.flatMap((workload) => {
    const pod = speakerOf(state, workload)
    if (pod === undefined) return []
    return [...inbound(given, workload, pod), ...nameLookups(given, workload, pod), ...outbound(given, workload, pod)]
  })
}

/** Calls to the alert's pods: from anybody, then from those that are known to call. */
const inbound = (given: Given, workload: Ref, pod: KubeObject): readonly Block[] => {
  const { state } = given.around
  const policies = isolating(state, endOf(pod), 'Ingress')
  if (policies.length === 0) return []
  const base = { policies, direction: 'Ingress' as const, of: workload }
  // Who offers nothing is called by nobody.
  const ports = portsOf(given, pod)
  if (ports.length === 0) return []
  if (letNothing(policies, 'Ingress')) return [{ ...base, verdict: 'nothing', what: 'lets nothing in' }]
  const whoever = lettingNobodyIn(state, policies, ports)
  if (whoever !== 'allowed' && isRead(state, 'Pod')) {
    const what = whoever === 'port' ? `lets nobody in on ${portWords(ports)}` : 'lets in only pods with labels that no pod has'
    return [{ ...base, verdict: whoever, what }]
  }
  return callersOf(given, workload).flatMap(({ ref, end }): Block[] => {
    const verdicts = ports.map((port) => judge(state, policies, { peer: end, port, direction: 'Ingress' }))
    if (verdicts.includes('allowed')) return []
    const isPort = verdicts.includes('port')
    return [
      {
        ...base,
        other: ref,
        verdict: isPort ? 'port' : 'peer',
        what: isPort ? `does not let ${nameOf(ref)} in on ${portWords(ports)}` : `does not let ${nameOf(ref)} in`,
      },
    ]
  })
}

/** CoreDNS listens on 53; OpenShift's and some others' pods on these. */
const DNS_PORTS = [53, 5353, 8053]

const nameLookups = (given: Given, workload: Ref, pod: KubeObject): readonly Block[] => {
  const { state } = given.around
  const policies = isolating(state, endOf(pod), 'Egress')
  if (policies.length === 0) return []
  const base = { policies, direction: 'Egress' as const, of: workload }
  if (letNothing(policies, 'Egress')) return [{ ...base, verdict: 'nothing', what: 'lets nothing out, not even to DNS' }]
  const server = ofKind(state, 'Pod').find(
    ({ metadata }) => metadata.namespace === 'kube-system' && metadata.labels?.['k8s-app'] === 'kube-dns',
  )
  const peer: End = server === undefined ? { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } } : endOf(server)
  const verdicts = DNS_PORTS.map((port) =>
    judge(state, policies, { peer, port: { protocol: 'UDP', port, name: 'dns' }, direction: 'Egress' }),
  )
  if (verdicts.includes('allowed')) return []
  return [{ ...base, verdict: verdicts.includes('port') ? 'port' : 'peer', what: 'does not let its DNS queries out (UDP port 53)' }]
}

/** Calls of the alert's pods, at both ends: what they may send, and what those that they call let in. */
const outbound = (given: Given, workload: Ref, pod: KubeObject): readonly Block[] => {
  const { state } = given.around
  const called = calledFrom(state, { workloads: [workload], names: [workload.name], edges: given.edges, depth: 1 })
  return called.flatMap((ref): Block[] => {
    const other = speakerOf(state, ref)
    if (other === undefined || ref.kind === 'Service') return []
    const ports = portsOf(given, other)
    const check = (direction: Direction, at: KubeObject, peer: KubeObject): Verdict => {
      const policies = isolating(state, endOf(at), direction)
      if (policies.length === 0 || ports.length === 0) return 'allowed'
      const verdicts = ports.map((port) => judge(state, policies, { peer: endOf(peer), port, direction }))
      return verdicts.includes('allowed') ? 'allowed' : verdicts.includes('port') ? 'port' : 'peer'
    }
    const out = check('Egress', pod, other)
    const into = check('Ingress', other, pod)
    const on = (verdict: Verdict): string => (verdict === 'port' ? ` on ${portWords(ports)}` : '')
    return [
      ...(out === 'allowed'
        ? []
        : [
            {
              policies: isolating(state, endOf(pod), 'Egress'),
              direction: 'Egress' as const,
              verdict: out,
              what: `does not let it call ${nameOf(ref)}${on(out)}`,
              of: workload,
              other: ref,
            },
          ]),
      ...(into === 'allowed'
        ? []
        : [
            {
              policies: isolating(state, endOf(other), 'Ingress'),
              direction: 'Ingress' as const,
              verdict: into,
              what: `does not let ${nameOf(workload)} in to ${nameOf(ref)}${on(into)}`,
              of: ref,
              other: workload,
            },
          ]),
    ]
  })
}

const troubleOf = ({ around: { state, concerned }, onset, isHeard }: Given, block: Block): Trouble | undefined => {
  const policy = guilty(block)
  if (policy === undefined) return undefined
  const since = madeAt(policy)
  const age = since === null ? Number.POSITIVE_INFINITY : onset.getTime() - since.getTime()
  const isRolledOut = [block.of, ...(block.other === undefined ? [] : [block.other])].some((ref) => isNew(state, ref, onset))
  const weight = age < 2 * HOUR_MS ? 0.9 : isHeard ? 0.65 : isRolledOut ? 0.6 : age < 24 * HOUR_MS || isEdited(policy) ? 0.5 : 0.3
  const of = concerned.relationOf(block.of)
  const selector = labelWords(recordAt(policy, 'spec', 'podSelector', 'matchLabels') as Readonly<Record<string, string>>) || 'every pod'
  const whole = `${nameOf(refOf(policy))} isolates ${nameOf(block.of)} and ${block.what}`
  return {
    object: refOf(policy),
    // It stands between the alert's own pods and their peers, on whichever side.
    relation: of === 'subject' ? 'subject' : 'used',
    category: 'network',
    severity: 'critical',
    weight,
    since,
    summary: `${whole}. It was made${sinceWords(state, since).replace(' since', ' at')}${isHeard ? ', and the log speaks of connections that fail' : ''}.`,
    suggestion: `Add a rule for what is to pass: \`kubectl describe networkpolicy ${policy.metadata.name} -n ${policy.metadata.namespace ?? 'default'}\``,
    explains: [block.of, ...(block.other === undefined ? [] : [block.other])],
    objects: block.policies.slice(0, 5),
    shown: [
      `${whole}${sinceWords(state, since).replace(' since', ' at')}`,
      `selects ${selector}`,
      ...block.policies.slice(0, 5).map((one) => `${nameOf(refOf(one))}: ${JSON.stringify(one.spec ?? {}).slice(0, 500)}`),
    ],
  }
}

/** Whether a workload got a new version shortly before: its pods may have lost a label that a policy asks for. */
const isNew = (state: ClusterState, workload: Ref, onset: Date): boolean =>
  ofKind(state, 'ReplicaSet').some((set) => {
    const made = Date.parse(set.metadata.creationTimestamp ?? '')
    const isOurs = keyOf(workloadOf(state, set)) === keyOf(workload) && (desiredPods(set) ?? 0) > 0
    return isOurs && onset.getTime() - made < 2 * HOUR_MS
  })

/** Of several: those whose rule names the peer but not the port; then the newest, for until then it worked. */
const guilty = ({ policies, direction, verdict }: Block): KubeObject | undefined => {
  const withRules = policies.filter((policy) => listAt(policy, 'spec', direction === 'Ingress' ? 'ingress' : 'egress').length > 0)
  const candidates = verdict === 'port' && withRules.length > 0 ? withRules : policies
  return candidates.toSorted(
    (a, b) => (madeAt(b)?.getTime() ?? 0) - (madeAt(a)?.getTime() ?? 0) || (a.metadata.name < b.metadata.name ? -1 : 1),
  )[0]
}

const madeAt = (policy: KubeObject): Date | null => timeAt(policy, 'metadata', 'creationTimestamp')

/** Changed since it was made: when, nobody recorded. */
const isEdited = (policy: KubeObject): boolean => (numberAt(policy, 'metadata', 'generation') ?? 1) > 1

/** The ports of a pod that its services lead to, else those that it declares. */
const portsOf = ({ around: { state } }: Given, pod: KubeObject): readonly Port[] => {
  const declared = declaredPorts(pod)
  const served = servicesInFrontOf(state, pod).flatMap((ref) => {
    const service = findObject(state, ref)
    return service === undefined || !hasSelector(service) ? [] : namedPorts(service)
  })
  const targets = served.flatMap(({ target }) =>
    typeof target === 'number' ? [{ name: '', port: target }] : declared.filter(({ name }) => name === target),
  )
  // A service that leads to a port where nobody listens says nothing about the policy.
  const known = declared.length === 0 ? targets : targets.filter((target) => declared.some(({ port }) => port === target.port))
  return (known.length > 0 ? known : declared).map(({ port, name }) => ({
    protocol: 'TCP',
    port,
    name: name || (declared.find((one) => one.port === port)?.name ?? ''),
  }))
}

const portWords = (ports: readonly Port[]): string => `port ${[...new Set(ports.map(({ port }) => port))].slice(0, 4).join(', ')}`

type Caller = { readonly ref: Ref; readonly end: End }

/** Who calls a workload, by the call graph and by the addresses in environments. */
const callersOf = ({ around: { state }, edges }: Given, workload: Ref): readonly Caller[] =>
  ['Deployment', 'StatefulSet', 'DaemonSet']
    .flatMap((kind) => ofKind(state, kind))
    .map(refOf)
    .filter((ref) => keyOf(ref) !== keyOf(workload))
    .flatMap((ref) => {
      const pod = speakerOf(state, ref)
      const called = calledFrom(state, { workloads: [ref], names: [ref.name], edges, depth: 1 })
      return pod !== undefined && called.some((one) => keyOf(one) === keyOf(workload)) ? [{ ref, end: endOf(pod) }] : []
    })

/** Whether any policy of the state could matter to the alert: only then is it worth to read logs. */
export const mayBeIsolated = ({ state, concerned }: Around): boolean =>
  concerned.isResolved && at(ofKind(state, 'NetworkPolicy'), 0) !== undefined
