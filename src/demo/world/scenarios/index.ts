import { badDeploy } from './bad-deploy.ts'
import { dependencyDown } from './dependency-down.ts'
import type { Scenario } from './scenario.ts'
import { traffic } from './traffic.ts'

/** The register: a new scenario is one file and one line here. */
export const scenarios = { 'bad-deploy': badDeploy, 'dependency-down': dependencyDown, traffic } as const satisfies Record<string, Scenario>

export type ScenarioId = keyof typeof scenarios
