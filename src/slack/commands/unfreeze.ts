import { denialOf } from '../../remediation/authorise.ts'
import { type Frozen, frozen, unfreeze as release } from '../../remediation/freeze.ts'
import { line } from '../blocks/text.ts'
import type { Door } from '../door.ts'
import { namesOf } from '../names.ts'
import { presserOf } from '../presser.ts'
import type { Ask, Command } from './command.ts'
import { sinceWords } from './freeze.ts'

export const unfreeze: Command = {
  name: 'unfreeze',
  also: ['thaw'],
  takesWords: false,
  usage: 'unfreeze',
  does: 'lets approved actions run again',
  run: async (door, ask) => {
    const standing = await frozen(door.context.db)
    if (standing === null) return 'Nothing was changed: nothing is frozen.'
    const refused = await refusalOf(door, ask, standing)
    if (refused !== null) return refused
    const was = await release(door.context, ask.user)
    return was === null
      ? 'Nothing was changed: somebody was a moment before you.'
      : `*Not frozen any more.* It was ${await sinceWords(door, was)}. What was held back is not run by itself: its card offers it anew.`
  },
}

/** Who froze, and those who may approve: who cannot be looked up may not, since it lets things run. */
const refusalOf = async (door: Door, ask: Ask, { by }: Frozen): Promise<string | null> => {
  const { approvers } = door.context.config.slack
  const presser = await presserOf(door, { ...ask, isColleague: true }, approvers)
  if (presser.person === 'colleague' && ask.user === by) return null
  const denial = denialOf({ approvers, risk: 'LOW', requestedBy: null, editedBy: null }, presser)
  if (denial === null) return null
  const { [by]: name = 'whoever froze' } = await namesOf(door.context, door, { users: [by], groups: [] })
  const who = `${line(name, [], 40)}, who froze, may, and so may those of \`slack.approvers\``
  if (denial === 'look_up_failed')
    return `Not changed, it stays frozen: Slack did not say whether you may, or whether this channel is shared. Say it again, or in a channel that I am in. ${who}.`
  if (denial === 'shared_channel')
    return `Not changed, it stays frozen: this channel is shared with another organisation. Say it elsewhere. ${who}.`
  return `Not changed, it stays frozen: ${who}.`
}
