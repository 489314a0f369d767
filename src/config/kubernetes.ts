import { z } from 'zod'
import { key, text, url } from './key.ts'

const access = {
  context: text.optional(),
  kubeconfig: text.optional(),
  endpoint: url.optional(),
  token: text.optional(),
  token_file: text.optional(),
  ca_file: text.optional(),
  in_cluster: z.boolean().optional(),
}

/** The second account, which may change what the enabled actions change: without it nothing in Kubernetes is ever changed. */
const runner = z
  .strictObject(access)
  .optional()
  .describe('The account that executes approved actions, same keys as above; without it no action on Kubernetes is offered')

/** How the API of one of `clusters` is reached. */
export const kubernetesOfCluster = z.strictObject({ ...access, runner })

export const kubernetes = z.strictObject({
  endpoint: key(url.optional(), {
    variable: 'VIGIL_KUBERNETES_ENDPOINT',
    doc: 'Address of the Kubernetes API; comes before `in_cluster`, and that before a kubeconfig',
  }),
  token: key(text.optional(), { variable: 'VIGIL_KUBERNETES_TOKEN', secret: true, doc: 'Bearer token for `kubernetes.endpoint`' }),
  token_file: key(text.optional(), {
    variable: 'VIGIL_KUBERNETES_TOKEN_FILE',
    doc: 'File with the bearer token, read again while Vigil runs; comes before `kubernetes.token`',
  }),
  ca_file: key(text.optional(), {
    variable: 'VIGIL_KUBERNETES_CA_FILE',
    doc: 'File with the certificate authority of `kubernetes.endpoint` (PEM)',
  }),
  in_cluster: key(z.boolean().default(false), {
    variable: 'VIGIL_KUBERNETES_IN_CLUSTER',
    doc: 'Use the service account of the pod that Vigil runs in',
  }),
  context: key(text.optional(), {
    variable: 'VIGIL_KUBERNETES_CONTEXT',
    doc: 'Context of the kubeconfig; without it the current one',
  }),
  kubeconfig: key(text.optional(), {
    variable: 'VIGIL_KUBECONFIG',
    also: ['KUBECONFIG'],
    doc: 'The kubeconfig; without it, where a context is named, `~/.kube/config`',
  }),
  runner,
})
