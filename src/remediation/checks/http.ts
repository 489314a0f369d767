import { z } from 'zod'
import { take } from '../../datasources/line.ts'
import { at } from '../../kubernetes/read.ts'
import { bad, type Check, type Checking, type CheckResult, check, good, unknown } from './check.ts'

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
    const left = urls.values()
    const seen: Seen[] = []
    let first: CheckResult | undefined
    const worker = async (): Promise<void> => {
      for (const url of left) {
        if (first !== undefined) return
        const one = await look(url, asked, { ...checking, signal })
        if (one.ok) seen.push(one)
        else {
          first ??= checking.signal.aborted ? unknown(late(seen.length, urls)) : bad(`${url}: ${one.reason}`)
          stop.abort()
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(asked.parallel, urls.length) }, worker))
    return first ?? good(all(seen, urls))
  },
}

export const http = check(own)

type Seen = { readonly ok: true; readonly status: number; readonly ms: number }

const all = (seen: readonly Seen[], [url = '', ...more]: readonly string[]): string => {
  const slowest = Math.max(...seen.map(({ ms }) => ms))
  return more.length === 0
    ? `${url}: ${seen[0]?.status ?? 0} in ${slowest} ms`
    : `${more.length + 1} addresses answer as they should, the slowest in ${slowest} ms`
}

const late = (done: number, [url = '', ...more]: readonly string[]): string =>
  more.length === 0 ? `${url}: its answer was not waited for` : `only ${done} of ${more.length + 1} addresses could be asked in time`

/** No answer is bad, not unknown: whether it answers is what is asked. */
const look = async (
  url: string,
  { status, json, max_ms: max }: Input,
  { clock, signal, ...network }: Checking,
): Promise<Seen | { readonly ok: false; readonly reason: string }> => {
  const stop = new AbortController()
  const cancel = clock.after(max, () => stop.abort())
  const began = clock.monotonic()
  try {
    const response = await network.fetch(url, { redirect: 'manual', signal: AbortSignal.any([signal, stop.signal]) })
    const { text } = await take(response, MOST_BYTES)
    const ms = Math.round(clock.monotonic() - began)
    if (status === undefined ? !response.ok : response.status !== status)
      return { ok: false, reason: `${response.status}${status === undefined ? '' : `, not ${status}`}` }
    const wrong = json === undefined ? null : differing(text, json)
    return wrong === null ? { ok: true, status: response.status, ms } : { ok: false, reason: wrong }
  } catch (error) {
    if (stop.signal.aborted) return { ok: false, reason: `no answer in ${max} ms` }
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return { ok: false, reason: cause instanceof Error ? cause.message : String(cause) }
  } finally {
    cancel()
    // Ends a body that was not read to its end.
    stop.abort()
  }
}

/** A page is looked at, not downloaded; JSON that is longer is not read. */
const MOST_BYTES = 1_000_000

/** The first place of the JSON that is not as it must be, or null. */
const differing = (text: string, wanted: NonNullable<Input['json']>): string | null => {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    return 'its answer is not JSON'
  }
  const wrong = Object.entries(wanted).find(([path, value]) => at(answer, ...path.split('.')) !== value)
  return wrong === undefined
    ? null
    : `${wrong[0]} is ${JSON.stringify(at(answer, ...wrong[0].split('.')))?.slice(0, 80) ?? 'missing'}, not ${JSON.stringify(wrong[1])}`
}
