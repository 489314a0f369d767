import type { Config } from '../config.ts'
import { DEFAULT_CLUSTER } from '../datasources/sources.ts'
import type { Labels } from '../series/series.ts'
import { matchesAll } from './matchers.ts'

/** The cluster whose matchers fit first; `default` where none does. */
export const clusterOf = (config: Config, labels: Labels): string =>
  config.clusters.find((cluster) => matchesAll(cluster.match, labels))?.name ?? DEFAULT_CLUSTER

/** The service that the labels name, by the configured order; null: unresolved, which is said and never guessed. */
export const subjectOf = (config: Config, labels: Labels): string | null => {
  for (const name of config.subject.service) {
    const value = labels[name]
    if (value !== undefined && value !== '') return value
  }
  return null
}

/** Alerts that always fire: never investigated. */
export const isHeartbeat = (config: Config, labels: Labels): boolean =>
  config.heartbeats.some((heartbeat) => matchesAll(heartbeat.match, labels))

/** The channel of incidents that have no alert message of their own. */
export const routeOf = (config: Config, labels: Labels): string | null =>
  config.routes.find((route) => matchesAll(route.match, labels))?.channel ?? config.slack.channel ?? null
