import type { Labels } from '../../series/series.ts'
import type { Deployed } from './cluster.ts'
import { deploysOf } from './cluster.ts'
import type { Load } from './load.ts'
import { loadOf } from './load.ts'
import { chance, hash, hex } from './noise.ts'
import type { Pod, ShopState, Trouble } from './shop.ts'
import { place, podsOf, troublesOf } from './shop.ts'

/** Everything that the shop's programs write: computed from the state for any second, the same whenever it is asked for. */
export const shopLogs = (state: ShopState): ShopLogs => {
  const troubles = troublesOf(state)
  const writers = podsOf(state).map((pod) => podWriter(pod, loadOf(pod, troubles), troubles))
  const deploys = deployWriter(deploysOf(state))
  const all = [...writers, deploys]
  return {
    streams: () => all.flatMap(({ streams, from, to }) => streams.map((labels) => ({ labels, from, to }))),
    second: (second, wanted) =>
      all.flatMap((writer) =>
        writer.from <= second && second < writer.to && writer.streams.some(wanted)
          ? writer.write(second).filter(({ labels }) => wanted(labels))
          : [],
      ),
  }
}

type Writer = {
  readonly streams: readonly Labels[]
  readonly from: number
  readonly to: number
  write(second: number): Entry[]
}

const levels = ['info', 'warn', 'error'] as const
type Level = (typeof levels)[number]

/** One access line stands for twenty requests: whole access logs are what nobody keeps. */
const accessSampling = 20

const podWriter = (pod: Pod, load: Load, troubles: readonly Trouble[]): Writer => {
  const stream = (level: Level): Labels => ({
    ...place,
    service: pod.service,
    container: pod.service,
    pod: pod.name,
    version: pod.version,
    level,
  })
  const streams = { info: stream('info'), warn: stream('warn'), error: stream('error') }
  const dice = chance(`${pod.name}/log`)
  const concerned = pod.service === 'checkout' ? troubles.filter(({ onStart }) => onStart !== undefined) : []
  const write = (second: number): Entry[] => {
    if (!pod.lives.some(({ from, to }) => from <= second && second < to)) return []
    const lines: Entry[] = []
    const count = (expected: number, kind: number) => Math.floor(expected + dice(second * 8 + kind))
    const add = (level: Level, kind: number, text: (seed: string, chance: number) => string) => {
      const seed = `${pod.name}/${second}/${kind}`
      const nanoseconds = BigInt(second) * 1_000_000_000n + BigInt(hash(seed) % 1_000_000_000)
      const fields = text(seed, hash(`${seed}/c`) / 2 ** 32)
      lines.push({ labels: streams[level], nanoseconds, line: `time=${timestamp(nanoseconds)} level=${level} ${fields}` })
    }
    for (const { from } of pod.lives)
      if (Math.ceil(from) === second) {
        add('info', 900, () => started(pod))
        for (const { onStart } of concerned) if (onStart !== undefined) add('info', 901, () => onStart(pod))
      }
    if (pod.service === 'payments-db') {
      databaseLines({ second, troubles, dice }, add)
      return lines
    }
    for (let n = 0; n < count(second >= pod.serving ? load.rate(second) / accessSampling : 0, 0); n += 1) add('info', n, access(pod))
    for (let n = 0; n < count(load.rate(second) * 0.0004, 1); n += 1) add('error', 100 + n, everydayError)
    for (let n = 0; n < count(load.rate(second) * 0.002, 2); n += 1) add('warn', 200 + n, everydayWarning)
    const failing = load.failing(second)
    for (let n = 0; n < (failing.length === 0 ? 0 : count(load.errorRate(second), 3)); n += 1) {
      add(
        'error',
        300 + n,
        (seed, at) => `msg=${JSON.stringify(failing.at(-1)?.failure(at, pod) ?? '')} route=/pay trace_id=${hex(seed, 32)}`,
      )
      // Four of ten callers see it come back as an error of its own.
      if (hash(`${pod.name}/${second}/${n}/seen`) % 10 < 4)
        add('error', 300 + n, (seed) => `msg="POST /pay failed" status=${failing.at(-1)?.code} trace_id=${hex(seed, 32)}`)
    }
    return lines
  }
  return { streams: levels.map(stream), from: pod.from, to: pod.to, write }
}

const started = (pod: Pod): string => {
  const pool = pod.poolMax === 0 ? '' : ` DB_POOL_MAX=${pod.poolMax}`
  return `msg="starting ${pod.service} ${pod.version}"${pool} pod=${pod.name}`
}

