import { z } from 'zod'
import { type Profile, profileOf } from '../profiles/compare.ts'
import { parsed } from './answer.ts'
import { connect } from './http.ts'
import type { SourceOptions } from './line.ts'
import { sourceNames } from './sources.ts'

/**
 * The client of one Pyroscope, 1.0 and later, over its Connect API, the part that is called public and stable
 * (https://grafana.com/docs/pyroscope/latest/reference-server-api/).
 */
export const pyroscope = (options: SourceOptions): Pyroscope => {
  const line = connect(source, options)
  const ask = (method: string, json: object, signal: AbortSignal | undefined) =>
    line.ask({ path: `/querier.v1.QuerierService/${method}`, json, signal })
  return {
    endpoint: line.endpoint,
    profile: async ({ type, service }, { from, to, signal }) => {
      const asked = {
        profileTypeID: profileTypes[type].id,
        labelSelector: selectorOf(service),
        start: from.getTime(),
        end: to.getTime(),
        maxNodes: '2048',
      }
      const { flamegraph } = parsed(source, merged, await ask('SelectMergeStacktraces', asked, signal))
      return profileOf({ names: flamegraph?.names ?? [], levels: (flamegraph?.levels ?? []).map(({ values }) => values) })
    },
    types: async ({ at, signal }) => {
      const asked = { start: at.getTime() - 3_600_000, end: at.getTime() }
      return parsed(source, types, await ask('ProfileTypes', asked, signal)).profileTypes.map(({ ID }) => ID)
    },
  }
}

const source = sourceNames.pyroscope

/** What can be asked for, and the unit of its numbers. */
export const profileTypes = {
  cpu: { id: 'process_cpu:cpu:nanoseconds:cpu:nanoseconds', unit: 'CPU time' },
  memory: { id: 'memory:inuse_space:bytes:space:bytes', unit: 'memory in use' },
  allocations: { id: 'memory:alloc_space:bytes:space:bytes', unit: 'memory allocated' },
  goroutines: { id: 'goroutine:goroutine:count:goroutine:count', unit: 'goroutines' },
  contention: { id: 'mutex:delay:nanoseconds:mutex:count', unit: 'time waiting for locks' },
} as const

export type ProfileType = keyof typeof profileTypes

/** The one way to a selector: its value is quoted, so that no service's name ends it. */
export const selectorOf = (service: string): string => `{service_name=${JSON.stringify(service)}}`

// Protobuf's JSON writes 64-bit integers as strings.
const integer = z.union([z.string(), z.number()]).transform(Number)
const merged = z.object({
  flamegraph: z
    .object({
      names: z.array(z.string()).default([]),
      levels: z.array(z.object({ values: z.array(integer).default([]) })).default([]),
    })
    .nullish(),
})
const types = z.object({ profileTypes: z.array(z.object({ ID: z.string() })).default([]) })

/** A read-only client of Pyroscope's HTTP API. Throws TransientError or PermanentError. */
export type Pyroscope = {
  readonly endpoint: string
  /** All profiles of a service in a window, added up; empty where there are none. */
  profile(asked: { type: ProfileType; service: string }, options: { from: Date; to: Date; signal?: AbortSignal }): Promise<Profile>
  /** The kinds of profiles of the last hour. */
  types(options: { at: Date; signal?: AbortSignal }): Promise<readonly string[]>
}
