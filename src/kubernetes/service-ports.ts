import { findObject, nameOf, ofKind, type Ref, refOf } from './objects.ts'
import { workloadOf } from './owners.ts'
import { declaredPorts, isReady, runningContainers } from './pods.ts'
import { at, listAt, numberAt, textAt, timeAt } from './read.ts'
import { rolloutOf } from './rollout.ts'
import { namedPorts } from './services.ts'
import type { ClusterState, KubeObject } from './state.ts'
import type { Relation } from './subject.ts'
import { sinceWords, type Trouble } from './trouble.ts'

/** Of an old service: less than what any pod says of itself. */
const OLD = 0.6

type Given = {
  readonly service: KubeObject
  readonly pods: readonly KubeObject[]
  readonly relation: Relation
  readonly onset: Date
}

/** A mismatch that stood for longer than this before the onset is not why something began now. */
const RECENT_MS = 2 * 3600_000

/**
 * A targetPort that no container has: by name where the endpoints bear it out, by number as far as the containers say where they listen. Only
 * where pods are ready: who serves nobody anyway is not kept from it by a port.
 */
export const portTroubles = (state: ClusterState, { service, pods, relation, onset }: Given): readonly Trouble[] => {
  if (!pods.some(isReady)) return []
  const declared = pods.flatMap(declaredPorts)
  const isHeadless = textAt(service, 'spec', 'clusterIP') === 'None'
  const ports = namedPorts(service)
  const wrong = ports.filter(({ target }) =>
    typeof target === 'string'
      ? declared.every(({ name }) => name !== target) && !hasEndpointPorts(state, service)
      : !isHeadless && !mayListen(pods, target),
  )
  const [first] = wrong
  const [pod] = pods
  if (first === undefined || pod === undefined) return []
  const name = nameOf(refOf(service))
  const workload = workloadOf(state, pod)
  const listening = [...new Set(declared.map(({ name: of, port }) => (of === '' ? `${port}` : `${port} (${of})`)))].slice(0, 6)
  const where = listening.length === 0 ? 'which declares no port' : `which listens on ${listening.join(', ')}`
  const isNamed = typeof first.target === 'string'
  const what = `${name} sends port ${first.port} to targetPort ${first.target} of ${nameOf(workload)}`
  const began = beganAt(state, { service, workload, target: first.target })
  const isOld = began !== null && began.getTime() < onset.getTime() - RECENT_MS
  // A service may have been edited long after it was made: since when it is so is then not known.
  const since = isOld ? null : began
  return [
    {
      object: refOf(service),
      relation,
      category: 'config_change',
      severity: 'critical',
      // One port among several that fit may be one that the container does not declare.
      weight: wrong.length < ports.length ? (isNamed && !isOld ? 0.6 : 0.35) : !isOld ? 0.9 : declared.length > 0 ? OLD : 0.3,
      since,
      summary: `${what}, ${where}${sinceWords(state, since)}: nothing answers there.`,
      suggestion: `Set targetPort of ${name} to the port that the container listens on: \`kubectl edit service ${service.metadata.name} -n ${service.metadata.namespace ?? 'default'}\``,
      explains: [workload],
      objects: [service, pod],
      shown: [what, `${nameOf(refOf(pod))}, ${where}${sinceWords(state, since)}`],
    },
  ]
}

/** The controller leaves a port out whose name no container has; where it wrote one, it found one. */
const hasEndpointPorts = (state: ClusterState, { metadata: { namespace, name } }: KubeObject): boolean =>
  [
    ...ofKind(state, 'EndpointSlice').filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name),
    ...ofKind(state, 'Endpoints')
      .filter(({ metadata }) => metadata.name === name)
      .flatMap((endpoints) => listAt(endpoints, 'subsets').map((subset) => ({ ...endpoints, ports: at(subset, 'ports') }))),
  ].some((endpoints) => endpoints.metadata.namespace === namespace && listAt(endpoints, 'ports').length > 0)

type Aim = { readonly service: KubeObject; readonly workload: Ref; readonly target: number | string }

/** Since when the two do not fit: the newest of what made them, and of the rollout that took the port away. */
const beganAt = (state: ClusterState, { service, workload, target }: Aim): Date | null => {
  const rollout = rolloutOf(state, workload)
  const had = declaredPorts(rollout?.before).some(({ name, port }) => name === target || port === target)
  const times = [
    timeAt(service, 'metadata', 'creationTimestamp'),
    timeAt(findObject(state, workload), 'metadata', 'creationTimestamp'),
    had ? (rollout?.at ?? null) : null,
  ].filter((time) => time !== null)
  return times.toSorted((a, b) => b.getTime() - a.getTime())[0] ?? null
}

/** A container may listen where it declares nothing: what its probes ask, or what stands in its arguments or environment, counts as well. */
const mayListen = (pods: readonly KubeObject[], port: number): boolean => {
  const declared = pods.flatMap(declaredPorts)
  if (declared.length === 0 || declared.some((one) => one.port === port)) return true
  const number = new RegExp(`(?<!\\d)${port}(?!\\d)`)
  return pods
    .flatMap(runningContainers)
    .some(
      (container) =>
        ['readinessProbe', 'livenessProbe', 'startupProbe'].some((probe) =>
          ['httpGet', 'tcpSocket', 'grpc'].some((way) => numberAt(container, probe, way, 'port') === port),
        ) ||
        [...listAt(container, 'command'), ...listAt(container, 'args'), ...listAt(container, 'env').map((env) => at(env, 'value'))].some(
          (text) => typeof text === 'string' && number.test(text),
        ),
    )
}
