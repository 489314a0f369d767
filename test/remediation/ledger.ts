import { createHmac } from 'node:crypto'
import { closeSync, fsyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * `accepts`: 202, and the end is reported later; `dies`: the deed is done and the answer never comes; `refuses`, `breaks`: 4xx and 5xx before
 * anything is done; `hangs`: nothing at all.
 */
export type Behaviour = 'answers' | 'accepts' | 'answers_then_dies' | 'dies' | 'refuses' | 'breaks' | 'hangs'

export type Call = {
  readonly id: string
  readonly key: string
  readonly signature: string
  readonly signed: boolean
  readonly body: { readonly [name: string]: unknown }
}

export type Ledger = {
  readonly url: string
  /** The secret that calls must be signed with. */
  readonly secret: string
  /** Every call that took effect, read back from the disk. */
  calls(): Call[]
  /** Every request, also those without effect: "POST /", "GET /<id>". */
  readonly asked: string[]
  behave(how: Behaviour): void
  close(): Promise<void>
}

/** A remediator that only writes down what it was told to do, each call on the disk before the answer. */
export const startLedger = async (): Promise<Ledger> => {
  const place = mkdtempSync(join(tmpdir(), 'vigil-ledger-'))
  const file = join(place, 'calls.jsonl')
  closeSync(openSync(file, 'a'))
  const secret = 'a-secret-of-the-ledger-32-chars!'
  const asked: string[] = []
  let behaviour: Behaviour = 'answers'
  const calls = (): Call[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Call)

  const write = (call: Call): void => {
    const handle = openSync(file, 'a')
    writeSync(handle, `${JSON.stringify(call)}\n`)
    fsyncSync(handle)
    closeSync(handle)
  }

  const isSigned = (header: string, text: string): boolean => {
    const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? []
    return v1 === createHmac('sha256', secret).update(`${t}.${text}`).digest('hex')
  }

  const answer = (request: IncomingMessage, body: string, response: ServerResponse): ServerResponse | undefined => {
    asked.push(`${request.method} ${request.url}`)
    const say = (status: number, told: unknown): ServerResponse =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(told))
    const signature = String(request.headers['x-vigil-signature'] ?? '')
    if (request.method === 'GET') {
      const id = (request.url ?? '').split('/').at(-1) ?? ''
      if (!isSigned(signature, id)) return say(401, { error: 'not signed' })
      return calls().some((call) => call.id === id) ? say(200, { status: 'done' }) : say(404, { status: 'not_done' })
    }
    if (!isSigned(signature, body)) return say(401, { error: 'not signed' })
    if (behaviour === 'hangs') return undefined
    if (behaviour === 'refuses') return say(422, { error: 'no such service here' })
    if (behaviour === 'breaks') return say(500, { error: 'boom' })
    const parsed = JSON.parse(body) as Call['body']
    write({ id: String(parsed['id']), key: String(request.headers['idempotency-key'] ?? ''), signature, signed: true, body: parsed })
    if (behaviour === 'dies') return response.destroy()
    if (behaviour === 'answers_then_dies') server.close()
    return behaviour === 'accepts' ? say(202, { detail: 'job 17' }) : say(200, { detail: 'the cache is empty' })
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => answer(request, Buffer.concat(chunks).toString(), response))
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/remedies`,
    secret,
    calls,
    asked,
    behave: (how) => {
      behaviour = how
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(place, { recursive: true, force: true })
    },
  }
}
