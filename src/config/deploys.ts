import { z } from 'zod'
import { key, text, url } from './key.ts'

const repository = z.strictObject({
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be <owner>/<name>'),
  /** As alerts name it. */
  service: text,
  environment: text.optional(),
  namespace: text.optional(),
  cluster: text.optional(),
})

export const github = z.strictObject({
  token: key(text.optional(), { variable: 'VIGIL_GITHUB_TOKEN', secret: true, doc: 'Token that may read deployments (Deployments: read)' }),
  runner_token: key(text.optional(), {
    variable: 'VIGIL_GITHUB_RUNNER_TOKEN',
    secret: true,
    doc: 'Token that may push branches and open pull requests (Contents and Pull requests: write), for approved actions; without it none is offered',
  }),
  api: key(url.default('https://api.github.com'), {
    variable: 'VIGIL_GITHUB_API',
    doc: 'Address of the GitHub API; GitHub Enterprise: https://<host>/api/v3',
  }),
  repositories: z
    .array(repository)
    .default([])
    .describe('Whose deployments are whose: repository, service, and where needed environment, namespace and cluster'),
})

export const argocd = z.strictObject({
  endpoint: key(url.optional(), { variable: 'VIGIL_ARGOCD_ENDPOINT', doc: 'Address of Argo CD, without /api' }),
  token: key(text.optional(), {
    variable: 'VIGIL_ARGOCD_TOKEN',
    secret: true,
    doc: 'Token of an Argo CD account that may get applications',
  }),
  runner_token: key(text.optional(), {
    variable: 'VIGIL_ARGOCD_RUNNER_TOKEN',
    secret: true,
    doc: 'Token of a second account that may sync and update applications, for approved actions; without it none is offered',
  }),
})
