import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultsOf } from '../../../src/demo/slack/limits.ts'

const plain = (length = 1) => ({ type: 'plain_text', text: 'x'.repeat(length) })
const mrkdwn = (length = 1) => ({ type: 'mrkdwn', text: 'x'.repeat(length) })
const rich = (text: string) => ({ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] })
const button = (more: object = {}) => ({ type: 'button', text: plain(), ...more })
const actions = (...elements: unknown[]) => ({ type: 'actions', elements })
const option = (value = 'v') => ({ text: plain(), value })
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index))
const chart = (series: number, points: number) => ({
  type: 'data_visualization',
  title: 'Errors',
  chart: {
    type: 'line',
    series: times(series, (index) => ({ name: `s${index}`, data: times(points, (at) => ({ label: `${at}`, value: at })) })),
    axis_config: { categories: times(points, String) },
  },
})
const table = (rows: number, columns: number) => ({
  type: 'data_table',
  caption: 'Pods',
  rows: times(rows, () => times(columns, () => ({ type: 'raw_text', text: 'x' }))),
})
const task = (index: number, more: object = {}) => ({
  type: 'task_card',
  task_id: `t${index}`,
  title: 'Errors',
  status: 'complete',
  ...more,
})
const confirm = (more: object = {}) => ({ title: plain(100), text: plain(300), confirm: plain(30), deny: plain(30), ...more })
const feedback = {
  type: 'feedback_buttons',
  positive_button: { text: plain(), value: 'up' },
  negative_button: { text: plain(), value: 'down' },
}
const input = (more: object = {}) => ({ type: 'input', label: plain(), element: { type: 'plain_text_input', action_id: 'a' }, ...more })
const modal = (more: object = {}) => ({ type: 'modal', title: plain(24), submit: plain(24), blocks: [input()], ...more })
const message = (...blocks: unknown[]) => ({ blocks })

const taken: Record<string, unknown> = {
  'the longest of everything': message(
    { type: 'section', text: mrkdwn(3000), fields: times(10, () => mrkdwn(2000)), accessory: button({ value: 'v'.repeat(2000) }) },
    { type: 'header', text: plain(150) },
    { type: 'context', elements: times(10, () => mrkdwn(3000)) },
    actions(...times(25, (index) => button({ action_id: `a${index}`, text: plain(75) }))),
    { type: 'markdown', text: 'x'.repeat(12_000) },
  ),
  'fifty blocks': message(...times(50, () => ({ type: 'divider' }))),
  'a hundred in a modal': modal({ blocks: times(100, () => ({ type: 'divider' })) }),
  'a plan with tasks': message({
    type: 'plan',
    title: 'Investigating',
    tasks: [task(1, { output: rich('ok') }), task(2, { status: 'in_progress' })],
  }),
  'two charts of 12 series and 20 points': message(chart(12, 20), chart(1, 1)),
  'a table of 101 rows': message(table(101, 5)),
  'feedback buttons': message({ type: 'context_actions', elements: [feedback, { type: 'icon_button', icon: 'trash', text: plain() }] }),
  'a container that collapses': message({
    type: 'container',
    title: plain(),
    is_collapsible: true,
    default_collapsed: true,
    child_blocks: [{ type: 'divider' }],
  }),
  'an overflow menu of five with a confirmation': message(
    actions({ type: 'overflow', options: times(5, () => option()), confirm: confirm() }),
  ),
  'rich text with lists, links, mentions and dates': message({
    type: 'rich_text',
    elements: [
      {
        type: 'rich_text_list',
        style: 'bullet',
        elements: [{ type: 'rich_text_section', elements: [{ type: 'link', url: 'https://x.test' }] }],
      },
      {
        type: 'rich_text_quote',
        elements: [
          { type: 'user', user_id: 'U1' },
          { type: 'text', text: 'x', style: { bold: true } },
        ],
      },
      { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'x' }] },
    ],
  }),
}

for (const [name, payload] of Object.entries(taken))
  test(`${name} is taken`, () => {
    assert.deepEqual(faultsOf(payload), [])
  })

