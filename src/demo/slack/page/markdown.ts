import { type Html, html } from './html.ts'
import { inline } from './mrkdwn.ts'
import type { Reader } from './reader.ts'

/** The part of Markdown that a `markdown` block shows in Slack: headings, lists, quotes, code, tables, rules, emphasis, links. */
export const markdown = (text: string, reader: Reader): Html => {
  const lines = text.split('\n')
  const out: Html[] = []
  let at = 0
  while (at < lines.length) {
    const [shown, used] = chunk(lines.slice(at), reader)
    out.push(shown)
    at += used
  }
  return html`<div class="markdown">${out}</div>`
}

/** The first construct of these lines and how many lines it takes. */
const chunk = (lines: readonly string[], reader: Reader): readonly [Html, number] => {
  const [first = ''] = lines
  if (first.startsWith('```')) return fenced(lines)
  if (isTable(lines)) return table(lines, reader)
  const heading = /^(#{1,6})\s+(.*)$/.exec(first)
  if (heading !== null) return [html`<h4>${spans(heading[2] ?? '', reader)}</h4>`, 1]
  if (/^(-{3,}|\*{3,}|_{3,})\s*$/.test(first)) return [html`<hr />`, 1]
  if (/^>\s?/.test(first)) {
    const quoted = leading(lines, (line) => line.startsWith('>'))
    return [html`<blockquote>${quoted.map((line) => oneLine(line.replace(/^>\s?/, ''), reader))}</blockquote>`, quoted.length]
  }
  return [oneLine(first, reader), 1]
}

const oneLine = (line: string, reader: Reader): Html => {
  if (line.trim() === '') return html`<span class="line gap"></span>`
  const item = /^(\s*)([-*+]|\d{1,3}[.)])\s+(.*)$/.exec(line)
  if (item === null) return html`<span class="line">${spans(line, reader)}</span>`
  const [, indent = '', mark = '', rest = ''] = item
  const shown = /\d/.test(mark) ? mark : '•'
  return html`<span class="line item${indent.length > 1 && ' deep'}"><span class="mark">${shown}</span><span>${spans(rest, reader)}</span></span>`
}

const fenced = (lines: readonly string[]): readonly [Html, number] => {
  const body = leading(lines.slice(1), (line) => !line.startsWith('```'))
  return [html`<pre>${body.join('\n')}</pre>`, body.length + 2]
}

const isTable = (lines: readonly string[]): boolean => /^\s*\|.*\|\s*$/.test(lines[0] ?? '') && /^\s*\|?[\s:|-]+\|\s*$/.test(lines[1] ?? '')

const table = (lines: readonly string[], reader: Reader): readonly [Html, number] => {
  const rows = leading(lines, (line) => line.trim().startsWith('|'))
  const cells = rows.map((row) =>
    row
      .trim()
      .slice(1, -1)
      .split('|')
      .map((cell) => spans(cell.trim(), reader)),
  )
  const [head = [], , ...body] = cells
  return [
    html`<table><thead><tr>${head.map((cell) => html`<th>${cell}</th>`)}</tr></thead>
      <tbody>${body.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table>`,
    rows.length,
  ]
}

/** Markdown's emphasis and links put into Slack's own marks, which one renderer then shows; code is left as it is. */
const spans = (text: string, reader: Reader): Html =>
  inline(
    text
      .split(/(`[^`]+`)/)
      .map((part, i) => (i % 2 === 1 ? part : slackMarks(part)))
      .join(''),
    reader,
  )

const slackMarks = (text: string): string =>
  text
    .replace(/!?\[([^\][]*)\]\(([^()\s]+)\)/g, (_, label: string, url: string) => `<${url}|${label}>`)
    .replace(/(?<![*\w])\*(?=[^\s*])([^*\n]+?)\*(?![*\w])/g, '_$1_')
    .replace(/\*\*(?=\S)(.+?)\*\*/g, '*$1*')
    .replace(/__(?=\S)(.+?)__/g, '*$1*')
    .replace(/~~(?=\S)(.+?)~~/g, '~$1~')

const leading = (lines: readonly string[], holds: (line: string) => boolean): readonly string[] => {
  const end = lines.findIndex((line) => !holds(line))
  return end < 0 ? lines : lines.slice(0, end)
}
