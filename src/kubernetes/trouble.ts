import type { Category } from '../investigation/categories.ts'
import type { Cited } from '../investigation/evidence.ts'
import type { RuleFinding, RuleInput } from '../investigation/rules/rule.ts'
import { clean } from '../text/clean.ts'
import { compare } from '../text/compare.ts'
import { cut } from '../text/cut.ts'
import { duration } from '../text/number.ts'
import { oneLine } from '../text/one-line.ts'
import { type AroundAt, aroundOf } from './around.ts'
import { keyOf, nameOf, type Ref, refOf } from './objects.ts'
import type { ClusterState, KubeObject } from './state.ts'
import type { Relation } from './subject.ts'

/** Something that is wrong with an object now, before it is weighed by what the object is to the alert. */
export type Trouble = {
  /** What must be changed. */
  readonly object: Ref
  readonly relation: Relation
  readonly category: Category
  readonly severity: 'medium' | 'high' | 'critical'
  /** How much of the alert it explains where the object is the alert's own. */
  readonly weight: number
  readonly summary: string
  readonly suggestion: string
  readonly since?: Date | null
  readonly explains?: readonly Ref[]
  /** The objects that show it. */
  readonly objects: readonly KubeObject[]
  /** What of them matters, a line each: every name and number of the summary stands here. */
  readonly shown: readonly string[]
}

/** Trouble beside the alert is a hint at most: what three rules say of one neighbour stays together below the 0.4 of an accusation (suspects.ts). */
const SHARES: Readonly<Record<Relation, number>> = {
  subject: 1,
  used: 1,
  called: 0.85,
  hosted: 0.85,
  unresolved: 0.7,
  near: 0.2,
  elsewhere: 0.2,
}

/** The nearer first. */
const ORDER: readonly Relation[] = ['subject', 'used', 'called', 'hosted', 'unresolved', 'near', 'elsewhere']

/** What stands closest to the alert of several. */
export const closest = (relations: readonly Relation[]): Relation => ORDER.find((one) => relations.includes(one)) ?? 'elsewhere'

/** Conditions are noticed late: a node's after 50 s, an alert's onset after one evaluation. */
const TOLERANCE_MS = 10 * 60_000

/** More findings of one rule than this nobody reads in the first seconds. */
const MOST = 3

/** The findings of one rule over the cluster: what `look` sees in it, weighed. None where no Kubernetes API is configured. Throws what the client and `look` throw. */
export const findingsOf = async (rule: string, input: RuleInput, look: Look): Promise<RuleFinding[]> => {
  const around = await aroundOf(input)
  if (around === null) return []
  const { onset, cite } = input
  return weighed(rule, await look({ around, onset }), { state: around.state, onset, cite })
}

type Look = (given: AroundAt) => readonly Trouble[] | Promise<readonly Trouble[]>

/** The heaviest first, ties by name. What lies elsewhere and would be a mere hint is left out. */
const weighed = (rule: string, troubles: readonly Trouble[], input: Weighing): RuleFinding[] =>
  troubles
    .map((trouble) => ({ trouble, weight: weightOf(trouble, input) }))
    .filter(({ trouble: { relation }, weight }) => relation !== 'elsewhere' || weight >= 0.2)
    .toSorted(
      (a, b) =>
        b.weight - a.weight || compare(keyOf(a.trouble.object), keyOf(b.trouble.object)) || compare(a.trouble.summary, b.trouble.summary),
    )
    .slice(0, MOST)
    .map(({ trouble, weight }) => ({
      rule,
      severity: weight < 0.4 ? 'low' : trouble.severity,
      confidence: weight >= 0.7 ? 'high' : weight >= 0.4 ? 'medium' : 'low',
      summary: sentence(trouble.summary),
      suggestion: cut(oneLine(trouble.suggestion), 400),
      object: trouble.object,
      category: trouble.category,
      weight,
      ...(trouble.since ? { since: trouble.since.toISOString() } : {}),
      explains: (trouble.explains ?? []).slice(0, 200),
      evidence: [input.cite(answerOf(input.state, trouble))],
    }))

type Weighing = Pick<RuleInput, 'onset' | 'cite'> & { readonly state: ClusterState }

/** What has been so for longer than this before the onset is not why something began now; the alert's own objects are excepted. */
const STALE_MS = 6 * 60 * 60_000

const weightOf = ({ weight, relation, since }: Trouble, { onset }: Weighing): number => {
  const isStale =
    (relation === 'hosted' || relation === 'unresolved') &&
    since !== null &&
    since !== undefined &&
    since.getTime() < onset.getTime() - STALE_MS
  // What began after the alert's own onset did not cause it.
  const isLate = since !== null && since !== undefined && since.getTime() > onset.getTime() + TOLERANCE_MS
  return Number((weight * SHARES[relation] * (isLate ? 0.4 : isStale ? 0.5 : 1)).toFixed(4))
}

const answerOf = (state: ClusterState, { object, objects, shown }: Trouble): Cited => ({
  source: 'kubernetes',
  query: queryOf(objects.length > 0 ? objects.map(refOf) : [object]),
  range: { from: null, to: state.at.toISOString() },
  output: { kind: 'objects', objects: objects.map(slim) },
  shown: shown.map((line) => cut(clean(line).replaceAll(/\s+/g, ' '), 600)).join('\n'),
  complete: true,
})

/** `kubectl get service/checkout deployment/checkout -n shop -o yaml`, fit to be pasted. */
const queryOf = (refs: readonly Ref[]): string => {
  const [first, ...others] = [...Map.groupBy(refs, ({ namespace = '' }) => namespace)].map(([namespace, group]) => {
    const names = [...new Set(group.map(({ kind, name }) => `${kind.toLowerCase()}/${name}`))].slice(0, 5).join(' ')
    return `kubectl get ${names}${namespace === '' ? '' : ` -n ${namespace}`} -o yaml`
  })
  return cut([first, ...others].join('; '), 400)
}

/** Who wrote which field when is half of an object and of no use to a reader. */
const slim = (object: KubeObject): unknown => {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** Foreign words on one line, whole, ended, and short enough for a summary (400 characters). */
const sentence = (text: string): string => {
  // A version or a number that is cut is another one: "1.12…" of 1.12.1.
  const whole = oneLine(text)
  const short = whole.length <= 394 ? whole : cut(whole, 394).replace(/(?<=\s)\S{1,120}…$/, '…')
  return /[.!?]$/.test(short) ? short : `${short}.`
}

/** "21:49 UTC (12 min ago)", or with its day where that is another. */
export const sinceWords = (state: ClusterState, since: Date | null | undefined): string =>
  since === null || since === undefined
    ? ''
    : ` since ${timeWords(state, since)} (${duration(Math.max(0, Math.round((state.at.getTime() - since.getTime()) / 1000)))} ago)`

const timeWords = (state: ClusterState, time: Date): string => {
  const iso = time.toISOString()
  return iso.slice(0, 10) === state.at.toISOString().slice(0, 10)
    ? `${iso.slice(11, 16)} UTC`
    : `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}

/** "Deployment shop/cart, Deployment shop/checkout and 3 more"; empty for none. */
export const listed = (refs: readonly Ref[], most = 3): string => {
  const names = [...new Set(refs.map(nameOf))]
  const shown = names.slice(0, most).join(', ')
  return names.length > most ? `${shown} and ${names.length - most} more` : shown
}
