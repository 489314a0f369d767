import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blocks } from '../../../src/demo/slack/page/blocks.ts'
import { document, layout } from '../../../src/demo/slack/page/layout.ts'
import { mrkdwn } from '../../../src/demo/slack/page/mrkdwn.ts'
import { page } from '../../../src/demo/slack/page/page.ts'
import type { Reader } from '../../../src/demo/slack/page/reader.ts'
import { chosenKey, messageSurface, type Visit } from '../../../src/demo/slack/page/visit.ts'
import { type Channel, createState, type State, type StoredMessage, type View } from '../../../src/demo/slack/state.ts'
import { startWorkspace } from '../../../src/demo/slack/workspace.ts'

const attack = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`

const world = (): { state: State; channel: Channel; visit: Visit; reader: Reader } => {
  const state = createState()
  for (const [id, name] of [
    ['U0ANA', 'ana'],
    ['U0TOM', 'tom'],
  ] as const) {
    const kind = { isBot: false, deleted: false, isRestricted: false, isStranger: false }
    state.users.set(id, { id, name, realName: name, teamId: state.team.id, tz: 'UTC', ...kind })
  }
  state.bots.set(state.app.botId, { id: state.app.botId, name: 'vigil', appId: state.app.id, userId: state.app.botUserId })
  state.usergroups.set('S0ONCALL', { id: 'S0ONCALL', name: 'On call', handle: 'oncall', users: ['U0ANA'], disabled: false })
  const flags = { isPrivate: false, isIm: false, isExtShared: false }
  const channel: Channel = { id: 'C0ALERTS', name: 'alerts', ...flags, members: new Set(['U0ANA']), messages: [] }
  state.channels.set(channel.id, channel)
  const me = state.users.get('U0ANA')!
  const visit: Visit = { state, me, channel, threadTs: undefined, home: false, chosen: new Map(), shortcuts: [] }
  return { state, channel, visit, reader: messageSurface(visit, stored({})).reader }
}

const stored = (part: Partial<StoredMessage>): StoredMessage => ({
  ts: '1793588770.000100',
  text: '',
  blocks: [],
  attachments: [],
  reactions: [],
  ...part,
})

const shown = (block: unknown): string => {
  const { visit } = world()
  return blocks([block], messageSurface(visit, stored({}))).html
}

const text = (markup: string): string => mrkdwn(markup, world().reader).html
const plain = (words: string) => ({ type: 'plain_text', text: words })
const rich = (words: string) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: words }] }],
})

/** No tag and no attribute that could run or load something. What stands in quotes is a value, wherever it looks like more. */
const assertHarmless = (page: string): void => {
  const bare = page.replace(/"[^"]*"/g, '""')
  assert.doesNotMatch(bare, /<(img|iframe|object|embed|style|base)\b/i)
  assert.equal(bare.match(/<script\b/gi)?.length ?? 0, page.startsWith('<!doctype') ? 1 : 0)
  assert.doesNotMatch(bare, /<[^>]*\son\w+=/i)
  assert.doesNotMatch(page, /(href|src)="(?!https?:|\/)/i)
}

describe('text of messages', () => {
  it('never becomes HTML', () => {
    assertHarmless(text(attack))
    assertHarmless(text(`\`${attack}\` \`\`\`${attack}\`\`\` *${attack}* <https://a.b/|${attack}>`))
    assert.match(text('&lt;b&gt; & <b>'), /&lt;b&gt; &amp; &lt;b&gt;/)
    assert.match(text('&amp;lt;b'), /&amp;lt;b/, 'Slack unescapes once')
  })

  it('links only to http and https, and gives the other page no hold on this one', () => {
    assert.match(
      text('<https://a.b/?x=1&amp;y=2|words>'),
      /<a href="https:\/\/a\.b\/\?x=1&amp;y=2" target="_blank" rel="noopener noreferrer">words<\/a>/,
    )
    for (const url of ['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', ' https://a.b'])
      assert.doesNotMatch(text(`<${url}|words>`), /<a /, url)
    assert.match(text('see https://a.b/c.'), /<a href="https:\/\/a\.b\/c"[^>]*>https:\/\/a\.b\/c<\/a>\./)
    assert.doesNotMatch(text('<https://a.b/" onclick="x|y>'), /<a [^>]*" onclick="x"/)
  })

  it('shows mentions that ring many phones so that nobody overlooks them, inside code too', () => {
    for (const token of [
      '<!channel>',
      '<!here>',
      '<!everyone>',
      '<!channel|x>',
      '<!subteam^S0ONCALL>',
      '`<!channel>`',
      '```\n<!channel>\n```',
    ])
      assert.match(text(token), /class="mention loud"/, token)
    assert.doesNotMatch(text('&lt;!channel&gt; @channel'), /mention/)
    assert.match(text('<!subteam^S0ONCALL>'), />@oncall</)
  })

  it('tells a mention of the reader from one of somebody else', () => {
    assert.match(text('<@U0ANA>'), /class="mention me"[^>]*>@ana</)
    assert.match(text('<@U0TOM> <@U0NOBODY>'), /class="mention"[^>]*>@tom<.*class="mention"[^>]*>@U0NOBODY</)
    assert.match(text('<#C0ALERTS>'), /href="\/c\/alerts\?as=U0ANA">#alerts</)
  })

  it('writes date tokens in UTC and leaves the browser what it needs to write them in its own zone', () => {
    const token = text('<!date^1793588640^{date_short} {time}|03:04 UTC>')
    assert.match(
      token,
      /<time datetime="2026-11-02T03:04:00\.000Z" data-format="\{date_short\} \{time\}" title="03:04 UTC">2 Nov 2026 03:04<\/time>/,
    )
    assert.match(text('<!date^99999999999999^{time}|some day>'), />some day</)
    assertHarmless(text(`<!date^1793588640^{time}${attack.replaceAll('>', '').replaceAll('<', '')}|${attack}>`))
  })

  it('knows the styles, lists, quotes and emoji', () => {
    assert.match(text('*b* _i_ ~s~ `c`'), /<b>b<\/b> <i>i<\/i> <s>s<\/s> <code>c<\/code>/)
    assert.match(text('*bold _both_*'), /<b>bold <i>both<\/i><\/b>/)
    assert.equal(text('snake_case_name 2*3*4'), '<span class="line">snake_case_name 2*3*4</span>')
    assert.match(text('• one'), /class="line item"><span class="mark">•<\/span><span>one</)
    assert.match(text('&gt; quoted\n&gt; more\nnot'), /<blockquote>.*quoted.*more.*<\/blockquote>.*not/)
    assert.match(text(':red_circle: :no_such_thing:'), /🔴 :no_such_thing:/)
    assert.match(text('```\na *b*\n```'), /<pre>a \*b\*<\/pre>/)
  })
})

