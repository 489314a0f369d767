import { z } from 'zod'
import { storableText } from '../alert/sources/alertmanager.ts'
import { checked } from './failure.ts'
import type { Route } from './route.ts'

/** A name or a word of what is pushed. */
export const short = storableText.trim().min(1).max(300)

/** A time of what is pushed. */
export const moment = z.iso.datetime({
  offset: true,
  error: 'must be a time with its zone, such as 2026-11-20T21:48:00Z (date -u +%FT%TZ)',
})

export const cluster = short.nullish().describe('As the configuration names it; default: the cluster `default`')
export const service = short.describe('As alerts name it')

export const listOf = <T extends z.ZodType>(one: T, most: number) =>
  z.array(one).max(most, `at most ${most} in one request; send the rest in a further one`)

type Faults = { readonly one: string; readonly list: string }

/** A body that is one of these or a list of them, always as a list. Throws InputError, in these words. */
export const allOf = <T extends z.ZodType>(one: T, body: unknown, { most, faults }: { most: number; faults: Faults }): z.output<T>[] =>
  Array.isArray(body) ? checked(listOf(one, most), body, faults.list) : [checked(one, body, faults.one)]

/** The same route without `/api/v1`. */
export const sameWithoutVersion = (route: Route, summary = route.summary): Route => {
  const path = route.path.replace('/api/v1/', '/')
  return { ...route, path, summary: `${summary} (the same, for set-ups that post to ${path})` }
}
