import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { InputError } from '../../errors.ts'
import type { Credentials } from './access.ts'
import { read } from './read.ts'

/**
 * Server and credentials of one context of a kubeconfig. `path` may name several files as KUBECONFIG does; of two entries with one
 * name the first counts (kubernetes.io, "Organizing Cluster Access Using kubeconfig Files"). Throws InputError that names what is
 * missing or what Vigil does not do: it runs no programs, so exec plugins are refused.
 */
export const fromKubeconfig = (path: string | undefined, wanted: string | undefined): Credentials => {
  const config = merged(path ?? join(homedir(), '.kube', 'config'))
  const name = wanted ?? config.current
  if (name === undefined) throw new InputError('the kubeconfig has no current-context: name one in kubernetes.context')
  const { value: context } = found(config.contexts, 'context', name)
  const { value: cluster, directory } = found(config.clusters, 'cluster', context.cluster)
  const { value: user, directory: userDirectory } = found(config.users, 'user', context.user)
  if (user.exec !== undefined) throw noPlugin(name, `the exec plugin ${user.exec.command ?? ''}`)
  if (user['auth-provider'] !== undefined) throw noPlugin(name, 'an auth-provider')
  if (cluster['proxy-url'] !== undefined)
    throw new InputError(`the context ${name} wants a proxy, which Vigil does not use: set kubernetes.endpoint to what answers directly`)
  const ca = contentOf(cluster['certificate-authority-data'], cluster['certificate-authority'], directory)
  const cert = contentOf(user['client-certificate-data'], user['client-certificate'], userDirectory)
  const key = contentOf(user['client-key-data'], user['client-key'], userDirectory)
  const token = user.tokenFile === undefined ? user.token : read(resolve(userDirectory, user.tokenFile)).trim()
  return {
    endpoint: cluster.server.replace(/\/+$/, ''),
    ...(token === undefined ? {} : { auth: { kind: 'bearer', token } as const }),
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(cluster['tls-server-name'] === undefined ? {} : { servername: cluster['tls-server-name'] }),
      ...(cluster['insecure-skip-tls-verify'] === true ? { rejectUnauthorized: false } : {}),
    },
  }
}

const noPlugin = (context: string, what: string): InputError =>
  new InputError(
    `the context ${context} signs in by ${what}, and Vigil runs no programs: give it a service account of its own ` +
      '(vigil manifest rbac) and its token in kubernetes.token_file',
  )

const named = <T extends z.ZodType>(field: string, value: T) => z.array(z.object({ name: z.string(), [field]: value })).nullish()

const cluster = z.object({
  server: z.url({ protocol: /^https?$/ }),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': z.string().optional(),
  'proxy-url': z.string().optional(),
})
const user = z.object({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.string().optional(),
  exec: z.object({ command: z.string().optional() }).optional(),
  'auth-provider': z.unknown().optional(),
})
const context = z.object({ cluster: z.string(), user: z.string() })
const file = z.object({
  'current-context': z.string().optional(),
  contexts: named('context', z.unknown()),
  clusters: named('cluster', z.unknown()),
  users: named('user', z.unknown()),
})

type Entry = { readonly name: string; readonly value: unknown; readonly directory: string }
type Entries<T> = { readonly all: readonly Entry[]; readonly shape: z.ZodType<T> }

const merged = (path: string) => {
  const files = path.split(delimiter).filter((one) => one !== '')
  const contents = files.map((one) => ({ directory: dirname(resolve(one)), content: parsed(one) }))
  const entriesOf = <T>(list: 'contexts' | 'clusters' | 'users', field: string, shape: z.ZodType<T>): Entries<T> => ({
    all: contents.flatMap(({ directory, content }) =>
      (content[list] ?? []).map((entry) => ({ name: String(entry['name']), value: (entry as Record<string, unknown>)[field], directory })),
    ),
    shape,
  })
  return {
    current: contents.map(({ content }) => content['current-context']).find((name) => name !== undefined && name !== ''),
    contexts: entriesOf('contexts', 'context', context),
    clusters: entriesOf('clusters', 'cluster', cluster),
    users: entriesOf('users', 'user', user),
  }
}

const found = <T>({ all, shape }: Entries<T>, what: string, name: string): { value: T; directory: string } => {
  const entry = all.find((one) => one.name === name)
  const known = all.map((one) => one.name).join(', ')
  if (entry === undefined) throw new InputError(`the kubeconfig has no ${what} ${name}${known === '' ? '' : `; it has ${known}`}`)
  const result = shape.safeParse(entry.value)
  if (result.success) return { value: result.data, directory: entry.directory }
  const at = result.error.issues[0]?.path.join('.')
  throw new InputError(
    `the ${what} ${name} of the kubeconfig cannot be used: ${at === undefined || at === '' ? 'it is empty' : `its ${at}`}`,
  )
}

const parsed = (path: string): z.infer<typeof file> => {
  let content: unknown
  try {
    content = parse(read(path))
  } catch (error) {
    if (error instanceof InputError) throw error
    // The parser's own message repeats lines, and some of them are keys.
    throw new InputError(`the kubeconfig ${path} is not valid YAML`)
  }
  const result = file.safeParse(content)
  if (!result.success) throw new InputError(`${path} is no kubeconfig: it must have contexts, clusters and users`)
  return result.data
}

const contentOf = (data: string | undefined, path: string | undefined, directory: string): string | undefined => {
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64').toString('utf8')
  return path === undefined || path === '' ? undefined : read(resolve(directory, path))
}