describe('blocks', () => {
  const every: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
    [
      'section',
      { text: plain('words'), fields: [plain('field')], accessory: { type: 'button', action_id: 'go', text: plain('Go') } },
      /words.*field.*data-action="go"/s,
    ],
    ['header', { text: plain(':fire: Title') }, /<h3>🔥 Title<\/h3>/],
    ['divider', {}, /<hr \/>/],
    [
      'context',
      {
        elements: [
          { type: 'mrkdwn', text: '*58 s*' },
          { type: 'image', alt_text: 'a dot', image_url: 'https://a.b/c' },
        ],
      },
      /<b>58 s<\/b>.*a dot/s,
    ],
    ['image', { alt_text: 'error rate', image_url: 'https://a.b/c.png' }, /error rate/],
    ['rich_text', { ...rich('rich words') }, /rich words/],
    [
      'markdown',
      { text: '# Head\n**bold** [l](https://a.b/)\n\n| a | b |\n|---|---|\n| 1 | 2 |' },
      /<h4>Head<\/h4>.*<b>bold<\/b>.*href="https:\/\/a\.b\/".*<td>2<\/td>/s,
    ],
    [
      'plan',
      { title: 'Investigating', tasks: [{ type: 'task_card', task_id: 't', title: 'Errors', status: 'in_progress' }] },
      /Investigating.*class="spinner".*Errors/s,
    ],
    ['task_card', { task_id: 't', title: 'Traces', status: 'error', details: rich('no answer') }, /⚠.*Traces.*no answer/s],
    ['table', { rows: [[{ type: 'raw_text', text: 'head' }], [{ type: 'raw_text', text: 'cell' }]] }, /<th>head<\/th>.*cell/s],
    [
      'data_table',
      { caption: 'Series', rows: [[{ type: 'raw_text', text: 'v' }], [{ type: 'raw_number', value: 1, text: '1.0' }]] },
      /Series.*class="raw_number">1\.0/s,
    ],
    [
      'container',
      { title: plain('E3'), is_collapsible: true, default_collapsed: true, child_blocks: [{ type: 'section', text: plain('inside') }] },
      /<details class="container" data-key="E3" >.*inside/s,
    ],
    ['alert', { level: 'warning', text: plain('careful') }, /class="alert warning">careful/],
    [
      'input',
      { label: plain('Why'), hint: plain('a hint'), element: { type: 'plain_text_input', action_id: 'w' } },
      /Why.*data-field.*a hint/s,
    ],
  ]

  for (const [type, block, expected] of every)
    it(`shows a ${type}`, () => assert.match(shown({ type, block_id: 'b1', ...block }), expected))

  for (const type of ['line', 'bar', 'area'] as const)
    it(`draws a ${type} chart whose highest value stands highest`, () => {
      const data = [1, 12.4, 5].map((value, i) => ({ label: String(i), value }))
      const chart = { type, series: [{ name: 'errors', data }], axis_config: { categories: ['0', '1', '2'], y_label: '%' } }
      const html = shown({ type: 'data_visualization', title: 'Failed requests', chart })
      assert.match(html, /Failed requests.*<svg.*errors/s)
      const heights =
        type === 'bar'
          ? [...html.matchAll(/<rect [^>]*\by="([\d.]+)"/g)].map((match) => Number(match[1]))
          : (/points="([^"]+)"><title>/.exec(html)?.[1] ?? '').split(' ').map((point) => Number(point.split(',')[1]))
      assert.equal(heights.length, 3)
      assert.deepEqual(
        [...heights].sort((a, b) => a - b),
        [heights[1], heights[2], heights[0]],
      )
    })

  it('escapes every word of every block', () => {
    const poisoned = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(poisoned)
      if (value === null || typeof value !== 'object') return value
      return Object.fromEntries(
        Object.entries(value).map(([key, part]) => [key, typeof part === 'string' && !keep.has(key) ? attack : poisoned(part)]),
      )
    }
    const keep = new Set(['type', 'image_url'])
    for (const [type, block] of every) {
      const html = shown(poisoned({ type, block_id: 'b', ...block }))
      assertHarmless(html)
      if (type !== 'divider') assert.match(html, /&lt;script&gt;/, type)
    }
  })

  it('shows the other blocks when one is unknown or broken', () => {
    const { visit } = world()
    const list = [{ type: 'hologram' }, { type: 'section', text: { type: 'mrkdwn' } }, null, { type: 'section', text: plain('still here') }]
    const html = blocks(list, messageSurface(visit, stored({}))).html
    assert.match(html, /\[hologram\].*a broken section block.*still here/s)
  })

  it('keeps the confirm dialog of a button beside it until it is pressed', () => {
    const confirm = { title: plain('Roll back?'), text: plain('12 pods'), confirm: plain('Roll back'), deny: plain('Not now') }
    const html = shown({
      type: 'actions',
      block_id: 'b',
      elements: [{ type: 'button', action_id: 'a', text: plain('Go'), style: 'danger', confirm }],
    })
    assert.match(html, /class="button danger" data-press.*<template>.*Roll back\?.*12 pods.*data-deny>Not now.*data-confirm>Roll back/s)
  })

  it('makes a button with an address a link only if the address is safe', () => {
    const button = (url: string): string =>
      shown({ type: 'actions', elements: [{ type: 'button', action_id: 'a', text: plain('Open'), url }] })
    assert.match(button('https://a.b/'), /<a href="https:\/\/a\.b\/"[^>]*rel="noopener noreferrer"[^>]*>Open/)
    assert.doesNotMatch(button('javascript:alert(1)'), /<a |javascript/)
  })

  it('remembers which feedback a person gave, over an update that changed the block ids', () => {
    const { visit } = world()
    const feedback = {
      type: 'feedback_buttons',
      action_id: 'rate',
      positive_button: { text: plain('👍'), value: 'up' },
      negative_button: { text: plain('👎'), value: 'down' },
    }
    const pressed = (): string =>
      blocks([{ type: 'context_actions', block_id: 'new', elements: [feedback] }], messageSurface(visit, stored({}))).html
    assert.doesNotMatch(pressed(), /thumb chosen/)
    visit.chosen.set(chosenKey({ user: 'U0ANA', channel: 'C0ALERTS', ts: stored({}).ts, actionId: 'rate' }), ['down'])
    assert.match(pressed(), /class="thumb chosen" data-press data-value="down"/)
    assert.doesNotMatch(pressed(), /class="thumb chosen" data-press data-value="up"/)
  })
})

