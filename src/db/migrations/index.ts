import type { Migration } from 'kysely/migration'
import { road } from './0001-road.ts'
import { investigation } from './0002-investigation.ts'
import { deploys } from './0003-deploys.ts'
import { pushed } from './0004-pushed.ts'
import { explained } from './0005-explained.ts'
import { subject } from './0006-subject.ts'
import { remediation } from './0007-remediation.ts'
import { outcome } from './0008-outcome.ts'
import { callback } from './0009-callback.ts'
import { auditTruncate } from './0010-audit-truncate.ts'

/** Every migration under the name that the database remembers; a released one is never changed. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-road': road,
  '0002-investigation': investigation,
  '0003-deploys': deploys,
  '0004-pushed': pushed,
  '0005-explained': explained,
  '0006-subject': subject,
  '0007-remediation': remediation,
  '0008-outcome': outcome,
  '0009-callback': callback,
  '0010-audit-truncate': auditTruncate,
}
