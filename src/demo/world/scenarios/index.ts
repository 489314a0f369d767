import { badDeploy } from './bad-deploy.ts'
import { badRollback } from './bad-rollback.ts'
import { certificate } from './certificate.ts'
import { cpuLimit } from './cpu-limit.ts'
import { dependencyDown } from './dependency-down.ts'
import { memoryLeak } from './memory-leak.ts'
import type { Scenario } from './scenario.ts'
import { traffic } from './traffic.ts'

/** The register: a new scenario is one file and one line here. */
export const scenarios = {
  'bad-deploy': badDeploy,
  'bad-rollback': badRollback,
  'memory-leak': memoryLeak,
  'cpu-limit': cpuLimit,
  traffic,
  'dependency-down': dependencyDown,
  certificate,
} as const satisfies Record<string, Scenario>

export type ScenarioId = keyof typeof scenarios
