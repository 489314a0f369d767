import type { Incident } from '../db/schema.ts'
import { incidentName } from '../incident/incident.ts'
import { type Asked, ask as askRoom, correct } from '../investigation/ask.ts'
import type { Question } from '../investigation/conversation.ts'
import type { Door } from './door.ts'
import { nameOf } from './people.ts'

/** A person's message in an incident's thread. */
export type Said = { readonly user: string; readonly channel: string; readonly ts: string; readonly text: string }

/** Longer than a question needs to be; what is pasted behind it is better in a log. */
const LONGEST = 2000

/** A question to Vigil in an incident's thread. Returns what to say, or null when the thread itself shows it. */
export const askInThread = async (door: Door, incident: Incident, said: Said): Promise<string | null> =>
  askedWords(await askRoom(door.context, incident.id, await questionOf(door, said)), incident)

/** Something that a person knows better. Returns what to say. */
export const correctInThread = async (door: Door, incident: Incident, said: Said): Promise<string | null> => {
  const kept = await correct(door.context, incident.id, await questionOf(door, said))
  if (kept !== 'kept') return null
  return `Noted as your word, not as proof: I weigh it in my next look at ${incidentName(incident)}, and in every answer here. \`triage\` makes me look now.`
}

const questionOf = async ({ clients, identity }: Door, { user, channel, ts, text }: Said): Promise<Question> => ({
  user,
  channel,
  ts,
  name: await nameOf(clients, user, identity),
  text: text.slice(0, LONGEST),
})

const askedWords = (asked: Asked, incident: Incident): string | null => {
  if (asked.asked)
    return asked.when === 'now'
      ? null
      : 'I am looking into this thread’s alert right now: your question joins its next step, and I answer it when that is done.'
  switch (asked.reason) {
    case 'gone':
      return `I do not know ${incidentName(incident)} any more, so I cannot answer in its thread.`
    case 'no_model':
      return 'I cannot answer questions: no model is configured. `status`, `why` and the Evidence button work without one.'
    case 'limit':
      return `Not answered: ${asked.detail} (conversation.questions). The Evidence button shows what I know.`
    case 'budget':
      return `Not answered, ${asked.detail} (budgets.day). The Evidence button shows what I know.`
  }
}
