import { BlockList, isIPv6 } from 'node:net'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import type { Context } from '../context.ts'
import { type Listening, listen } from './listen.ts'
import type { Readiness } from './readiness.ts'

/**
 * Opens the ops port on `config.admin`: metrics and health, without a token, so for peers on private networks alone and never
 * through a proxy. Throws InputError when the port cannot be had.
 */
export const openOps = async (context: Context, readiness: Readiness): Promise<Listening> => {
  const { registry } = context.telemetry
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.use(async (c, next) => {
    const peer = c.env.incoming.socket.remoteAddress
    const refused =
      c.req.header('x-forwarded-for') !== undefined || c.req.header('forwarded') !== undefined || peer === undefined || isPublic(peer)
    if (refused) return c.text('This port is for peers on a private network, without a proxy between.\n', 403)
    return next()
  })
  app.get('/metrics', async (c) => c.body(await registry.metrics(), 200, { 'content-type': registry.contentType }))
  app.get('/-/healthy', (c) => c.text('healthy\n'))
  app.get('/-/ready', (c) => {
    const faults = readiness.faults()
    return faults.length === 0 ? c.text('ready\n') : c.text(`${faults.join('\n')}\n`, 503)
  })
  for (const path of ['/metrics', '/-/healthy', '/-/ready']) app.all(path, (c) => c.text('GET only\n', 405, { allow: 'GET, HEAD' }))
  app.notFound((c) => c.text('/metrics, /-/healthy, /-/ready\n', 404))
  app.onError((error, c) => {
    context.log.error({ err: error }, 'the ops port failed')
    return c.text('failed\n', 500)
  })
  const { host, port } = context.config.admin
  return listen(app.fetch as Parameters<typeof listen>[0], { host, port, variable: 'VIGIL_ADMIN_PORT' }, context.clock)
}

/** Whether an address is of the open internet: what is not loopback, link-local, private or shared by a provider (RFC 1918, 3927, 4193, 6598). */
export const isPublic = (address: string): boolean => {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  return !inside.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
}

const inside = new BlockList()
for (const [net, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  inside.addSubnet(net, bits, 'ipv4')
inside.addAddress('::1', 'ipv6')
inside.addSubnet('fc00::', 7, 'ipv6')
inside.addSubnet('fe80::', 10, 'ipv6')
