import type { Json } from '../offer.ts'
import { argvOf, type Entry } from './entry.ts'

export type Sandbox = { readonly policy: Json; readonly job: Json }

/** On all that Vigil makes for a moment in a cluster; what is left of it after a crash is found by it. */
export const SANDBOX_LABELS = { 'app.kubernetes.io/managed-by': 'vigil', 'app.kubernetes.io/component': 'sandbox' } as const

/** The longest that a sandbox runs (MISSION 106). */
export const LONGEST_SECONDS = 300

/**
 * A Job as a sandbox, and the NetworkPolicy that shuts it in: nobody reaches it, it reaches what the entry lists and the cluster's DNS
 * alone, it runs as nobody on a file system that it cannot write, with no rights, no token, 512 MB and half a core, once.
 * `id`: the action's own, which is also the name of both: the API server refuses to make them a second time.
 */
export const sandboxOf = (entry: Entry, params: Readonly<Record<string, unknown>>, id: string): Sandbox => {
  const { namespace = '', image = '', argv = [], egress = [], timeout_seconds: seconds = LONGEST_SECONDS } = entry
  const labels = { ...SANDBOX_LABELS, 'vigil.dev/action': id }
  const metadata = { name: `vigil-${id}`, namespace, labels }
  return {
    policy: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata,
      spec: {
        podSelector: { matchLabels: { 'vigil.dev/action': id } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [],
        egress: egress.length === 0 ? [] : [...egress.map(allowed), DNS],
      },
    },
    job: {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata,
      spec: {
        activeDeadlineSeconds: Math.min(seconds, LONGEST_SECONDS),
        backoffLimit: 0,
        // Where nobody removes it: Vigil was stopped in the middle.
        ttlSecondsAfterFinished: 300,
        template: { metadata: { labels }, spec: podOf(image, argvOf(argv, params)) },
      },
    },
  }
}

const allowed = ({ cidr, port }: NonNullable<Entry['egress']>[number]): Json => ({
  to: [{ ipBlock: { cidr } }],
  ports: [{ protocol: 'TCP', port }],
})

const DNS: Json = {
  to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
}

/** Within the "restricted" standard (https://kubernetes.io/docs/concepts/security/pod-security-standards/). */
const podOf = (image: string, command: readonly string[]): Json => ({
  restartPolicy: 'Never',
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  terminationGracePeriodSeconds: 5,
  securityContext: { runAsNonRoot: true, runAsUser: 65_534, runAsGroup: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'remedy',
      image,
      command,
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      resources: { limits: { memory: '512Mi', cpu: '500m', 'ephemeral-storage': '64Mi' }, requests: { memory: '64Mi', cpu: '50m' } },
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    },
  ],
  volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }],
})
