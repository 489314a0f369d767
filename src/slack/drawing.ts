import type { Config } from '../config.ts'
import type { Incident, StoredAlert } from '../db/schema.ts'
import type { Stored } from '../incident/timeline.ts'
import type { Frozen } from '../remediation/freeze.ts'

/** A block as it goes over the wire. The official types lack charts, and `check.ts` knows the limits that types cannot say. */
export type Block = { readonly type: string; readonly [field: string]: unknown }

/** What a message says: `text` is all that a phone shows. */
export type Drawn = { readonly text: string; readonly blocks: readonly Block[] }

/** A message that is edited until it is `final`. */
export type Living = Drawn & { readonly final: boolean }

/** A message that should stand in Slack. The same database gives the same bytes, so a digest tells whether it does. */
export type DesiredMessage = {
  /** `<incident>:first`, `<incident>:analysis:1` …: unique, and in the message's metadata. */
  readonly key: string
  readonly channel: string
  /** Null: on the channel's top level. */
  readonly threadTs: string | null
  /** All that a phone shows. */
  readonly text: string
  readonly blocks: readonly Block[]
  /** False while more is expected soon: then edits are held to one in 3 s. */
  readonly final: boolean
}

type PostReaction = { readonly channel: string; readonly ts: string; readonly name: string }

/** Everything of an incident that should stand in Slack. */
export type Drawing = {
  /** In the order in which they must appear. */
  readonly messages: readonly DesiredMessage[]
  /** Vigil's one reaction on the message that carries the thread. */
  readonly reaction: string | null
  /** On later posts of the same problem. */
  readonly postReactions: readonly PostReaction[]
  /** Vigil's own card, where no alert post carries the thread, or did not in time. */
  readonly anchorCard?: DesiredMessage
  /** In the trial channel, of an incident whose own channel is only being tried. */
  readonly copy?: DesiredMessage
}

/** What a thread is drawn from. Nothing of it depends on when it is drawn: else every delivery would be an edit. */
export type ThreadView = {
  readonly incident: Incident
  readonly alerts: {
    readonly total: number
    readonly firing: number
    readonly newest: StoredAlert | null
    readonly teams: readonly string[]
  }
  readonly timeline: readonly Stored[]
  /** How many pieces of evidence there are to be looked at. */
  readonly evidence: number
  /** Whether Vigil's own card was posted, even if the alert's post carries the thread now. */
  readonly carded: boolean
  /** The thread of the incident that this one is a part of, where it has one. */
  readonly whole: { readonly channel: string; readonly thread: string } | null
  readonly settings: ThreadSettings
  /** Names of the people and user groups that actions name by their ids, as far as Slack tells them. */
  readonly names: Readonly<Record<string, string>>
  /** While nothing may run. */
  readonly frozen: Frozen | null
}

export type ThreadSettings = {
  readonly notify: Config['slack']['notify']
  readonly budget: Config['budgets']['investigation']
  readonly challenge: Config['budgets']['challenge']
  /** US dollars that incidents of this severity may use in 24 hours; null where other limits hold as well. */
  readonly dayUsd: number | null
  /** Longest time that an action's effect is watched. */
  readonly verifySeconds: number
  /** Hosts that links may name. */
  readonly hosts: readonly string[]
  /** Address of the workspace with its slash, for links to threads: `https://acme.slack.com/`. */
  readonly workspace: string
  /** How much is said in this channel (docs/slack.md). */
  readonly mode: Config['slack']['alert_channels'][number]['mode']
  /** The id of the trial channel, for copies of what is not said in channels of the mode `shadow`. */
  readonly shadowChannel: string | null
}

/** The address of a message in the workspace. https://docs.slack.dev/reference/methods/chat.getPermalink */
export const permalink = (workspace: string, channel: string, ts: string): string =>
  `${workspace.replace(/\/?$/, '/')}archives/${channel}/p${ts.replace('.', '')}`
