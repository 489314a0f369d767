import type { Command } from './command.ts'
import { onIt } from './on-it.ts'
import { status } from './status.ts'
import { triage } from './triage.ts'
import { why } from './why.ts'

/** The register of commands: one file, one line. `help` is made from it. */
export const commands: readonly Command[] = [triage, status, why, onIt]
