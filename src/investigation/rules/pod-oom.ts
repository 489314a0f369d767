import { childKills, childTrouble } from '../../kubernetes/child-kills.ts'
import { type Ended, type Moment, servesNow } from '../../kubernetes/containers.ts'
import { eventsOf } from '../../kubernetes/events.ts'
import { failingGroups, type Group } from '../../kubernetes/failing.ts'
import { findObject, keyOf, nameOf, ofKind } from '../../kubernetes/objects.ts'
import { workloadOf } from '../../kubernetes/owners.ts'
import { textAt } from '../../kubernetes/read.ts'
import { rolloutOf } from '../../kubernetes/rollout.ts'
import type { ClusterState, KubeObject } from '../../kubernetes/state.ts'
import type { Concerned } from '../../kubernetes/subject.ts'
import { containerName, endWords, eventLine, explainedByGroup, howMany, linesOf, objectsOf, runWords } from '../../kubernetes/telling.ts'
import { findingsOf, sinceWords, type Trouble } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** Containers that are killed for memory: by their own limit, or because their node ran out. */
export const podOom: Rule = {
  id: 'pod-oom',
  looksAt: 'kills for memory',
  needs: ['kubernetes'],
  evaluate: (input) =>
    findingsOf('pod-oom', input, async ({ around: { state, concerned }, onset }) => {
      const moment = { state, onset }
      const groups = failingGroups(moment, ['oom'])
      return [
        ...groups.map((group) => troubleOf(moment, concerned, group)),
        ...(await childTroubles(moment, concerned, groups)),
        ...nodeTroubles(moment, concerned, groups),
      ]
    }),
}

/** One kill of a container that serves again is a strong sign; several, or one that does not come back, settle it. */
const SERVES_AGAIN = 0.7
const KILLED = 0.93

const troubleOf = ({ state }: Moment, concerned: Concerned, group: Group): Trouble => {
  const { workload, first } = group
  const { container } = first
  const limit = textAt(container?.spec, 'resources', 'limits', 'memory')
  const request = textAt(container?.spec, 'resources', 'requests', 'memory')
  const isOnce = group.all.every(({ container: one }) => one !== null && servesNow(one) && one.restarts < 2)
  const changed = rolloutOf(state, workload)?.changes.find((change) => change.startsWith(`memory limit of ${container?.name}`))
  const bound =
    limit === '' ? 'it has no memory limit, so its node ran out' : `its limit is ${limit}${request === '' ? '' : ` (request ${request})`}`
  return {
    object: workload,
    relation: concerned.relationOf(workload),
    category: 'memory',
    severity: isOnce ? 'high' : 'critical',
    weight: isOnce ? SERVES_AGAIN : KILLED,
    summary: `${containerName(container)} of ${nameOf(workload)} is killed for memory${endedWith(first.end)}${runWords(first.end)}: ${howMany(state, group)}, ${container?.restarts ?? 0} restarts of pod ${first.pod.metadata.name}${sinceWords(state, group.since)}; ${bound}${changed === undefined ? '' : `; the rollout changed ${changed}`}.`,
    suggestion: `kubectl -n ${workload.namespace ?? 'default'} top pod ${first.pod.metadata.name} --containers; then raise the memory limit of ${container?.name ?? 'the container'} or mend what grows`,
    since: group.since,
    explains: explainedByGroup(state, group),
    objects: objectsOf(state, group),
    shown: [
      ...linesOf(state, group),
      `ended${runWords(first.end)}`,
      `killed${sinceWords(state, group.since)}`,
      ...(changed === undefined ? [] : [changed]),
    ],
  }
}

/** What the runtime says of it: not always OOMKilled, where the kernel says that it was. */
const endedWith = (end: Ended | null): string => (end === null ? '' : ` (${endWords({ ...end, message: '' })})`)

/** Its lines are few where a process is killed now and then. */
const LOG_LINES = 40

/** One trouble a workload; a log that cannot be read says nothing. */
const childTroubles = async (moment: Moment, concerned: Concerned, groups: readonly Group[]): Promise<readonly Trouble[]> => {
  const { state } = moment
  const told = new Set(groups.map(({ workload }) => keyOf(workload)))
  const kills = childKills(moment, concerned).filter(({ pod }) => !told.has(keyOf(workloadOf(state, pod))))
  const found = await Promise.all(
    kills.map(async (kill) => childTrouble(moment, concerned, { kill, log: kill.isNamed ? [] : await readLog(state, kill.pod) })),
  )
  const troubles = found.filter((one) => one !== null)
  return [...Map.groupBy(troubles, ({ object }) => keyOf(object)).values()].flatMap(([first]) => first ?? [])
}

const readLog = (state: ClusterState, { metadata: { namespace = 'default', name }, spec }: KubeObject): Promise<readonly string[]> =>
  state
    .logs({ namespace, pod: name, container: textAt(spec, 'containers', 0, 'name') }, { previous: false, lines: LOG_LINES })
    .catch(() => [])

/** A kill by the node itself counts this long before the onset. */
const NODE_MS = 15 * 60_000

/** A node that ran out of memory as a whole: whoever was killed on it was not over a limit of its own. */
const nodeTroubles = ({ state, onset }: Moment, concerned: Concerned, groups: readonly Group[]): readonly Trouble[] => {
  const told = new Set(groups.flatMap(({ all }) => all.flatMap(({ events }) => events)))
  const reach = Math.min(onset.getTime(), state.at.getTime()) - NODE_MS
  const kills = eventsOf(state).filter(
    ({ reason, last, about }) => reason === 'SystemOOM' && about.kind === 'Node' && (last?.getTime() ?? 0) >= reach,
  )
  return [...Map.groupBy(kills, ({ about }) => about.name)].flatMap(([name, events]) => {
    const [newest] = events
    const node = { kind: 'Node', name }
    if (newest === undefined || events.every((event) => told.has(event))) return []
    const object = findObject(state, node)
    return [
      {
        object: node,
        relation: concerned.relationOf(node),
        category: 'memory' as const,
        severity: 'high' as const,
        weight: 0.6,
        summary: `${nameOf(node)} ran out of memory as a whole and killed a process${sinceWords(state, newest.last)}: ${newest.message}.`,
        suggestion: `kubectl describe node ${name}; compare what its pods request with what they use`,
        since: newest.first,
        explains: ofKind(state, 'Pod')
          .filter((pod) => textAt(pod, 'spec', 'nodeName') === name)
          .map((pod) => workloadOf(state, pod)),
        objects: [...(object === undefined ? [] : [object]), ...events.slice(0, 5).map((event) => event.object)],
        shown: [...events.slice(0, 5).map(eventLine), `last${sinceWords(state, newest.last)}`],
      },
    ]
  })
}
