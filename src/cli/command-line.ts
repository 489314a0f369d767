import { InputError, PermanentError, TransientError } from '../errors.ts'
import { nearest } from '../text/nearest.ts'
import type { Command, CommandInput, ExitStatus } from './command.ts'
import { commands } from './index.ts'

/** What main knows beside the words: see CommandInput. */
export type CommandLineInput = Omit<CommandInput, 'args' | 'flags'> & { readonly version: string }

/** Runs one command line, without the program's name. Never throws: what goes wrong is said on standard error. */
export const runCommandLine = async (words: readonly string[], input: CommandLineInput): Promise<ExitStatus> => {
  const { names, flags } = parse(words)
  const [name, ...args] = names
  if (flags['version'] !== undefined || flags['V'] !== undefined) {
    input.print(input.version)
    return 0
  }
  const wantsHelp = flags['help'] !== undefined || flags['h'] !== undefined
  if (name === undefined || name === 'help') {
    if (name === undefined && !wantsHelp) {
      input.note(help())
      return 2
    }
    input.print(help())
    return 0
  }
  const command = commands.find((one) => one.name === name)
  if (command === undefined) {
    input.note(unknown(name))
    return 2
  }
  if (wantsHelp) {
    input.print(helpOf(command))
    return 0
  }
  return await attempt(command, { ...input, args, flags })
}

const attempt = async (command: Command, input: CommandInput): Promise<ExitStatus> => {
  try {
    refuseWords(command, input.args)
    refuseUnknownFlags(command, input.flags)
    return await command.run(input)
  } catch (error) {
    if (error instanceof InputError) {
      input.note(error.message)
      return 2
    }
    // Ours say what is wrong in their message; of any other the stack is what helps.
    const known = error instanceof PermanentError || error instanceof TransientError
    input.note(known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error))
    return 1
  }
}

/** A word that nobody reads would have been meant for something: "start http-port 8081". */
const refuseWords = (command: Command, args: readonly string[]): void => {
  if (command.takesWords || args.length === 0) return
  throw new InputError(
    `vigil ${command.name} takes no words, and there is "${args.join(' ')}". Options begin with --: vigil ${command.name} --help.`,
  )
}

/** A command that reads the configuration leaves that to its loader, which lists all faults at once. */
const refuseUnknownFlags = (command: Command, flags: CommandInput['flags']): void => {
  if (command.readsConfiguration) return
  const faults = Object.keys(flags)
    .filter((flag) => !command.flags.includes(flag))
    .map((flag) => {
      const meant = nearest(flag, command.flags)
      return `--${flag}: no such option of vigil ${command.name}${meant === undefined ? '' : `; did you mean --${meant}?`}`
    })
  if (faults.length > 0) throw new InputError(faults.join('\n'), faults)
}

/** `--name value`, `--name=value`, `-h`; everything else, and what follows `--`, is a word. The last of two equal flags wins. */
const parse = (words: readonly string[]): { names: string[]; flags: Record<string, string> } => {
  const names: string[] = []
  const flags: Record<string, string> = {}
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (word === '--') return { names: [...names, ...words.slice(i + 1)], flags }
    const [, name, given] = /^--?([a-zA-Z][a-zA-Z0-9._-]*)(?:=(.*))?$/s.exec(word) ?? []
    const next = words[i + 1]
    if (name === undefined) names.push(word)
    else if (given !== undefined) flags[name] = given
    else if (next !== undefined && !next.startsWith('-') && !switches.includes(name)) {
      flags[name] = next
      i++
    } else flags[name] = ''
  }
  return { names, flags }
}

/** Flags that take no value. */
const switches: readonly string[] = ['help', 'version', 'h', 'V', 'json', 'raw', 'export', 'rules-only', 'recorded']

const list = (): string => {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2
  return commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`).join('\n')
}

const help = (): string => `Vigil: the on-call engineer that lives in Slack.

Usage: vigil <command> [options]

${list()}

Options of every command: --help, --version.
Configuration: vigil.yaml or --config FILE, variables VIGIL_*, flags; docs/configuration.md has them all.
Exit status: 0 done, 1 failed, 2 the command line or the configuration cannot be used.`

const helpOf = (command: Command): string =>
  [
    `vigil ${command.name}: ${command.summary}`,
    '',
    `Usage: vigil ${command.name}${command.usage === '' ? '' : ` ${command.usage}`}${command.readsConfiguration ? ' [--config FILE] [configuration flags]' : ''}`,
    ...(command.readsConfiguration
      ? ['', 'Every key of the configuration is a flag, such as --http-port 8080; see docs/configuration.md.']
      : []),
  ].join('\n')

const unknown = (name: string): string => {
  const meant = nearest(
    name,
    commands.map((one) => one.name),
  )
  return `vigil: no such command: ${name}${meant === undefined ? '' : `. Did you mean ${meant}?`}\n\n${list()}`
}
