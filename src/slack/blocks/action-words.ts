import { shortDigest } from '../../remediation/offer.ts'
import { duration } from '../../text/number.ts'
import type { ThreadView } from '../drawing.ts'
import type { ActionState } from '../thread-actions.ts'
import { inCode } from './code.ts'
import { bold, clockTime, line } from './text.ts'

/** How far an action is. */
export type Phase = 'waiting' | 'starting' | 'running' | 'checking' | 'over'

export const phaseOf = ({ proposed, rejected, ended, done, verified, started, approvals }: ActionState): Phase => {
  if (rejected !== null || ended !== null) return 'over'
  if (done !== null) return done.outcome === 'succeeded' && verified === null && proposed.offer.watched ? 'checking' : 'over'
  if (started !== null) return 'running'
  return approvals.at(-1)?.missing === 0 ? 'starting' : 'waiting'
}

/** What a button of this card carries: ids, version and digest, and nothing else that is acted on. */
export const pressValue = ({ proposed: { offer, digest } }: ActionState): string => `${offer.action}:${offer.version}:${digest}`

/** A person or a group by its name, plain: a live mention would call them. Where Slack did not tell the name, its id. */
export const who = ({ names, settings }: ThreadView, id: string | null): string => {
  if (id === null) return 'the confidence protocol'
  const name = names[id]
  return name === undefined ? `\`${inCode(id, 30)}\`` : line(name, settings.hosts, 40)
}

/** "ana, @payments-oncall": users first, groups with the sign by which people know them. */
export const mayApprove = (view: ThreadView, { proposed: { offer } }: ActionState): string => {
  const { users, usergroups } = offer.approvers
  const all = [...users.map((id) => who(view, id)), ...usergroups.map((id) => who(view, id))]
  if (all.length === 0) return 'nobody is configured (`slack.approvers` in `vigil.yaml`)'
  const more = all.length > MOST_NAMED ? ` and ${all.length - MOST_NAMED} more` : ''
  return `${all.slice(0, MOST_NAMED).join(', ')}${more}`
}

const MOST_NAMED = 5

export const approvedBy = (view: ThreadView, { approvals }: ActionState): string =>
  approvals.map(({ by, at }) => `${who(view, by)} ${clockTime(at)}`).join(' and ')

/** "done in 41 s", or by whose word it is known to be done. */
export const doneHow = (view: ThreadView, action: ActionState): string =>
  action.found === null ? `done in ${duration(action.done?.seconds ?? 0)}` : `done, as ${foundBy(view, action)}`

/** "ana found 03:20" */
export const foundBy = (view: ThreadView, { found }: ActionState): string =>
  found === null ? '' : `${found.by === null ? 'the API said' : `${who(view, found.by)} found`} ${clockTime(found.at)}`

/** What they found, where not all of it was done; null where it was, or nobody has looked. */
export const foundUndone = (view: ThreadView, action: ActionState): string | null => {
  const { found, proposed } = action
  if (found === null || found.outcome === 'succeeded') return null
  const detail = found.detail === '' ? '' : `: ${line(found.detail.replace(/\.$/, ''), view.settings.hosts, 200)}`
  if (found.said === 'not_done') return `*It was not done*, as ${foundBy(view, action)}${detail}.`
  const { length } = proposed.offer.steps
  const rest = found.unsent === 1 ? `step ${length} of ${length} was` : `the last ${found.unsent} of ${length} steps were`
  return `*Not all of it was done*, as ${foundBy(view, action)}${detail}: ${rest} never sent.`
}

/** "Roll back shop/checkout …" in bold, with what tells one from another. */
export const titleOf = ({ settings: { hosts } }: ThreadView, { proposed: { offer, undo_of: undoOf } }: ActionState): string =>
  bold(`${offer.dryRun ? 'Dry run: ' : ''}${undoOf === null ? '' : 'Undo: '}${offer.title}`, hosts, 180)

/** The one cluster of a small set-up has no name worth a reader's time. */
export const placeOf = ({ settings: { hosts } }: ThreadView, { proposed: { offer } }: ActionState): string =>
  offer.cluster === 'default' ? '' : ` · ${line(offer.cluster, hosts, 60)}`

/** "v1 `9f3ca1`": what is approved, as people can compare it. */
export const seal = ({ proposed: { offer, digest } }: ActionState): string => `v${offer.version} \`${inCode(shortDigest(digest), 12)}\``

/** "Roll back", from "Roll back shop/checkout to …". */
export const verbOf = ({ proposed: { offer } }: ActionState): string => {
  const verb = offer.title.split(/ (?=\S*[/.])/)[0]?.trim() ?? ''
  return /^[A-Za-z][A-Za-z ]{1,18}$/.test(verb) && verb.length < offer.title.length ? verb : 'Do it'
}

/** "12.4 % → 0.2 % (limit 5 %)"; null where neither is known. */
export const course = (before: string | null, after: string | null): string | null => {
  if (before === null || after === null) return after ?? before
  const limit = / \(limit [^)]*\)$/.exec(after)?.[0] ?? ''
  return `${limit !== '' && before.endsWith(limit) ? before.slice(0, -limit.length) : before} → ${after}`
}
