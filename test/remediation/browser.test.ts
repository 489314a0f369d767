import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { checkBrowser } from '../../src/cli/doctor/browser.ts'
import type { Config } from '../../src/config.ts'
import { systemClock } from '../../src/context.ts'
import type { Checking } from '../../src/remediation/checks/check.ts'
import { checkOf } from '../../src/remediation/checks/index.ts'
import { checking } from '../contracts/check.ts'
import { FRAME, goodPage, lifecycle, request, response, startBrowser } from './browser-wire.ts'
import { configOf } from './runners/running.ts'

const browser = checkOf('browser')
const PAGE = 'https://shop.example/cart?key=hunter2'

const look = (input: object, over: Partial<Checking>) => {
  assert.ok(browser)
  return browser.run({ kind: 'browser', url: PAGE, ...input }, checking(over))
}

test('without a browser it is not known, and what it cannot be told is a fault', async () => {
  assert.deepEqual(await look({}, {}), { outcome: 'unknown', detail: 'no browser is configured' })
  const fault = (over: object) => browser?.fault({ kind: 'browser', url: PAGE, ...over }) ?? ''
  assert.equal(fault({ steps: [{ click: '#buy' }, { expect_text: 'Thank you' }] }), '')
  assert.match(fault({ url: 'file:///etc/passwd' }), /url: must be a URL that starts with http/)
  assert.match(
    fault({ steps: [{ click: '#buy' }, { press: 'Enter' }] }),
    /steps\.1: must be one of \{ fill, value \}, \{ fill, variable \}/,
  )
  assert.match(fault({ load_ms: 31_000 }), /load_ms/)
})

test('a page that is well is good, in a context of its own that is gone afterwards', async (t) => {
  const fake = await startBrowser(t)
  // By its name, at which Chromium refuses to answer; and the address that it gives of itself is not one that leads anywhere from here.
  const seen = await look({}, { browser: fake.url.replace('127.0.0.1', 'localhost') })
  assert.deepEqual(seen, { outcome: 'good', detail: 'https://shop.example/cart: loaded in 400 ms, first paint after 200 ms' })
  assert.equal(fake.hosts.length, 2)
  // Its WebSocket itself is as good.
  const direct = await look({}, { browser: `${fake.url.replace('http', 'ws')}/devtools/browser/one` })
  assert.equal(direct.outcome, 'good')
  assert.equal(fake.contexts.size, 0)
  assert.deepEqual(fake.calls.find(({ method }) => method === 'Target.createBrowserContext')?.params, { disposeOnDetach: true })
  assert.equal(fake.calls.find(({ method }) => method === 'Target.createTarget')?.params['browserContextId'], 'C1')
})

const other = 'https://sorry.example/closed?from=shop'
const thrown = (id: number) =>
  [
    'Runtime.exceptionThrown',
    { exceptionDetails: { executionContextId: id, exception: { description: 'TypeError: cart\n at x' } } },
  ] as const
const world = ['Runtime.executionContextCreated', { context: { id: 3, auxData: { frameId: FRAME, isDefault: true } } }] as const

/** What a page does that has loaded and leads on by a script of its own. */
const onward = (url: string) => {
  const next = { type: 'Document', frameId: FRAME, loaderId: 'L2', requestId: 'L2' }
  const cycle = (name: string, timestamp: number) => ['Page.lifecycleEvent', { frameId: FRAME, loaderId: 'L2', name, timestamp }] as const
  return [
    ['Network.requestWillBeSent', { ...next, request: { url }, timestamp: 1 }] as const,
    ['Network.responseReceived', { ...next, response: { status: 200 } }] as const,
    cycle('load', 1.7),
    cycle('firstContentfulPaint', 1.5),
  ]
}