describe('the page of a channel and a thread', () => {
  const pageOf = (visit: Visit): string => document(visit, '/events').html

  it('tells the story beside the channels where it is a demo, and of none elsewhere', () => {
    const { visit } = world()
    const told = pageOf({ ...visit, story: { name: 'traffic', title: attack, hint: 'Approve it' } })
    assert.match(told, /The story: traffic<\/h2><p>&quot;&gt;&lt;script&gt;.*<p>Approve it\.<\/p>/)
    assertHarmless(told)
    assert.doesNotMatch(pageOf(visit), /The story/)
  })

  it('escapes names, attachments, reactions and files', () => {
    const { channel, visit } = world()
    const file = { id: 'F1', name: attack, title: attack, mimetype: 'text/plain', size: 1, content: new Uint8Array() }
    const attachment = {
      color: attack,
      title: attack,
      title_link: `javascript:${attack}`,
      text: attack,
      footer: attack,
      pretext: attack,
      fields: [{ title: attack, value: attack }],
    }
    channel.messages.push(
      stored({
        botId: 'B1',
        username: attack,
        text: attack,
        attachments: [attachment],
        files: [file],
        reactions: [{ name: attack, users: [attack] }],
      }),
    )
    assertHarmless(pageOf(visit))
    assert.match(pageOf(visit), /&lt;script&gt;/)
  })

  it("shows an attachment's stripe, title, fields and footer", () => {
    const { channel, visit } = world()
    const attachment = {
      color: 'danger',
      title: '[FIRING:1] High',
      title_link: 'https://am/',
      fields: [{ title: 'team', value: 'shop' }],
      footer: 'vigil 12ab',
    }
    channel.messages.push(stored({ botId: 'B1', username: 'Alertmanager', attachments: [attachment] }))
    assert.match(
      pageOf(visit),
      /Alertmanager<\/b><span class="tag">APP.*fill="#c93c37".*href="https:\/\/am\/"[^>]*>\[FIRING:1\] High.*team<\/b>.*shop.*vigil 12ab/s,
    )
  })

  it('counts the replies in the channel and shows them in the thread only', () => {
    const { channel, visit } = world()
    channel.messages.push(
      stored({ user: 'U0ANA', text: 'the alert' }),
      stored({ ts: '1793588771.000100', threadTs: stored({}).ts, user: 'U0TOM', text: 'the reply' }),
    )
    assert.match(pageOf(visit), /\/c\/alerts\/t\/1793588770\.000100\?as=U0ANA.*1 reply/s)
    assert.doesNotMatch(pageOf(visit), /the reply/)
    assert.match(pageOf({ ...visit, threadTs: stored({}).ts }), /id="thread".*the alert.*the reply/s)
  })

  it('shows an ephemeral message to its reader alone', () => {
    const { channel, visit, state } = world()
    channel.messages.push(stored({ botId: state.app.botId, text: 'not approved', ephemeralFor: 'U0ANA' }))
    assert.match(pageOf(visit), /Only visible to you.*not approved/s)
    assert.doesNotMatch(pageOf({ ...visit, me: state.users.get('U0TOM')! }), /not approved/)
  })

  it("says what a phone would show, and when that is longer than a phone's screen", () => {
    const { channel, visit } = world()
    channel.messages.push(stored({ user: 'U0ANA', text: 'checkout 5xx at 12.4 %, <@U0TOM>', blocks: [{ type: 'divider' }] }))
    assert.match(pageOf(visit), /class="push"[^>]*><b>push<\/b><span>checkout 5xx at 12\.4 %, @tom<\/span><\/div>/)
    channel.messages[0]!.text = 'x'.repeat(111)
    assert.match(pageOf(visit), /111 of 110 characters/)
    channel.messages[0]!.text = ''
    assert.match(pageOf(visit), /a phone would show an empty message/)
  })

  it('opens the newest modal of the reader, with what was filled in and what was wrong with it', () => {
    const { visit, state } = world()
    const options = [
      { text: plain('Wrong cause'), value: 'cause' },
      { text: plain('Too late'), value: 'late' },
    ]
    const view: View = {
      id: 'V2',
      userId: 'U0ANA',
      rootId: 'V1',
      hash: '1',
      errors: { why: 'Say a word.' },
      values: {
        why: { w: { type: 'plain_text_input', value: `half ${attack}` } },
        kind: { k: { type: 'radio_buttons', selected_option: options[1] } },
      },
      payload: {
        type: 'modal',
        title: plain('What was wrong?'),
        submit: plain('Send'),
        blocks: [
          {
            type: 'input',
            block_id: 'why',
            label: plain('Why'),
            element: { type: 'plain_text_input', action_id: 'w', multiline: true, max_length: 300 },
          },
          { type: 'input', block_id: 'kind', label: plain('Kind'), element: { type: 'radio_buttons', action_id: 'k', options } },
          {
            type: 'input',
            block_id: 'tell',
            optional: true,
            label: plain('Tell'),
            element: { type: 'checkboxes', action_id: 't', options },
          },
          {
            type: 'input',
            block_id: 'sel',
            label: plain('Pick'),
            element: { type: 'static_select', action_id: 's', options, initial_option: options[0] },
          },
        ],
      },
    }
    state.views.set('V1', { ...view, id: 'V1', payload: { ...view.payload, title: plain('Older') } })
    state.views.set('V2', view)
    const html = pageOf(visit)
    assertHarmless(html)
    assert.match(html, /data-view="V2".*What was wrong\?.*maxlength="300">half &quot;&gt;.*class="fault">Say a word\./s)
    assert.match(html, /type="radio" name="kind\/k" value="late" data-field checked/)
    assert.match(html, /type="checkbox" name="tell\/t" value="cause" data-field {1,2}\/>/)
    assert.match(html, /<option value="cause" selected>Wrong cause<\/option>/)
    assert.doesNotMatch(html, /Older/)
    assert.doesNotMatch(pageOf({ ...visit, me: state.users.get('U0TOM')! }), /class="overlay"/)
  })

  it('changes the digest of a message only when the message changes', () => {
    const { channel, visit } = world()
    channel.messages.push(stored({ user: 'U0ANA', text: 'one' }), stored({ ts: '1793588779.000100', user: 'U0TOM', text: 'two' }))
    const before = layout(visit).lists.channel
    channel.messages[1]!.text = 'changed'
    const after = layout(visit).lists.channel
    assert.equal(after[0]?.digest, before[0]?.digest)
    assert.notEqual(after[1]?.digest, before[1]?.digest)
  })
})

