import type { Command } from './command.ts'
import { freeze } from './freeze.ts'
import { onIt } from './on-it.ts'
import { status } from './status.ts'
import { triage } from './triage.ts'
import { unfreeze } from './unfreeze.ts'
import { why } from './why.ts'

/** The register of commands: one file, one line. `help` is made from it. */
export const commands: readonly Command[] = [triage, status, why, onIt, freeze, unfreeze]
