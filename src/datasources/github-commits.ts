import { z } from 'zod'
import { parsed } from './answer.ts'
import { sourceNames } from './sources.ts'

type Ask = (question: {
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly maxBytes?: number
  readonly signal?: AbortSignal | undefined
}) => Promise<unknown>

/** Commits and trees of a repository (https://docs.github.com/en/rest/git, /rest/commits). `repository` comes from the configuration alone. */
export const commitsOf = (ask: Ask): Commits => ({
  defaultBranch: async ({ repository, signal }) => parsed(source, repo, await ask({ path: `/repos/${repository}`, signal })).default_branch,
  commit: async ({ repository, ref, signal }) => {
    const body = await ask({ path: `/repos/${repository}/commits/${encodeURIComponent(ref)}`, signal })
    const { sha, parents, commit: own, files } = parsed(source, commit, body)
    return { sha, parents: parents.map((one) => one.sha), tree: own.tree.sha, message: own.message, ...pathsOf(files ?? []) }
  },
  since: async ({ repository, from, to, signal }) => {
    const body = await ask({ path: `/repos/${repository}/compare/${encodeURIComponent(from)}...${encodeURIComponent(to)}`, signal })
    const { status, files } = parsed(source, comparison, body)
    return { isAncestor: status === 'ahead' || status === 'identical', ...pathsOf(files ?? []) }
  },
  tree: async ({ repository, ref, signal }) => {
    const path = `/repos/${repository}/git/trees/${encodeURIComponent(ref)}`
    const { tree: entries, truncated } = parsed(source, tree, await ask({ path, query: { recursive: '1' }, maxBytes: TREE_BYTES, signal }))
    return { entries, complete: truncated !== true }
  },
})

const source = sourceNames.github

/** 100,000 entries, GitHub's own limit, are some 20 MB. */
const TREE_BYTES = 25_000_000

/** One page of files; more are on pages that are not asked for. */
const PAGE = 300

const files = z.array(z.object({ filename: z.string(), previous_filename: z.string().nullish() })).nullish()
const repo = z.object({ default_branch: z.string() })
const commit = z.object({
  sha: z.string(),
  parents: z.array(z.object({ sha: z.string() })),
  commit: z.object({ message: z.string(), tree: z.object({ sha: z.string() }) }),
  files,
})
const comparison = z.object({ status: z.string(), files })
const tree = z.object({
  tree: z.array(z.object({ path: z.string(), mode: z.string(), type: z.string(), sha: z.string() })),
  truncated: z.boolean().nullish(),
})

/** Also the names that files had before. */
const pathsOf = (all: NonNullable<z.infer<typeof files>>): { paths: string[]; complete: boolean } => ({
  paths: all.flatMap(({ filename, previous_filename: old }) => (old == null ? [filename] : [filename, old])),
  complete: all.length < PAGE,
})

type In = { readonly repository: string; readonly signal?: AbortSignal | undefined }

/** `complete` is false where there is more than one answer holds: then nothing may be concluded from what is missing. */
export type Changed = { readonly paths: readonly string[]; readonly complete: boolean }

export type Commit = Changed & {
  readonly sha: string
  /** The first is the branch that a merge went into. */
  readonly parents: readonly string[]
  readonly tree: string
  readonly message: string
}

export type TreeEntry = z.infer<typeof tree>['tree'][number]

/** Reads commits. Throws TransientError or PermanentError. */
export type Commits = {
  defaultBranch(options: In): Promise<string>
  commit(options: In & { readonly ref: string }): Promise<Commit>
  /** What was changed between two commits. */
  since(options: In & { readonly from: string; readonly to: string }): Promise<Changed & { readonly isAncestor: boolean }>
  tree(options: In & { readonly ref: string }): Promise<{ readonly entries: readonly TreeEntry[]; readonly complete: boolean }>
}
