import { placeholdersIn } from '../text/placeholders.ts'

/** What an own entry may say, as far as its parts must fit together. */
export type WrittenEntry = {
  readonly kind: string
  readonly runner?: 'command' | 'http' | 'job' | undefined
  readonly argv?: readonly string[] | undefined
  readonly dry_run_argv?: readonly string[] | undefined
  readonly url?: string | undefined
  readonly image?: string | undefined
  readonly namespace?: string | undefined
  readonly env?: readonly string[] | undefined
  readonly secret?: string | undefined
  readonly target?: string | undefined
  readonly network?: boolean | undefined
  readonly paths?: readonly string[] | undefined
  readonly probe?: boolean | undefined
  readonly callback?: boolean | undefined
  readonly egress?: readonly unknown[] | undefined
  readonly manifests?: string | undefined
  readonly create?: boolean | undefined
  readonly params: Readonly<Record<string, WrittenParam>>
}

export type WrittenParam = {
  readonly type: 'string' | 'integer' | 'number' | 'boolean'
  readonly pattern?: string | undefined
  readonly min?: number | undefined
  readonly max?: number | undefined
  readonly values?: readonly unknown[] | undefined
}

export type EntryFault = { readonly path: readonly string[]; readonly message: string }

/** What of one entry of the catalogue cannot work or would not be bounded, each with its mend. */
export const entryFaults = (entry: WrittenEntry): EntryFault[] =>
  entry.runner === undefined
    ? [...manifestFaults(entry), ...strayKeys(entry, [])]
    : [...manifestFaults(entry), ...ownFaults(entry), ...targetFaults(entry), ...paramFaults(entry)]

/** The built-in kind that reads a folder. */
const manifestFaults = ({ kind, runner, manifests, create }: WrittenEntry): EntryFault[] => {
  if (runner === undefined && kind === 'apply_manifest')
    return manifests === undefined ? [fault('manifests', 'is missing; it is the folder with the manifests, such as ./manifests')] : []
  const stray = [...(manifests === undefined ? [] : ['manifests']), ...(create === undefined ? [] : ['create'])]
  return stray.map((key) => fault(key, 'is read with kind: apply_manifest only'))
}

