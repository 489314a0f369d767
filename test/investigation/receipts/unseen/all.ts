import { broker } from './broker.ts'
import { cdn } from './cdn.ts'
import { certificate } from './certificate.ts'
import { exporter } from './cron.ts'
import { disk } from './disk.ts'
import { dns } from './dns.ts'
import { nightlyExport } from './falsealarm.ts'
import { kafka } from './kafka.ts'
import { nodeLostAfterKernel } from './kubenode.ts'
import { leak } from './leak.ts'
import { lockstep } from './lockstep.ts'
import { sidecarIdleTimeout } from './mesh.ts'
import { migration } from './migration.ts'
import { paymentProvider } from './provider.ts'
import { retryStorm } from './ratelimit.ts'
import { replicaBehind } from './replication.ts'
import { rollout } from './rollout.ts'
import { passwordRotated } from './secrets.ts'
import { sessions } from './sessions.ts'
import { noisyNeighbour } from './throttle.ts'
import { hugePartition } from './warehouse.ts'
import { flagAndFewWorkers } from './workers.ts'
import type { Unseen } from './world.ts'

/** Every incident by its name. */
export const unseen: Readonly<Record<string, Unseen>> = {
  broker,
  cdn,
  certificate,
  exporter,
  disk,
  dns,
  nightlyExport,
  kafka,
  nodeLostAfterKernel,
  leak,
  lockstep,
  sidecarIdleTimeout,
  migration,
  paymentProvider,
  retryStorm,
  replicaBehind,
  rollout,
  passwordRotated,
  sessions,
  noisyNeighbour,
  hugePartition,
  flagAndFewWorkers,
}
