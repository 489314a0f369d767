import type { Context } from '../../context.ts'
import { clean } from '../../text/clean.ts'
import { cut, splitInto } from '../../text/cut.ts'
import { label } from '../blocks/text.ts'
import type { Block } from '../drawing.ts'

/** What a modal shows, however long: `page.ts` cuts it into pages. */
export type Sheet = { readonly title: string; readonly blocks: readonly Block[] }

/** A kind of sheet. `address` is what stands behind the kind in a button's value; null: there is no such thing (any more). */
export type SheetKind = (context: Context, address: string) => Promise<Sheet | null>

export const head = (text: string): Block => ({ type: 'header', text: { type: 'plain_text', text: label(text, 150), emoji: false } })

/** Plain text of ours or of others: nothing in it is alive. */
export const words = (text: string, accessory?: Block): Block => ({
  type: 'section',
  text: {
    type: 'plain_text',
    text: cut(
      text
        .split('\n')
        .map((line) => label(line, 3000))
        .join('\n'),
      3000,
    ),
    emoji: false,
  },
  ...(accessory === undefined ? {} : { accessory }),
})

/** A piece of a rich text: a styled run of plain text. */
export type Run = { readonly text: string; readonly bold?: boolean; readonly code?: boolean }

const runOf = ({ text, bold, code }: Run): Block => ({
  type: 'text',
  text,
  ...(bold === true || code === true ? { style: { ...(bold === true ? { bold } : {}), ...(code === true ? { code } : {}) } } : {}),
})

/** One paragraph of plain runs; in rich text no markup works, so foreign text stays what it is. */
export const paragraphOf = (runs: readonly Run[]): Block => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: runs.filter((run) => run.text !== '').map(runOf) }],
})

export const bullets = (texts: readonly string[]): Block[] =>
  texts.length === 0
    ? []
    : [
        {
          type: 'rich_text',
          elements: [
            {
              type: 'rich_text_list',
              style: 'bullet',
              elements: texts.map((text) => ({ type: 'rich_text_section', elements: [runOf({ text: clean(text) || '–' })] })),
            },
          ],
        },
      ]

/** Text as it stands, in equal widths; in pieces, because Slack names no limit and 3,000 is that of every other text. */
export const preformatted = (text: string): Block[] =>
  clean(text).trim() === ''
    ? []
    : splitInto(clean(text).replace(/^\n+|\s+$/g, ''), 2900).map((piece) => ({
        type: 'rich_text',
        elements: [{ type: 'rich_text_preformatted', elements: [runOf({ text: piece })] }],
      }))

/** Lines that a claim quotes: the passage itself bold, set apart from what stands around it. */
export const quoted = (runs: readonly Run[]): Block => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_quote', elements: runs.filter((run) => run.text !== '').map((run) => runOf({ ...run, code: true })) }],
})

export const openLink = (text: string, url: string): Block => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [{ type: 'link', url, text }] }],
})

export const divider: Block = { type: 'divider' }
