import { aroundOf } from '../../kubernetes/around.ts'
import { type Blame, blame } from '../../kubernetes/blame.ts'
import { isRepeated, type Moment, servesNow } from '../../kubernetes/containers.ts'
import { type FailureKind, failingGroups, type Group } from '../../kubernetes/failing.ts'
import { hostsIn, type LastWords, lastWords } from '../../kubernetes/last-words.ts'
import { nameOf, type Ref } from '../../kubernetes/objects.ts'
import { listAt } from '../../kubernetes/read.ts'
import type { ClusterState } from '../../kubernetes/state.ts'
import type { Concerned } from '../../kubernetes/subject.ts'
import { containerName, explainedBy, howMany, linesOf, objectsOf, runWords } from '../../kubernetes/telling.ts'
import { closest, findingsOf, sinceWords, type Trouble } from '../../kubernetes/trouble.ts'
import type { Category } from '../categories.ts'
import type { Rule } from './rule.ts'

/** Containers that end again and again, with the exit code and with what they said before they ended. */
export const podCrashLoop: Rule = {
  id: 'pod-crash-loop',
  looksAt: 'crashing containers',
  needs: ['kubernetes'],
  evaluate: async (input) => {
    const around = await aroundOf(input)
    if (around === null) return []
    const { state, concerned } = around
    const moment = { state, onset: input.onset }
    const groups = failingGroups(moment, ['crash', 'init']).toSorted(
      (a, b) => NEAR.indexOf(concerned.relationOf(a.workload)) - NEAR.indexOf(concerned.relationOf(b.workload)),
    )
    const words = await Promise.all(groups.map((group, at) => (at < MOST_LOGS ? readLog(state, group) : NOTHING)))
    const troubles = groups.map((group, at) => troubleOf(moment, concerned, { group, said: words[at] ?? NOTHING }))
    return findingsOf('pod-crash-loop', troubles, { ...input, state })
  },
}

/** Logs are read for the workloads nearest to the alert alone: a few short requests, within the time of the first look. */
const MOST_LOGS = 3
const LOG_LINES = 60
const NEAR = ['subject', 'called', 'used', 'hosted', 'unresolved', 'near', 'elsewhere']

type Said = { readonly words: LastWords | null; readonly lines: readonly string[] }
const NOTHING: Said = { words: null, lines: [] }

const readLog = async (state: ClusterState, { first }: Group): Promise<Said> => {
  const { container, pod } = first
  if (container === null) return NOTHING
  const of = { namespace: pod.metadata.namespace ?? 'default', pod: pod.metadata.name, container: container.name }
  // What has ended and is not started again has its last run as the current one.
  const previous = container.ended === null && first.kind !== 'init'
  // The crash is known without its words; that they could not be read takes nothing from it.
  const lines = await state.logs(of, { previous, lines: LOG_LINES }).catch(() => [])
  const message = first.end?.message ?? ''
  const said = lines.length > 0 ? lines : message.split('\n')
  return { words: lastWords(said), lines: said.slice(-10) }
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
    explains: explainedBy(
      state,
      workload,
      all.map((one) => one.pod),
    ),
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

const explain = ({ container, end }: Group['first'], words: LastWords | null, blamed: Blame | null): Explained => {
  const code = end?.exitCode ?? null
  const { reason: waiting = '', message = '' } = container?.waiting ?? {}
  // What waits for CrashLoopBackOff was started; the others say why they were not.
  const isUnmade = waiting !== '' && waiting !== 'CrashLoopBackOff'
  const reason = isUnmade ? waiting : end?.reason || waiting || 'Error'
  const told = `${reason}${code === null || isUnmade ? '' : `, exit code ${code}`}`
  const start = unstarted(reason, code, isUnmade ? message : end?.message || words?.line || '')
  if (start !== null) return { cause: `${told}: ${start}`, category: 'crash' }
  if (words === null) return { cause: `${told}${CODES[code ?? -1] === undefined ? '' : ` (${CODES[code ?? -1]})`}`, category: 'crash' }
  const line = `${told}, its last words: "${words.line}"`
  return { cause: blamed === null ? line : `${line} (${blamed.words})`, category: categoryOf(words, blamed) ?? 'crash' }
}

/** The runtime could not start the command at all. */
const unstarted = (reason: string, code: number | null, message: string): string | null => {
  const isStart = /^(?:StartError|ContainerCannotRun|RunContainerError|CreateContainerError|P\w+HookError)$/.test(reason)
  if (!isStart && code !== 126 && code !== 127) return null
  const quoted = /exec: [^\n]*/.exec(message)?.[0] ?? message
  if (/exec format error/i.test(message)) return `the image is built for another kind of machine (${quoted})`
  if (/permission denied/i.test(message) || code === 126) return `its command cannot be executed${quoted === '' ? '' : ` (${quoted})`}`
  if (/not found|no such file/i.test(message) || code === 127)
    return `its command is not in the image${quoted === '' ? '' : ` (${quoted})`}`
  return quoted === '' ? 'it could not be started' : `it could not be started (${quoted})`
}

/** Exit codes with a meaning of their own: 128 + the signal's number, and the shell's. */
const CODES: Readonly<Record<number, string>> = {
  0: 'its command ends as if its work were done',
  134: 'aborted by itself, SIGABRT',
  137: 'killed, SIGKILL',
  139: 'a segmentation fault, SIGSEGV',
  143: 'told to stop, SIGTERM',
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
