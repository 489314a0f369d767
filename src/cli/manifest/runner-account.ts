import { kindOf } from '../../kubernetes/kinds.ts'
import type { Grant } from '../../remediation/rights.ts'
import { compare } from '../../text/compare.ts'

/** The second account with its roles, to stand behind the first; without grants a line that says why there is none. */
export const runnerManifest = (namespace: string, grants: readonly Grant[]): string => {
  if (grants.length === 0)
    return `
# No entry under actions changes Kubernetes in this cluster: so there is no account that may change anything.`
  const places = [...Map.groupBy(grants, (grant) => grant.namespace ?? '')].toSorted(([a], [b]) => compare(a, b))
  return `
---
# What the enabled actions need, and nothing else (kubernetes.runner): made from the entries under actions. Print it again when they change.
apiVersion: v1
kind: ServiceAccount
metadata:
  name: vigil-runner
  namespace: ${namespace}
${places.map(([place, all]) => roleOf(place, all, namespace)).join('\n')}`
}

const roleOf = (place: string, grants: readonly Grant[], namespace: string): string => {
  const cluster = place === '' ? 'Cluster' : ''
  const where = place === '' ? '' : `\n  namespace: ${place}`
  return `---
apiVersion: rbac.authorization.k8s.io/v1
kind: ${cluster}Role
metadata:
  name: vigil-runner${where}
rules:
${grants.map(ruleOf).join('\n')}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ${cluster}RoleBinding
metadata:
  name: vigil-runner${where}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ${cluster}Role
  name: vigil-runner
subjects:
  - kind: ServiceAccount
    name: vigil-runner
    namespace: ${namespace}`
}

const ruleOf = ({ verb, kind, subresource, names }: Grant): string => {
  const { group, resource } = kindOf(kind)
  const named = names === null ? '' : `\n    resourceNames: [${names.join(', ')}]`
  return `  - apiGroups: [${JSON.stringify(group)}]
    resources: [${resource}${subresource === null ? '' : `/${subresource}`}]${named}
    verbs: [${verb}]`
}
