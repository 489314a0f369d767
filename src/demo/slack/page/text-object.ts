import type { TextObject } from '@slack/types'
import { withEmoji } from './emoji.ts'
import { type Html, html, nothing } from './html.ts'
import { mrkdwn } from './mrkdwn.ts'
import type { Reader } from './reader.ts'

/** Slack's text object, of either kind. */
export const textObject = (text: TextObject | undefined, reader: Reader): Html => {
  if (text === undefined) return nothing
  return text.type === 'mrkdwn' ? mrkdwn(text.text, reader) : lines(label(text))
}

const lines = (text: string): Html => html`${text.split('\n').map((one, i) => html`${i > 0 && newLine}${one}`)}`

const newLine = html`<br />`

/** The words of a plain text object, as buttons and titles carry them. */
export const label = (text: { text: string; emoji?: boolean } | undefined): string => {
  if (text === undefined) return ''
  return text.emoji === false ? text.text : withEmoji(text.text)
}
