import { z } from 'zod'
import { placeholdersIn } from '../../text/placeholders.ts'
import { linesOf, runConfined, unrunnable, without } from '../runners/confined.ts'
import { bad, type Check, type CheckResult, check, good, unknown } from './check.ts'

const input = z.strictObject({
  kind: z.literal('command'),
  argv: z
    .array(z.string().min(1))
    .min(1, 'is the program with its arguments, such as [/opt/checks/queue, --most, "100"]')
    .refine(
      ([program = '']) => /^\/[^\0\n]+$/.test(program) && !program.split('/').includes('..'),
      'must begin with the absolute path of a program',
    )
    .refine(
      (argv) => argv.every((part) => placeholdersIn(part).length === 0),
      'has a placeholder, and a check has no parameters: write it out',
    ),
  /** Names of variables of Vigil's own environment that it is given. */
  env: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable')).default([]),
  network: z.boolean().default(false),
  paths: z.array(z.string().regex(/^\/[^\0\n]*$/, 'must be an absolute path')).default([]),
  max_ms: z.number().int().positive().max(60_000).default(10_000),
})

const own: Check<z.infer<typeof input>> = {
  kind: 'command',
  input,
  run: async ({ argv, env, network, paths, max_ms: max }, { clock, named, redact, signal }): Promise<CheckResult> => {
    const [program = ''] = argv
    const missing = await unrunnable(program)
    if (missing !== null) return unknown(missing)
    const given = Object.fromEntries(env.map((name) => [name, named[name] ?? '']))
    const stop = new AbortController()
    const cancel = clock.after(max, () => stop.abort())
    const ended = await runConfined({ argv, env: given, network, paths }, AbortSignal.any([signal, stop.signal]), clock).finally(cancel)
    if (ended.kind === 'not_started') return unknown(`${program} could not be run: ${ended.reason}`)
    // The whole is redacted before it is cut: a key that is torn is not known for one any more.
    const last = linesOf(redact(without(ended.output, Object.values(given)))).at(-1) ?? ''
    const words = last === '' ? '' : `: ${last.trim()}`
    if (ended.stopped)
      return stop.signal.aborted ? bad(`${program} did not end in ${max} ms${words}`) : unknown(`${program} was not waited for`)
    if (ended.status === null) return unknown(`${program} was ended by ${ended.signal ?? 'a signal'}${words}`)
    return ended.status === 0 ? good(`${program} ended well${words}`) : bad(`${program} ended with status ${ended.status}${words}`)
  },
}

export const command = check(own)
