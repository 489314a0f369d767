import { findByMessage } from '../incident/find.ts'
import { nearest } from '../text/nearest.ts'
import type { Ask, Command } from './commands/command.ts'
import { commands } from './commands/index.ts'
import { question } from './commands/triage.ts'
import type { Door } from './door.ts'
import { isQuestion } from './is-question.ts'
import { plainOf } from './plain.ts'
import { correctInThread } from './thread-question.ts'

/**
 * Answers whatever a person said to Vigil: a command, a question, or something that gets a helpful word. Returns mrkdwn; null when a
 * thread says it.
 */
export const answer = async (door: Door, ask: Ask, typed: string): Promise<string | null> => {
  const words = plainOf(typed)
  const understood = understand(words)
  switch (understood.kind) {
    case 'command':
      return understood.command.run(door, ask, understood.words)
    case 'help':
      return help()
    case 'typo':
      return `I know: ${names()}. Did you mean *${understood.meant}*?`
    case 'question':
      return question(door, ask, words)
    case 'unclear':
      return statement(door, ask, words)
  }
}

/** In an incident's thread what is neither command nor question is something that a person knows: three words at least. */
const statement = async (door: Door, ask: Ask, words: string): Promise<string | null> => {
  const { channel, threadTs, ts, user } = ask
  const isSaying = words.split(' ').length >= 3 && !/^(thanks|thank you|thx|nice|great|good|ok|okay|cool)\b/i.test(words)
  const incident = threadTs === null || ts === null || !isSaying ? undefined : await findByMessage(door.context.db, channel, threadTs)
  if (incident !== undefined && ts !== null) return correctInThread(door, incident, { user, channel, ts, text: words })
  return `I know: ${names()}. Or ask me a whole question, such as "why is checkout slow?", and I look into it.`
}

type Understood =
  | { readonly kind: 'command'; readonly command: Command; readonly words: string }
  | { readonly kind: 'typo'; readonly meant: string }
  | { readonly kind: 'help' | 'question' | 'unclear' }

export const understand = (text: string): Understood => {
  const words = text.replace(/\s+/g, ' ').trim()
  const said = words.toLowerCase().replace(/[\s.!?,:]+$/, '')
  if (said === '' || ['help', 'hello', 'hi', 'commands'].includes(said)) return { kind: 'help' }
  for (const command of commands) {
    for (const name of [command.name, ...command.also]) {
      if (said === name) return { kind: 'command', command, words: '' }
      if (command.takesWords && words.toLowerCase().startsWith(`${name} `))
        return { kind: 'command', command, words: words.slice(name.length).trim() }
    }
  }
  const meant = nearest(said.slice(0, 40), [...commands.map((command) => command.name), 'help'])
  if (meant !== undefined) return { kind: 'typo', meant }
  return { kind: isQuestion(words) ? 'question' : 'unclear' }
}

const names = (): string => [...commands.map((command) => command.name), 'help'].join(', ')

const help = (): string =>
  [
    'Mention me, or use `/vigil` outside of threads:',
    ...commands.map(({ usage, does }) => `• \`${usage}\`: ${does}`),
    '• any whole question, such as "why is checkout slow?": I look into it; in an alert’s thread I answer on top of what I found',
    '• in an alert’s thread, what you know better ("it was the cache"): I weigh it in my next look',
    'On an alert: :eyes: is "I’m on it", :mag_right: makes me look.',
  ].join('\n')
