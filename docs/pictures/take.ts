/**
 * Takes the pictures of docs/ in headless Chromium: `npm run pictures`. Needs `chromium` on the PATH. Those of the demo are not posed: the
 * shop breaks, Vigil answers, and the pages are photographed as they stand. What the demo does not show by itself is drawn from a
 * timeline (stories/), as Vigil draws every thread: `npm run pictures -- drawn` takes these alone, `-- gated waiting` some of them, `-- demo-worse` one that is pressed through in the demo.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { startStage } from '../../src/demo/stage.ts'
import { tellDeploy } from '../../src/demo/tell-deploy.ts'
import { type Browser, openBrowser } from './browser.ts'
import { drawDemo } from './demo.ts'
import { drawStories } from './drawn.ts'
import { stories } from './stories/index.ts'

const FOLDER = import.meta.dirname
const TOKEN = 'a-token-for-pictures-only'

/** E4, the log lines that the analysis quotes. */
const QUOTED = 3

const main = async (names: readonly string[]): Promise<void> => {
  if (names.length === 0) await ofDemo()
  const browser = await openBrowser()
  try {
    const wanted = stories.filter(({ name }) => names.length === 0 || names.includes('drawn') || names.includes(name))
    await drawStories(browser, FOLDER, wanted)
    const ofTheDemo = names.filter((name) => name.startsWith('demo-'))
    if (names.length === 0 || ofTheDemo.length > 0) await drawDemo(browser, FOLDER, ofTheDemo)
  } finally {
    await browser.close()
  }
}

const ofDemo = async (): Promise<void> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-pictures-'))
  const stage = await startStage({ world: { rule: { forSeconds: 10 } } })
  const env = {
    ...stage.env,
    VIGIL_DATA_DIR: dataDir,
    VIGIL_LOG_LEVEL: 'error',
    VIGIL_RECOVERY_SECONDS: '5',
    VIGIL_API_TOKEN: TOKEN,
    VIGIL_HTTP_HOST: '127.0.0.1',
  }
  const app = await startApp(loadConfig({ env, flags: {} }))
  const browser = await openBrowser()
  try {
    await story(browser, stage, app.ports.api)
    await doctor(browser, env)
  } finally {
    await browser.close()
    await app.close(1000)
    await stage.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

type Stage = Awaited<ReturnType<typeof startStage>>

/** Something was answered, and it goes on. */
const isUnderWay = (said: string): boolean => said.includes('"complete"') && said.includes('Stop and conclude')

const story = async (browser: Browser, { workspace, world }: Stage, port: number): Promise<void> => {
  const user = workspace.state.user('ana')?.id ?? ''
  const alerts = workspace.state.channel('alerts')
  world.break()
  await tellDeploy(world, { port, token: TOKEN })
  const alert = await until(() => alerts?.messages.find((message) => message.attachments.length > 0))
  const replies = () => alerts?.messages.filter((message) => message.threadTs === alert.ts && message.ts !== alert.ts) ?? []
  const thread = `${workspace.url}/c/alerts/t/${alert.ts}?as=${user}`
  await until(() => replies()[0])
  await browser.picture(thread, join(FOLDER, 'first-reply.png'), { width: 1280, height: 820 })
  await until(() => (isUnderWay(JSON.stringify(replies())) ? true : undefined))
  await browser.picture(thread, join(FOLDER, 'progress.png'), { width: 1280, height: 1000 })
  await until(() => (JSON.stringify(replies()).includes('feedback_buttons') ? true : undefined))
  await sleep(3500)
  await browser.picture(thread, join(FOLDER, 'thread.png'), { width: 1280, height: 1310 })
  await browser.click(thread, 'Evidence')
  await until(() => workspace.state.views.values().next().value)
  await sleep(800)
  await browser.click(thread, 'Show', QUOTED)
  await sleep(1500)
  await browser.picture(thread, join(FOLDER, 'evidence.png'), { width: 1280, height: 1000 })
  await browser.click(thread, 'Run again')
  await sleep(2500)
  await browser.picture(thread, join(FOLDER, 'run-again.png'), { width: 1280, height: 800 })
  const close = () => Promise.all([...workspace.state.views.values()].map((view) => workspace.closeView({ viewId: view.id, user })))
  await close()
  await browser.click(thread, 'Full analysis')
  await until(() => workspace.state.views.values().next().value)
  await sleep(1000)
  await browser.picture(thread, join(FOLDER, 'full-analysis.png'), { width: 1280, height: 1000 })
  await close()
  world.heal()
  await until(() => (JSON.stringify(replies()).includes('It is over') ? true : undefined), 120_000)
  await browser.picture(thread, join(FOLDER, 'recovered.png'), { width: 1280, height: 1400 })
}

/** The terminal as it looks, drawn by the browser. Faults are planted so that the mends can be seen. */
const doctor = async (browser: Browser, env: Readonly<Record<string, string>>): Promise<void> => {
  const loki = createServer((_, response) => response.writeHead(401).end('no org id')).listen(0, '127.0.0.1')
  await once(loki, 'listening')
  const planted = {
    ...env,
    VIGIL_PROMETHEUS_ENDPOINT: 'http://127.0.0.1:9090',
    VIGIL_ALERT_CHANNELS: '#alerts,#general',
    VIGIL_ALERT_BOTS: '',
    VIGIL_LOKI_ENDPOINT: `http://127.0.0.1:${(loki.address() as AddressInfo).port}`,
    VIGIL_HTTP_PORT: '18080',
    VIGIL_ADMIN_PORT: '19000',
    VIGIL_DATA_DIR: mkdtempSync(join(tmpdir(), 'vigil-doctor-')),
  }
  const run = promisify(execFile)(process.execPath, ['src/main.ts', 'doctor'], { env: { PATH: process.env['PATH'] ?? '', ...planted } })
  const { stdout } = await run.catch((error: { stdout: string }) => error)
  loki.close()
  const escaped = `$ vigil doctor\n${stdout}`.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const page = join(planted.VIGIL_DATA_DIR, 'doctor.html')
  writeFileSync(
    page,
    `<meta charset="utf-8"><body style="margin:0;background:#16191d;color:#e6e6e6"><pre style="font:14px/1.5 monospace;padding:20px;white-space:pre-wrap">${escaped}</pre>`,
  )
  await browser.picture(`file://${page}`, join(FOLDER, 'doctor.png'), { width: 1200, height: 620 })
  rmSync(planted.VIGIL_DATA_DIR, { recursive: true, force: true })
}

const until = async <T>(look: () => T | undefined, ms = 60_000): Promise<T> => {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(100)) {
    const found = look()
    if (found !== undefined) return found
  }
  throw new Error(`waited ${ms / 1000} s in vain for: ${look.toString()}`)
}

await main(process.argv.slice(2))
