import { aroundOf } from '../../kubernetes/around.ts'
import { type Blame, blame } from '../../kubernetes/blame.ts'
import { isRepeated, type Moment, servesNow } from '../../kubernetes/containers.ts'
import { type FailureKind, failingGroups, type Group } from '../../kubernetes/failing.ts'
import { hostsIn, type LastWords, lastWords } from '../../kubernetes/last-words.ts'
import { nameOf, type Ref } from '../../kubernetes/objects.ts'
import type { ClusterState } from '../../kubernetes/state.ts'
import type { Concerned } from '../../kubernetes/subject.ts'
import { containerName, howMany, linesOf, objectsOf, runWords } from '../../kubernetes/telling.ts'
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
    const groups = failingGroups(moment, ['crash']).toSorted(
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
  const previous = container.ended === null
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
/** Less than what the other's own trouble weighs: that says more about it. */
const ANOTHER_IS_DOWN = 0.7

const troubleOf = (moment: Moment, concerned: Concerned, { group, said }: { group: Group; said: Said }): Trouble => {
  const { state } = moment
  const { workload, first, all } = group
  const { container, end } = first
  const serves = all.every(({ container: one }) => one !== null && servesNow(one))
  const blamed =
    said.words === null ? null : blame({ moment, of: workload, hosts: said.words.cause === 'peer' ? hostsIn(said.words.line) : [] })
  const { cause, category } = explain(first, said.words, blamed)
  const object: Ref = blamed?.isDown === true ? blamed.object : workload
  const weight = serves
    ? (container?.restarts ?? 0) >= 3 && all.some(({ container: one }) => one !== null && isRepeated(one))
      ? SERVES_BETWEEN
      : SERVED_ONCE
    : blamed === null
      ? LOOPING
      : blamed.isDown
        ? ANOTHER_IS_DOWN
        : BLAMES_ANOTHER
  const pod = { kind: 'Pod', namespace: first.pod.metadata.namespace ?? 'default', name: first.pod.metadata.name }
  return {
    object,
    relation: closest([concerned.relationOf(object), concerned.relationOf(workload)]),
    category,
    severity: serves ? 'medium' : 'critical',
    weight,
    summary: `${containerName(container)} of ${nameOf(workload)} ${serves ? 'has crashed' : 'crashes'}${runWords(end)}: ${cause}; ${howMany(state, group)}, ${container?.restarts ?? 0} restarts of ${pod.name}${sinceWords(state, group.since)}.`,
    suggestion: `kubectl -n ${pod.namespace} logs ${pod.name} -c ${container?.name ?? ''}${container?.ended === null ? ' --previous' : ''}`,
    since: group.since,
    explains: [
      workload,
      ...all.map(({ pod: { metadata } }) => ({ kind: 'Pod', namespace: metadata.namespace ?? 'default', name: metadata.name })),
    ],
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

type Explained = { readonly cause: string; readonly category: Category }

const explain = ({ container, end }: Group['first'], words: LastWords | null, blamed: Blame | null): Explained => {
  const code = end?.exitCode ?? null
  const { reason: waits = '', message = '' } = container?.waiting ?? {}
  // What waits for CrashLoopBackOff was started; the others say why they were not.
  const isUnmade = waits !== '' && waits !== 'CrashLoopBackOff'
  const reason = isUnmade ? waits : end?.reason || waits || 'Error'
  const told = `${reason}${code === null || isUnmade ? '' : `, exit code ${code}`}`
  const start = unstarted(reason, code, isUnmade ? message : (end?.message ?? ''))
  if (start !== null) return { cause: `${told}: ${start}`, category: 'crash' }
  if (words === null) return { cause: `${told}${CODES[code ?? -1] === undefined ? '' : ` (${CODES[code ?? -1]})`}`, category: 'crash' }
  const line = `${told}, its last words: "${words.line}"`
  return {
    cause: blamed === null ? line : `${line} (${blamed.words})`,
    category: (blamed?.isDown === true && blamed.kind !== null ? ITS_OWN[blamed.kind] : undefined) ?? OF[words.cause],
  }
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
  'not-ready': 'probe',
}
