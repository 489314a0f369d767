import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { acceptWebSocket, type WebSocketPeer } from '../../../src/demo/slack/websocket.ts'

const frame = (op: number, payload: string, { final = true, mask = true } = {}): Buffer => {
  const key = Buffer.from([1, 2, 3, 4])
  const body = Buffer.from(payload)
  const masked = Buffer.from(body.map((byte, index) => (mask ? byte ^ key[index % 4]! : byte)))
  const length = body.length < 126 ? [body.length] : [126, body.length >> 8, body.length & 255]
  const header = Buffer.from([(final ? 0x80 : 0) | op, (mask ? 0x80 : 0) | length[0]!, ...length.slice(1)])
  return Buffer.concat([header, ...(mask ? [key] : []), masked])
}

const start = async (t: { after(fn: () => void): void }) => {
  const messages: string[] = []
  let closed = 0
  let peer: WebSocketPeer | undefined
  const server = createServer()
  server.on('upgrade', (request, socket) => {
    const handlers = { message: (text: string) => messages.push(text), pong: () => {}, closed: () => closed++, answersPing: () => true }
    peer = acceptWebSocket(request, socket, handlers)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket: Socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.after(() => {
    socket.destroy()
    server.close()
  })
  socket.write(
    'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  const [greeting] = await once(socket, 'data')
  return { socket, messages, greeting: String(greeting), closed: () => closed, peer: () => peer! }
}

test('the key of RFC 6455 is answered as its example says', async (t) => {
  const { greeting } = await start(t)
  assert.match(greeting, /^HTTP\/1\.1 101 [\s\S]*Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/)
})

test('a message in fragments with a ping between them, in single bytes, arrives whole and the ping is answered', async (t) => {
  const { socket, messages } = await start(t)
  const bytes = Buffer.concat([frame(1, 'Hël', { final: false }), frame(9, 'p'), frame(0, 'lo '.repeat(100))])
  const answered = once(socket, 'data')
  for (const byte of bytes) socket.write(Buffer.from([byte]))
  const [pong] = await answered
  assert.deepEqual([...pong], [0x8a, 1, 'p'.charCodeAt(0)])
  while (messages.length === 0) await new Promise(setImmediate)
  assert.deepEqual(messages, [`Hël${'lo '.repeat(100)}`])
})

test('a long message carries its length in 64 bits', async (t) => {
  const { socket, peer } = await start(t)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  peer().send('x'.repeat(70_000))
  while (Buffer.concat(chunks).length < 70_010) await new Promise(setImmediate)
  const all = Buffer.concat(chunks)
  assert.deepEqual([all[1], Number(all.readBigUInt64BE(2))], [127, 70_000])
})

test('a close frame is answered, an unmasked frame ends the connection as a protocol error', async (t) => {
  const polite = await start(t)
  polite.socket.write(frame(8, '\u0003\u00e8'))
  const [answer] = await once(polite.socket, 'data')
  assert.deepEqual([answer[0], answer.readUInt16BE(2)], [0x88, 1000])
  assert.equal(polite.closed(), 1)
  const rude = await start(t)
  rude.socket.write(frame(1, 'x', { mask: false }))
  const [error] = await once(rude.socket, 'data')
  assert.deepEqual([error[0], error.readUInt16BE(2)], [0x88, 1002])
  assert.equal(rude.closed(), 1)
})
