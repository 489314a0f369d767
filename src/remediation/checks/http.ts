import { z } from 'zod'
import { bad, type Check, type Checking, type CheckResult, check, good } from './check.ts'

const input = z.strictObject({
  kind: z.literal('http'),
  /** One or many; of many the first that is bad ends the check. */
  url: z.union([
    z.url({ protocol: /^https?$/ }),
    z
      .array(z.url({ protocol: /^https?$/ }))
      .min(1)
      .max(1000),
  ]),
  status: z.number().int().min(100).max(599).optional(),
  /** What stands where in the JSON of the answer: "status": "ok", "db.pool.free": 3. */
  json: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  max_ms: z.number().int().positive().max(60_000).default(10_000),
  parallel: z.number().int().min(1).max(100).default(10),
})

type Input = z.infer<typeof input>

const own: Check<Input> = {
  kind: 'http',
  input,
  run: async (asked, checking): Promise<CheckResult> => {
    const urls = typeof asked.url === 'string' ? [asked.url] : asked.url
    const stop = new AbortController()
    const signal = AbortSignal.any([checking.signal, stop.signal])
    const left = [...urls]
    let first: CheckResult | undefined
    const worker = async (): Promise<void> => {
      for (let url = left.shift(); url !== undefined && first === undefined; url = left.shift()) {
        const seen = await look(url, asked, { ...checking, signal })
        if (seen.outcome === 'good') continue
        first ??= seen
        stop.abort()
      }
    }
    await Promise.all(Array.from({ length: Math.min(asked.parallel, urls.length) }, worker))
    return first ?? good(urls.length === 1 ? `${urls[0]} answers as it should` : `${urls.length} addresses answer as they should`)
  },
}

export const http = check(own)

/** No answer is bad, not unknown: whether it answers is what is asked. */
const look = async (url: string, { status, json, max_ms: max }: Input, { clock, signal, ...network }: Checking): Promise<CheckResult> => {
  const stop = new AbortController()
  const cancel = clock.after(max, () => stop.abort())
  const began = clock.monotonic()
  try {
    const response = await network.fetch(url, { redirect: 'manual', signal: AbortSignal.any([signal, stop.signal]) })
    const text = (await response.text()).slice(0, 1_000_000)
    const ms = Math.round(clock.monotonic() - began)
    if (status === undefined ? !response.ok : response.status !== status)
      return bad(`${url}: ${response.status}${status === undefined ? '' : `, not ${status}`}`)
    const wrong = json === undefined ? undefined : Object.entries(json).find(([path, value]) => at(text, path) !== value)
    return wrong === undefined ? good(`${url}: ${response.status} in ${ms} ms`) : bad(`${url}: ${wrong[0]} is not ${wrong[1]}`)
  } catch (error) {
    if (stop.signal.aborted) return bad(`${url}: no answer in ${max} ms`)
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return bad(`${url}: ${cause instanceof Error ? cause.message : String(cause)}`)
  } finally {
    cancel()
  }
}

const at = (text: string, path: string): unknown => {
  try {
    return path
      .split('.')
      .reduce<unknown>((here, step) => (typeof here === 'object' && here !== null ? Reflect.get(here, step) : undefined), JSON.parse(text))
  } catch {
    return undefined
  }
}