describe('the page of a running workspace', () => {
  const events = async (url: string, signal: AbortSignal): Promise<() => Promise<string>> => {
    const reader = (await fetch(url, { signal })).body!.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    return async () => {
      while (!rest.includes('\n\n')) rest += (await reader.read()).value ?? assert.fail('the stream ended')
      const end = rest.indexOf('\n\n') + 2
      const event = rest.slice(0, end)
      rest = rest.slice(end)
      return event
    }
  }
  const act = async (url: string, body: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) => {
    const response = await fetch(`${url}/act`, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: response.status, answer: (await response.json()) as { ok: boolean; reason?: string } }
  }

  it('shows what is said at once, in the channel and in the thread', { timeout: 10_000 }, async () => {
    const workspace = await startWorkspace({ page })
    const leaving = new AbortController()
    try {
      const ana = workspace.state.user('ana')!.id
      const alerts = workspace.state.channel('alerts')!.id
      const parent = await workspace.say({ channel: alerts, user: ana, text: 'it burns' })

      const first = await fetch(workspace.url)
      assert.match(first.headers.get('content-security-policy') ?? '', /default-src 'none'; script-src 'self'/)
      const html = await first.text()
      assert.match(html, /it burns/)
      const address = /data-events="([^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? ''
      const next = await events(`${workspace.url}${address}&thread=${parent.ts}`, leaving.signal)
      assert.match(await next(), /event: patch\ndata: .*it burns/)

      const said = await act(workspace.url, { act: 'say', user: ana, channel: alerts, threadTs: parent.ts, text: '@vigil <b>why</b>?' })
      assert.deepEqual(said.answer, { ok: true })
      const data = JSON.parse(/data: (.*)/.exec(await next())?.[1] ?? '') as { lists: Record<string, { id: string; html?: string }[]> }
      assert.match(data.lists['thread']?.[1]?.html ?? '', /@vigil.*&lt;b&gt;why/)
      assert.equal(data.lists['thread']?.[0]?.html, undefined, 'what did not change is not sent again')
      assert.match(data.lists['channel']?.[0]?.html ?? '', /1 reply/)

      const thread = await fetch(`${workspace.url}/c/alerts/t/${parent.ts}?as=${ana}`)
      assert.match(await thread.text(), /id="thread".*it burns.*&lt;b&gt;why/s)
      assert.equal((await fetch(`${workspace.url}/c/alerts/t/1.1`)).status, 404)
      const tom = (await fetch(`${workspace.url}/c/alerts?as=${workspace.state.user('tom')!.id}`)).headers.get('set-cookie') ?? ''
      const permalink = await fetch(`${workspace.url}/archives/${alerts}/p${parent.ts.replace('.', '')}`, { headers: { cookie: tom } })
      assert.match(await permalink.text(), new RegExp(`data-me="${workspace.state.user('tom')!.id}"`))
      assert.equal((await fetch(`${workspace.url}/c/oncall?as=${workspace.state.user('kim')!.id}`)).status, 404)
    } finally {
      leaving.abort()
      await workspace.close()
    }
  })

  it('says when the app is not in the channel where it is mentioned, and lets it be invited', async () => {
    const workspace = await startWorkspace({ page })
    try {
      const { id: channel, members } = workspace.state.channel('general')!
      const say = (text: string) => act(workspace.url, { act: 'say', user: workspace.state.user('ana')!.id, channel, text })
      assert.match((await say('@vigil status')).answer.reason ?? '', /vigil is not in #general .*\/invite @vigil/)
      assert.deepEqual((await say('nobody is called')).answer, { ok: true })
      assert.deepEqual((await say('/invite @vigil')).answer, { ok: true })
      assert.ok(members.has(workspace.state.app.botUserId))
      assert.deepEqual((await say('@vigil status')).answer, { ok: true })
    } finally {
      await workspace.close()
    }
  })

  it('does what a person does, and says why when it cannot be done', { timeout: 10_000 }, async () => {
    const workspace = await startWorkspace({ page })
    try {
      const { state, url } = workspace
      const tom = state.user('tom')!.id
      const alerts = state.channel('alerts')!.id
      const { ts } = await workspace.say({ channel: alerts, user: tom, text: 'hello' })

      assert.deepEqual((await act(url, { act: 'react', user: tom, channel: alerts, ts, name: 'eyes' })).answer, { ok: true })
      assert.deepEqual(state.message(alerts, ts)?.reactions, [{ name: 'eyes', users: [tom] }])
      await act(url, { act: 'react', user: tom, channel: alerts, ts, name: 'eyes' })
      assert.deepEqual(state.message(alerts, ts)?.reactions, [])

      const inThread = await act(url, { act: 'say', user: tom, channel: alerts, threadTs: ts, text: '/vigil status' })
      assert.match(inThread.answer.reason ?? '', /not supported in threads/)
      const alone = await act(url, { act: 'shortcut', user: tom, channel: alerts, ts, callbackId: 'triage' })
      assert.deepEqual(alone.answer, { ok: false, reason: 'the app has no connection' })
      const nobody = await act(url, { act: 'press', user: 'U0NOBODY', channel: alerts, ts, blockId: 'b', actionId: 'a' })
      assert.match(nobody.answer.reason ?? '', /there is no person/)
    } finally {
      await workspace.close()
    }
  })

  it('takes orders from its own script alone', { timeout: 10_000 }, async () => {
    const workspace = await startWorkspace({ page })
    try {
      const order = { act: 'say', user: workspace.state.user('ana')!.id, channel: workspace.state.channel('alerts')!.id, text: 'forged' }
      assert.equal((await act(workspace.url, order, { 'content-type': 'text/plain' })).status, 403)
      assert.equal((await act(workspace.url, order, { 'content-type': 'application/json', origin: 'https://evil.example' })).status, 403)
      assert.equal((await act(workspace.url, { act: 'drop tables' })).status, 400)
      assert.equal(workspace.state.channel('alerts')?.messages.length, 0)
    } finally {
      await workspace.close()
    }
  })
})
