import { readFileSync } from 'node:fs'
import type { Config, ConfigInput, ConfigKey } from './config.ts'

/**
 * Values of the variables and files that entries of the catalogue name: credentials of commands, secrets of calls. Vigil's own settings
 * and what would change how programs are loaded are never handed on. Each fault says which entry.
 */
export const namedBy = (
  actions: Config['actions'],
  { input, keys }: { readonly input: ConfigInput; readonly keys: readonly ConfigKey[] },
  faults: string[],
): Readonly<Record<string, string>> => {
  const own = new Set(keys.flatMap(({ variable, also }) => [variable, ...(also ?? [])].flatMap((name) => [name, `${name}_FILE`])))
  const found: Record<string, string> = {}
  for (const [i, { env = [], secret, verify }] of actions.entries()) {
    const wanted = [...env.map((name) => ({ at: 'env', name })), ...verify.flatMap((check, j) => namesIn(check, `verify.${j}`))]
    for (const { at, name } of wanted) {
      const value = input.env[name]
      if (isKept(name, own)) faults.push(`actions.${i}.${at}: ${name} is Vigil's own and is handed on to nobody; name another variable`)
      else if (value === undefined) faults.push(`actions.${i}.${at}: ${name} is not set; set it in Vigil's environment, or take it out`)
      else found[name] = value
    }
    if (secret === undefined) continue
    const read = secretOf(secret, input, own)
    if ('fault' in read) faults.push(`actions.${i}.secret: ${read.fault}`)
    else found[secret] = read.value
  }
  return found
}

/** The variables that a check names: for its command, or to be typed into a page. What else is wrong with it the check itself says. */
const namesIn = (check: Readonly<Record<string, unknown>>, at: string): { at: string; name: string }[] => {
  const listed = (key: string): unknown[] => (Array.isArray(check[key]) ? check[key] : [])
  const typed = listed('steps').map((step) => (typeof step === 'object' && step !== null ? Reflect.get(step, 'variable') : undefined))
  return [
    ...listed('env').map((name) => ({ at: `${at}.env`, name })),
    ...typed.map((name, k) => ({ at: `${at}.steps.${k}.variable`, name })),
  ].filter((one): one is { at: string; name: string } => typeof one.name === 'string')
}

const isKept = (name: string, own: ReadonlySet<string>): boolean => own.has(name) || LOADING.test(name)

const LOADING = /^(?:VIGIL_|LD_|DYLD_|NODE_|BASH_ENV$|ENV$|IFS$|PYTHONPATH$|PERL5)/

/** What can be guessed signs nothing; 32 hexadecimal digits are 128 bits. */
const SHORTEST = 16

const secretOf = (secret: string, input: ConfigInput, own: ReadonlySet<string>): { value: string } | { fault: string } => {
  const value = secret.startsWith('/') ? fileAt(secret) : input.env[secret]
  if (!secret.startsWith('/') && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(secret))
    return { fault: 'must be the name of a variable or the absolute path of a file, never the secret itself' }
  if (isKept(secret, own)) return { fault: `${secret} is Vigil's own; give the remediator a secret of its own` }
  if (value === undefined)
    return {
      fault: secret.startsWith('/')
        ? `the file ${secret} cannot be read; check its path and permissions`
        : `${secret} is not set; set it in Vigil's environment`,
    }
  if (value.length < SHORTEST) return { fault: `the value of ${secret} must have at least ${SHORTEST} characters` }
  return { value }
}

const fileAt = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
