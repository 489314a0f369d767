import type { ModalView } from '@slack/types'
import type { Context } from '../../context.ts'
import { button, label } from '../blocks/text.ts'
import type { Block } from '../drawing.ts'
import { asKnown } from '../words.ts'
import { action, command } from './action.ts'
import { details } from './details.ts'
import { evidence } from './evidence.ts'
import { rule } from './rule.ts'
import type { Sheet, SheetKind } from './sheet.ts'
import { steps } from './steps.ts'

/** The register of sheets: one file, one line. */
const kinds: Readonly<Record<string, SheetKind>> = { evidence, steps, details, rule, action, command }

/** `evidence:<incident>:E3:0`: which sheet of what, and which page of it. A button's value, so that no state is kept anywhere. */
export const pageValue = (kind: keyof typeof kinds & string, address: string, page = 0): string => `${kind}:${address}:${page}`

/** The modal that a value names; null when what it shows is gone. */
export const modalOf = async (context: Context, value: string): Promise<ModalView | null> => {
  const [, name = '', address = '', number = '0'] = /^([a-z]+):(.*):(\d+)$/.exec(value) ?? []
  const sheet = await kinds[name]?.(context, address)
  return sheet ? viewOf(sheet, { name, address, number: Number(number) }) : null
}

/** 100 blocks and 250 kB a view (docs/slack.md); a page that a phone loads while somebody waits is smaller. */
const MOST_BLOCKS = 90
const MOST_BYTES = 60_000

/** A sheet that is one page. */
export const onePage = (sheet: Sheet): ModalView => viewOf(sheet, { name: '', address: '', number: 0 })

const viewOf = (sheet: Sheet, { name, address, number }: { name: string; address: string; number: number }): ModalView => {
  const pages = paged(sheet.blocks)
  const at = Math.min(number, pages.length - 1)
  const back = at > 0 ? [button({ text: 'Back', action: 'page_back', value: pageValue(name, address, at - 1) })] : []
  const on = at < pages.length - 1 ? [button({ text: 'More', action: 'page_on', value: pageValue(name, address, at + 1) })] : []
  const turn = [...back, ...on]
  const blocks: Block[] = [...(pages[at] ?? []), ...(turn.length === 0 ? [] : [{ type: 'actions', elements: turn }])]
  const count = pages.length === 1 ? '' : ` ${at + 1}/${pages.length}`
  return {
    type: 'modal',
    title: { type: 'plain_text', text: `${label(sheet.title, 24 - count.length)}${count}` },
    close: { type: 'plain_text', text: 'Close' },
    blocks: asKnown(blocks),
  }
}

const paged = (blocks: readonly Block[]): Block[][] => {
  const pages: Block[][] = [[]]
  let bytes = 0
  for (const block of blocks) {
    const size = Buffer.byteLength(JSON.stringify(block))
    if ((pages.at(-1)?.length ?? 0) >= MOST_BLOCKS || bytes + size > MOST_BYTES) {
      pages.push([])
      bytes = 0
    }
    pages.at(-1)?.push(block)
    bytes += size
  }
  return pages
}
