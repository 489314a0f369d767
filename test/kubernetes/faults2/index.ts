import type { FaultCase } from '../faults/case.ts'
import { admissions, quotas } from './admission.ts'
import { cluster } from './cluster.ts'
import { configs } from './config.ts'
import { autoscalers, certificates, leases, rollouts } from './control.ts'
import { crashes } from './crash.ts'
import { healthy } from './healthy.ts'
import { earlier, images } from './image.ts'
import { memory } from './memory.ts'
import { nodes } from './nodes.ts'
import { probes } from './probes.ts'
import { scheduling } from './scheduling.ts'
import { networks, services } from './services.ts'
import { volumes } from './volumes.ts'

/** A second set of clusters with a fault, one each, that nobody mends rules against: it measures how far they generalise. */
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
].map(cluster)

/** All clusters, with those among them in which nothing is to be accused. */
export const all: readonly FaultCase[] = [...faults, ...healthy.map(cluster)]
