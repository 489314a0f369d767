import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { event } from './events.ts'
import type { Ended, PodLook, Run } from './objects.ts'
import { m, number, type World } from './world.ts'

const nodeOf = (pod: KubeObject): string => String(pod.spec?.['nodeName'] ?? '')
const full = (pod: KubeObject): string => `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`

/** An event of the kubelet about one container of a pod. */
export const kubelet = (
  w: World,
  pod: KubeObject,
  told: {
    container?: string
    init?: boolean
    type?: 'Normal' | 'Warning'
    reason: string
    message: string
    first: number
    last?: number
    count?: number
  },
): void => {
  const { container, init, ...rest } = told
  const message = told.reason === 'Unhealthy' ? told.message.replace(/\b10\.244\.\d+\.\d+/g, String(pod.status?.['podIP'])) : told.message
  event(w, {
    ...rest,
    message,
    on: pod,
    type: told.type ?? 'Warning',
    from: 'kubelet',
    host: nodeOf(pod),
    ...(container === undefined ? {} : { fieldPath: `spec.${init ? 'initContainers' : 'containers'}{${container}}` }),
  })
}

/** In back-off after it ended again and again since `since` seconds ago. */
export const crashing = (
  container: string,
  of: Partial<Ended> & {
    since: number
    restarts: number
    age?: number
    node?: string
    init?: boolean
    log?: readonly string[]
    more?: PodLook
  },
): PodLook => {
  const last: Ended = {
    exit: of.exit ?? 1,
    reason: of.reason ?? 'Error',
    ago: of.ago ?? 95,
    ran: of.ran ?? 3,
    ...(of.message === undefined ? {} : { message: of.message }),
  }
  const run: Run = { is: 'waiting', reason: 'CrashLoopBackOff', restarts: of.restarts, last }
  return {
    age: of.age ?? of.since,
    ...(of.node === undefined ? {} : { node: of.node }),
    changed: of.since - 5,
    ...(of.init ? { init: { [container]: run } } : { containers: { [container]: run } }),
    ...of.more,
    tell: (w, pod) => {
      const count = Math.max(2, Math.floor(of.since / 14))
      kubelet(w, pod, {
        container,
        init: of.init ?? false,
        reason: 'BackOff',
        message: `Back-off restarting failed container ${container} in pod ${full(pod)}`,
        first: of.since - 12,
        last: 4 + number(pod.metadata.name, 9),
        count,
      })
      if (of.log !== undefined)
        w.logs[`${pod.metadata.namespace}/${pod.metadata.name}/${container}`] = { current: of.log, previous: of.log }
      of.more?.tell?.(w, pod)
    },
  }
}

/** Image that does not come, with the runtime's words. */
export const pullFailing = (
  container: string,
  of: {
    image: string
    error: string
    since: number
    node?: string
    init?: boolean
    now?: 'ErrImagePull' | 'ImagePullBackOff'
    more?: PodLook
  },
): PodLook => {
  const backOff = of.now !== 'ErrImagePull'
  const run: Run = {
    is: 'waiting',
    reason: of.now ?? 'ImagePullBackOff',
    message: backOff ? `Back-off pulling image "${of.image}"` : of.error,
  }
  return {
    age: of.since,
    ...(of.node === undefined ? {} : { node: of.node }),
    ...(of.init ? { init: { [container]: run } } : { containers: { [container]: run } }),
    ...of.more,
    tell: (w, pod) => {
      const at = { container, init: of.init ?? false, first: of.since - 2 }
      const tries = Math.min(1 + Math.floor(of.since / 120), 4 + Math.floor(of.since / 300))
      const last = tries > 1 ? Math.min(of.since - 2, 100) : of.since - 2
      kubelet(w, pod, { ...at, type: 'Normal', reason: 'Pulling', message: `Pulling image "${of.image}"`, count: tries, last })
      kubelet(w, pod, {
        ...at,
        reason: 'Failed',
        message: `Failed to pull image "${of.image}": ${of.error}`,
        count: tries,
        last: last - 1,
        first: of.since - 3,
      })
      kubelet(w, pod, { ...at, reason: 'Failed', message: 'Error: ErrImagePull', count: tries, last: last - 1, first: of.since - 3 })
      if (backOff) {
        const n = Math.max(1, Math.floor(of.since / 14))
        kubelet(w, pod, {
          ...at,
          type: 'Normal',
          reason: 'BackOff',
          message: `Back-off pulling image "${of.image}"`,
          count: n,
          first: of.since - 16,
          last: 6,
        })
        kubelet(w, pod, { ...at, reason: 'Failed', message: 'Error: ImagePullBackOff', count: n, first: of.since - 16, last: 6 })
      }
      of.more?.tell?.(w, pod)
    },
  }
}

/** The kubelet cannot make the container out of what the pod refers to. */
export const configError = (
  container: string,
  of: { message: string; since: number; reason?: string; init?: boolean; more?: PodLook },
): PodLook => ({
  age: of.since,
  ...(of.init
    ? { init: { [container]: { is: 'waiting', reason: of.reason ?? 'CreateContainerConfigError', message: of.message } } }
    : { containers: { [container]: { is: 'waiting', reason: of.reason ?? 'CreateContainerConfigError', message: of.message } } }),
  ...of.more,
  tell: (w, pod) => {
    kubelet(w, pod, {
      container,
      init: of.init ?? false,
      reason: 'Failed',
      message: `Error: ${of.message.replaceAll('{pod}', full(pod))}`,
      first: of.since - 3,
      last: 7,
      count: Math.max(2, Math.floor(of.since / 13)),
    })
    of.more?.tell?.(w, pod)
  },
})

