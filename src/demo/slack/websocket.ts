import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** The server's side of one WebSocket (RFC 6455): text, fragments, ping, pong and close. No extensions are offered. Undefined, with the socket closed, when it is no upgrade. */
export const acceptWebSocket = (request: IncomingMessage, socket: Duplex, handlers: Handlers): WebSocketPeer | undefined => {
  const key = request.headers['sec-websocket-key']
  if (typeof key !== 'string' || request.headers.upgrade?.toLowerCase() !== 'websocket') {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    return undefined
  }
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
  return speak(socket, handlers)
}

const OP = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

const speak = (socket: Duplex, handlers: Handlers): WebSocketPeer => {
  let buffered: Buffer = Buffer.alloc(0)
  let fragments: Buffer[] = []
  let open = true

  const write = (op: number, payload: Buffer): void => {
    if (open && socket.writable) socket.write(Buffer.concat([headerOf(op, payload.length), payload]))
  }
  const ended = (): void => {
    if (!open) return
    open = false
    handlers.closed()
  }
  const close = (code: number): void => {
    const payload = Buffer.alloc(2)
    payload.writeUInt16BE(code)
    write(OP.close, payload)
    ended()
    socket.end()
  }
  const take = (frame: Frame): void => {
    switch (frame.op) {
      case OP.text:
      case OP.continuation:
        fragments.push(frame.payload)
        if (!frame.final) return
        handlers.message(Buffer.concat(fragments).toString('utf8'))
        fragments = []
        return
      case OP.ping:
        if (handlers.answersPing()) write(OP.pong, frame.payload)
        return
      case OP.pong:
        handlers.pong()
        return
      case OP.close:
        close(1000)
        return
      default:
        // 1003: cannot accept; nobody sends binary frames over Socket Mode.
        close(1003)
    }
  }

  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk])
    for (let read = readFrame(buffered); read !== undefined && open; read = readFrame(buffered)) {
      buffered = buffered.subarray(read.length)
      if (read.frame) take(read.frame)
      else close(1002)
    }
  })
  socket.on('close', ended)
  socket.on('end', () => {
    ended()
    // A process that was killed says no more than this; an HTTP server leaves its own half open until it is told.
    socket.end()
  })
  socket.on('error', () => socket.destroy())

  return {
    send: (text) => write(OP.text, Buffer.from(text)),
    ping: () => write(OP.ping, Buffer.from('ping')),
    close: () => close(1000),
    cut: () => {
      ended()
      socket.destroy()
    },
  }
}

const headerOf = (op: number, length: number): Buffer => {
  if (length < 126) return Buffer.from([0x80 | op, length])
  if (length < 65_536) {
    const header = Buffer.from([0x80 | op, 126, 0, 0])
    header.writeUInt16BE(length, 2)
    return header
  }
  const header = Buffer.from([0x80 | op, 127, 0, 0, 0, 0, 0, 0, 0, 0])
  header.writeBigUInt64BE(BigInt(length), 2)
  return header
}

/** The first frame of the buffer, undefined when it is not all there yet. Without a `frame` it breaks the protocol: a client must mask. */
const readFrame = (buffer: Buffer): { frame?: Frame; length: number } | undefined => {
  const [first, second] = buffer
  if (first === undefined || second === undefined) return undefined
  if ((second & 0x80) === 0) return { length: buffer.length }
  const short = second & 0x7f
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0
  const start = 2 + extra + 4
  if (buffer.length < start) return undefined
  const length = extra === 0 ? short : extra === 2 ? buffer.readUInt16BE(2) : Number(buffer.readBigUInt64BE(2))
  if (buffer.length < start + length) return undefined
  const mask = buffer.subarray(start - 4, start)
  const payload = Buffer.from(buffer.subarray(start, start + length))
  for (const [index, byte] of payload.entries()) payload[index] = byte ^ (mask[index % 4] ?? 0)
  return { frame: { final: (first & 0x80) !== 0, op: first & 0x0f, payload }, length: start + length }
}

type Frame = { final: boolean; op: number; payload: Buffer }

export type Handlers = {
  message(text: string): void
  pong(): void
  closed(): void
  /** False makes the peer silent: half-open, as a dead network is. */
  answersPing(): boolean
}

export type WebSocketPeer = {
  send(text: string): void
  ping(): void
  /** With a close frame. */
  close(): void
  /** Without one. */
  cut(): void
}
