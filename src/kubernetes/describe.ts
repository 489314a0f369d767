import { conditionsOf } from './condition.ts'
import { ownerOf } from './owners.ts'
import { at, listAt, numberAt, recordAt, textAt, textsAt } from './read.ts'
import { labelWords } from './selector.ts'
import type { KubeObject } from './state.ts'
import { summaryOf } from './summary.ts'

/**
 * An object in lines as `kubectl describe` gives it, without what is as it always is: state, owner, conditions, containers with what became of
 * them and of the run before, volumes. Events are not among it.
 */
export const describeObject = (object: KubeObject): readonly string[] => {
  const { namespace, name, creationTimestamp, deletionTimestamp, labels = {} } = object.metadata
  const owner = ownerOf(object)
  const summary = summaryOf(object)
  return [
    `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}${summary === '' ? '' : `: ${summary}`}`,
    `created ${creationTimestamp ?? 'at an unknown time'}${owner === undefined ? '' : `, owned by ${owner.kind} ${owner.name}`}${deletionTimestamp === undefined ? '' : `, being deleted since ${deletionTimestamp}`}`,
    ...(Object.keys(labels).length === 0 ? [] : [`labels ${labelWords(labels)}`]),
    ...statusLines(object),
    ...conditionLines(object),
    ...podLines(object),
  ]
}

const statusLines = (object: KubeObject): readonly string[] => {
  const reason = textAt(object, 'status', 'reason')
  const message = textAt(object, 'status', 'message')
  const selector = textsAt(object, 'spec', 'selector', 'matchLabels')
  const strategy = textAt(object, 'spec', 'strategy', 'type')
  return [
    ...(reason === '' && message === '' ? [] : [`status ${[reason, message].filter((text) => text !== '').join(': ')}`]),
    ...(Object.keys(selector).length === 0 ? [] : [`selects ${labelWords(selector)}`]),
    ...(strategy === '' ? [] : [`strategy ${strategy}`]),
  ]
}

const conditionLines = (object: KubeObject): readonly string[] =>
  conditionsOf(object).map(
    ({ type, status, reason, message, since }) =>
      `condition ${type}=${status}${since === null ? '' : ` since ${iso(since)}`}${reason === '' ? '' : ` ${reason}`}${message === '' ? '' : `: ${message}`}`,
  )

const iso = (time: Date): string => time.toISOString().replace('.000Z', 'Z')

/** Of a pod, or of what pods are made from. */
const podLines = (object: KubeObject): readonly string[] => {
  const made = object.kind === 'Pod' ? object : recordAt(object, 'spec', 'template')
  const statuses = [...listAt(object, 'status', 'initContainerStatuses'), ...listAt(object, 'status', 'containerStatuses')]
  const lines = [
    ...listAt(made, 'spec', 'initContainers').map((container) => ({ container, title: 'init container' })),
    ...listAt(made, 'spec', 'containers').map((container) => ({ container, title: 'container' })),
  ].flatMap(({ container, title }) => {
    const name = textAt(container, 'name')
    const status = statuses.find((one) => textAt(one, 'name') === name)
    return containerLines(container, { title, name, status })
  })
  return [...lines, ...placementLines(made), ...volumeLines(made)]
}

type Container = { readonly title: string; readonly name: string; readonly status: unknown }

const containerLines = (container: unknown, { title, name, status }: Container): readonly string[] => {
  const last = status === undefined ? '' : stateText(recordAt(status, 'lastState'))
  const resources = ['requests', 'limits'].flatMap((field) => {
    const values = Object.entries(recordAt(container, 'resources', field)).map(([what, value]) => `${what} ${String(value)}`)
    return values.length === 0 ? [] : [`${field} ${values.join(' ')}`]
  })
  const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].flatMap((field) => {
    const text = probeText(recordAt(container, field))
    return text === '' ? [] : [`${field.replace('Probe', '')} ${text}`]
  })
  return [
    `${title} ${name}: image ${textAt(container, 'image')}${resources.length === 0 ? '' : `, ${resources.join(', ')}`}`,
    ...(status === undefined
      ? []
      : [
          `  ${at(status, 'ready') === true ? 'ready' : 'not ready'}, ${numberAt(status, 'restartCount') ?? 0} restarts, now ${stateText(recordAt(status, 'state')) || 'unknown'}`,
        ]),
    ...(last === '' ? [] : [`  before that ${last}`]),
    ...(probes.length === 0 ? [] : [`  probes: ${probes.join('; ')}`]),
  ]
}

const stateText = (state: unknown): string => {
  const running = textAt(state, 'running', 'startedAt')
  if (running !== '') return `running since ${running}`
  const waiting = textAt(state, 'waiting', 'reason')
  if (waiting !== '') return `waiting: ${[waiting, textAt(state, 'waiting', 'message')].filter((text) => text !== '').join(': ')}`
  const ended = recordAt(state, 'terminated')
  if (Object.keys(ended).length === 0) return ''
  const signal = textAt(ended, 'signal')
  const message = textAt(ended, 'message')
  return (
    `ended: ${textAt(ended, 'reason') || 'no reason'}, exit code ${textAt(ended, 'exitCode')}${signal === '' ? '' : `, signal ${signal}`}, ` +
    `from ${textAt(ended, 'startedAt') || 'unknown'} to ${textAt(ended, 'finishedAt') || 'unknown'}${message === '' ? '' : `: ${message}`}`
  )
}

const probeText = (probe: unknown): string => {
  const http = recordAt(probe, 'httpGet')
  const what =
    Object.keys(http).length > 0
      ? `GET ${textAt(http, 'path') || '/'} port ${textAt(http, 'port')}`
      : at(probe, 'tcpSocket') !== undefined
        ? `TCP port ${textAt(probe, 'tcpSocket', 'port')}`
        : at(probe, 'grpc') !== undefined
          ? `gRPC port ${textAt(probe, 'grpc', 'port')}`
          : at(probe, 'exec') !== undefined
            ? `exec ${listAt(probe, 'exec', 'command').join(' ')}`
            : ''
  if (what === '') return ''
  return `${what}, after ${numberAt(probe, 'initialDelaySeconds') ?? 0} s, every ${numberAt(probe, 'periodSeconds') ?? 10} s, time-out ${numberAt(probe, 'timeoutSeconds') ?? 1} s, fails after ${numberAt(probe, 'failureThreshold') ?? 3}`
}

const placementLines = (made: unknown): readonly string[] => {
  const account = textAt(made, 'spec', 'serviceAccountName')
  const selector = textsAt(made, 'spec', 'nodeSelector')
  return [
    ...(account === '' || account === 'default' ? [] : [`service account ${account}`]),
    ...(Object.keys(selector).length === 0 ? [] : [`only on nodes with ${labelWords(selector)}`]),
    ...(at(made, 'spec', 'affinity') === undefined ? [] : ['has affinity rules (kubernetes_get shows them)']),
  ]
}

const volumeLines = (made: unknown): readonly string[] => {
  const volumes = listAt(made, 'spec', 'volumes').flatMap((volume) => {
    const what = [
      ['claim', textAt(volume, 'persistentVolumeClaim', 'claimName')],
      ['config map', textAt(volume, 'configMap', 'name')],
      ['secret', textAt(volume, 'secret', 'secretName')],
    ].find(([, name]) => name !== '')
    return what === undefined ? [] : [`${textAt(volume, 'name')} from ${what[0]} ${what[1]}`]
  })
  return volumes.length === 0 ? [] : [`volumes: ${volumes.join(', ')}`]
}
