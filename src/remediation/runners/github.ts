import { z } from 'zod'
import type { SourceOptions } from '../../datasources/line.ts'
import { type Sent, send } from '../../datasources/send.ts'
import { sourceNames } from '../../datasources/sources.ts'
import { notDone, type Probed, type Ran, type Running, runner } from './runner.ts'

const sha = z.string().regex(/^[0-9a-f]{40}$/)

const request = z.strictObject({
  do: z.literal('revert'),
  repository: z.string().regex(/^[\w-][\w.-]*\/[\w-][\w.-]*$/),
  /** A new branch under this prefix alone: no other ref is ever written. */
  branch: z.string().regex(/^vigil\/revert-[a-z0-9-]+$/),
  /** Where the pull request goes to. */
  into: z.string().min(1),
  /** The newest commit of it, on which the new one stands. */
  head: sha,
  tree: z.strictObject({
    base_tree: sha,
    tree: z
      .array(z.strictObject({ path: z.string().min(1), mode: z.string(), type: z.enum(['blob', 'commit']), sha: sha.nullable() }))
      .min(1),
  }),
  message: z.string().min(1),
  title: z.string().min(1),
  body: z.string(),
})

type RevertRequest = z.infer<typeof request>

/** Opens pull requests with the second token: a tree, a commit and a branch of its own, and the request to merge it, which people decide. */
export const github = runner<RevertRequest>({
  id: 'github',
  request,
  missing: ({ context }) =>
    optionsOf(context, context.config.github.runner_token) === undefined
      ? 'no token that may open pull requests is configured (github.runner_token)'
      : null,
  run: async (wanted, running): Promise<Ran> => {
    const options = optionsOf(running.context, running.context.config.github.runner_token)
    if (options === undefined) return { outcome: 'failed', reason: 'github.runner_token is not configured', mayPass: false }
    const post = (path: string, body: unknown): Promise<Sent> =>
      send(sourceNames.github, options, { method: 'POST', path: `/repos/${wanted.repository}${path}`, body, signal: running.signal })
    // A tree and a commit that no branch has are nothing to anybody, and GitHub removes them: until the branch nothing is done.
    const tree = await post('/git/trees', wanted.tree)
    const made = shaOf(tree)
    if (made === null) return nothingDone(tree)
    const commit = await post('/git/commits', { message: wanted.message, tree: made, parents: [wanted.head] })
    const reverting = shaOf(commit)
    if (reverting === null) return nothingDone(commit)
    const branch = await post('/git/refs', { ref: `refs/heads/${wanted.branch}`, sha: reverting })
    if (branch.kind === 'unknown') return { outcome: 'unknown', reason: branch.reason }
    if (branch.kind !== 'done') return nothingDone(branch)
    const { title, body, branch: head, into: base } = wanted
    const pull = await post('/pulls', { title, body, head, base, maintainer_can_modify: true })
    const number = z.object({ number: z.number() }).safeParse(pull.kind === 'done' ? pull.body : null).data?.number
    if (number !== undefined) return { outcome: 'done', detail: `pull request ${wanted.repository}#${number} is open` }
    const why = pull.kind === 'done' ? 'the answer could not be read' : pull.reason
    return { outcome: 'unknown', reason: `the branch ${wanted.branch} is made; whether its pull request is: ${why}` }
  },
  probe: async (wanted, { context, signal }): Promise<Probed> => {
    const options = optionsOf(context, context.config.github.runner_token)
    if (options === undefined) return 'unknown'
    const ask = (path: string): Promise<Response> =>
      context.fetch(`${options.endpoint.replace(/\/+$/, '')}/repos/${wanted.repository}${path}`, {
        headers: { accept: 'application/json', authorization: `Bearer ${context.config.github.runner_token}` },
        redirect: 'error',
        signal,
      })
    try {
      const [owner = ''] = wanted.repository.split('/')
      const pulls = await ask(`/pulls?state=all&head=${encodeURIComponent(`${owner}:${wanted.branch}`)}`)
      const found = pulls.ok ? z.array(z.object({ number: z.number() })).safeParse(await pulls.json()).data : undefined
      if (found === undefined) return 'unknown'
      if (found.length > 0) return 'done'
      // A branch without its pull request is neither.
      return (await ask(`/git/ref/heads/${wanted.branch}`)).status === 404 ? 'not_done' : 'unknown'
    } catch {
      return 'unknown'
    }
  },
})

const shaOf = (sent: Sent): string | null => (sent.kind === 'done' ? (z.object({ sha }).safeParse(sent.body).data?.sha ?? null) : null)

const nothingDone = (sent: Sent): Ran => {
  if (sent.kind === 'done') return { outcome: 'failed', reason: 'GitHub answered something that is not a commit', mayPass: false }
  // Its end matters to nobody where the branch was not made; that GitHub hangs is worth another try by a person.
  return notDone(sent)
}

const optionsOf = ({ config, fetch, clock }: Running['context'], token: string | undefined): SourceOptions | undefined =>
  token === undefined ? undefined : { endpoint: config.github.api, fetch, clock, auth: { kind: 'bearer', token } }
