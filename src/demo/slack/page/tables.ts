import type { DataTableBlock, TableBlock } from '@slack/types'
import { type Html, html } from './html.ts'
import type { Reader } from './reader.ts'
import { richLine } from './rich-text.ts'

/** Both of Slack's tables. The first row is the head; all rows are shown, where Slack would turn pages. */
export const table = (block: DataTableBlock | TableBlock, reader: Reader): Html => {
  const [head = [], ...rows] = block.rows
  return html`<div class="scroll"><table>${block.type === 'data_table' && block.caption !== '' && html`<caption>${block.caption}</caption>`}
    <thead><tr>${head.map((cell) => html`<th>${shown(cell, reader)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td class="${cell.type}">${shown(cell, reader)}</td>`)}</tr>`)}</tbody></table></div>`
}

const shown = (cell: DataTableBlock['rows'][number][number], reader: Reader): Html =>
  cell.type === 'rich_text' ? richLine(cell, reader) : html`${cell.text}`