test('what is wrong with a page is bad, and said', async (t) => {
  const [load, paint] = [lifecycle('load', 0.4), lifecycle('firstContentfulPaint', 0.3)]
  const fake = await startBrowser(t, {
    pages: {
      '/down': [request(PAGE), response(503), load, paint],
      '/moved': [request(PAGE), request(other), response(200), load, paint],
      '/lost': [request(PAGE), ['Network.loadingFailed', { requestId: 'L1', errorText: 'net::ERR_CERT_DATE_INVALID' }]],
      '/slow': [request(PAGE), response(200), lifecycle('load', 5.2), paint],
      '/late': [request(PAGE), response(200), load, lifecycle('firstContentfulPaint', 2.4)],
      '/empty': [request(PAGE), response(200), load],
      '/broken': [request(PAGE), response(200), world, thrown(3), load, paint],
      '/foreign': [request(PAGE), response(200), world, thrown(4), load, paint],
      '/onward': [request(PAGE), response(200), load, ...onward('https://shop.example/home')],
      '/crash': [request(PAGE), ['Inspector.targetCrashed', {}]],
    },
  })
  const at = async (path: string, over: object = {}) => {
    const { outcome, detail } = await look({ url: `https://shop.example${path}`, ...over }, { browser: fake.url })
    return `${outcome}: ${detail.replace(`https://shop.example${path}: `, '')}`
  }
  assert.equal(await at('/down'), 'bad: it answers 503')
  assert.equal(await at('/moved'), 'bad: it leads to another host, sorry.example')
  assert.equal(await at('/moved', { hosts: ['sorry.example'] }), 'good: loaded in 400 ms, first paint after 300 ms, at sorry.example')
  assert.equal(await at('/lost'), 'bad: it cannot be had: net::ERR_CERT_DATE_INVALID')
  assert.equal(await at('/slow'), 'bad: not loaded in 5000 ms')
  assert.equal(await at('/slow', { load_ms: 6000 }), 'good: loaded in 5200 ms, first paint after 300 ms')
  assert.equal(await at('/late'), 'bad: first paint after 2400 ms, not 2000')
  assert.equal(await at('/empty', { paint_ms: 100 }), 'bad: loaded in 400 ms, but nothing to see after 100 ms')
  assert.equal(await at('/empty', { paint_ms: 0 }), 'good: loaded in 400 ms')
  assert.equal(await at('/broken'), 'bad: a script of it failed: TypeError: cart')
  assert.equal(await at('/broken', { script_errors: 'allow' }), 'good: loaded in 400 ms, first paint after 300 ms')
  assert.equal(await at('/foreign'), 'good: loaded in 400 ms, first paint after 300 ms')
  assert.equal(await at('/onward'), 'good: loaded in 700 ms, first paint after 500 ms')
  assert.equal(await at('/crash'), 'bad: the page crashed')
  assert.equal(fake.contexts.size, 0)
})

test('what a journey types goes to the page as a value, never as a part of a script, and is shown nowhere', async (t) => {
  const scripts = new Set<unknown>()
  const fake = await startBrowser(t, {
    run: ({ functionDeclaration, arguments: given }) => {
      scripts.add(functionDeclaration)
      const [value] = given as [{ value: unknown }]
      if (value.value === 'Paid by') return true
      return String(functionDeclaration).includes('press') ? { x: 10, y: 20 } : { typed: true }
    },
  })
  const nasty = `x'"); fetch("//evil.example"); ("\`\${1}`
  const steps = [
    { fill: `#${nasty}`, value: nasty },
    { fill: '#password', variable: 'SHOP_PASSWORD' },
    { click: '#pay' },
    { expect_text: 'Paid by' },
    { expect_selector: '#done' },
  ]
  const over = { browser: fake.url, named: { SHOP_PASSWORD: 'open-sesame' } }
  assert.match((await look({ steps }, over)).detail, /5 steps gone through$/)
  const known = scripts.size
  assert.ok([...scripts].every((script) => !String(script).includes('evil') && !String(script).includes('open-sesame')))
  const typed = fake.calls.filter(({ method }) => method === 'Input.insertText').map(({ params }) => params['text'])
  assert.deepEqual(typed, [nasty, 'open-sesame'])
  const pressed = fake.calls.filter(({ method }) => method === 'Input.dispatchMouseEvent')
  assert.deepEqual(
    pressed.map(({ params }) => [params['type'], params['x'], params['y']]),
    ['mouseMoved', 'mousePressed', 'mouseReleased'].map((type) => [type, 10, 20]),
  )
  // Other words, the same scripts.
  await look({ steps: [{ expect_text: 'other words' }], step_ms: 50 }, over)
  assert.equal(scripts.size, known)
  const missing = await look({ steps: [...steps, { expect_text: 'open-sesame' }], step_ms: 150 }, over)
  assert.equal(missing.outcome, 'bad')
  assert.match(missing.detail, /step 6 of 6 \(expect "\[redacted\]"\): the text is not there \(waited 150 ms\)$/)
})

