import type { Moment } from './containers.ts'
import { eventsOf, type KubeEvent } from './events.ts'
import { nameOf, ofKind } from './objects.ts'
import { workloadOf } from './owners.ts'
import { isLive } from './pods.ts'
import { quantity } from './quantity.ts'
import { at, listAt, textAt } from './read.ts'
import type { KubeObject } from './state.ts'
import type { Concerned } from './subject.ts'
import { eventLine, explainedBy } from './telling.ts'
import { sinceWords, type Trouble } from './trouble.ts'

/** A kill counts this long before the onset. */
const REACH_MS = 15 * 60_000
const CHILD_KILLED = 0.8
/** Found by its size alone, which another container of that node may have as well. */
const BY_SIZE = 0.6
/** Logs that are read for it. */
const MOST = 3

/** A pod in which the kernel may have killed a process while its container lived on, and the kernel's words. */
type ChildKill = { readonly pod: KubeObject; readonly kills: readonly KubeEvent[]; readonly isNamed: boolean }

/**
 * Processes that the kernel killed for the container's own limit, while its first process lived on: the API says nothing of it, the node
 * problem detector repeats the kernel's words. Some kernels give the pod's uid in the path of its cgroup; else only the alert's own pods on
 * that node come into question.
 */
export const childKills = ({ state, onset }: Moment, concerned: Concerned): readonly ChildKill[] => {
  const reach = Math.min(onset.getTime(), state.at.getTime()) - REACH_MS
  const kills = eventsOf(state).filter(({ reason, last }) => reason === 'OOMKilling' && (last?.getTime() ?? 0) >= reach)
  if (kills.length === 0) return []
  const pods = ofKind(state, 'Pod').filter(isLive)
  const named = pods.flatMap((pod) => {
    const of = kills.filter(({ message }) => namesPod(message, pod.metadata.uid))
    return of.length === 0 ? [] : [{ pod, kills: of, isNamed: true }]
  })
  const nameless = kills.filter(({ message }) => !/pod[0-9a-f]{8}[-_]/.test(message) && /memory cgroup|CONSTRAINT_MEMCG/i.test(message))
  const likely = pods
    .filter((pod) => concerned.relationOf(workloadOf(state, pod)) === 'subject')
    .flatMap((pod) => {
      const of = nameless.filter(({ about }) => about.kind === 'Node' && about.name === textAt(pod, 'spec', 'nodeName'))
      return of.length === 0 ? [] : [{ pod, kills: of, isNamed: false }]
    })
  return [...named, ...likely.slice(0, MOST)]
}

/** systemd writes the uid's dashes as underscores. */
const namesPod = (message: string, uid: string | undefined): boolean =>
  uid !== undefined && uid.length > 8 && (message.includes(`pod${uid}`) || message.includes(`pod${uid.replaceAll('-', '_')}`))

/** What programs and shells say when a process of theirs was killed, mostly for memory. */
const KILLED =
  /SIGKILL|signal 9\b|out of memory|\bOOM\b|oom[-_]kill|^Killed$|\bcode 137\b|exit(?:ed)?(?: with)?(?: status)? 137|cannot allocate memory/i

/** Null where neither the pod's name, nor its log, nor the size of what was killed ties the kill to it. */
export const childTrouble = ({ state }: Moment, concerned: Concerned, { kill, log }: Tied): Trouble | null => {
  const { pod, kills, isNamed } = kill
  const [newest] = kills
  if (newest === undefined) return null
  const line = log
    .findLast((one) => KILLED.test(one.trim()))
    ?.trim()
    .slice(0, 100)
  if (!isNamed && line === undefined && !kills.some(({ message }) => isOfItsSize(message, pod))) return null
  const workload = workloadOf(state, pod)
  const process = /Killed process \d+ \(([^)]+)\)/.exec(newest.message)?.[1] ?? 'a process'
  const limits = listAt(pod, 'spec', 'containers').map(
    (one) => `${textAt(one, 'name')} ${textAt(one, 'resources', 'limits', 'memory') || 'none'}`,
  )
  const times = kills.reduce((sum, { count }) => sum + count, 0)
  const said = line === undefined ? '' : `; its log: "${line}"`
  return {
    object: workload,
    relation: concerned.relationOf(workload),
    category: 'memory',
    severity: 'high',
    weight: isNamed || line !== undefined ? CHILD_KILLED : BY_SIZE,
    summary: `The kernel killed ${process} inside pod ${pod.metadata.name} of ${nameOf(workload)} for memory while its container lived on: ${times} kills, last${sinceWords(state, newest.last)}; memory limits: ${limits.join(', ')}${said}.`,
    suggestion: `kubectl -n ${workload.namespace ?? 'default'} top pod ${pod.metadata.name} --containers; then raise the limit or run fewer processes`,
    since: newest.first,
    explains: explainedBy(state, workload, [pod]),
    objects: [pod, ...kills.slice(0, 5).map(({ object }) => object)],
    shown: [
      `pod ${pod.metadata.name} of ${nameOf(workload)}; memory limits: ${limits.join(', ')}`,
      ...kills.slice(0, 5).map(eventLine),
      `${times} kills, last${sinceWords(state, newest.last)}${said}`,
    ],
  }
}

type Tied = { readonly kill: ChildKill; readonly log: readonly string[] }

/** What was killed had nearly filled a limit of this pod. */
const isOfItsSize = (message: string, pod: KubeObject): boolean => {
  const kilobytes = Number(/anon-rss:(\d+)kB/.exec(message)?.[1] ?? Number.NaN)
  return listAt(pod, 'spec', 'containers').some((one) => {
    const limit = quantity(at(one, 'resources', 'limits', 'memory'))
    return limit !== null && kilobytes * 1024 >= 0.85 * limit && kilobytes * 1024 <= 1.02 * limit
  })
}
