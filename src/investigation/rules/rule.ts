import type { Alert } from '../../alert/alert.ts'
import type { Clock } from '../../context.ts'
import type { Sources } from '../../datasources/sources.ts'
import type { Db } from '../../db/connection.ts'
import type { Incident } from '../../db/schema.ts'
import type { ObjectRef } from '../analysis.ts'
import type { Cited, EvidenceId } from '../evidence.ts'

/** What a rule concludes. At least one evidence is a type, not a check. */
export type Finding = {
  readonly rule: string
  readonly severity: 'info' | 'low' | 'medium' | 'high' | 'critical'
  /** How sure the rule is; has nothing to do with how bad it is. */
  readonly confidence: 'low' | 'medium' | 'high'
  /** One paragraph, plain text. */
  readonly summary: string
  /** The concrete next command or look. */
  readonly suggestion: string
  readonly object?: ObjectRef
  readonly evidence: readonly [EvidenceId, ...EvidenceId[]]
}

/** An earlier incident of the same identity. */
export type Similar = { readonly number: number; readonly startedAt: Date; readonly resolvedAt: Date | null; readonly cause: string | null }

/** The state of the alert's own expression, asked before any rule runs. */
export type OwnState = {
  readonly expression: string
  /** "12.4 % (limit 5 %)": for the first line. */
  readonly state: string
  readonly value: number | null
  readonly threshold: number | null
  /** Whether the newest value is on the wrong side. */
  readonly firing: boolean | null
  readonly onset: Date
  /** False: no data, so the onset is `startsAt - for`. */
  readonly onsetSeen: boolean
  readonly forSeconds: number | null
  readonly answers: readonly [Cited, ...Cited[]]
  readonly chart: { readonly title: string; readonly points: readonly (readonly [number, number])[]; readonly limit: number | null } | null
}

export type RuleInput = {
  readonly alert: Alert
  readonly incident: Incident
  readonly subject: string | null
  readonly onset: Date
  /** Null when the expression is unknown or its source did not answer. */
  readonly own: OwnState | null
  readonly sources: Sources
  readonly db: Db
  readonly clock: Clock
  /** Aborts when the rules' time is over. */
  readonly signal: AbortSignal
  readonly similar: readonly Similar[]
  /** Keeps an answer as evidence of the incident. Its number is given when all rules have ended, so that the same input gives the same bytes. */
  cite(answer: Cited): Cited
}

/** A finding with its answers, before they are numbered. */
export type RuleFinding = Omit<Finding, 'evidence'> & { readonly evidence: readonly [Cited, ...Cited[]] }

/**
 * A deterministic function from an alert and its context to findings. A TransientError becomes "could not see", any other error a
 * LOW finding that names the rule; neither stops the others.
 */
export type Rule = {
  readonly id: string
  /** What it looks at, in two words, for "looked at: …" when nothing stands out. */
  readonly looksAt: string
  evaluate(input: RuleInput): Promise<RuleFinding[]>
}
