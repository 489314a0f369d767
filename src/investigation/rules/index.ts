import { admissionRefused } from './admission-refused.ts'
import { certificateExpiry } from './certificate-expiry.ts'
import { dependencyCascade } from './dependency-cascade.ts'
import { dnsTrouble } from './dns-trouble.ts'
import { duplicateOpen } from './duplicate-open.ts'
import { errorSpike } from './error-spike.ts'
import { externalDependency } from './external-dependency.ts'
import { hpaLimit } from './hpa-limit.ts'
import { imagePull } from './image-pull.ts'
import { knownIncident } from './known-incident.ts'
import { leaderThrash } from './leader-thrash.ts'
import { minutesLeft } from './minutes-left.ts'
import { missingConfig } from './missing-config.ts'
import { networkIsolated } from './network-isolated.ts'
import { nodeDown } from './node-down.ts'
import { nodeTrouble } from './node-trouble.ts'
import { ownAction } from './own-action.ts'
import { ownExpression } from './own-expression.ts'
import { podCrashLoop } from './pod-crash-loop.ts'
import { podEvicted } from './pod-evicted.ts'
import { podOom } from './pod-oom.ts'
import { podUnschedulable } from './pod-unschedulable.ts'
import { probeFailing } from './probe-failing.ts'
import { quotaExceeded } from './quota-exceeded.ts'
import { recentDeploy } from './recent-deploy.ts'
import type { Rule } from './rule.ts'
import { saturation } from './saturation.ts'
import { selfResolving } from './self-resolving.ts'
import { serviceWithoutEndpoints } from './service-without-endpoints.ts'
import { stuckRollout } from './stuck-rollout.ts'
import { tailLatency } from './tail-latency.ts'
import { teamRouting } from './team-routing.ts'
import { volumeTrouble } from './volume-trouble.ts'
import { whatChanged } from './what-changed.ts'

/** The register of rules: one file, one line. Evidence is numbered in this order. */
export const rules: readonly Rule[] = [
  ownExpression,
  duplicateOpen,
  errorSpike,
  serviceWithoutEndpoints,
  nodeTrouble,
  podEvicted,
  volumeTrouble,
  quotaExceeded,
  hpaLimit,
  recentDeploy,
  nodeDown,
  podOom,
  podCrashLoop,
  imagePull,
  missingConfig,
  probeFailing,
  podUnschedulable,
  admissionRefused,
  stuckRollout,
  networkIsolated,
  leaderThrash,
  certificateExpiry,
  dnsTrouble,
  tailLatency,
  whatChanged,
  dependencyCascade,
  minutesLeft,
  saturation,
  knownIncident,
  selfResolving,
  teamRouting,
  externalDependency,
  ownAction,
]
