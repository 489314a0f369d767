import { z } from 'zod'
import type { Deploy } from '../investigation/rules/rule.ts'
import { parsed, writtenTime } from './answer.ts'
import { type Commits, commitsOf } from './github-commits.ts'
import { connect } from './http.ts'
import type { SourceOptions } from './line.ts'
import { sourceNames } from './sources.ts'

/** Which service a repository is deployed as. */
export type Repository = {
  readonly repository: string
  readonly service: string
  readonly environment?: string
  readonly namespace?: string
}

/** The client of GitHub's deployments, API version 2022-11-28 (https://docs.github.com/en/rest/deployments). */
export const github = (options: SourceOptions, repositories: readonly Repository[]): GitHub => {
  const line = connect(source, options)
  const list = async ({ repository, environment }: Repository, count: number, signal: AbortSignal | undefined) => {
    const query = { per_page: String(count), ...(environment === undefined ? {} : { environment }) }
    return parsed(source, deployments, await line.ask({ path: `/repos/${repository}/deployments`, query, signal }))
  }
  const liveSince = async (repository: string, id: number, signal: AbortSignal | undefined) => {
    const body = await line.ask({ path: `/repos/${repository}/deployments/${id}/statuses`, query: { per_page: '30' }, signal })
    return liveAt(parsed(source, statuses, body))
  }
  return {
    endpoint: line.endpoint,
    repositories,
    commits: commitsOf((question) => line.ask(question)),
    deploys: async ({ services, from, signal }) => {
      const names = new Set(services.map((name) => name.toLowerCase()))
      const wanted = repositories.filter(({ service }) => names.has(service.toLowerCase())).slice(0, MOST_REPOSITORIES)
      const found = await Promise.all(
        wanted.map(async (repository) => {
          const all = await list(repository, 10, signal)
          // The one before the window tells what was replaced.
          const recent = all.filter(({ created_at }) => created_at >= from).slice(0, MOST_DEPLOYMENTS)
          return Promise.all(
            recent.map(async (one, i) =>
              deployOf(repository, one, { before: all[i + 1], at: await liveSince(repository.repository, one.id, signal) }),
            ),
          )
        }),
      )
      return found.flat(2)
    },
    look: async ({ signal }) => {
      await Promise.all(repositories.slice(0, 20).map((repository) => list(repository, 1, signal)))
    },
  }
}

const source = sourceNames.github
/** A subject and what it calls; each repository costs one question and one for each deployment of the window. */
const MOST_REPOSITORIES = 8
const MOST_DEPLOYMENTS = 4

const deployments = z.array(
  z.object({
    id: z.number(),
    sha: z.string(),
    ref: z.string(),
    created_at: writtenTime,
    creator: z.object({ login: z.string() }).nullish(),
  }),
)
const statuses = z.array(z.object({ state: z.string(), created_at: writtenTime }))

type Deployment = z.infer<typeof deployments>[number]

/**
 * When it began to run: its job's start where it succeeded or is still at it, else its success. Null: it never ran, or failed. An earlier
 * deployment turns inactive, which says nothing of when it went live.
 */
const liveAt = (all: z.infer<typeof statuses>): Date | null => {
  const states = all.filter(({ state }) => state !== 'inactive').toSorted((a, b) => a.created_at.getTime() - b.created_at.getTime())
  const newest = states.at(-1)?.state
  const started = states.find(({ state }) => state === 'in_progress')?.created_at
  const done = states.find(({ state }) => state === 'success')?.created_at
  if (done === undefined && newest !== 'in_progress') return null
  return started ?? done ?? null
}

const deployOf = (
  { service, namespace }: Repository,
  { sha, ref, creator }: Deployment,
  { at, before }: { at: Date | null; before: Deployment | undefined },
): Deploy[] =>
  at === null
    ? []
    : [
        {
          service,
          namespace: namespace ?? null,
          kind: 'deploy',
          version: nameOf({ sha, ref }),
          previous: before === undefined || before.sha === sha ? null : nameOf(before),
          commit: sha,
          author: creator?.login ?? null,
          url: null,
          at,
          source: 'github',
        },
      ]

/** A branch says nothing: then the commit. */
const nameOf = ({ sha, ref }: Pick<Deployment, 'sha' | 'ref'>): string => (/\d/.test(ref) && ref !== sha ? ref : sha.slice(0, 7))

/** A read-only client of the deployments of configured repositories. Throws TransientError or PermanentError. */
export type GitHub = {
  readonly endpoint: string
  readonly repositories: readonly Repository[]
  readonly commits: Commits
  /** What of these services went live since, of the ten newest deployments of each. */
  deploys(options: { services: readonly string[]; from: Date; signal?: AbortSignal }): Promise<readonly Deploy[]>
  /** Throws when the deployments of a repository cannot be read. */
  look(options: { signal?: AbortSignal }): Promise<void>
}
