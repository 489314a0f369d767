import { connect } from 'node:net'
import { z } from 'zod'
import { bad, type Check, type CheckResult, check, good, unknown } from './check.ts'

const input = z.strictObject({
  kind: z.literal('tcp'),
  address: z.string().regex(/^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'must be <host>:<port>'),
  max_ms: z.number().int().positive().max(60_000).default(5000),
})

const own: Check<z.infer<typeof input>> = {
  kind: 'tcp',
  input,
  run: ({ address, max_ms: max }, { clock, signal }): Promise<CheckResult> => {
    const at = address.lastIndexOf(':')
    const [host, port] = [address.slice(0, at).replace(/^\[|\]$/g, ''), Number(address.slice(at + 1))]
    const { promise, resolve } = Promise.withResolvers<CheckResult>()
    const began = clock.monotonic()
    const socket = connect({ host, port })
    const cancel = clock.after(max, () => resolve(bad(`${address}: no connection in ${max} ms`)))
    const withdrawn = () => resolve(unknown(`${address}: it was not waited for`))
    signal.addEventListener('abort', withdrawn, { once: true })
    socket.once('connect', () => resolve(good(`${address}: connected in ${Math.round(clock.monotonic() - began)} ms`)))
    socket.once('error', (error) => resolve(bad(`${address}: ${error.message}`)))
    return promise.finally(() => {
      cancel()
      signal.removeEventListener('abort', withdrawn)
      socket.destroy()
    })
  },
}

export const tcp = check(own)
