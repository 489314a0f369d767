import type { Brief } from '../../incident/timeline.ts'
import type { Category } from '../../investigation/categories.ts'
import type { Finding } from '../../investigation/rules/rule.ts'
import type { Suspect } from '../../investigation/suspects.ts'
import { objectKey } from '../../kubernetes/objects.ts'
import { cut } from '../../text/cut.ts'
import { bold, line, withRefs } from './text.ts'

/** Two whose weights differ by less are about equally likely; a reader must not take the order for an answer. */
const ALIKE = 0.1

/** "Suspect: a deploy of shop/checkout   high confidence"; what it rests on stands in the lines below. Null without a suspect. */
export const suspectHeadline = ({ suspects = [] }: Brief, again: string, hosts: readonly string[]): string | null => {
  const [first, second] = suspects
  if (first === undefined) return null
  const open = second !== undefined && first.weight - second.weight < ALIKE && !explains(first, second) && !explains(second, first)
  const words = open ? `Two suspects, about equally likely: ${phraseOf(first)}, or ${phraseOf(second)}` : `Suspect: ${phraseOf(first)}`
  return `${bold(`${again}${words}`, hosts, 200)}   ${first.confidence} confidence`
}

/** One line each, the likeliest first. */
export const suspectLines = ({ suspects = [] }: Brief, hosts: readonly string[], length: number): string[] =>
  suspects.map((suspect, i) =>
    withRefs(
      `• ${i === 0 ? '' : `or ${line(phraseOf(suspect), hosts, 80)}: `}${line(suspect.why.replace(/\.$/, ''), hosts, length)}`,
      suspect.evidence.slice(0, 3),
    ),
  )

/** Whether a finding is behind a suspect, and so is said already. */
export const isSaid = ({ suspects = [] }: Brief, { object, rule }: Finding): boolean =>
  suspects.some((suspect) => suspect.rules.includes(rule) && object !== undefined && objectKey(object) === objectKey(suspect.object))

/** For a phone: the object in few words. */
export const suspectPush = ({ suspects = [] }: Brief): string | null =>
  suspects[0] === undefined ? null : `Suspect: ${phraseOf(suspects[0])}`

const explains = (one: Suspect, other: Suspect): boolean => one.explains.some((object) => objectKey(object) === objectKey(other.object))

/** "a deploy of shop/checkout". */
export const phraseOf = ({ object, category }: Pick<Suspect, 'object' | 'category'>): string => {
  const name = cut(object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`, 60)
  return phrases[category].replace('#', name)
}

/** What is suspected, with the object's name in the place of "#". */
const phrases: Readonly<Record<Category, string>> = {
  bad_deploy: 'a deploy of #',
  config_change: 'a configuration change of #',
  feature_flag: 'a feature flag of #',
  saturation: '# at its limit',
  memory: 'memory of #',
  disk: 'disk of #',
  queue: 'a backlog at #',
  database: 'the database #',
  dependency: '#, on which others depend',
  external: '#, which is not ours',
  network: 'the network of #',
  dns: 'name resolution for #',
  certificate: 'a certificate of #',
  node: 'node #',
  scheduling: 'no place for #',
  image: 'the image of #',
  crash: 'crashes of #',
  probe: 'a probe of #',
  quota: 'the quota #',
  permissions: 'permissions of #',
  volume: 'the volume #',
  noisy_neighbour: 'a neighbour of #',
  traffic: 'traffic of #',
  scheduled_job: 'the scheduled job #',
  false_alarm: 'a false alarm about #',
  missing_data: 'missing data of #',
  unknown: '#',
}
