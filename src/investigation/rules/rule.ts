import type { Alert } from '../../alert/alert.ts'
import type { Clock } from '../../context.ts'
import type { Sources } from '../../datasources/sources.ts'
import type { Db } from '../../db/connection.ts'
import type { Incident } from '../../db/schema.ts'
import type { ClusterState } from '../../kubernetes/state.ts'
import type { LogsAround } from '../../logs/around.ts'
import type { TracesAround } from '../../traces/around.ts'
import type { CallGraph } from '../../traces/call-graph.ts'
import type { ObjectRef } from '../analysis.ts'
import type { Category } from '../categories.ts'
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
  /** What kind of cause it is. Without one it is a fact that accuses nobody: an owner, an earlier incident, the alert's own value. */
  readonly category?: Category
  /**
   * How much of this alert it explains by itself, 0 to 1: 0.9 settles it (the subject's pod was killed for memory just now), 0.7 strong,
   * 0.5 plausible, 0.3 one hint among others. Fusion weighs findings about one object together (suspects.ts). Absent: 0.
   */
  readonly weight?: number
  /** Since when it is so, RFC 3339: what began after the onset explains nothing. */
  readonly since?: string
  /** What a chart of the alert's value should mark: a deploy, by its time in seconds. */
  readonly mark?: { readonly at: number; readonly label: string }
  /** Other objects whose alerts it explains: the pods of a dead node, the services that call a failing one. At most 500. */
  readonly explains?: readonly ObjectRef[]
  readonly evidence: readonly [EvidenceId, ...EvidenceId[]]
}

/** A recorded change of a service. */
export type Deploy = {
  readonly service: string
  readonly namespace: string | null
  readonly kind: 'deploy' | 'config' | 'scale' | 'flag'
  /** "v2.14.0", an image's tag: as whoever reported it names it. */
  readonly version: string | null
  readonly previous: string | null
  /** Of the source code. */
  readonly commit: string | null
  readonly author: string | null
  /** Where a person reads more of it: a pipeline, a comparison of two versions. Not ours: never fetched, never opened. */
  readonly url: string | null
  readonly at: Date
  /** Who reported it: pushed, kubernetes, github, argocd. */
  readonly source: string
}

/** What several rules look at: asked when the first of them does, once, and shared. What fails fails for each of them. */
export type Surroundings = {
  /** Who calls whom, from service-graph metrics and the configuration; without edges where nothing says. */
  callGraph(): Promise<CallGraph>
  /** The objects around the subject. Null where no Kubernetes API is configured. */
  clusterState(): Promise<ClusterState | null>
  /** The logs of the subject and of what it calls, around the onset. Null where nothing keeps any of the subject. */
  logs(): Promise<LogsAround | null>
  /** Traces through the subject, around the onset. Null where nothing keeps any. */
  traces(): Promise<TracesAround | null>
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
  readonly chart: {
    readonly title: string
    /** Seconds and value. */
    readonly points: readonly (readonly [number, number])[]
    readonly limit: number | null
    /** Its values a day before, for each point. */
    readonly yesterday?: readonly number[]
    /** What changed in that time: seconds and a few words, in order of time. */
    readonly marks?: readonly { readonly at: number; readonly label: string }[]
  } | null
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
  /** Of this cluster, of any service, in the 24 hours before now; newest first. What was pushed to Vigil. */
  readonly deploys: readonly Deploy[]
  readonly surroundings: Surroundings
  /** How often it fired before; null where nobody remembers. */
  firedBefore(): Promise<FiredBefore | null>
  /** Which route of the configuration fits its labels; null: none. */
  readonly route: Route | null
  /** Keeps an answer as evidence of the incident. Its number is given when all rules have ended, so that the same input gives the same bytes. */
  cite(answer: Cited): Cited
}

/** A route of the configuration, by its place in the file, first 1. */
export type Route = { readonly number: number; readonly match: readonly string[]; readonly channel: string }

/** How often the alert fired before, and whether it usually goes by itself. */
export type FiredBefore = {
  readonly days: number
  readonly usually: { readonly times: number; readonly of: number; readonly medianSeconds: number; readonly withinSeconds: number } | null
  readonly answer: Cited
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
  /** It is asked only where one of these is configured; without: always. */
  readonly needs?: readonly (keyof Sources)[]
  evaluate(input: RuleInput): Promise<RuleFinding[]>
}
