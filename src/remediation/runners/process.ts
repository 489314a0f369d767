import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Clock } from '../../context.ts'

export type Program = {
  /** The first is an absolute path; no shell reads any of it. */
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Whom it runs as, where Vigil may choose. */
  readonly uid: number | null
  /** A sandbox that reports on file descriptor 3 which process it holds, and how that ended. */
  readonly sandboxed: boolean
}

/** `not_started`: not one instruction of the program ran. `stopped`: its time was over, or Vigil is ending. */
export type Ended =
  | { readonly kind: 'not_started'; readonly reason: string }
  | {
      readonly kind: 'ended'
      readonly status: number | null
      readonly signal: string | null
      readonly stopped: boolean
      readonly output: string
    }

/**
 * Runs one program to its end: no standard input, both outputs in one text of at most 64 KB (its beginning and its end). When the signal
 * aborts it is told to end (SIGTERM), and five seconds later it and all that it started are killed.
 */
export const runProgram = (program: Program, signal: AbortSignal, clock: Clock): Promise<Ended> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve({ kind: 'not_started', reason: 'its time was over before it began' })
    const child = start(program)
    const output = kept()
    const status = report()
    child.stdout?.on('data', output.add)
    child.stderr?.on('data', output.add)
    child.stdio[3]?.on('data', status.add)
    let stopped = false
    let cancel: (() => void) | undefined
    const stop = (): void => {
      stopped = true
      tell(child, program.sandboxed ? status.held() : null)
      cancel = clock.after(GRACE_MS, () => kill(child))
    }
    signal.addEventListener('abort', stop, { once: true })
    const settle = (ended: Ended): void => {
      signal.removeEventListener('abort', stop)
      cancel?.()
      resolve(ended)
    }
    child.once('error', (error) => settle({ kind: 'not_started', reason: error.message }))
    // What a program left behind may hold its outputs open for ever.
    child.once('exit', () => clock.after(1000, () => child.stdio.forEach((stream) => void stream?.destroy())))
    child.once('close', (code, by) => {
      // It reports an end only of what it could start, and says with status 1 why it could not.
      const isRun = !program.sandboxed || status.exit() !== null || code !== 1
      const exit = program.sandboxed ? status.exit() : code
      // Whatever is left of its group without a sandbox.
      if (!program.sandboxed) kill(child)
      settle(
        isRun
          ? { kind: 'ended', status: exit, signal: exit === null ? (by ?? 'SIGKILL') : null, stopped, output: output.text() }
          : { kind: 'not_started', reason: `the sandbox could not be made: ${output.text().trim().slice(0, 200) || `status ${code}`}` },
      )
    })
  })

/** Time to tidy up between being told to end and being killed. */
const GRACE_MS = 5000

const start = ({ argv: [file, ...args], env, cwd, uid, sandboxed }: Program): ChildProcess => {
  const options: SpawnOptions = {
    cwd,
    env,
    shell: false,
    // A group of its own, so that all of it can be ended.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...(sandboxed ? (['pipe'] as const) : [])],
    ...(uid === null ? {} : { uid, gid: uid }),
  }
  return spawn(file, args, options)
}

/** The sandbox itself would die of a SIGTERM and take the program with it at once, so the program is told. */
const tell = (child: ChildProcess, held: number | null): void => {
  const inside = held === null ? [-(child.pid ?? 0)] : childrenOf(held)
  if (inside.length === 0) kill(child)
  for (const pid of inside) signalTo(pid, 'SIGTERM')
}

const kill = (child: ChildProcess): void => signalTo(-(child.pid ?? 0), 'SIGKILL')

const signalTo = (pid: number, name: 'SIGTERM' | 'SIGKILL'): void => {
  // 0 and -1 would be Vigil's own group, and everybody.
  if (pid === 0 || pid === -1) return
  try {
    process.kill(pid, name)
  } catch {
    // It has ended already.
  }
}

const childrenOf = (pid: number): number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .map(Number)
      .filter((one) => one > 1)
  } catch {
    return []
  }
}

/** Half of what is kept is the beginning and half the end: errors stand at the end, their cause at the beginning. */
const HALF = 32 * 1024

const kept = (): { add: (chunk: Buffer) => void; text: () => string } => {
  let head = Buffer.alloc(0)
  let tail = Buffer.alloc(0)
  let dropped = 0
  return {
    add: (chunk) => {
      const room = HALF - head.length
      head = room > 0 ? Buffer.concat([head, chunk.subarray(0, room)]) : head
      const rest = chunk.subarray(Math.max(0, room))
      if (rest.length === 0) return
      const all = Buffer.concat([tail, rest])
      dropped += Math.max(0, all.length - HALF)
      tail = all.subarray(-HALF)
    },
    text: () => `${head.toString()}${dropped > 0 ? `\n… ${dropped} bytes left out …\n` : ''}${tail.toString()}`,
  }
}

/** What bubblewrap writes with --json-status-fd: one object when the program is held, one when it has ended. */
const report = (): { add: (chunk: Buffer) => void; held: () => number | null; exit: () => number | null } => {
  let text = ''
  const numberOf = (name: string): number | null => {
    const found = new RegExp(`"${name}":\\s*(\\d+)`).exec(text)?.[1]
    return found === undefined ? null : Number(found)
  }
  return {
    add: (chunk) => {
      text = (text + chunk.toString()).slice(0, 4096)
    },
    held: () => numberOf('child-pid'),
    exit: () => numberOf('exit-code'),
  }
}
