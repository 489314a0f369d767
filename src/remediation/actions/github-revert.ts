import { z } from 'zod'
import type { GitHub } from '../../datasources/github.ts'
import type { Changed, Commit, TreeEntry } from '../../datasources/github-commits.ts'
import { InputError, TransientError } from '../../errors.ts'
import { clean } from '../../text/clean.ts'
import { cut } from '../../text/cut.ts'
import { type Action, action, objectName, type Reading } from './action.ts'

const params = z.strictObject({
  service: objectName,
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/, 'must be a whole commit id of 40 digits')
    .describe('as a deploy names it'),
})

type Params = z.infer<typeof params>

type Live = {
  readonly number: number
  readonly repository: string
  readonly into: string
  readonly head: Commit
  readonly bad: Commit
  /** The files of the bad commit as they were before it. */
  readonly before: readonly {
    readonly path: string
    readonly mode: string
    readonly type: 'blob' | 'commit'
    readonly sha: string | null
  }[]
}

const own: Action<Params, Live> = {
  kind: 'github_revert',
  about: "Opens a pull request on GitHub that reverts one commit of a service's repository; people merge it",
  params,
  idempotent: false,
  mends: false,
  timeoutSeconds: 60,
  target: ({ service }) => ({ kind: 'service', name: service }),
  read: async (wanted, reading) => {
    const { github } = reading.sources
    if (github === undefined) throw new TransientError(`GitHub is not configured for ${reading.cluster} (github.repositories)`)
    const repository = repositoryOf(github, wanted.service)
    return { repository, number: (await reading.incident?.())?.number ?? 0, ...(await commitsOf(github, { repository, wanted, reading })) }
  },
  plan: ({ service, commit }, { number, repository, into, head, bad, before }, id) => {
    const subject = cut(clean(bad.message).split('\n')[0] ?? '', 100)
    const short = commit.slice(0, 7)
    const message = `Revert "${subject}"\n\nThis reverts commit ${commit}.`
    const request = {
      do: 'revert',
      repository,
      branch: `vigil/revert-${short}-${id.replaceAll('-', '').slice(-12)}`.toLowerCase(),
      into,
      head: head.sha,
      tree: { base_tree: head.tree, tree: before },
      message,
      title: `Revert "${subject}"`,
      body: `Reverts ${commit} for INC-${number}, approved in Slack. It changes nothing until it is merged.`,
    }
    return {
      title: `Open a pull request that reverts ${short} of ${service}`,
      change: [`- ${subject}`, ...before.slice(0, MOST).map(({ path, sha }) => `~ ${path}${sha === null ? ' (removed)' : ''}`)],
      risk: 'LOW',
      why: ['nothing runs otherwise until people merge and deploy it', 'a branch of its own; no other branch is written'],
      notes: [
        `${before.length} ${before.length === 1 ? 'file goes' : 'files go'} back to what they were before ${short}; no later commit changed them`,
        'It could not be tried beforehand, and is not tested: the checks of the repository run on the pull request',
      ],
      preconditions: { head: head.sha, into, commit: bad.sha },
      steps: [{ runner: 'github', request }],
      undo: null,
      command: `git revert ${bad.parents.length > 1 ? '-m 1 ' : ''}${commit}`,
    }
  },
}

export const githubRevert = action(own)

/** As many files as a card can hold. */
const MOST = 15

const repositoryOf = ({ repositories }: GitHub, service: string): string => {
  const own = [...new Set(repositories.filter((one) => one.service === service).map(({ repository }) => repository))]
  const [repository] = own
  if (repository === undefined) throw new InputError(`no repository of ${service} is configured (github.repositories)`)
  if (own.length > 1) throw new InputError(`${service} has ${own.length} repositories (${own.join(', ')}): which is meant is not clear`)
  return repository
}

type Asked = { readonly repository: string; readonly wanted: Params; readonly reading: Reading }

const commitsOf = async (
  { commits }: GitHub,
  { repository, wanted: { commit: ref }, reading: { signal } }: Asked,
): Promise<Pick<Live, 'into' | 'head' | 'bad' | 'before'>> => {
  const into = await commits.defaultBranch({ repository, signal })
  const [bad, head] = await Promise.all([commits.commit({ repository, ref, signal }), commits.commit({ repository, ref: into, signal })])
  const [parent] = bad.parents
  if (parent === undefined) throw new InputError(`${ref.slice(0, 7)} is the first commit of ${repository}: there is nothing to go back to`)
  const [later, tree] = await Promise.all([
    commits.since({ repository, from: bad.sha, to: head.sha, signal }),
    commits.tree({ repository, ref: parent, signal }),
  ])
  if (!later.isAncestor) throw new InputError(`${ref.slice(0, 7)} is not in ${into} of ${repository}`)
  refuseUnclear(bad, { later, treeIsComplete: tree.complete })
  return { into, head, bad, before: beforeOf(bad, tree.entries) }
}

/** A file that was changed again since needs somebody who understands both changes. */
const refuseUnclear = (bad: Commit, { later, treeIsComplete }: { readonly later: Changed; readonly treeIsComplete: boolean }): void => {
  const short = bad.sha.slice(0, 7)
  if (!bad.complete || !later.complete || !treeIsComplete)
    throw new InputError(`${short} or what came after it changes too many files to be reverted by itself: use git revert ${short}`)
  if (bad.paths.length === 0) throw new InputError(`${short} changes no files`)
  const since = new Set(later.paths)
  const twice = bad.paths.filter((path) => since.has(path))
  if (twice.length > 0)
    throw new InputError(`later commits changed the same files as ${short} (${twice.slice(0, 5).join(', ')}): a person must revert it`)
}

const beforeOf = ({ paths }: Commit, entries: readonly TreeEntry[]): Live['before'] => {
  const old = new Map(entries.map((one) => [one.path, one]))
  return [...new Set(paths)].toSorted().map((path) => {
    const was = old.get(path)
    return was === undefined
      ? { path, mode: '100644', type: 'blob', sha: null }
      : { path, mode: was.mode, type: was.type === 'commit' ? 'commit' : 'blob', sha: was.sha }
  })
}
