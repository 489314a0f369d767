import { clean } from '../../text/clean.ts'
import { cut } from '../../text/cut.ts'
import { escapeMrkdwn, mrkdwnText, plainText } from '../../text/escape.ts'
import type { Block } from '../drawing.ts'

/**
 * The one way of foreign text (models, labels, logs, people) into a message, as one line of mrkdwn: nothing alive, links only to
 * `hosts`, code that was opened is closed, so that it cannot swallow what Vigil writes behind it. What differs from line to line in a log
 * (`<*>`) would be read as the beginning of bold.
 */
export const line = (text: string, hosts: readonly string[], max = 3000): string =>
  cut(mrkdwnText(closed(clean(text).replace(/\s+/g, ' ').trim().replaceAll('<*>', '…')), { hosts }), max, '…', { mrkdwn: true }) ||
  'nothing'

/** `line` in bold. Stars inside would end it. */
export const bold = (text: string, hosts: readonly string[], max = 200): string => `*${line(text.replaceAll('*', ''), hosts, max)}*`

/** Foreign text for fields that are plain text (titles of plans, of charts, of buttons): no markup works there, and none is left. */
export const label = (text: string, max: number): string =>
  cut(
    clean(text)
      .replace(/\s+/g, ' ')
      .trim()
      .replace(/@(?=(?:channel|here|everyone|group)\b)/gi, '@ ')
      // Whether clients resolve tokens and addresses in these fields is not documented, so there are none.
      .replace(/http(?=s?:\/\/)/gi, 'hxxp')
      .replace(/(?<![a-z0-9])www\.(?=\w)/gi, 'www[.]'),
    max,
    // After the cut: it may take the space away that makes "a < b" harmless.
  ).replace(/<(?![\s\d=])/g, '‹') || 'nothing'

/**
 * The top-level text, which is all that a phone shows: sentences as long as they fit into 110 characters, the first of them cut if
 * it must be. https://docs.slack.dev/changelog (2026-07-13)
 */
export const push = (sentences: readonly string[]): string => {
  let text = ''
  for (const sentence of sentences) {
    const piece = plainText(sentence.trim().replace(/[.…\s]*$/, ''), text === '' ? PUSH - 1 : 1000)
    if (piece === '') continue
    const next = `${text}${text === '' ? '' : ' '}${piece}${/[…!?]$/.test(piece) ? '' : '.'}`
    if (next.length <= PUSH) text = next
  }
  return text || 'Vigil has news.'
}

const PUSH = 110

/** An odd backtick or fence becomes an apostrophe. */
const closed = (text: string): string => {
  const fences = text.split('```').length - 1
  const whole = fences % 2 === 0 ? text : text.replace(/```(?![\s\S]*```)/, "'''")
  const outside = whole.split(/```[\s\S]*?```/).join('')
  return outside.split('`').length % 2 === 1 ? whole : whole.replace(/`(?![\s\S]*`)/, "'")
}

/** Who did the thinking, as its provider names it, without the provider: every message that a model had a hand in says so. */
export const modelName = (id: string): string => label(id.slice(id.indexOf('/') + 1), 80)

export const modelNames = (ids: readonly string[]): string => ids.map(modelName).join(', ')

/** A moment as each reader's own clock shows it. */
export const clockTime = (at: Date): string =>
  `<!date^${Math.floor(at.getTime() / 1000)}^{time}|${escapeMrkdwn(at.toISOString().slice(11, 16))} UTC>`

/** E-numbers behind a sentence: "`E5` `E8`", each once. */
export const refs = (ids: readonly string[]): string => [...new Set(ids)].map((id) => `\`${id.replace(/[^\w]/g, '')}\``).join(' ')

/** A sentence with its E-numbers. */
export const withRefs = (text: string, ids: readonly string[]): string => (ids.length === 0 ? text : `${text}  ${refs(ids)}`)

export const section = (text: string, accessory?: Block): Block => ({
  type: 'section',
  // Without it clients would link bare domains by themselves.
  text: { type: 'mrkdwn', text, verbatim: true },
  ...(accessory === undefined ? {} : { accessory }),
})

export const context = (text: string): Block => ({ type: 'context', elements: [{ type: 'mrkdwn', text, verbatim: true }] })

export const actions = (elements: readonly Block[]): Block[] => (elements.length === 0 ? [] : [{ type: 'actions', elements }])

export type ButtonText = { readonly text: string; readonly action: string; readonly value: string }

export const button = ({ text, action, value }: ButtonText, more: { style?: 'primary' | 'danger'; confirm?: Dialog } = {}): Block => ({
  type: 'button',
  action_id: action,
  text: { type: 'plain_text', text, emoji: true },
  value,
  ...more,
})

/** One menu for all that is needed seldom. */
export const overflow = (action: string, options: readonly { text: string; value: string }[]): Block => ({
  type: 'overflow',
  action_id: action,
  options: options.map(({ text, value }) => ({ text: { type: 'plain_text', text, emoji: true }, value })),
})

/** The question before a button that changes or costs something. */
export const confirm = (asked: { title: string; text: string; yes: string; no: string }): Dialog => ({
  title: { type: 'plain_text', text: asked.title },
  text: { type: 'plain_text', text: asked.text },
  confirm: { type: 'plain_text', text: asked.yes },
  deny: { type: 'plain_text', text: asked.no },
})

type Dialog = Readonly<Record<string, unknown>>

/** An address that may be clicked, in its normal form, or undefined. */
export const knownLink = (url: string | null | undefined, hosts: readonly string[]): string | undefined => {
  const target = url ? URL.parse(url) : null
  if (target === null || !/^https?:$/.test(target.protocol) || target.username !== '') return undefined
  if (!hosts.includes(target.host) && !hosts.includes(target.hostname)) return undefined
  return target.href.replaceAll('&', '&amp;').replaceAll('<', '%3C').replaceAll('>', '%3E').replaceAll('|', '%7C').replaceAll('@', '%40')
}