test('however it ends, the context is disposed of: out of time, withdrawn, refused; and a browser that is gone is not a page that is bad', async (t) => {
  const hanging = await startBrowser(t, { pages: { '/cart': [] } })
  const late = await look({ load_ms: 50 }, { browser: hanging.url })
  assert.deepEqual(late, { outcome: 'bad', detail: 'https://shop.example/cart: not loaded in 50 ms' })
  const withdrawn = await look({}, { browser: hanging.url, signal: AbortSignal.timeout(100) })
  assert.equal(withdrawn.outcome, 'unknown')
  assert.deepEqual([...hanging.contexts], [])
  assert.equal(hanging.calls.filter(({ method }) => method === 'Target.disposeBrowserContext').length, 2)

  const refusing = await startBrowser(t, { answers: { 'Target.createTarget': 'no more pages' } })
  assert.deepEqual(await look({}, { browser: refusing.url }), { outcome: 'unknown', detail: 'browser: no more pages' })
  assert.deepEqual([...refusing.contexts], [])

  const mute = await startBrowser(t, { answers: { 'Runtime.callFunctionOn': null } })
  const stuck = await look({ steps: [{ click: '#buy' }], step_ms: 100 }, { browser: mute.url })
  assert.deepEqual(stuck.detail, 'https://shop.example/cart: step 1 of 1 (click #buy): it does not answer (waited 100 ms)')
  assert.deepEqual([...mute.contexts], [])

  const leaving = look({}, { browser: hanging.url })
  await new Promise((resolve) => setTimeout(resolve, 100))
  hanging.cut()
  assert.deepEqual(await leaving, { outcome: 'unknown', detail: 'browser: the browser is gone' })
  const nobody = await look({}, { browser: 'http://127.0.0.1:65533/?token=hush-hush' })
  assert.equal(nobody.outcome, 'unknown')
  assert.match(nobody.detail, /^browser: the browser at 127\.0\.0\.1:65533 cannot be reached: connect ECONNREFUSED/)
})

test('whatever a browser says, nothing falls over', async (t) => {
  const url = 'https://shop.example/odd'
  const odd = [null, [], 7, { type: 'Document', frameId: FRAME }, { frameId: FRAME, loaderId: 'L1', name: 'load' }, { context: null }]
  const names = ['Network.requestWillBeSent', 'Network.responseReceived', 'Network.loadingFailed', 'Page.lifecycleEvent']
  const events = [
    ...names,
    'Runtime.executionContextCreated',
    'Runtime.exceptionThrown',
    'Page.javascriptDialogOpening',
    'No.such',
  ].flatMap((name) => odd.map((params) => [name, params as object] as const))
  const fake = await startBrowser(t, { pages: { '/odd': [...events, ...goodPage(url)] } })
  const looking = look({ url }, { browser: fake.url })
  for (const text of ['', 'not JSON', '[]', 'null', '{"id":"one"}', '{"id":999,"result":{}}', '{"method":7}']) fake.say(text)
  const seen = await looking
  assert.ok(['good', 'bad'].includes(seen.outcome), seen.detail)
  assert.deepEqual([...fake.contexts], [])
})

test('doctor says whether the browser answers, and whether one is missing', async (t) => {
  const fake = await startBrowser(t)
  const ask = (config: Config) =>
    checkBrowser({ config, env: {}, clock: systemClock, fetch, signal: AbortSignal.timeout(5000), channels: Promise.resolve([]) })
  const wanting = "actions: [{ kind: delete_pod, targets: ['shop/*'], verify: [{ kind: browser, url: 'https://shop.example/' }] }]"
  assert.deepEqual(await ask(configOf('log_level: info')), [])
  const [missing] = await ask(configOf(wanting))
  assert.equal(missing?.level, 'warning')
  assert.match(missing?.mend ?? '', /VIGIL_BROWSER_ENDPOINT/)
  const [there] = await ask(configOf(wanting, { VIGIL_BROWSER_ENDPOINT: fake.url }))
  assert.deepEqual([there?.level, there?.text], ['ok', 'Fake/1 answers, and gives each check a context of its own'])
  assert.equal(fake.contexts.size, 0)
  const [away] = await ask(configOf(wanting, { VIGIL_BROWSER_ENDPOINT: 'http://127.0.0.1:65533/?token=hush-hush' }))
  assert.equal(away?.level, 'fault')
  assert.ok(!JSON.stringify(away).includes('hush'))
})

const isHere = (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'chromium')))

