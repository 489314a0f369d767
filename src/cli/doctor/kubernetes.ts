import type { Kubernetes } from '../../datasources/kubernetes.ts'
import { sourceNames } from '../../datasources/sources.ts'
import { type Kind, kinds } from '../../kubernetes/kinds.ts'
import { listAt, textAt } from '../../kubernetes/read.ts'
import { type CheckInput, said } from './check.ts'
import { forEachCluster } from './clusters.ts'

const part = sourceNames.kubernetes

const GRANT = 'vigil manifest rbac | kubectl apply -f -'

/** Version, and whether each kind that Vigil reads may be read. */
export const checkKubernetes = forEachCluster('kubernetes', {
  absent: () => ({
    level: 'note',
    part,
    text: 'not configured: no pods, events or rollouts in any answer (VIGIL_KUBERNETES_ENDPOINT, KUBECONFIG or kubernetes.in_cluster)',
  }),
  mend: (reason) =>
    /^Kubernetes 401/.test(reason)
      ? 'the token or the client certificate is missing or has expired: make a new one (kubectl create token vigil), or name its file in VIGIL_KUBERNETES_TOKEN_FILE'
      : /kubeconfig|context|token/.test(reason)
        ? 'docs/kubernetes.md says how the API is reached'
        : 'check the address of the API (kubectl cluster-info), and that it answers from here; VIGIL_KUBERNETES_CA_FILE names its authority',
  look: async ({ source, input }) => {
    const version = await source.version(input)
    const refused = (await Promise.all([...kinds.map((kind) => refusalOf(source, input, kind)), logRefusal(source, input)])).flat()
    const [first] = refused
    if (first === undefined) return [{ level: 'ok', part, text: `${version}: everything that Vigil looks at may be read, secrets aside` }]
    const text = `${version}: may not read ${refused.map(({ what }) => what).join(', ')}`
    if (refused.every(({ isForbidden }) => isForbidden)) return [{ level: 'warning', part, text, mend: GRANT }]
    const other = refused.find(({ isForbidden }) => !isForbidden) ?? first
    return [{ level: 'warning', part, text: `${text} (${other.what}: ${other.reason})`, mend: `${GRANT}, where the answer is 403` }]
  },
})

type Refusal = { readonly what: string; readonly reason: string; readonly isForbidden: boolean }

const refusalOf = async (
  source: Kubernetes,
  { signal }: CheckInput,
  { kind, resource, isExtension }: Kind,
): Promise<readonly Refusal[]> => {
  try {
    await source.list(kind, { most: 1, signal })
    return []
  } catch (error) {
    const reason = said(error).replace(/^Kubernetes /, '')
    // What is not installed is forbidden to whoever has no right to it: the API looks at rights first.
    if (isExtension === true && /^40[34] /.test(reason)) return []
    if (signal.aborted || /^401 /.test(reason)) throw error
    return [{ what: resource, reason, isForbidden: reason.startsWith('403 ') }]
  }
}

/** One line of any pod: that its container has none is no matter. */
const logRefusal = async (source: Kubernetes, { signal }: CheckInput): Promise<readonly Refusal[]> => {
  try {
    const [pod] = (await source.list('Pod', { most: 1, signal })).objects
    const container = textAt(listAt(pod, 'spec', 'containers')[0], 'name')
    const { namespace, name } = pod?.metadata ?? {}
    if (name === undefined || namespace === undefined || container === '') return []
    await source.logs({ namespace, pod: name, container }, { previous: false, lines: 1, signal })
    return []
  } catch (error) {
    const reason = said(error).replace(/^Kubernetes /, '')
    return /^403 .*pods\/log/.test(reason) ? [{ what: 'the logs of pods', reason, isForbidden: true }] : []
  }
}
