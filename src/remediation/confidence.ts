import type { Route } from './entries.ts'
import type { Risk } from './offer.ts'

/** What the protocol weighs. Whatever is missing, unparsable or contradictory counts as unsafe. */
export type Weighed = {
  /** The entry says `automatic: true`. */
  readonly enabled: boolean
  /** 0 to 100, capped by the receipts (never the model's own word alone); null or anything else is unsafe. */
  readonly confidence: number | null
  /** 0 to 100; null: no runbook matches. */
  readonly runbookMatch: number | null
  readonly risk: Risk | string | null
  /** Edge cases that force a person (novel failure, conflicting evidence, high blast radius, sensitive data …), in words. */
  readonly edges: readonly string[]
  /** Whether the rules, without any model, point at the same thing. */
  readonly signalsAgree: boolean
  /** Why the limits do not allow it now; null: they do. */
  readonly limit: string | null
  readonly thresholds: { readonly confidence: number; readonly runbookMatch: number }
  /** Whether anybody is configured who could approve it. */
  readonly hasApprovers: boolean
}

/**
 * Automatic only where everything says so, strictly above both thresholds; else a person approves; else it is escalated. Each reason
 * against automatic is named.
 */
export const routeOf = (weighed: Weighed): { readonly route: Route; readonly reasons: readonly string[] } => {
  const { confidence, runbookMatch, thresholds } = weighed
  const against = [
    ...(weighed.enabled ? [] : ['its entry does not allow it without a press']),
    ...above('confidence', confidence, thresholds.confidence),
    ...above('runbook match', runbookMatch, thresholds.runbookMatch),
    ...(weighed.risk === 'LOW' ? [] : [`risk is ${isRisk(weighed.risk) ? weighed.risk : 'not known'}`]),
    ...weighed.edges,
    ...(weighed.signalsAgree ? [] : ['the rules alone do not point at the same thing']),
    ...(weighed.limit === null ? [] : [weighed.limit]),
  ]
  if (against.length === 0) return { route: 'automatic', reasons: ['everything that the protocol asks for holds'] }
  return { route: weighed.hasApprovers ? 'approval' : 'escalate', reasons: against }
}

const above = (name: string, value: number | null, threshold: number): string[] => {
  if (value === null || typeof value !== 'number' || !Number.isFinite(value) || value > 100)
    return [name === 'runbook match' && value === null ? 'no runbook matches' : `${name} is not known`]
  return value > threshold ? [] : [`${name} ${Math.round(value * 10) / 10} is not above ${threshold}`]
}

const isRisk = (risk: Weighed['risk']): risk is Risk => risk === 'LOW' || risk === 'MEDIUM' || risk === 'HIGH'
