import type { Sources } from '../../datasources/sources.ts'
import { compareProfiles } from './compare-profiles.ts'
import { findMetrics } from './find-metrics.ts'
import { kubernetesDescribe } from './kubernetes-describe.ts'
import { kubernetesEvents } from './kubernetes-events.ts'
import { kubernetesGet } from './kubernetes-get.ts'
import { kubernetesLogs } from './kubernetes-logs.ts'
import { listAlerts } from './list-alerts.ts'
import { listDeploys } from './list-deploys.ts'
import { openEvidence } from './open-evidence.ts'
import { queryLogs } from './query-logs.ts'
import { queryMetrics } from './query-metrics.ts'
import { queryMetricsRange } from './query-metrics-range.ts'
import { readTrace } from './read-trace.ts'
import { rolloutHistory } from './rollout-history.ts'
import { searchTraces } from './search-traces.ts'
import type { Tool } from './tool.ts'
import { whatChanged } from './what-changed.ts'

/** The register of the shelf. The order is part of what the provider caches: add at the end. */
export const tools: readonly Tool[] = [
  queryMetrics,
  queryMetricsRange,
  queryLogs,
  openEvidence,
  searchTraces,
  readTrace,
  compareProfiles,
  kubernetesGet,
  kubernetesDescribe,
  kubernetesLogs,
  kubernetesEvents,
  rolloutHistory,
  listDeploys,
  whatChanged,
  findMetrics,
  listAlerts,
]

/** The tools whose data source is there (MISSION 50); none at all where there is no source. */
export const toolsFor = (sources: Sources): readonly Tool[] => {
  const found = tools.filter(({ needs }) => needs === null || sources[needs] !== undefined)
  return found.some(({ needs }) => needs !== null) ? found : []
}
