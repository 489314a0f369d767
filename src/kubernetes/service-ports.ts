import { nameOf, refOf } from './objects.ts'
import { workloadOf } from './owners.ts'
import { declaredPorts, runningContainers } from './pods.ts'
import { at, listAt, numberAt, textAt } from './read.ts'
import { namedPorts } from './services.ts'
import type { ClusterState, KubeObject } from './state.ts'
import type { Relation } from './subject.ts'
import type { Trouble } from './trouble.ts'

type Given = { readonly service: KubeObject; readonly pods: readonly KubeObject[]; readonly relation: Relation }

/** A targetPort that no container has: by name surely so, by number as far as the containers say where they listen. */
export const portTroubles = (state: ClusterState, { service, pods, relation }: Given): readonly Trouble[] => {
  const declared = pods.flatMap(declaredPorts)
  const isHeadless = textAt(service, 'spec', 'clusterIP') === 'None'
  const ports = namedPorts(service)
  const wrong = ports.filter(({ target }) =>
    typeof target === 'string' ? declared.every(({ name }) => name !== target) : !isHeadless && !mayListen(pods, target),
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
  return [
    {
      object: refOf(service),
      relation,
      category: 'config_change',
      severity: 'critical',
      // One port among several that fit may be one that the container does not declare.
      weight: wrong.length === ports.length ? 0.9 : isNamed ? 0.6 : 0.35,
      summary: `${what}, ${where}: nothing answers there.`,
      suggestion: `Set targetPort of ${name} to the port that the container listens on: \`kubectl edit service ${service.metadata.name} -n ${service.metadata.namespace ?? 'default'}\``,
      explains: [workload],
      objects: [service, pod],
      shown: [what, `${nameOf(refOf(pod))}, ${where}`],
    },
  ]
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