const routes: Readonly<Record<string, readonly string[]>> = {
  frontend: ['GET /', 'GET /product/{id}', 'POST /basket'],
  checkout: ['POST /pay', 'GET /order/{id}', 'POST /quote'],
  cart: ['GET /cart', 'PUT /cart/item'],
  search: ['GET /search', 'GET /suggest'],
}

const access =
  (pod: Pod) =>
  (seed: string, at: number): string => {
    const known = routes[pod.service] ?? ['GET /']
    const [method, path] = (known[hash(seed) % known.length] ?? 'GET /').split(' ')
    const status = at > 0.989 ? 404 : 200
    return `msg="request" method=${method} path=${path} status=${status} duration_ms=${(8 + at * at * 140).toFixed(1)} trace_id=${hex(seed, 32)}`
  }

const everydayError = (seed: string, at: number): string =>
  at < 0.5
    ? `msg="card processor answered 502, giving up after 3 attempts" trace_id=${hex(seed, 32)}`
    : `msg="client closed the connection before the answer was written" trace_id=${hex(seed, 32)}`

const everydayWarning = (seed: string, at: number): string =>
  `msg="slow request" duration_ms=${Math.round(500 + at * 900)} trace_id=${hex(seed, 32)}`

type DatabaseSecond = {
  readonly second: number
  readonly troubles: readonly Trouble[]
  readonly dice: (n: number) => number
}
type Add = (level: Level, kind: number, text: (seed: string, chance: number) => string) => void

const databaseLines = ({ second, troubles, dice }: DatabaseSecond, add: Add): void => {
  if (second % 300 === 17) add('info', 0, (_, at) => `msg="checkpoint complete: wrote ${Math.round(200 + at * 900)} buffers"`)
  const slowness = troubles.reduce((most, trouble) => Math.max(most, trouble.slowness.at(second)), 0)
  if (dice(second) < 0.01)
    add('warn', 1, (_, at) => `msg="duration: ${(210 + at * 60).toFixed(3)} ms  statement: SELECT * FROM payment WHERE order_id = $1"`)
  for (let n = 0; n < Math.floor(slowness * 3 + dice(second * 3)) && slowness > 0.05; n += 1)
    add('warn', 10 + n, (_, at) =>
      at < 0.6
        ? `msg="duration: ${(250 + at * 1900).toFixed(3)} ms  statement: UPDATE payment SET state = $1 WHERE id = $2"`
        : `msg="process ${4000 + Math.round(at * 900)} still waiting for ShareLock on transaction ${81_220_000 + (second % 10_000)} after 1000.112 ms"`,
    )
}

/** The deploy pipeline writes one line for every change that it made; of what is done by hand, or on the cluster, it knows nothing. */
const deployWriter = (deploys: readonly Deployed[]): Writer => {
  const labels: Labels = { ...place, service: 'checkout', container: 'deployer', level: 'info' }
  const changes = deploys.flatMap((deploy, index) => {
    const before = deploys[index - 1]
    return before === undefined || deploy.change === null ? [] : [{ before, deploy }]
  })
  return {
    streams: [labels],
    from: 0,
    to: Number.POSITIVE_INFINITY,
    write: (second) =>
      changes
        .filter(({ deploy }) => Math.floor(deploy.from) === second)
        .map(({ before, deploy }) => {
          const nanoseconds = BigInt(Math.floor(deploy.from * 1000)) * 1_000_000n
          const isNew = before.version !== deploy.version
          const text = isNew
            ? `deploy ${deploy.service}: ${before.version} -> ${deploy.version}`
            : `deploy ${deploy.service}: settings of ${deploy.version}`
          return {
            labels,
            nanoseconds,
            line: `time=${timestamp(nanoseconds)} level=info msg="${text}" commit=${deploy.commit} author=${deploy.author} change="${deploy.change}"`,
          }
        }),
  }
}

const timestamp = (nanoseconds: bigint): string => new Date(Number(nanoseconds / 1_000_000n)).toISOString()

/** One log line in the stream that its labels name. */
type Entry = { readonly labels: Labels; readonly nanoseconds: bigint; readonly line: string }

export type ShopLogs = {
  /** Every stream and when it can have lines (seconds). */
  streams(): readonly { readonly labels: Labels; readonly from: number; readonly to: number }[]
  /** The lines of one second in the wanted streams, in no order. */
  second(second: number, wanted: (labels: Labels) => boolean): Entry[]
}
