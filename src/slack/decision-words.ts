import type { ActionStatus, StoredAction } from '../db/schema.ts'
import type { Denial } from '../remediation/authorise.ts'
import type { Decision } from '../remediation/decide.ts'
import type { Approvers } from '../remediation/offer.ts'
import { whomToAsk } from './ask.ts'
import { anewButton, askButton, commandButton } from './blocks/action-buttons.ts'
import { fence } from './blocks/code.ts'
import { actions, clockTime, line, section } from './blocks/text.ts'
import type { Door } from './door.ts'
import type { Block } from './drawing.ts'
import { membersOf } from './groups.ts'
import { namesOf } from './names.ts'
import type { Told } from './press.ts'

/** What was wanted of an action, as the beginning of "Not approved, nothing was changed". */
export type Wanted = 'approved' | 'rejected' | 'taken back' | 'edited' | 'offered anew' | 'noted' | 'asked'

type Asked = { readonly wanted: Wanted; readonly action: StoredAction | undefined; readonly user: string }

/**
 * What a decision is to the presser alone: what was (not) changed, why, who or what helps, and a way on. Null where the card says it to
 * everybody.
 */
export const decisionTold = async (door: Door, decision: Decision, { wanted, action, user }: Asked): Promise<Told | null> => {
  if (decision.done) {
    if (decision.missing === 0) return null
    return refusal(
      `Counted, nothing runs yet: HIGH risk takes ${action?.offer.approvals ?? 2} people, you are the first. ${await others(door, action, user)}`,
      action,
      await asking(door, action, user),
    )
  }
  const not = `Not ${wanted}, nothing was changed:`
  switch (decision.why) {
    case 'gone':
      return `${not} I do not know this action any more. \`status\` lists what is open.`
    case 'tampered':
      return refusal(
        `${not} what this button carries, or what is stored, is not what was shown. That is in the audit trail; tell whoever runs Vigil.`,
        action,
      )
    case 'elsewhere':
      return refusal(
        `${not} this button is not on the action's own message, as far as I know. Press there, or here again in a moment if it has only just appeared.`,
        action,
      )
    case 'stale':
      return refusal(`${not} a newer offer stands, version ${decision.version}. Read the card again and press there.`, action)
    case 'expired':
      return refusal(
        `This offer ended at ${clockTime(decision.at)}, nothing was changed. Check again, and it is offered on what is live now.`,
        action,
        [...(action === undefined ? [] : [anewButton(`${action.id}:${action.version}:${action.digest}`)])],
      )
    case 'decided':
      return refusal(await decidedWords(door, decision), action)
    case 'yours_already':
      return refusal(
        `You have approved this already, it counts once. One more is needed. ${await others(door, action, user)}`,
        action,
        await asking(door, action, user),
      )
    case 'denied':
      return deniedTold(door, decision, { wanted, user })
    case 'frozen': {
      const { by, at, reason } = decision.by
      const { [by]: name = 'somebody' } = await namesOf(door.context, door, { users: [by], groups: [] })
      const because = reason === '' ? '' : ` ("${line(reason, [], 200)}")`
      return refusal(
        `Not run, nothing was changed: Vigil is frozen since ${clockTime(at)} by ${line(name, [], 40)}${because}. They may \`unfreeze\`, and so may whoever approves here.`,
        action,
      )
    }
  }
}

/** A denial, with who could and how to do it by hand: at 3 AM nobody may be stuck. */
export const deniedTold = async (
  door: Door,
  { denial, action }: { readonly denial: Denial; readonly action: StoredAction },
  { wanted, user }: Pick<Asked, 'wanted' | 'user'>,
): Promise<Told> => {
  const not = `Not ${wanted}, nothing was changed:`
  const may = await mayApprove(door, action.offer.approvers)
  const who = may === null ? 'Nobody is configured who may: `slack.approvers` in `vigil.yaml`.' : `May approve: ${may}.`
  switch (denial) {
    case 'look_up_failed':
      return refusal(
        `${not} Slack did not say whether you may. Press again, or run it yourself:\n${fence([action.offer.command], 1000)}`,
        action,
      )
    case 'not_an_approver':
      return refusal(`${not} this needs ${may ?? 'somebody else'}; you are not in it.`, action, await asking(door, action, user))
    case 'nobody_configured':
      return refusal(
        `${not} nobody is configured who may. Name them in \`vigil.yaml\`: \`slack.approvers\`, a route's or the entry's \`approvers\`.`,
        action,
      )
    case 'guest':
      return refusal(`${not} guests of the workspace decide nothing. ${who}`, action)
    case 'bot':
      return refusal(`${not} a bot decides nothing. ${who}`, action)
    case 'deactivated':
      return refusal(`${not} this account is deactivated. ${who}`, action)
    case 'stranger':
      return refusal(`${not} this works only for people of the workspace that Vigil is installed in. ${who}`, undefined)
    case 'shared_channel':
      return refusal(
        `${not} this channel is shared with another organisation, and nothing is decided there unless its entry says \`shared: true\`. ${who}`,
        action,
      )
    case 'asked_for_it':
      return refusal(
        `${not} you asked for this, and HIGH risk is decided by others. ${await others(door, action, user)}`,
        action,
        await asking(door, action, user),
      )
    case 'edited_it':
      return refusal(
        `${not} you edited this, and HIGH risk is decided by others. ${await others(door, action, user)}`,
        action,
        await asking(door, action, user),
      )
  }
}

