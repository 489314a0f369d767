import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, loadConfig } from '../../../src/config.ts'
import { systemClock, systemRandom } from '../../../src/context.ts'
import { openSources } from '../../../src/datasources/index.ts'
import type { Running } from '../../../src/remediation/runners/runner.ts'
import { createLog } from '../../../src/telemetry/log.ts'

/** A configuration as it stands in a file, read by the loader. */
export const configOf = (yaml: string, env: Readonly<Record<string, string>> = {}): Config => {
  const file = join(mkdtempSync(join(tmpdir(), 'vigil-runner-')), 'vigil.yaml')
  writeFileSync(file, yaml)
  return loadConfig({ env: { VIGIL_CONFIG: file, ...env }, flags: {} })
}

export const ACTION = '0190c2f0-0000-7000-8000-000000000001'
const DIGEST = 'd'.repeat(64)

/** What the core gives a runner, over the real clock and network. */
export const runningOf = (config: Config, over: Partial<Running> = {}): Running => ({
  context: {
    config,
    fetch,
    clock: systemClock,
    random: systemRandom(systemClock),
    sources: openSources(config, { fetch, clock: systemClock }),
    log: createLog({ log_level: 'silent' }),
  },
  cluster: 'default',
  action: ACTION,
  incident: '0190c2f0-0000-7000-8000-0000000000aa',
  digest: DIGEST,
  approvedBy: ['U0ANA'],
  signal: AbortSignal.timeout(20_000),
  ...over,
})
