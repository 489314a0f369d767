import type { Brief, Stored } from '../incident/timeline.ts'
import { latest } from '../incident/timeline.ts'
import type { Analysis } from '../investigation/analysis.ts'
import type { EvidenceId } from '../investigation/evidence.ts'
import type { Suspect } from '../investigation/suspects.ts'
import { objectKey } from '../kubernetes/objects.ts'
import { workloadKinds } from './actions/workload.ts'
import { type Enabled, outOfBounds } from './catalogue.ts'

/** What proposals rest on: a checked analysis, or the first suspect where no model has looked. */
export type Grounds = Pick<Analysis, 'cause' | 'chain' | 'confidence' | 'urgency' | 'partial' | 'by'>

export type Wish = { readonly entry: string; readonly params: unknown; readonly why: string; readonly evidence: readonly EvidenceId[] }

export type Wished = {
  readonly grounds: Grounds
  readonly wishes: readonly Wish[]
  /** The entry that they come from: answers to them stand behind it. */
  readonly since: number
}

export type Known = { readonly enabled: readonly Enabled[] /** As the alert names it. */; readonly namespace: string | undefined }

/** More than two nobody weighs at 3 AM. */
const MOST = 2

/** What is wanted now: by the newest analysis of a model, else by the rules; null where nothing has concluded yet. */
export const wishedIn = (timeline: readonly Stored[], known: Known): Wished | null => {
  const analysed = latest(timeline, 'analysed')
  if (analysed?.analysis.by === 'model') return { grounds: analysed.analysis, wishes: ofAnalysis(analysed.analysis), since: analysed.id }
  return byRules(timeline, known, analysed !== undefined)
}

const ofAnalysis = ({ proposals }: Analysis): Wish[] =>
  proposals.slice(0, MOST).map(({ action, params, why, receipts }) => ({
    entry: action,
    params,
    why,
    evidence: [...new Set(receipts.map(({ evidence }) => evidence as EvidenceId))],
  }))

const byRules = (timeline: readonly Stored[], known: Known, isConcluded: boolean): Wished | null => {
  const looks = timeline.flatMap((entry) => (entry.type === 'briefed' || entry.type === 'amended' ? [entry] : []))
  const [suspect] = looks.at(-1)?.brief.suspects ?? []
  const now = looks.at(-1)?.brief
  if (now === undefined || suspect === undefined || (now.next === 'investigating' && !isConcluded)) return null
  // What was added to a look about the same suspect asks for nothing new.
  const other = looks.findLastIndex(({ type, brief }) => type === 'briefed' || !isSame(brief, suspect))
  const begin = looks[other]
  const since = begin === undefined ? undefined : isSame(begin.brief, suspect) ? begin : looks[other + 1]
  const { object, category, why, evidence } = suspect
  const cause = { text: why, object, category, receipts: [] }
  return {
    grounds: { cause, chain: [], confidence: 0, urgency: 'now', partial: false, by: 'rules' },
    wishes: (isOwn(now) ? [] : rollbackOf(suspect, known)).map((wish) => ({ ...wish, why, evidence })),
    since: since?.id ?? 0,
  }
}

/** A rollback of Vigil's own is a deploy like any: who would take it back because of the next alert brings the bad version again. */
const isOwn = ({ suspects = [] }: Brief): boolean => suspects.some(({ rules }) => rules.includes('own-action'))

const isSame = ({ suspects: [first] = [] }: Brief, { object, category }: Suspect): boolean =>
  first !== undefined && first.category === category && objectKey(first.object) === objectKey(object)

/** What a deploy brought goes with it. Other causes have no cure that is right whatever the rest is: those are for an analysis, or for people. */
const CURED_BY_ROLLBACK = 'bad_deploy'

const rollbackOf = ({ object, category, confidence }: Suspect, { enabled, namespace: own }: Known): Pick<Wish, 'entry' | 'params'>[] => {
  // A pipeline tells of a service: whether there is a Deployment of that name, planning finds out.
  const kind = object.kind === 'service' ? 'Deployment' : workloadKinds.find((one) => one === object.kind)
  const { namespace = own, name } = object
  if (category !== CURED_BY_ROLLBACK || confidence !== 'high' || kind === undefined || namespace === undefined) return []
  const able = enabled.filter(({ action }) => action.kind === 'rollback_workload')
  const params = { kind, namespace, name }
  const chosen = able.find((one) => outOfBounds(one, params, { kind, namespace, name }) === null) ?? able[0]
  return chosen === undefined ? [] : [{ entry: chosen.name, params }]
}
