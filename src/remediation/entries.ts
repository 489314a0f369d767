import type { Verification } from '../db/schema.ts'
import type { EvidenceId } from '../investigation/evidence.ts'
import type { ComparedChecks } from './checked.ts'
import type { Offer } from './offer.ts'

/** What the protocol makes of a proposal, and each reason: all of them are shown. */
export type Route = 'automatic' | 'approval' | 'escalate'

type Of = { readonly action: string; readonly number: number }

/** What happens to actions, as the timeline has it. */
export type ActionEntry = Proposed | Refused | LaterEntry

/** A card stands with this offer; a later one of the same action has a higher version. */
export type Proposed = Of & {
  type: 'action_proposed'
  offer: Offer
  digest: string
  expires: string
  /** The sentence that argued for it, with its evidence. */
  because: { readonly text: string; readonly evidence: readonly EvidenceId[] }
  route: Route
  reasons: readonly string[]
  by: string | null
  undo_of: number | null
}

/** Something was wanted that is not in the catalogue's bounds, or that would do harm. */
export type Refused = { type: 'action_refused'; wanted: string; reason: string }

/** What happens to an action that was proposed. */
export type LaterEntry =
  /** `missing`: how many more must approve. */
  | (Of & { type: 'action_approved'; version: number; by: string | null; missing: number })
  /** Somebody who cannot decide it alone asked whoever may: a user, or a user group. */
  | (Of & { type: 'action_asked'; by: string; whom: string })
  | (Of & { type: 'action_rejected'; version: number; by: string; reason: string })
  /** It will not run any more, and why. */
  | (Of & {
      type: 'action_ended'
      how: 'expired' | 'superseded' | 'cancelled' | 'blocked' | 'changed' | 'self_healed'
      reason: string
      by: string | null
    })
  | (Of & { type: 'action_started'; attempt: number; before: string | null })
  | (Of & { type: 'action_progress'; text: string })
  | (Of & { type: 'action_done'; outcome: 'succeeded' | 'failed' | 'outcome_unknown' | 'dry_run'; detail: string; seconds: number })
  /** What somebody found who looked at a target of which Vigil could not tell. `by` null: told over the API. */
  | (Of & {
      type: 'action_found'
      said: 'done' | 'not_done'
      /** Of the whole action: `failed` also where what was on its way was done, and `unsent` of its steps were never sent. */
      outcome: 'succeeded' | 'failed'
      unsent: number
      by: string | null
      detail: string
    })
  | (Of & {
      type: 'action_verified'
      outcome: Verification
      detail: string
      /** What became worse is not what the alert is about, but something around it. */
      elsewhere?: true
      before: string | null
      after: string | null
      evidence: EvidenceId | null
      /** The checks of its entry, right before the deed and now. */
      checks?: ComparedChecks
      /** Seconds and value, before and after, for one small chart. */
      chart: {
        readonly title: string
        readonly points: readonly (readonly [number, number])[]
        readonly limit: number | null
        readonly at: number
      } | null
    })
  /** What it switched off is still off; `offered`: a card to put it back stands below. */
  | (Of & { type: 'action_left'; what: string; since: string; offered: boolean })
  /** The problem came back within 24 hours. */
  | (Of & { type: 'action_ineffective'; detail: string })
