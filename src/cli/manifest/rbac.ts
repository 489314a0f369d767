import { InputError } from '../../errors.ts'
import { type Kind, kinds } from '../../kubernetes/kinds.ts'
import type { Grant } from '../../remediation/rights.ts'
import { runnerManifest } from './runner-account.ts'

/**
 * A service account that may read what Vigil reads and nothing else, for `kubectl apply`. Secrets are not among it, and no verb changes
 * anything. With grants a second one, which the enabled actions run with. Throws InputError for a namespace that cannot be one.
 */
export const rbacManifest = (namespace: string, grants: readonly Grant[] = []): string => {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace))
    throw new InputError('--namespace: must be the name of the namespace that Vigil runs in, such as vigil')
  return `# What Vigil may read: made from the kinds that it asks for. No secrets, and nothing that changes anything.
# kubectl create namespace ${namespace}; vigil manifest rbac --namespace ${namespace} | kubectl apply -f -
apiVersion: v1
kind: ServiceAccount
metadata:
  name: vigil
  namespace: ${namespace}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: vigil-read
rules:
${[...Map.groupBy(kinds, ({ group }) => group)].map(([group, all]) => ruleOf(group, all)).join('\n')}
  - apiGroups: [""]
    resources: [pods/log]
    verbs: [get]
  - nonResourceURLs: [/version]
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: vigil-read
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: vigil-read
subjects:
  - kind: ServiceAccount
    name: vigil
    namespace: ${namespace}${runnerManifest(namespace, grants)}`
}

const ruleOf = (group: string, all: readonly Kind[]): string => `  - apiGroups: [${JSON.stringify(group)}]
    resources:
${all.map(({ resource }) => `      - ${resource}`).join('\n')}
    verbs: [get, list]`
