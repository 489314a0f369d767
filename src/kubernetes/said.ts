import type { Moment } from './containers.ts'
import { type Failing, failingGroups, type Group } from './failing.ts'
import { type LastWords, lastWords } from './last-words.ts'
import { keyOf } from './objects.ts'
import type { ClusterState } from './state.ts'
import type { Concerned, Relation } from './subject.ts'

/** What a container said before it ended, or says while it goes on, and the line that matters. */
export type Said = { readonly words: LastWords | null; readonly lines: readonly string[] }

const NOTHING: Said = { words: null, lines: [] }

/** Logs are read for the workloads nearest to the alert alone: a few short requests, within the time of the first look. */
const MOST_LOGS = 3
const LOG_LINES = 60
const NEAR: readonly Relation[] = ['subject', 'called', 'used', 'hosted', 'unresolved', 'near', 'elsewhere']

/** Workloads whose containers crash or whose init containers go on, the nearest to the alert first. */
export const crashingGroups = (moment: Moment, concerned: Concerned): readonly Group[] =>
  failingGroups(moment, ['crash', 'init']).toSorted(
    (a, b) => NEAR.indexOf(concerned.relationOf(a.workload)) - NEAR.indexOf(concerned.relationOf(b.workload)),
  )

const known = new WeakMap<Concerned, Map<number, Promise<ReadonlyMap<string, Said>>>>()

/** What the crashing containers nearest to the alert said; read once for all rules. A log that cannot be read says nothing. */
export const saidBy = async (moment: Moment, concerned: Concerned): Promise<(failing: Failing) => Said> => {
  const ofAlert = known.get(concerned) ?? new Map<number, Promise<ReadonlyMap<string, Said>>>()
  known.set(concerned, ofAlert)
  const key = moment.onset.getTime()
  const reading = ofAlert.get(key) ?? readAll(moment.state, crashingGroups(moment, concerned).slice(0, MOST_LOGS))
  ofAlert.set(key, reading)
  const said = await reading
  return (failing) => said.get(placeOf(failing)) ?? NOTHING
}

const placeOf = ({ workload, container }: Failing): string => `${keyOf(workload)} ${container?.name ?? ''}`

const readAll = async (state: ClusterState, groups: readonly Group[]): Promise<ReadonlyMap<string, Said>> =>
  new Map(await Promise.all(groups.map(async ({ first }) => [placeOf(first), await readLog(state, first)] as const)))

/** The last words of one container: of its log, else of the message with which it ended. */
const readLog = async (state: ClusterState, { container, pod, kind, end }: Failing): Promise<Said> => {
  if (container === null) return NOTHING
  const of = { namespace: pod.metadata.namespace ?? 'default', pod: pod.metadata.name, container: container.name }
  // What has ended and is not started again has its last run as the current one.
  const previous = container.ended === null && kind !== 'init'
  // The crash is known without its words; that they could not be read takes nothing from it.
  const lines = await state.logs(of, { previous, lines: LOG_LINES }).catch(() => [])
  const said = lines.length > 0 ? lines : (end?.message ?? '').split('\n')
  return { words: lastWords(said), lines: said.slice(-10) }
}
