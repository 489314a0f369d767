import { digest } from '../text/digest.ts'

/** Computed by code from the action and the live object, never taken from a model. */
export type Risk = 'LOW' | 'MEDIUM' | 'HIGH'

/** Whatever JSON can say: it is hashed, stored, and read back the same. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** What a runner is asked to do, exactly: the runner's name and its own request. */
export type Step = { readonly runner: string; readonly request: Json }

export type Target = { readonly kind: string; readonly namespace?: string; readonly name: string }

/** What takes it back: an action of its own, which is planned, shown and approved anew. */
export type UndoRef = { readonly entry: string; readonly params: { readonly [name: string]: Json } }

/** What stays switched off after the deed until somebody puts it back: "the rollout of shop/checkout is paused". */
export type Leaves = { readonly what: string; readonly back: UndoRef }

/**
 * Everything that a person approves, and nothing that is not shown or run: the card is drawn from it, the digest is made over it, and
 * its steps are what the runners get.
 */
export type Offer = {
  readonly action: string
  readonly incident: string
  readonly version: number
  readonly cluster: string
  /** The catalogue's entry by its name, and the kind of action behind it. */
  readonly entry: string
  readonly kind: string
  readonly params: { readonly [name: string]: Json }
  readonly target: Target
  /** "Roll back shop/checkout to revision 41". */
  readonly title: string
  /** The change itself, as lines of a diff: what goes begins with "- ", what comes with "+ ". */
  readonly change: readonly string[]
  readonly risk: Risk
  readonly why: readonly string[]
  /** What else must be known before pressing: who owns the object, what is not known. */
  readonly notes: readonly string[]
  /** Of the live object when it was offered; read again and compared right before it runs. */
  readonly preconditions: Json
  readonly steps: readonly Step[]
  readonly undo: UndoRef | null
  /** People are reminded of it. */
  readonly leaves?: Leaves
  /** What a person would type to do the same. */
  readonly command: string
  /** How many different people must approve. */
  readonly approvals: number
  readonly approvers: Approvers
  /** Seconds that it may take. */
  readonly timeout: number
  readonly idempotent: boolean
  /** With it nothing is executed: the runner is asked what it would do. */
  readonly dryRun: boolean
  /** Whether it is watched afterwards if it helped: not what takes no cause away. */
  readonly watched: boolean
}

export type Approvers = { readonly users: readonly string[]; readonly usergroups: readonly string[] }

/** What an approval is bound to. Throws PermanentError for what has no canonical form. */
export const digestOf = (offer: Offer): string => digest(offer)

/** The part of a digest that people read: "9f3ca1". */
export const shortDigest = (full: string): string => full.slice(0, 6)
