import { admissions } from './admission.ts'
import type { FaultCase } from './case.ts'
import { certificates } from './certificates.ts'
import { configs } from './config.ts'
import { crashes } from './crash.ts'
import { earlier } from './earlier.ts'
import { healthy } from './healthy.ts'
import { autoscalers } from './hpa.ts'
import { images } from './image.ts'
import { leases } from './leases.ts'
import { memory } from './memory.ts'
import { networks } from './network.ts'
import { nodes } from './nodes.ts'
import { probes } from './probes.ts'
import { quotas } from './quota.ts'
import { rollouts } from './rollout.ts'
import { scheduling } from './scheduling.ts'
import { services } from './services.ts'
import { volumes } from './volumes.ts'

/** All clusters with a fault. */
export const faults: readonly FaultCase[] = [
  ...memory,
  ...crashes,
  ...images,
  ...probes,
  ...scheduling,
  ...quotas,
  ...admissions,
  ...configs,
  ...services,
  ...nodes,
  ...volumes,
  ...autoscalers,
  ...rollouts,
  ...networks,
  ...leases,
  ...certificates,
  ...earlier,
]

/** All clusters, with those among them in which nothing is to be accused. */
export const all: readonly FaultCase[] = [...faults, ...healthy]
