import { existsSync } from 'node:fs'

export type Allowed = { readonly network: boolean; readonly paths: readonly string[] }

const BUBBLEWRAP = '/usr/bin/bwrap'

/** Whether commands run in a sandbox here. */
export const hasSandbox = (): boolean => existsSync(BUBBLEWRAP)

/**
 * The program inside a sandbox: no network, no other process to be seen, the system's programs and certificates to read, an empty folder
 * of its own that is gone afterwards, and an end with Vigil's own (https://github.com/containers/bubblewrap, bwrap(1)).
 */
export const sandboxed = (argv: readonly string[], { network, paths }: Allowed): [string, ...string[]] => [
  BUBBLEWRAP,
  '--unshare-all',
  ...(network ? ['--share-net'] : []),
  '--die-with-parent',
  ...[...SYSTEM, ...(network ? NAMES : [])].flatMap((path) => ['--ro-bind-try', path, path]),
  ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--chdir', '/tmp'],
  // After /tmp, so that a path below it is not hidden; one that is missing is an error, since the program would do without it.
  ...[...(isOfSystem(argv[0] ?? '') ? [] : argv.slice(0, 1)), ...paths].flatMap((path) => ['--ro-bind', path, path]),
  '--json-status-fd',
  '3',
  '--',
  ...argv,
]

const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/etc/ssl', '/etc/alternatives']

const isOfSystem = (program: string): boolean => SYSTEM.some((path) => program.startsWith(`${path}/`))

/** What looking up a name needs. */
const NAMES = ['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf', '/etc/services']
