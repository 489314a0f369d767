import { type Peer, startServer } from '../../src/demo/world/server.ts'

/**
 * Stands before a Prometheus as its address at one moment of the past: what is asked without a time is asked of `now`, and what is asked of
 * later ends there. Nothing of what came after can be seen.
 */
export const startPast = (prometheus: string, now: Date): Promise<Peer> =>
  startServer(async ({ method, path, params }) => {
    const bounded = boundedTo(path, params, now.getTime() / 1000)
    const isForm = method === 'POST'
    const response = await fetch(`${prometheus}${path}${isForm ? '' : `?${bounded}`}`, isForm ? { method, body: bounded } : { method })
    return { status: response.status, body: await response.text() }
  })

const TIMED = /^\/api\/v1\/(query|query_range|series|labels|label\/.+|query_exemplars)$/
/** Metadata of a range without a start: of the last hours, as dashboards ask. */
const BACK_SECONDS = 6 * 3600

const boundedTo = (path: string, params: URLSearchParams, now: number): URLSearchParams => {
  const bounded = new URLSearchParams(params)
  if (!TIMED.test(path)) return bounded
  const cap = (name: string, otherwise: number): void => {
    const text = params.get(name)
    const asked = text === null ? otherwise : /^[\d.]+$/.test(text) ? Number(text) : Date.parse(text) / 1000
    // What cannot be read is refused by Prometheus in its own words.
    if (!Number.isNaN(asked)) bounded.set(name, String(Math.min(asked, now)))
  }
  if (path === '/api/v1/query') cap('time', now)
  else {
    cap('end', now)
    cap('start', now - BACK_SECONDS)
  }
  return bounded
}
