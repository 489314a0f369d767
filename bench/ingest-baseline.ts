/** The least that a durable intake can be: Node's own server, one insert in a commit of its own for each request, then the answer. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env['BENCH_DATABASE_URL'], max: 10 })
await pool.query(
  'create table if not exists received (id bigint generated always as identity primary key, body jsonb not null, at timestamptz not null default now())',
)

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString())
    pool.query('insert into received (body) values ($1) returning id', [JSON.stringify(body)]).then(
      ({ rows }) => {
        response.writeHead(202, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ accepted: rows }))
      },
      () => response.writeHead(503).end(),
    )
  })
})
server.listen(0, '127.0.0.1', () => console.log(`ready ${(server.address() as AddressInfo).port}`))
