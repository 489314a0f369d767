import type { Config } from '../../config.ts'
import type { Channel, Level, Line } from './check.ts'

/** What doctor prints: a line for each finding with its mend, and what it comes to. */
export const report = (lines: readonly Line[], channels: readonly Channel[], config: Config): string =>
  [...lines.map(shown), '', summary(lines, channels, config)].join('\n')

const SYMBOLS: Readonly<Record<Level, string>> = { ok: '✓', warning: '!', fault: '✗', note: '·' }

/** The longest part is Alertmanager. */
const PART_WIDTH = 13

/** A mend stays on the line of its finding where a terminal of 120 has room for both. */
const WIDTH = 118

const shown = ({ level, part, text, mend, block }: Line): string => {
  const head = `${SYMBOLS[level]} ${part.padEnd(PART_WIDTH)}${text}`
  const indent = ' '.repeat(PART_WIDTH + 2)
  const tail = mend === undefined ? '' : `→ ${mend}`
  const first = tail === '' ? head : head.length + tail.length + 3 <= WIDTH ? `${head}   ${tail}` : `${head}\n${indent}${tail}`
  return block === undefined ? first : `${first}\n${block.replace(/^(?=.)/gm, `${indent}  `)}`
}

const summary = (lines: readonly Line[], channels: readonly Channel[], config: Config): string => {
  const faults = lines.filter(({ level }) => level === 'fault').length
  const warnings = lines.filter(({ level }) => level === 'warning').length
  return `${faults === 0 ? 'No faults' : count(faults, 'fault')}, ${count(warnings, 'warning')}. ${outlook(lines, channels, config)}`
}

const count = (number: number, name: string): string => `${number === 0 ? 'no' : number} ${name}${number === 1 ? '' : 's'}`

/** What would happen to an alert if Vigil were started now. */
const outlook = (lines: readonly Line[], channels: readonly Channel[], config: Config): string => {
  if (lines.some(({ effect }) => effect === 'no start')) return 'Vigil would not start.'
  if (lines.some(({ effect }) => effect === 'deaf'))
    return `Vigil would start, but hear nothing from Slack${config.api_token === undefined ? '' : '; alerts by webhook are looked at'}.`
  const watched = channels.filter(({ isWatched }) => isWatched)
  const heard = watched.filter(hears)
  const deaf = watched.filter((channel) => !heard.includes(channel))
  const byWebhook = config.api_token !== undefined
  if (deaf.length > 0) {
    const rest = heard.length > 0 ? `; in ${names(heard)} it works` : byWebhook ? '; alerts by webhook are looked at' : ''
    return `Vigil would start, but nothing in ${names(deaf)} would be looked at${rest}.`
  }
  const ways = [...(heard.length > 0 ? [`in ${names(heard)}`] : []), ...(byWebhook ? ['by webhook'] : [])]
  if (ways.length === 0) return 'Vigil would start, but no alert would reach it; people can still mention it.'
  return `Vigil would start and look at alerts ${ways.join(' and ')}.`
}

/** Where bots post, one of them must be believed; where none has posted yet, it is enough that one would be. */
const hears = ({ isMember, trusted, bots }: Channel): boolean =>
  isMember && trusted.length > 0 && (bots.length === 0 || bots.some(({ id }) => trusted.includes(id)))

const names = (channels: readonly Channel[]): string => channels.map(({ name }) => `#${name}`).join(', ')