const ownFaults = (entry: WrittenEntry): EntryFault[] => {
  switch (entry.runner) {
    case 'command':
      return [...argvFaults(entry), ...strayKeys(entry, ['argv', 'dry_run_argv', 'env', 'network', 'paths'])]
    case 'http':
      return [
        ...(entry.url === undefined ? [fault('url', 'is missing; with runner: http it is the address of the remediator')] : []),
        ...(/[?#]/.test(entry.url ?? '') ? [fault('url', 'must have no "?" and no "#": parameters go in the body')] : []),
        ...(entry.secret === undefined
          ? [fault('secret', 'is missing; it names the variable or the file with the secret that calls are signed with')]
          : []),
        ...strayKeys(entry, ['url', 'secret', 'probe', 'callback']),
      ]
    case 'job':
      return [
        ...(entry.image === undefined ? [fault('image', 'is missing; with runner: job it is the image that runs')] : []),
        ...(entry.namespace === undefined ? [fault('namespace', 'is missing; with runner: job it is where the Job is made')] : []),
        ...argvFaults(entry),
        ...strayKeys(entry, ['image', 'namespace', 'argv', 'egress']),
      ]
    case undefined:
      return []
  }
}

const fault = (key: string, message: string): EntryFault => ({ path: [key], message })

const OWN_KEYS = [
  'argv',
  'dry_run_argv',
  'url',
  'image',
  'namespace',
  'env',
  'secret',
  'network',
  'paths',
  'probe',
  'callback',
  'egress',
  'target',
] as const

/** A key that nobody reads is a bound that somebody believes in. */
const strayKeys = (entry: WrittenEntry, known: readonly (typeof OWN_KEYS)[number][]): EntryFault[] =>
  OWN_KEYS.filter((key) => entry[key] !== undefined && !known.includes(key) && !(key === 'target' && entry.runner !== undefined)).map(
    (key) =>
      fault(
        key,
        entry.runner === undefined ? `is read with runner only (command, http or job)` : `is not read with runner: ${entry.runner}`,
      ),
  )

const argvFaults = (entry: WrittenEntry): EntryFault[] => {
  const { argv, dry_run_argv: dryRun } = entry
  if (argv === undefined) return [fault('argv', 'is missing; it is the program with its arguments, such as [/usr/bin/true, "{name}"]')]
  return [...templateFaults('argv', argv, entry), ...(dryRun === undefined ? [] : templateFaults('dry_run_argv', dryRun, entry))]
}

const templateFaults = (key: string, argv: readonly string[], { params }: WrittenEntry): EntryFault[] => {
  const [program] = argv
  if (program === undefined) return [fault(key, 'is empty; its first element is the absolute path of the program')]
  const unknown = [...new Set(argv.flatMap(placeholdersIn))].filter((name) => !Object.hasOwn(params, name))
  return [
    ...(/^\/[^\0\n{}]+$/.test(program) && !program.split('/').includes('..')
      ? []
      : [fault(key, 'must begin with the absolute path of the program, which no parameter may change')]),
    ...(SHELLS.test(program) && argv.some((part) => placeholdersIn(part).length > 0)
      ? [
          fault(
            key,
            'must not hand a parameter to a shell or an interpreter: call the program itself, or a script of yours that takes arguments',
          ),
        ]
      : []),
    ...unknown.map((name) => fault(key, `has the placeholder {${name}}, which is not among params; declare it there`)),
  ]
}

/** What would read a parameter as a program: a script of one's own has a name of its own. */
const SHELLS = /\/(?:(?:ba|da|z|k|c|tc|fi)?sh|busybox|env|python[\d.]*|perl|ruby|node|php|awk|gawk|sed|xargs|sudo|su|ssh|eval)$/

/** What it is done to decides who may press, what belongs to an incident, and how soon it may be done again. */
const targetFaults = ({ target, params }: WrittenEntry): EntryFault[] => {
  if (target === undefined)
    return Object.hasOwn(params, 'name')
      ? []
      : [
          fault(
            'target',
            'is missing; it says what it is done to: "{namespace}/{service}", "{unit}", or a fixed name such as shop/checkout',
          ),
        ]
  return placeholdersIn(target)
    .filter((name) => !Object.hasOwn(params, name))
    .map((name) => fault('target', `has the placeholder {${name}}, which is not among params; declare it there`))
}

const paramFaults = (entry: WrittenEntry): EntryFault[] => {
  const used = new Set([...(entry.argv ?? []), ...(entry.dry_run_argv ?? []), entry.target ?? '{name} {namespace}'].flatMap(placeholdersIn))
  return Object.entries(entry.params).flatMap(([name, param]) => [
    ...boundFaults(param).map((message) => ({ path: ['params', name], message })),
    ...(entry.argv === undefined || used.has(name)
      ? []
      : [{ path: ['params', name], message: `is used nowhere; write {${name}} in argv or target, or take it out` }]),
  ])
}

const boundFaults = ({ type, pattern, min, max, values }: WrittenParam): string[] => {
  const badPattern = pattern !== undefined && !compiles(pattern)
  if (badPattern) return ['has a pattern that is no regular expression']
  if (values !== undefined && values.length > 0) return []
  switch (type) {
    case 'string':
      return pattern === undefined ? ['is text without bounds; give it values, or a pattern such as "[a-z0-9-]{1,40}"'] : []
    case 'integer':
    case 'number':
      return min === undefined || max === undefined ? ['is a number without bounds; give it min and max, or values'] : []
    case 'boolean':
      return []
  }
}

const compiles = (pattern: string): boolean => {
  try {
    return Boolean(new RegExp(`^(?:${pattern})$`, 'u'))
  } catch {
    return false
  }
}