const refused: Record<string, [unknown, RegExp]> = {
  'a section of 3,001 characters': [message({ type: 'section', text: mrkdwn(3001) }), /3001 characters.*\/blocks\/0\/text\/text/],
  'a section of nothing': [message({ type: 'section' }), /needs text or fields/],
  'an empty text': [message({ type: 'section', text: mrkdwn(0) }), /more than 0 characters/],
  'eleven fields': [message({ type: 'section', fields: times(11, () => mrkdwn()) }), /no more than 10 items/],
  'a field of 2,001 characters': [message({ type: 'section', fields: [mrkdwn(2001)] }), /2001 characters/],
  'a header of 151 characters': [message({ type: 'header', text: plain(151) }), /151 characters/],
  'a header in mrkdwn': [message({ type: 'header', text: mrkdwn() }), /must be one of: plain_text/],
  'eleven elements in a context': [message({ type: 'context', elements: times(11, () => mrkdwn()) }), /no more than 10 items/],
  '26 buttons': [message(actions(...times(26, () => button()))), /no more than 25 items/],
  'a button of 76 characters': [message(actions(button({ text: plain(76) }))), /76 characters/],
  'a value of 2,001 characters': [message(actions(button({ value: 'x'.repeat(2001) }))), /2001 characters/],
  'an action_id of 256 characters': [message(actions(button({ action_id: 'x'.repeat(256) }))), /256 characters/],
  'one action_id twice in a block': [message(actions(button({ action_id: 'a' }), button({ action_id: 'a' }))), /action_id must be unique/],
  'one block_id twice': [message({ type: 'divider', block_id: 'b' }, { type: 'divider', block_id: 'b' }), /block_id must be unique/],
  '51 blocks': [message(...times(51, () => ({ type: 'divider' }))), /no more than 50 items/],
  'an unknown block': [message({ type: 'sektion' }), /unsupported type: sektion/],
  'an unknown field': [message({ type: 'divider', colour: 'red' }), /invalid additional property: colour/],
  'a confirmation with a title of 101': [message(actions(button({ confirm: confirm({ title: plain(101) }) }))), /101 characters/],
  'a confirmation with a text of 301': [message(actions(button({ confirm: confirm({ text: plain(301) }) }))), /301 characters/],
  'a confirmation with a button of 31': [message(actions(button({ confirm: confirm({ deny: plain(31) }) }))), /31 characters/],
  'an overflow menu of six': [message(actions({ type: 'overflow', options: times(6, () => option()) })), /no more than 5 items/],
  'a select of 101': [message(actions({ type: 'static_select', options: times(101, () => option()) })), /no more than 100 items/],
  'markdown of 12,001 characters over two blocks': [
    message({ type: 'markdown', text: 'x'.repeat(6001) }, { type: 'markdown', text: 'x'.repeat(6000) }),
    /12001 characters together/,
  ],
  'three charts': [message(chart(1, 1), chart(1, 1), chart(1, 1)), /no more than 2 data_visualization/],
  '13 series': [message(chart(13, 1)), /no more than 12 items/],
  '21 points': [message(chart(1, 21)), /no more than 20 items/],
  'a series without a point for a category': [
    message({ ...chart(1, 2), chart: { ...chart(1, 2).chart, axis_config: { categories: ['0', 'other'] } } }),
    /one point for each category/,
  ],
  'a table of a header alone': [message(table(1, 2)), /no less than 2 items/],
  'a table with rows of two lengths': [
    message({ ...table(2, 2), rows: [...table(2, 2).rows, ...table(1, 3).rows] }),
    /same number of cells/,
  ],
  'a task in no known status': [message({ type: 'plan', title: 'x', tasks: [task(1, { status: 'done' })] }), /must be one of: pending/],
  'one task twice': [message({ type: 'plan', title: 'x', tasks: [task(1), task(1)] }), /task_id must be unique/],
  'an empty text in rich text': [message(rich('')), /more than 0 characters/],
  'a feedback button without a value': [
    message({ type: 'context_actions', elements: [{ ...feedback, positive_button: { text: plain() } }] }),
    /missing required field: value/,
  ],
  'a button in context actions': [message({ type: 'context_actions', elements: [button()] }), /unsupported type: button/],
  'a modal with a title of 25': [modal({ title: plain(25) }), /25 characters/],
  'a modal with metadata of 3,001': [modal({ private_metadata: 'x'.repeat(3001) }), /3001 characters/],
  'a modal of 101 blocks': [modal({ blocks: times(101, () => ({ type: 'divider' })) }), /no more than 100 items/],
  'a modal with an input and nothing to submit it': [modal({ submit: undefined }), /missing required field: submit/],
  'a modal of more than 250 KB': [modal({ blocks: times(90, () => ({ type: 'section', text: mrkdwn(3000) })) }), /250KB/],
  'a plan in a modal': [modal({ blocks: [{ type: 'plan', title: 'x' }] }), /unsupported type: plan/],
  'an attachment with a footer of 301': [{ attachments: [{ footer: 'x'.repeat(301) }] }, /301 characters/],
  'a broken block in an attachment': [
    { attachments: [{ blocks: [{ type: 'header', text: plain(151) }] }] },
    /\/attachments\/0\/blocks\/0\/text/,
  ],
}

for (const [name, [payload, expected]] of Object.entries(refused))
  test(`${name} is refused`, () => {
    assert.match(faultsOf(payload).join('\n'), expected)
  })
