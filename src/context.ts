import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from './config.ts'
import type { Sources } from './datasources/sources.ts'
import type { Db } from './db/connection.ts'
import type { Models } from './llm/models.ts'
import type { Queue } from './queue/queue.ts'
import type { Logger } from './telemetry/log.ts'
import type { Telemetry } from './telemetry/telemetry.ts'

/** All time that Vigil knows. In production the system's; in tests one that the test moves. */
export type Clock = {
  now(): Date
  /** Milliseconds that only grow, for measuring durations. */
  monotonic(): number
  /** Resolves after `ms`, rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `run` once after `ms`; the returned function cancels. */
  after(ms: number, run: () => void): () => void
}

/** All chance that Vigil knows. */
export type Random = {
  /** A UUID of version 7: sorts by the clock it was made with. */
  id(): string
  bytes(length: number): Uint8Array
}

/** The network, in the shape of the global fetch. */
export type Fetch = typeof globalThis.fetch

/** What every step gets as its first argument. Tests override fields of it. */
export type Context = {
  readonly config: Config
  readonly clock: Clock
  readonly random: Random
  readonly fetch: Fetch
  readonly log: Logger
  readonly telemetry: Telemetry
  readonly db: Db
  readonly queue: Queue
  /** The data sources of a cluster; an unknown name has none. */
  readonly sources: (cluster: string) => Sources
  /** With no main one: rules only. */
  readonly models: Models
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, signal ? { signal } : {})
  },
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

export const systemRandom = (clock: Clock): Random => ({
  id: () => uuid7(clock.now().getTime(), randomBytes(10)),
  bytes: (length) => randomBytes(length),
})

/** UUID version 7 from milliseconds and ten random bytes (RFC 9562, 5.7). */
const uuid7 = (ms: number, random: Uint8Array): string => {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(ms) << 16n)
  bytes.set(random, 6)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Buffer.from(bytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
