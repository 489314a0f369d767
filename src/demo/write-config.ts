import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ShopCluster } from './kubernetes/shop.ts'
import type { Stage } from './stage.ts'

/** A story is no incident: whether it helped is watched shorter than it should be for real. */
const WATCHED_SECONDS = 20

/** What no variable can say: which actions there are, and who approves them. `watched`: for how long, in seconds, it is seen whether one helped. */
export const writeConfig = (directory: string, { workspace }: Stage, { url }: ShopCluster, watched = WATCHED_SECONDS): string => {
  const file = join(directory, 'vigil.yaml')
  const people = [...workspace.state.users.values()].filter((one) => !one.isBot && !one.isRestricted && !one.deleted)
  const entries = ['rollback_workload', 'restart_workload', 'scale_workload', 'set_resources'].map((kind) => ({
    kind,
    targets: ['shop/*'],
  }))
  const approvers = { users: people.map(({ id }) => id) }
  // JSON is YAML.
  writeFileSync(
    file,
    JSON.stringify({
      kubernetes: { endpoint: url, runner: { endpoint: url } },
      actions: entries,
      slack: { approvers },
      remediation: { verify_seconds: watched },
    }),
  )
  return file
}
