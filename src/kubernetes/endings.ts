import type { Failing } from './failing.ts'
import type { LastWords } from './last-words.ts'

/** How a container came to its end, in words; `isStart`: the runtime could not start its command at all. */
type Ending = { readonly cause: string; readonly isStart: boolean; readonly isForeign: boolean }

/** "Error, exit code 1, its last words: …"; what an exit code means where nothing was said. */
export const endingOf = ({ container, end }: Pick<Failing, 'container' | 'end'>, words: LastWords | null): Ending => {
  const code = end?.exitCode ?? null
  const { reason: waiting = '', message = '' } = container?.waiting ?? {}
  // What waits for CrashLoopBackOff was started; the others say why they were not.
  const isUnmade = waiting !== '' && waiting !== 'CrashLoopBackOff'
  const reason = isUnmade ? waiting : end?.reason || waiting || 'Error'
  const told = `${reason}${code === null || isUnmade ? '' : `, exit code ${code}`}`
  const start = unstarted(reason, code, isUnmade ? message : end?.message || words?.line || '')
  if (start !== null) return { cause: `${told}: ${start}`, isStart: true, isForeign: start.startsWith(FOREIGN) }
  const meaning = CODES[code ?? -1] === undefined ? '' : ` (${CODES[code ?? -1]})`
  return { cause: words === null ? `${told}${meaning}` : `${told}, its last words: "${words.line}"`, isStart: false, isForeign: false }
}

const FOREIGN = 'the image is built for another architecture'

/** The runtime could not start the command at all; of an image for another machine it, or the shell in it, says so whatever the code. */
const unstarted = (reason: string, code: number | null, message: string): string | null => {
  const quoted = /exec: [^\n]*/.exec(message)?.[0] ?? message
  if (/exec format error/i.test(message)) return `${FOREIGN} (${quoted})`
  const isStart = /^(?:StartError|ContainerCannotRun|RunContainerError|CreateContainerError|P\w+HookError)$/.test(reason)
  if (!isStart && code !== 126 && code !== 127) return null
  if (/permission denied/i.test(message) || code === 126) return `its command cannot be executed${quoted === '' ? '' : ` (${quoted})`}`
  if (/not found|no such file/i.test(message) || code === 127)
    return `its command is not in the image${quoted === '' ? '' : ` (${quoted})`}`
  return quoted === '' ? 'it could not be started' : `it could not be started (${quoted})`
}

/** Exit codes with a meaning of their own: 128 + the signal's number, and the shell's. */
const CODES: Readonly<Record<number, string>> = {
  0: 'its command ends as if its work were done',
  134: 'aborted by itself, SIGABRT',
  137: 'killed, SIGKILL',
  139: 'a segmentation fault, SIGSEGV',
  143: 'told to stop, SIGTERM',
}
