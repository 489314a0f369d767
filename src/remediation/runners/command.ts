import { z } from 'zod'
import { clean } from '../../text/clean.ts'
import { redactorFor } from '../../text/redactor-for.ts'
import { linesOf, runConfined, unrunnable, without } from './confined.ts'
import { argvOf, type Entry, entryFor, unfit } from './entry.ts'
import type { Ended } from './process.ts'
import { type DryRun, type Ran, type Running, runner } from './runner.ts'

const request = z.strictObject({
  entry: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** What was shown: it runs only while it is still what the entry makes of the parameters. */
  argv: z.array(z.string()).min(1),
})

type CommandRequest = z.infer<typeof request>

/**
 * Runs a command that the configuration allows: its own words with parameters in their places, no shell, nothing of Vigil's environment
 * but what the entry lists, as nobody, in a sandbox where bubblewrap is installed. Nobody can look whether it was done.
 */
export const command = runner<CommandRequest>({
  id: 'command',
  request,
  missing: () => null,
  dryRun: async (wanted, running): Promise<DryRun> => {
    const made = argvFor(wanted, running)
    if ('fault' in made) return { ok: false, reason: made.fault }
    const [program = ''] = made.argv
    const reason = await unrunnable(program)
    if (reason !== null) return { ok: false, reason }
    if (made.entry.dry_run_argv === undefined) return { ok: true, change: [], untried: true }
    const ended = await start({ ...made, argv: argvOf(made.entry.dry_run_argv, wanted.params) }, running)
    if (ended.kind === 'not_started') return { ok: false, reason: ended.reason }
    const output = shownOf(ended.output, made.entry, running)
    if (ended.status === 0)
      return {
        ok: true,
        change: linesOf(output)
          .slice(0, MOST_LINES)
          .map((line) => `~ ${line}`),
      }
    return { ok: false, reason: `${howOf(ended)}${lastOf(output)}` }
  },
  run: async (wanted, running): Promise<Ran> => {
    const made = argvFor(wanted, running)
    if ('fault' in made) return { outcome: 'failed', reason: made.fault, mayPass: false }
    const ended = await start(made, running)
    if (ended.kind === 'not_started') return { outcome: 'failed', reason: ended.reason, mayPass: false }
    const output = shownOf(ended.output, made.entry, running)
    if (ended.status === 0 && !ended.stopped) return { outcome: 'done', detail: `it ended well${lastOf(output)}`, output }
    const reason = `${howOf(ended)}${lastOf(output)}`
    // Its own word that it failed; an end from outside may have come at any point of it.
    if (ended.status !== null && !ended.stopped) return { outcome: 'failed', reason, mayPass: false, output }
    return { outcome: 'unknown', reason, output }
  },
})

/** As many lines of a dry run as a card can hold. */
const MOST_LINES = 20

type Made = { readonly entry: Entry; readonly argv: readonly string[] }

const argvFor = ({ entry: name, params, argv: shown }: CommandRequest, { context }: Running): Made | { readonly fault: string } => {
  const entry = entryFor(context.config, 'command', name)
  if (entry?.argv === undefined) return { fault: `there is no command ${clean(name).slice(0, 60)} in the configuration` }
  const bad = Object.entries(params).find(([, value]) => typeof value === 'string' && unfit(value) !== null)
  if (bad !== undefined) return { fault: `${bad[0]} ${unfit(String(bad[1]))}` }
  const argv = argvOf(entry.argv, params)
  return JSON.stringify(argv) === JSON.stringify(shown) ? { entry, argv } : { fault: 'the command is not the one that was shown any more' }
}

const start = async ({ entry, argv }: Made, { context, signal }: Running): Promise<Ended> => {
  const env = Object.fromEntries((entry.env ?? []).map((name) => [name, context.config.named?.[name] ?? '']))
  return runConfined({ argv, env, network: entry.network ?? false, paths: entry.paths ?? [] }, signal, context.clock)
}

/** Without the credentials that it was given itself. */
const shownOf = (output: string, { env = [] }: Entry, { context, incident }: Running): string => {
  const given = env.map((name) => context.config.named?.[name] ?? '')
  return redactorFor(context.config, incident)
    .redact(clean(without(output, given)))
    .trim()
}

/** The last lines, where programs say what came of it; the whole stays with the result. */
const lastOf = (output: string): string => {
  const last = linesOf(output).slice(-3).join(' / ')
  return last === '' ? '' : `: ${last.length > 300 ? `…${last.slice(-300)}` : last}`
}

const howOf = ({ status, signal, stopped }: Extract<Ended, { kind: 'ended' }>): string => {
  if (stopped) return 'it was stopped before its end; what it did until then is not known'
  if (status === null) return `it was ended by ${signal ?? 'a signal'}; what it did until then is not known`
  return `it ended with status ${status}, and may have done a part of it`
}
