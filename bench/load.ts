import { connect } from 'node:net'

export type Load = {
  readonly url: string
  readonly token: string
  readonly clients: number
  readonly seconds: number
  /** The body of the n-th request. */
  readonly body: (n: number) => string
}

/** Answered requests per second of `clients` that each send the next one when they have the answer. Throws for an answer that is not 202. */
export const requestsPerSecond = async ({ url, token, clients, seconds, body }: Load): Promise<number> => {
  const { hostname, port, pathname } = new URL(url)
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: `
  let sent = 0
  let answered = 0
  const began = performance.now()
  const isOver = (): boolean => performance.now() - began > seconds * 1000
  const client = async (): Promise<void> => {
    const connection = open(hostname, Number(port))
    while (!isOver()) {
      const text = body(sent++)
      const status = await connection.ask(`${head}${Buffer.byteLength(text)}\r\n\r\n${text}`)
      if (status !== 202) throw new Error(`${url} answered ${status}`)
      answered += 1
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: clients }, client))
  return (answered / (performance.now() - began)) * 1000
}

/**
 * A client that costs little, for it shares the machine with what it measures: it writes a request and reads its answer by the length
 * or the chunks that the head announces.
 */
const open = (host: string, port: number) => {
  const socket = connect(port, host)
  socket.setNoDelay(true)
  let received = ''
  let waiting: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
    if (!isWhole(received)) return
    const status = Number(received.slice(9, 12))
    received = ''
    waiting?.resolve(status)
  })
  socket.on('error', (error) => waiting?.reject(error))
  socket.on('close', () => waiting?.reject(new Error('the connection was closed')))
  return {
    ask: (text: string): Promise<number> =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        socket.write(text)
      }),
    close: () => {
      waiting = undefined
      socket.destroy()
    },
  }
}

const isWhole = (text: string): boolean => {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1]
  return length === undefined ? text.endsWith('\r\n0\r\n\r\n') : text.length >= end + 4 + Number(length)
}
