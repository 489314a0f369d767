import type { Sources } from '../../datasources/sources.ts'
import { queryLogs } from './query-logs.ts'
import { queryMetrics } from './query-metrics.ts'
import { queryMetricsRange } from './query-metrics-range.ts'
import type { Tool } from './tool.ts'

/** The register of the shelf. The order is part of what the provider caches: add at the end. */
export const tools: readonly Tool[] = [queryMetrics, queryMetricsRange, queryLogs]

/** The tools whose data source is there (MISSION 50). */
export const toolsFor = (sources: Sources): readonly Tool[] => tools.filter(({ needs }) => sources[needs] !== undefined)
