import type { KnownBlock } from '@slack/types'
import { splitInto } from '../text/cut.ts'
import { plainText } from '../text/escape.ts'
import { section } from './blocks/text.ts'
import type { Block } from './drawing.ts'

/** A section holds 3,000 characters, and an answer to a question is no book. */
const SECTION = 3000
const MOST_SECTIONS = 10

/**
 * An answer as a message's `text` and `blocks`. Sections, because only they can say `verbatim`: in a bare text clients link every
 * domain by themselves.
 */
export const shown = (text: string, blocks?: readonly Block[]): { text: string; blocks: KnownBlock[] } => ({
  // A phone shows a date's token as it is written.
  text: plainText(text.replace(/<!date\^\d+\^[^|>]*\|([^>]*)>/g, '$1')),
  blocks: asKnown(
    blocks ??
      splitInto(text, SECTION, { mrkdwn: true })
        .slice(0, MOST_SECTIONS)
        .map((piece) => section(piece)),
  ),
})

/** Our blocks are checked by tests against Slack's limits; its types lack some of them. */
export const asKnown = (blocks: readonly Block[]): KnownBlock[] => blocks as unknown as KnownBlock[]