/** A way to call whoever may, where a card waits and nobody was called yet. */
const asking = async (door: Door, action: StoredAction | undefined, user: string): Promise<Block[]> => {
  const whom = action === undefined ? null : await whomToAsk(door, action, user)
  return action === undefined || whom === null ? [] : [askButton(`${action.id}:${action.version}:${action.digest}`, whom)]
}

/** What was pressed in another place than the incident's. */
export const elsewhereTold = (wanted: Wanted): Told =>
  `Not ${wanted}, nothing was changed: this belongs to an incident of another channel. Open the card there and press in its thread.`

/** Words with the way on below them. A stranger gets none: the command names what is ours. */
export const refusal = (text: string, action: StoredAction | undefined, more: readonly Block[] = []): Told => {
  const ways = [...more, ...(action === undefined ? [] : [commandButton(action.id)])]
  return { text, blocks: [section(text), ...actions(ways)] }
}

const STATUS: Readonly<Record<ActionStatus, string>> = {
  awaiting_approval: 'it waits',
  approved: 'approved it',
  rejected: 'rejected it',
  expired: 'it expired',
  superseded: 'it was withdrawn',
  cancelled: 'took it back',
  blocked: 'it was held back',
  changed: 'its target had changed',
  self_healed: 'the problem is over',
  executing: 'approved it, and it runs',
  succeeded: 'approved it, and it was done',
  failed: 'approved it, and it failed',
  outcome_unknown: 'approved it, and whether it was done is not known',
  dry_run: 'approved it, and the dry run passed',
}

const decidedWords = async (door: Door, { status, by, at }: Extract<Decision, { why: 'decided' }>): Promise<string> => {
  const when = at === null ? '' : ` ${clockTime(at)}`
  const runs = RAN.has(status) ? ' It runs once.' : ' Nothing was changed.'
  if (by === null) return `Already decided: ${STATUS[status]}${when}.${runs}`
  const { [by]: name = 'somebody' } =
    by === 'vigil' ? { [by]: 'the confidence protocol' } : await namesOf(door.context, door, { users: [by], groups: [] })
  return `Already decided: ${line(name, [], 40)} ${STATUS[status]}${when}.${runs}`
}

const RAN: ReadonlySet<ActionStatus> = new Set(['approved', 'executing', 'succeeded', 'failed', 'outcome_unknown', 'dry_run'])

/** Members of a group that are named: more is a list that nobody reads. */
const MOST = 6

/** "payments-oncall (ana, tom)"; null where nobody may. */
const mayApprove = async (door: Door, { users, usergroups }: Approvers, but?: string): Promise<string | null> => {
  const members = await Promise.all(
    usergroups.map((group) => membersOf(door.context, door.clients, group).catch((): readonly string[] => [])),
  )
  const some = members.map((all) => all.filter((user) => user !== but).slice(0, MOST))
  const names = await namesOf(door.context, door, { users: [...users, ...some.flat()], groups: usergroups })
  const named = (id: string): string => (names[id] === undefined ? `\`${id.replace(/\W/g, '')}\`` : line(names[id], [], 40))
  const groups = usergroups.map((group, i) => {
    const inside = (some[i] ?? []).map(named).join(', ')
    return `${named(group)}${inside === '' ? '' : ` (${inside})`}`
  })
  const all = [...groups, ...users.filter((user) => user !== but).map(named)]
  return all.length === 0 ? null : all.join(', ')
}

const others = async (door: Door, action: StoredAction | undefined, user: string): Promise<string> => {
  const may = action === undefined ? null : await mayApprove(door, action.offer.approvers, user)
  return may === null ? 'Nobody else is configured who may approve.' : `May approve too: ${may}.`
}
