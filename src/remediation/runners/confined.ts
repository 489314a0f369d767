import { constants } from 'node:fs'
import { access, chown, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../context.ts'
import { type Ended, runProgram } from './process.ts'
import { hasSandbox, sandboxed } from './sandbox.ts'

/** A program with all that it is given. */
export type Confined = {
  /** The first is an absolute path; no shell reads any of it. */
  readonly argv: readonly string[]
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>
  readonly network: boolean
  readonly paths: readonly string[]
}

/** Runs a program as nobody, in a sandbox where bubblewrap is installed, else in an empty folder of its own. The signal ends it. */
export const runConfined = async ({ argv, env, network, paths }: Confined, signal: AbortSignal, clock: Clock): Promise<Ended> => {
  const [program = '', ...args] = argv
  const uid = process.getuid?.() === 0 ? NOBODY : null
  if (hasSandbox()) {
    const inside = sandboxed(argv, { network, paths })
    return runProgram({ argv: inside, env, cwd: '/', uid, sandboxed: true }, signal, clock)
  }
  const cwd = await mkdtemp(join(tmpdir(), 'vigil-command-')).catch(() => null)
  if (cwd === null) return { kind: 'not_started', reason: 'no empty folder could be made for it: is the disk full?' }
  try {
    if (uid !== null) await chown(cwd, uid, uid)
    return await runProgram({ argv: [program, ...args], env, cwd, uid, sandboxed: false }, signal, clock)
  } finally {
    await rm(cwd, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** The overflow user of Linux, "nobody" in every distribution. */
const NOBODY = 65_534

/** Why it cannot be run, or null. Root may run what nobody may not: then the rights of others count. */
export const unrunnable = async (program: string): Promise<string | null> => {
  const reason = `${program} is not there, or is no program that everybody may run`
  try {
    await access(program, constants.X_OK)
    return process.getuid?.() !== 0 || ((await stat(program)).mode & 0o001) !== 0 ? null : reason
  } catch {
    return reason
  }
}

/** A text without the credentials that its writer was given, whatever they look like; what is shorter than four characters hides nothing. */
export const without = (text: string, given: readonly string[]): string =>
  given.filter((value) => value.length >= 4).reduce((left, value) => left.replaceAll(value, '[redacted]'), text)

/** The lines that say something. */
export const linesOf = (output: string): string[] => output.split('\n').filter((line) => line.trim() !== '')