/** A volume that is not mounted: all containers wait in ContainerCreating. */
export const mountFailing = (
  containers: readonly string[],
  of: {
    messages: readonly { reason?: string; message: string; from?: string }[]
    since: number
    node?: string
    inits?: readonly string[]
    more?: PodLook
  },
): PodLook => ({
  age: of.since,
  ...(of.node === undefined ? {} : { node: of.node }),
  containers: Object.fromEntries(
    containers.map((c) => [c, { is: 'waiting', reason: of.inits === undefined ? 'ContainerCreating' : 'PodInitializing' } satisfies Run]),
  ),
  ...(of.inits === undefined
    ? {}
    : { init: Object.fromEntries(of.inits.map((c) => [c, { is: 'waiting', reason: 'PodInitializing' } satisfies Run])) }),
  ...of.more,
  tell: (w, pod) => {
    for (const told of of.messages) {
      const times = {
        first: of.since - 1,
        last: Math.min(of.since - 1, 50),
        count: Math.max(1, Math.min(4 + Math.floor(of.since / 122), 40)),
      }
      if (told.from === undefined) kubelet(w, pod, { ...times, reason: told.reason ?? 'FailedMount', message: told.message })
      else
        event(w, {
          on: pod,
          type: 'Warning',
          reason: told.reason ?? 'FailedMount',
          message: told.message,
          first: of.since,
          last: told.reason === 'FailedAttachVolume' && told.message.startsWith('Multi') ? of.since : 50,
          count: told.message.startsWith('Multi') ? 1 : times.count,
          from: told.from,
        })
    }
    of.more?.tell?.(w, pod)
  },
})

/** Runs, and its readiness (or another probe) fails since `since`. */
export const unready = (
  container: string,
  of: {
    since: number
    age: number
    message: string
    started?: boolean
    restarts?: number
    last?: Ended
    every?: number
    runs?: number
    more?: PodLook
  },
): PodLook => ({
  age: of.age,
  changed: of.since,
  containers: {
    [container]: {
      is: 'running',
      since: of.runs ?? of.age - 3,
      ready: false,
      started: of.started ?? true,
      restarts: of.restarts ?? 0,
      ...(of.last === undefined ? {} : { last: of.last }),
    },
  },
  ...of.more,
  tell: (w, pod) => {
    kubelet(w, pod, {
      container,
      reason: 'Unhealthy',
      message: of.message,
      first: Math.min(of.since + 20, of.age - 4),
      last: 5,
      count: Math.max(3, Math.floor(of.since / (of.every ?? 10))),
    })
    of.more?.tell?.(w, pod)
  },
})

/** Killed by its liveness (or startup) probe again and again; now in a fresh run or in back-off. */
export const killedByProbe = (
  container: string,
  of: {
    probe: 'Liveness' | 'Startup'
    message: string
    since: number
    age: number
    restarts: number
    exit?: number
    backOff?: boolean
    more?: PodLook
  },
): PodLook => {
  const last: Ended = { exit: of.exit ?? 137, reason: 'Error', ago: 40, ran: 90 }
  return {
    age: of.age,
    changed: of.since,
    containers: {
      [container]: of.backOff
        ? { is: 'waiting', reason: 'CrashLoopBackOff', restarts: of.restarts, last }
        : { is: 'running', since: 38, ready: of.probe !== 'Startup', started: of.probe !== 'Startup', restarts: of.restarts, last },
    },
    ...of.more,
    tell: (w, pod) => {
      kubelet(w, pod, {
        container,
        reason: 'Unhealthy',
        message: `${of.probe} probe failed: ${of.message}`,
        first: of.since + 25,
        last: 8,
        count: of.restarts * 3 + 2,
      })
      kubelet(w, pod, {
        container,
        type: 'Normal',
        reason: 'Killing',
        message: `Container ${container} failed ${of.probe.toLowerCase()} probe, will be restarted`,
        first: of.since,
        last: 70,
        count: of.restarts,
      })
      if (of.backOff)
        kubelet(w, pod, {
          container,
          reason: 'BackOff',
          message: `Back-off restarting failed container ${container} in pod ${full(pod)}`,
          first: Math.max(60, of.since - m(5)),
          last: 6,
          count: 12,
        })
      of.more?.tell?.(w, pod)
    },
  }
}

export const evicted = (of: { message: string; ago: number; age: number; node: string }): PodLook => ({
  age: of.age,
  node: of.node,
  changed: of.ago,
  quiet: true,
  gone: { reason: 'Evicted', message: of.message, ago: of.ago },
  containers: {},
  tell: (w, pod) => {
    kubelet(w, pod, { reason: 'Evicted', message: of.message, first: of.ago })
    const container = ((pod.spec?.['containers'] ?? []) as { name: string }[])[0]!.name
    kubelet(w, pod, { container, type: 'Normal', reason: 'Killing', message: `Stopping container ${container}`, first: of.ago })
  },
})
