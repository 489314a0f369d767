import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runDemo } from '../../src/demo/run.ts'
import { until } from '../../test/until.ts'
import type { Browser } from './browser.ts'

/** Stories of `vigil demo`, pressed through as a person does it in a browser; nothing in them is posed. */
const stories = [
  { name: 'demo-fixed', scenario: 'bad-deploy', size: { width: 1280, height: 1420 }, ends: /Over since[\s\S]*It worked\./ },
  { name: 'demo-worse', scenario: 'bad-rollback', size: { width: 1280, height: 1420 }, ends: /It got worse\.[\s\S]*Undo now/ },
] as const

/** Takes those whose names are among the wanted ones; of none all. */
export const drawDemo = async (browser: Browser, folder: string, wanted: readonly string[]): Promise<void> => {
  for (const { name, scenario, size, ends } of stories)
    if (wanted.length === 0 || wanted.includes(name)) {
      const demo = startDemo(scenario)
      try {
        const thread = await threadOf(await demo.address)
        const page = () => textOf(thread)
        await until('a card', async () => /May approve/.test(await page()), { seconds: 120 })
        await sleep(2000)
        await browser.click(thread, 'Approve')
        await sleep(500)
        await browser.click(thread, 'Roll back')
        await until(`${name} ends`, async () => ends.test(await page()), { seconds: 120 })
        await sleep(3000)
        await browser.picture(thread, join(folder, `${name}.png`), size)
      } finally {
        await demo.stop()
      }
    }
}

const startDemo = (scenario: string) => {
  const { promise: address, resolve } = Promise.withResolvers<string>()
  const { promise: stopping, resolve: stop } = Promise.withResolvers<void>()
  const print = (text: string) => {
    const found = /Open {3}(\S+)/.exec(text)?.[1]
    if (found !== undefined) resolve(found)
  }
  const running = runDemo({ flags: { scenario }, env: {}, print, onStop: (end) => void stopping.then(end) })
  return {
    address,
    stop: async () => {
      stop()
      await running
    },
  }
}

/** The thread under the first message of the channel, once it has a reply. */
const threadOf = (channel: string): Promise<string> =>
  until(
    'a thread',
    async () => {
      const path = /href="(\/c\/alerts\/t\/[\d.]+\?as=\w+)"/.exec(await textOf(channel))?.[1]
      return path === undefined ? undefined : new URL(path, channel).href
    },
    { seconds: 60 },
  )

const textOf = async (url: string): Promise<string> => (await fetch(url)).text()
