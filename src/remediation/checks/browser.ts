import { z } from 'zod'
import { textAt } from '../../kubernetes/read.ts'
import { without } from '../runners/confined.ts'
import { type Cdp, openCdp } from './cdp.ts'
import { bad, type Check, type Checking, type CheckResult, check, good, unknown } from './check.ts'
import { step, walk } from './journey.ts'
import { type Document, hostOf, openPage, type Page, shownUrl } from './page.ts'

const ms = (fallback: number, least = 1) => z.number().int().min(least).max(30_000).default(fallback)

const input = z.strictObject({
  kind: z.literal('browser'),
  url: z.url({ protocol: /^https?$/, error: 'must be a URL that starts with http:// or https://' }),
  /** MISSION 108: a page loads in 5 s, and shows something in 2 s. 0: when it first shows something does not matter. */
  load_ms: ms(5000),
  paint_ms: ms(2000, 0),
  /** Where it may lead beside its own host. */
  hosts: z.array(z.string().min(1)).max(50).default([]),
  script_errors: z.enum(['bad', 'allow']).default('bad'),
  steps: z.array(step).max(50).default([]),
  step_ms: ms(5000),
})

type Input = z.infer<typeof input>

const own: Check<Input> = {
  kind: 'browser',
  input,
  run: async (asked, checking): Promise<CheckResult> => {
    const { browser, named, signal } = checking
    if (browser === undefined) return unknown('no browser is configured')
    const cdp = await openCdp(browser, checking)
    try {
      const seen = await inContext(cdp, checking, (context) =>
        Promise.race([visit(cdp, asked, { ...checking, context }), aborted(signal), cdp.gone]),
      )
      const typed = asked.steps.flatMap((one) => ('variable' in one ? [named[one.variable] ?? ''] : []))
      return { ...seen, detail: without(seen.detail, typed) }
    } finally {
      cdp.close()
    }
  },
}

export const browser = check(own)

/** Nothing of what is kept is shared with anybody, and nothing of it is left: cookies, cache, storage. */
const inContext = async (cdp: Cdp, { clock, signal }: Checking, use: (context: string) => Promise<CheckResult>): Promise<CheckResult> => {
  // Were Vigil killed here, the browser would end the context with the connection.
  const made = cdp.call('Target.createBrowserContext', { disposeOnDetach: true })
  const context = textAt(await Promise.race([made, aborted(signal)]), 'browserContextId')
  try {
    return await use(context)
  } finally {
    // Also after an abort, so it has a time of its own.
    const stop = new AbortController()
    await Promise.race([
      cdp.call('Target.disposeBrowserContext', { browserContextId: context }),
      clock.sleep(DISPOSE_MS, stop.signal),
    ]).catch(() => undefined)
    stop.abort()
  }
}

const DISPOSE_MS = 2000

/** Rejects when the signal aborts, and never else. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const end = (): void => reject(signal.reason)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })

const visit = async (
  cdp: Cdp,
  asked: Input,
  { context, clock, signal, named }: Checking & { readonly context: string },
): Promise<CheckResult> => {
  const { url, hosts, script_errors: errors, steps, step_ms: stepMs } = asked
  const allowed = [hostOf(url), ...hosts]
  const page = await openPage(cdp, { context, clock, signal, isOwn: (host) => allowed.includes(host), scripts: errors === 'bad' })
  const wrong = await load(page, asked, clock)
  if (typeof wrong === 'string') return bad(`${shownUrl(url)}: ${wrong}`)
  const lost = await walk(page, steps, { clock, signal, named, stepMs })
  if (lost !== null) return bad(`${shownUrl(url)}: ${lost}`)
  const last = page.shown()?.url ?? url
  const where = hostOf(last) === hostOf(url) ? '' : `, at ${hostOf(last)}`
  const walked = steps.length === 0 ? '' : `, ${steps.length} ${steps.length === 1 ? 'step' : 'steps'} gone through`
  return good(`${shownUrl(url)}: ${wrong.words}${walked}${where}`)
}

/** An event about what was painted in time may come a little later than that. */
const REPORT_MS = 300

/** What is wrong with how it loads, or how it loaded. A page that leads on by itself is the one that it leads to. */
const load = async (
  page: Page,
  { url, load_ms: loadMs, paint_ms: paintMs }: Input,
  clock: Checking['clock'],
): Promise<string | { readonly words: string }> => {
  const began = clock.monotonic()
  const until = (isSo: (shown: Document) => boolean, ms: number): Promise<boolean> => {
    const left = Math.max(REPORT_MS, ms - (clock.monotonic() - began))
    return page.until(() => page.trouble() !== null || isSo(page.shown() ?? NOTHING), left)
  }
  page.goTo(url)
  const isLoaded = await until(({ load: at }) => at !== null, loadMs)
  if (isLoaded && paintMs > 0) await until(({ load: at, paint }) => at !== null && paint !== null, paintMs + REPORT_MS)
  await until(({ load: at }) => at !== null, loadMs)
  const trouble = page.trouble()
  return trouble ?? timesOf(page.shown() ?? NOTHING, { loadMs, paintMs })
}

const NOTHING: Document = { url: '', began: 0, status: null, load: null, paint: null }

const timesOf = (
  shown: Document,
  { loadMs, paintMs }: { readonly loadMs: number; readonly paintMs: number },
): string | { words: string } => {
  const since = (when: number): number => Math.round((when - shown.began) * 1000)
  if (shown.load === null || since(shown.load) > loadMs) return `not loaded in ${loadMs} ms`
  const words = `loaded in ${since(shown.load)} ms`
  if (paintMs === 0) return { words }
  if (shown.paint === null) return `${words}, but nothing to see after ${paintMs} ms`
  const paint = since(shown.paint)
  return paint > paintMs ? `first paint after ${paint} ms, not ${paintMs}` : { words: `${words}, first paint after ${paint} ms` }
}