/** Headless Chromium, and where it listens. */
const chromium = async (t: TestContext): Promise<string> => {
  const profile = mkdtempSync(join(tmpdir(), 'vigil-chromium-'))
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--disable-background-networking',
  ]
  const child = spawn('chromium', [...flags, '--disable-sync', '--remote-debugging-port=0', `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  t.after(async () => {
    child.kill()
    await gone
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  })
  const port = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.stderr.on('data', (chunk: Buffer) => {
      const found = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(chunk.toString())?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  return `http://127.0.0.1:${port}`
}

const SHOP = `<h1>Shop</h1><form action="/done"><input name="who" value="old"><select name="size"><option value="s">Small<option value="l">Large</select>
  <input name="day" type="date"><div style="height: 3000px"></div><button id="buy" disabled>Buy</button></form>
  <script>setTimeout(() => { document.querySelector('#buy').disabled = false }, 200); alert('welcome')</script>`

const shop = async (t: TestContext): Promise<string> => {
  const page = (reply: ServerResponse, body: string, status = 200) =>
    reply.writeHead(status, { 'content-type': 'text/html', 'set-cookie': 'seen=1' }).end(`<!doctype html><body>${body}`)
  const server = createServer((asked, reply) => {
    const { pathname, searchParams } = new URL(asked.url ?? '/', 'http://shop')
    const words = [...searchParams].map((pair) => pair.join(' is ')).join(', ')
    const known = asked.headers.cookie === undefined ? 'new here' : 'seen before'
    if (pathname === '/down') return page(reply, 'sorry', 503)
    if (pathname === '/hang') return undefined
    if (pathname === '/away') return reply.writeHead(302, { location: `http://localhost:${port()}/` }).end()
    if (pathname === '/broken') return page(reply, '<h1>Cart</h1><script>cart.show()</script>')
    if (pathname === '/client') return page(reply, "<script>location.replace('/done?by=script')</script>")
    if (pathname === '/done')
      return page(
        reply,
        `<h1 style="text-transform: uppercase">Thank you</h1><p id="words"></p>
      <script>document.querySelector('#words').textContent = ${JSON.stringify(words).replaceAll('<', '\\u003c')}</script>`,
      )
    return page(reply, `${SHOP}<p>${known}</p>`)
  })
  const port = () => (server.address() as AddressInfo).port
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${port()}`
}

test('the same with a real Chromium', { skip: isHere ? false : 'no chromium on the PATH' }, async (t) => {
  const [endpoint, web] = await Promise.all([chromium(t), shop(t)])
  // The machine that runs this may be slow: the bounds themselves are tried above.
  const patient = { load_ms: 20_000, paint_ms: 20_000, step_ms: 10_000 }
  const at = async (path: string, over: object = {}, more: Partial<Checking> = {}) => {
    const seen = await look(
      { url: `${web}${path}`, ...patient, ...over },
      { browser: endpoint, signal: AbortSignal.timeout(40_000), ...more },
    )
    return `${seen.outcome}: ${seen.detail.replace(`${web}${path}: `, '').replace(/\d+ ms/g, 'N ms')}`
  }
  const nasty = `x'"); alert(1); ("<b>`
  const journey = [
    { fill: '[name=who]', value: nasty },
    { fill: 'select', value: 'Large' },
    { fill: '[name=day]', variable: 'DAY' },
    { expect_text: 'new here' },
    { click: '#buy' },
    { expect_text: 'thank  you' },
    { expect_text: `who is ${nasty}, size is l, day is 2026-11-21` },
    { expect_selector: '#words' },
  ]
  // Twice side by side: neither sees the cookies of the other.
  const walked = await Promise.all([1, 2].map(() => at('/', { steps: journey }, { named: { DAY: '2026-11-21' } })))
  assert.deepEqual(
    walked,
    Array.from({ length: 2 }, () => 'good: loaded in N ms, first paint after N ms, 8 steps gone through'),
  )
  const found = await Promise.all([
    at('/down'),
    at('/away'),
    at('/broken'),
    at('/client', { steps: [{ expect_text: 'by is script' }] }),
    look({ url: `${web}/hang` }, { browser: endpoint, signal: AbortSignal.timeout(300) }).then(({ outcome }) => outcome),
  ])
  assert.deepEqual(found, [
    'bad: it answers 503',
    `bad: it leads to another host, ${web.replace('http://127.0.0.1', 'localhost')}`,
    'bad: a script of it failed: ReferenceError: cart is not defined',
    'good: loaded in N ms, first paint after N ms, 1 step gone through',
    'unknown',
  ])
  const left = (await (await fetch(`${endpoint}/json`)).json()) as { url: string }[]
  assert.deepEqual(
    left.filter(({ url }) => url.startsWith(web)),
    [],
    'every context is gone',
  )
})
