import type { Incident } from '../db/schema.ts'
import type { Brief } from '../incident/timeline.ts'
import type { Analysis, ObjectRef } from '../investigation/analysis.ts'
import { isPodOf } from '../kubernetes/names.ts'
import type { Target } from './offer.ts'
import type { Grounds } from './wishes.ts'

export type Case = {
  readonly incident: Pick<Incident, 'severity' | 'subject'>
  readonly brief: Brief | undefined
  readonly analysis: Grounds
  readonly target: Target
  /** 0 to 100; null: no runbook matches. */
  readonly runbookMatch: number | null
  /** Attempts at this problem that did not help. */
  readonly failures: number
}

/** Cases in which a person decides, whatever the numbers say (MISSION 102), each in words. */
export const edgesOf = ({ incident, brief, analysis, target, runbookMatch, failures }: Case): string[] => [
  ...(runbookMatch === null || !(runbookMatch >= 50) ? ['novel: no runbook covers it'] : []),
  ...(agrees(brief, analysis) ? [] : ['conflicting evidence: rules and analysis name different things']),
  ...(analysis.cause?.object === undefined || isOf(target, analysis.cause.object) ? [] : ['it acts on something else than the cause']),
  ...(analysis.urgency === 'now' ? ['high blast radius: it cannot wait'] : []),
  ...(CRITICAL.test(`${incident.subject ?? ''} ${target.name}`) ? ['high blast radius: payment, sign-in, gateway or data path'] : []),
  ...(target.kind === 'StatefulSet' || SENSITIVE.test(`${incident.subject ?? ''} ${target.name}`) ? ['it holds data'] : []),
  ...(analysis.cause === null || analysis.cause.category === 'unknown' ? ['the cause is ambiguous'] : []),
  ...(failures > 2 ? ['more than two attempts failed'] : []),
  ...(analysis.chain.length > 2 ? ['a cascade: more than two things are between cause and symptom'] : []),
  ...(analysis.by === 'rules'
    ? ['no model has looked: the rules alone say so']
    : analysis.confidence >= 60
      ? []
      : ['confidence is below 60']),
  ...(analysis.partial ? ['the analysis is partial'] : []),
  ...(incident.severity === 'critical' ? ['critical: customers may feel it'] : []),
]

const CRITICAL = /payment|checkout|auth|login|gateway|database|\bdb\b|-db\b|postgres|mysql|billing/i
const SENSITIVE = /database|\bdb\b|-db\b|postgres|mysql|mongo|redis|kafka|etcd|elastic|cassandra|vault/i

/** Without a model: the first suspect is the thing that the analysis calls the cause. */
export const agrees = (brief: Brief | undefined, { cause }: Pick<Analysis, 'cause'>): boolean => {
  const first = brief?.suspects?.[0]
  if (first === undefined || cause?.object === undefined || first.confidence !== 'high') return false
  const [place, named] = [first.object.namespace, cause.object.namespace]
  return first.object.name === cause.object.name && (place === undefined || named === undefined || place === named)
}

/** The thing itself, by whatever kind it is called, or one of its pods. */
const isOf = (target: Target, { name, namespace }: ObjectRef): boolean =>
  (target.namespace === undefined || namespace === undefined || target.namespace === namespace) &&
  (target.name === name || (target.kind === 'Pod' && isPodOf(target.name, name)))
