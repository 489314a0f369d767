import { Agent } from 'undici'
import type { Clock, Fetch } from '../../context.ts'
import { InputError } from '../../errors.ts'
import type { SourceOptions } from '../line.ts'
import { fromKubeconfig } from './kubeconfig.ts'
import { read } from './read.ts'

/** How one cluster's API is reached; the keys of `kubernetes` in vigil.yaml. */
export type KubernetesAccess = {
  readonly endpoint?: string | undefined
  readonly token?: string | undefined
  /** Read again while Vigil runs: tokens of service accounts rotate. */
  readonly token_file?: string | undefined
  readonly ca_file?: string | undefined
  readonly in_cluster?: boolean | undefined
  readonly context?: string | undefined
  readonly kubeconfig?: string | undefined
}

/** Whether an API is named at all. */
export const isNamed = ({ endpoint, in_cluster, context, kubeconfig }: KubernetesAccess): boolean =>
  endpoint !== undefined || in_cluster === true || context !== undefined || kubeconfig !== undefined

export type Tls = {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
  readonly rejectUnauthorized?: boolean
}

export type Credentials = Pick<SourceOptions, 'endpoint' | 'auth'> & { readonly tls: Tls }

/**
 * The options of a source as its files are now, read at most once a minute: so often Kubernetes' own clients look for a rotated token.
 * Throws InputError where they cannot be used, at the question and not at the start: the rest of Vigil works without.
 */
export const currentAccess = (access: KubernetesAccess, { fetch, clock }: { fetch: Fetch; clock: Clock }): (() => SourceOptions) => {
  let known: { readonly until: number; readonly options: SourceOptions } | undefined
  const dispatcher = agents()
  return () => {
    if (known !== undefined && clock.monotonic() < known.until) return known.options
    const { endpoint, auth, tls } = credentialsOf(access)
    const options = { endpoint, clock, fetch: over(fetch, dispatcher(tls)), ...(auth === undefined ? {} : { auth }) }
    known = { until: clock.monotonic() + 60_000, options }
    return options
  }
}

const credentialsOf = (access: KubernetesAccess): Credentials => {
  const { endpoint, in_cluster, context, kubeconfig } = access
  if (endpoint !== undefined) return fromFiles(endpoint, access)
  if (in_cluster === true) return fromFiles(IN_CLUSTER, { token_file: `${ACCOUNT}/token`, ca_file: `${ACCOUNT}/ca.crt`, ...given(access) })
  return fromKubeconfig(kubeconfig, context)
}

/** Where every pod finds the API and its service account (kubernetes.io, "Accessing the Kubernetes API from a Pod"). */
const IN_CLUSTER = 'https://kubernetes.default.svc'
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

const given = ({ token_file, ca_file }: KubernetesAccess) => ({
  ...(token_file === undefined ? {} : { token_file }),
  ...(ca_file === undefined ? {} : { ca_file }),
})

const fromFiles = (endpoint: string, { token, token_file, ca_file }: KubernetesAccess): Credentials => {
  const bearer = token_file === undefined ? token : read(token_file).trim()
  if (bearer === '') throw new InputError(`the token of the Kubernetes API in ${token_file ?? 'kubernetes.token'} is empty`)
  return {
    endpoint,
    ...(bearer === undefined ? {} : { auth: { kind: 'bearer', token: bearer } as const }),
    tls: ca_file === undefined ? {} : { ca: read(ca_file) },
  }
}

const over = (given: Fetch, dispatcher: Agent | undefined): Fetch =>
  // Types of two versions of one library: the platform's fetch takes what the package makes.
  dispatcher === undefined ? given : (input, init) => given(input, { ...init, dispatcher } as unknown as RequestInit)

/** One agent for one set of certificates, so that connections are kept until they change. */
const agents = (): ((tls: Tls) => Agent | undefined) => {
  let made: { readonly key: string; readonly agent: Agent } | undefined
  return (tls) => {
    if (Object.keys(tls).length === 0) return undefined
    const key = JSON.stringify(tls)
    if (made?.key === key) return made.agent
    // Questions under way are answered before the old one ends.
    void made?.agent.close()
    made = { key, agent: new Agent({ connect: { ...tls } }) }
    return made.agent
  }
}
