import { findByMessage } from '../../incident/find.ts'
import { own } from '../../incident/own.ts'
import { GONE } from '../refusals.ts'
import type { Command } from './command.ts'

export const onIt: Command = {
  name: 'on it',
  also: ["i'm on it", 'im on it', 'i am on it', 'i’m on it', 'mine'],
  takesWords: false,
  usage: 'on it',
  does: 'makes you the owner, in an alert’s thread',
  run: async (door, ask) => {
    const incident = ask.threadTs === null ? undefined : await findByMessage(door.context.db, ask.channel, ask.threadTs)
    if (incident === undefined) return 'Say that in the thread of the alert that you take. `status` lists what is open.'
    return ownedWords(await own(door.context, incident.id, ask.user))
  },
}

/** Null when it is yours now: the thread shows that to everybody. */
export const ownedWords = (outcome: Awaited<ReturnType<typeof own>>): string | null => {
  if (outcome.owned) return null
  switch (outcome.reason) {
    case 'yours_already':
      return 'It is yours already.'
    case 'over':
      return 'Nothing was changed: it is over.'
    case 'gone':
      return GONE
  }
}
