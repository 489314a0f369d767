import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type Browser = {
  picture(url: string, file: string, size: { width: number; height: number }): Promise<void>
  /** Presses a button with that text on the page: of several the last, or the one at `at`. */
  click(url: string, text: string, at?: number): Promise<void>
  close(): Promise<void>
}

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
  '--remote-debugging-port=0',
]

/** Headless Chromium over its DevTools protocol, with one page. */
export const openBrowser = async (): Promise<Browser> => {
  const profile = mkdtempSync(join(tmpdir(), 'vigil-chromium-'))
  const child = spawn('chromium', [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const port = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.stderr.on('data', (chunk: Buffer) => {
      const found = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(chunk.toString())?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  const send = await connect(port)
  let current = ''
  const go = async (url: string): Promise<void> => {
    if (current === url) return
    current = url
    await send('Page.navigate', { url })
    await sleep(1200)
  }
  return {
    picture: async (url, file, { width, height }) => {
      await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false })
      await go(url)
      await sleep(500)
      const { data } = (await send('Page.captureScreenshot', { format: 'png' })) as { data: string }
      writeFileSync(file, Buffer.from(data, 'base64'))
    },
    click: async (url, text, at = -1) => {
      await go(url)
      const script = `[...document.querySelectorAll('button')].filter((b) => b.textContent.trim() === ${JSON.stringify(text)}).at(${at}).click()`
      await send('Runtime.evaluate', { expression: script })
    },
    close: async () => {
      child.kill()
      await new Promise((resolve) => child.once('exit', resolve))
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

type Send = (method: string, params?: object) => Promise<unknown>

const connect = async (port: string): Promise<Send> => {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { type: string; webSocketDebuggerUrl: string }[]
  const page = targets.find((target) => target.type === 'page')
  if (page === undefined) throw new Error('Chromium has no page')
  const socket = new WebSocket(page.webSocketDebuggerUrl)
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
  const waiting = new Map<number, (result: unknown) => void>()
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { id?: number; result?: unknown }
    if (message.id !== undefined) waiting.get(message.id)?.(message.result)
  })
  let id = 0
  return (method, params = {}) =>
    new Promise((resolve) => {
      id += 1
      waiting.set(id, resolve)
      socket.send(JSON.stringify({ id, method, params }))
    })
}
