import type { Clock } from '../context.ts'

/** Milliseconds that a server asks to wait for (RFC 9110, 10.2.3: seconds or a date), or undefined where it does not say. */
export const retryAfterMs = (headers: Headers | undefined, clock: Clock): number | undefined => {
  const text = headers?.get('retry-after')
  if (!text) return undefined
  const seconds = Number(text)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - clock.now().getTime()
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : undefined
}
