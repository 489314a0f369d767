import type { Config } from '../config.ts'
import { matchesAll } from '../series/matchers.ts'
import type { Labels } from '../series/series.ts'

/** The first route of the configuration that fits, with its place in the file, first 1; null where none does. */
export const routeFor = (config: Config, labels: Labels): { number: number; match: readonly string[]; channel: string } | null => {
  const at = config.routes.findIndex((route) => matchesAll(route.match, labels))
  const route = config.routes[at]
  return route === undefined ? null : { number: at + 1, match: route.match, channel: route.channel }
}
