import { type Blame, blame } from '../../kubernetes/blame.ts'
import { isRepeated, type Moment, servesNow } from '../../kubernetes/containers.ts'
import { endingOf } from '../../kubernetes/endings.ts'
import type { FailureKind, Group } from '../../kubernetes/failing.ts'
import { hostsIn, type LastWords } from '../../kubernetes/last-words.ts'
import { nameOf, type Ref } from '../../kubernetes/objects.ts'
import { listAt } from '../../kubernetes/read.ts'
import { crashingGroups, type Said, saidBy } from '../../kubernetes/said.ts'
import type { Concerned } from '../../kubernetes/subject.ts'
import { containerName, explainedByGroup, howMany, linesOf, objectsOf, runWords } from '../../kubernetes/telling.ts'
import { closest, findingsOf, sinceWords, type Trouble } from '../../kubernetes/trouble.ts'
import type { Category } from '../categories.ts'
import type { Rule } from './rule.ts'

/** Containers that end again and again, with the exit code and with what they said before they ended. */
export const podCrashLoop: Rule = {
  id: 'pod-crash-loop',
  looksAt: 'crashing containers',
  needs: ['kubernetes'],
  evaluate: (input) =>
    findingsOf('pod-crash-loop', input, async ({ around: { state, concerned }, onset }) => {
      const moment = { state, onset }
      const said = await saidBy(moment, concerned)
      return crashingGroups(moment, concerned).map((group) => troubleOf(moment, concerned, { group, said: said(group.first) }))
    }),
}

/** A loop settles it; a container that serves between its ends is a strong sign after the third, a hint before; blame is passed on. */
const LOOPING = 0.85
const SERVES_BETWEEN = 0.6
const SERVED_ONCE = 0.3
const BLAMES_ANOTHER = 0.5
/** What it cannot reach is none of this cluster's services, or the name does not resolve: something else may say more. */
const BLAMES_UNKNOWN = 0.7
/** An address of which there is no service: the workload's own setting, or a service that somebody took away. */
const NOBODY_THERE = 0.75
/** An init container that runs on may still come to its end. */
const WAITS = 0.6
/** Less than what the other's own trouble weighs: that says more about it. */
const ANOTHER_IS_DOWN = 0.7

const troubleOf = (moment: Moment, concerned: Concerned, { group, said }: { group: Group; said: Said }): Trouble => {
  const { state } = moment
  const { workload, first, all } = group
  const { container, end, kind } = first
  const serves = all.every(({ container: one }) => one !== null && servesNow(one) && !one.isInit)
  const blamed = blame({ moment, of: workload, hosts: hostsOf(first, said) })
  const { cause, category } = kind === 'init' ? waits(first, said.words, blamed) : explain(first, said.words, blamed)
  const object: Ref = blamed?.isDown === true ? blamed.object : workload
  const pod = { namespace: first.pod.metadata.namespace ?? 'default', name: first.pod.metadata.name }
  const deed = kind === 'init' ? 'does not come to an end' : `${serves ? 'has crashed' : 'crashes'}${runWords(end)}`
  const isPrevious = container?.ended === null && kind !== 'init'
  return {
    object,
    relation: closest([concerned.relationOf(object), concerned.relationOf(workload)]),
    category,
    severity: serves ? 'medium' : 'critical',
    weight: weightOf(group, { serves, blamed, words: said.words }),
    summary: `${containerName(container)} of ${nameOf(workload)} ${deed}: ${cause}; ${howMany(state, group)}, ${container?.restarts ?? 0} restarts of ${pod.name}${sinceWords(state, group.since)}.`,
    suggestion: `kubectl -n ${pod.namespace} logs ${pod.name} -c ${container?.name ?? ''}${isPrevious ? ' --previous' : ''}`,
    since: group.since,
    explains: explainedByGroup(state, group),
    objects: [...objectsOf(state, group), ...(blamed?.objects ?? [])],
    shown: [
      ...linesOf(state, group),
      cause,
      `ended${runWords(end)}, since${sinceWords(state, group.since)}`,
      ...(blamed === null ? [] : [blamed.words]),
      ...said.lines.map((line) => `log: ${line}`),
    ],
  }
}

/** What the last words name; of what waits also what its command names. */
const hostsOf = ({ kind, container }: Group['first'], { words, lines }: Said): readonly string[] => {
  if (kind !== 'init') return words?.cause === 'peer' ? hostsIn(words.line) : []
  const command = [...listAt(container?.spec, 'command'), ...listAt(container?.spec, 'args')].join(' ')
  return [...hostsIn(lines.at(-1) ?? ''), ...hostsIn(command)]
}

type Weighed = { readonly serves: boolean; readonly blamed: Blame | null; readonly words: LastWords | null }

const weightOf = ({ first, all }: Group, { serves, blamed, words }: Weighed): number => {
  if (serves) {
    const isLoop = all.some(({ container }) => container !== null && container.restarts >= 3 && isRepeated(container))
    return isLoop ? SERVES_BETWEEN : SERVED_ONCE
  }
  if (blamed !== null) return blamed.isDown ? ANOTHER_IS_DOWN : blamed.isAbsent ? NOBODY_THERE : BLAMES_ANOTHER
  return first.kind === 'init' ? WAITS : words?.cause === 'peer' ? BLAMES_UNKNOWN : LOOPING
}

type Explained = { readonly cause: string; readonly category: Category }

/** An init container that runs on. */
const waits = ({ container }: Group['first'], words: LastWords | null, blamed: Blame | null): Explained => {
  const since = container?.runningSince?.toISOString().slice(11, 16) ?? ''
  const told = [
    `it runs since ${since} UTC`,
    ...(words === null ? [] : [`its last words: "${words.line}"`]),
    ...(blamed === null ? [] : [blamed.words]),
  ]
  return { cause: told.join(', '), category: categoryOf(words, blamed) ?? 'dependency' }
}

const categoryOf = (words: LastWords | null, blamed: Blame | null): Category | undefined => {
  if (blamed?.isDown === true && blamed.kind !== null) return ITS_OWN[blamed.kind]
  return blamed?.isAbsent === true ? 'config_change' : words === null ? undefined : OF[words.cause]
}

const explain = (first: Group['first'], words: LastWords | null, blamed: Blame | null): Explained => {
  const { cause, isStart, isForeign } = endingOf(first, words)
  if (isStart) return { cause, category: isForeign ? 'image' : 'crash' }
  return { cause: blamed === null ? cause : `${cause} (${blamed.words})`, category: categoryOf(words, blamed) ?? 'crash' }
}

const OF: Readonly<Record<LastWords['cause'], Category>> = {
  configuration: 'config_change',
  peer: 'dependency',
  certificate: 'certificate',
  permission: 'permissions',
  disk: 'disk',
  memory: 'memory',
  schema: 'database',
  port: 'crash',
  program: 'crash',
}

/** What the other is down for is its own cause, whoever tells of it. */
const ITS_OWN: Readonly<Record<FailureKind, Category>> = {
  scheduling: 'scheduling',
  config: 'config_change',
  image: 'image',
  oom: 'memory',
  liveness: 'probe',
  crash: 'crash',
  volume: 'volume',
  init: 'dependency',
  'not-ready': 'probe',
}
