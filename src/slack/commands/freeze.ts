import { type Frozen, frozen, freeze as stop } from '../../remediation/freeze.ts'
import { clean } from '../../text/clean.ts'
import { cut } from '../../text/cut.ts'
import { clockTime, line } from '../blocks/text.ts'
import type { Door } from '../door.ts'
import { namesOf } from '../names.ts'
import { presserOf } from '../presser.ts'
import type { Command } from './command.ts'

export const freeze: Command = {
  name: 'freeze',
  also: ['stop everything', 'kill switch'],
  takesWords: true,
  usage: 'freeze [reason]',
  does: 'lets no action run, anywhere, until `unfreeze`',
  run: async (door, ask, words) => {
    const { person } = await presserOf(door, { ...ask, isColleague: true }, { usergroups: [] })
    // A brake must hold when Slack cannot say who pulls it: it only stops, and the trail says who it was.
    if (person !== 'colleague' && person !== 'unknown')
      return 'Not frozen, nothing was changed: only people of this workspace, no guests and no bots, may freeze. Ask one of them.'
    const { frozen: isNew, by } = await stop(door.context, ask.user, cut(clean(words).trim(), 200))
    if (!isNew) return `Frozen already ${await sinceWords(door, by)}. Nothing runs.`
    return `🧊 *Frozen.* No action runs, anywhere, until somebody says \`unfreeze\`. Of what is running no further step is sent; cards that wait say so.`
  },
}

/** "🧊 *Frozen* since 02:50 by tom (DB migration): no action runs until `unfreeze`"; null while nothing is. */
export const frozenWords = async (door: Door): Promise<string | null> => {
  const standing = await frozen(door.context.db)
  return standing === null ? null : `🧊 *Frozen* ${await sinceWords(door, standing)}: no action runs until \`unfreeze\`.`
}

export const sinceWords = async (door: Door, { by, at, reason }: Frozen): Promise<string> => {
  const { [by]: name = 'somebody' } = await namesOf(door.context, door, { users: [by], groups: [] })
  return `since ${clockTime(at)} by ${line(name, [], 40)}${reason === '' ? '' : ` (${line(reason, [], 200)})`}`
}
