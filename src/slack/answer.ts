import type { Ask, Command } from './commands/command.ts'
import { commands } from './commands/index.ts'
import { question } from './commands/triage.ts'
import type { Door } from './door.ts'
import { plainOf } from './plain.ts'

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
      return `I know: ${names()}. Or ask me a whole question, such as "why is checkout slow?", and I look into it.`
  }
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
  const meant = nearest(said)
  if (meant !== undefined) return { kind: 'typo', meant }
  return { kind: isQuestion(words) ? 'question' : 'unclear' }
}

/** Three words and a question's beginning or end: "thanks!" and "ok?" start no investigation. */
const isQuestion = (text: string): boolean =>
  text.split(' ').length >= 3 &&
  (/\?\s*$/.test(text) || /^(why|what|whats|what's|where|when|how|is|are|does|do|did|has|have|can|could|which|who)\b/i.test(text))

/** A command that somebody mistyped: short, and few letters off. */
const nearest = (said: string): string | undefined => {
  const known = [...commands.map((command) => command.name), 'help']
  const close = known
    .map((name) => ({ name, off: distance(said.slice(0, 40), name) }))
    .filter(({ name, off }) => off <= (name.length <= 4 ? 1 : 2))
    .sort((a, b) => a.off - b.off)
  return close[0]?.name
}

/** Letters to insert, drop, change or swap (optimal string alignment). */
const distance = (a: string, b: string): number => {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const at = (r: number, c: number): number => rows[r]?.[c] ?? 0
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min(at(i - 1, j) + 1, (row[j - 1] ?? 0) + 1, at(i - 1, j - 1) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, at(i - 2, j - 2) + 1)
      row.push(least)
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? 0
}

const names = (): string => [...commands.map((command) => command.name), 'help'].join(', ')

const help = (): string =>
  [
    'Mention me, or use `/vigil` outside of threads:',
    ...commands.map(({ usage, does }) => `• \`${usage}\`: ${does}`),
    '• any whole question, such as "why is checkout slow?": I look into it in the thread',
    'On an alert: :eyes: is "I’m on it", :mag_right: makes me look.',
  ].join('\n')
