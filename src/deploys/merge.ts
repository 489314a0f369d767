import type { Deploy } from '../investigation/rules/rule.ts'
import { compare } from '../text/compare.ts'

/**
 * Changes as several sources report them, each once: newest first, ties by name. Two reports mean the same change when they are of one
 * service, from different sources, and close in time: 10 minutes where their versions or commits agree, 5 where one of them names none
 * that could be compared or they are of different making (a run number here, a tag there). The time is that of the cluster where it
 * knows one, for a pipeline tells of a rollout before or after it, else the earliest.
 */
export const mergedDeploys = (all: readonly Deploy[]): readonly Deploy[] => {
  const groups: [Deploy, ...Deploy[]][] = []
  for (const deploy of all.toSorted(byTime)) {
    const group = groups.find((known) => known.every((one) => isSame(one, deploy)))
    if (group === undefined) groups.push([deploy])
    else group.push(deploy)
  }
  return groups.map(oneOf).toSorted((a, b) => byTime(b, a))
}

const byTime = (a: Deploy, b: Deploy): number =>
  a.at.getTime() - b.at.getTime() ||
  compare(a.service, b.service) ||
  compare(a.source, b.source) ||
  compare(a.version ?? '', b.version ?? '')

/** Services are called the same in any case, and a namespace that only one of two names does not tell them apart. */
export const isSameService = (
  a: { readonly service: string; readonly namespace: string | null },
  b: { readonly service: string; readonly namespace: string | null },
): boolean =>
  a.service.toLowerCase() === b.service.toLowerCase() && (a.namespace === null || b.namespace === null || a.namespace === b.namespace)

const AGREEING_MS = 10 * 60_000
const CLOSE_MS = 5 * 60_000

const isSame = (a: Deploy, b: Deploy): boolean => {
  if (a.source === b.source || !isSameService(a, b)) return false
  const apart = Math.abs(a.at.getTime() - b.at.getTime())
  if (agree(a, b)) return apart <= AGREEING_MS
  return a.kind === b.kind && apart <= CLOSE_MS
}

const agree = (a: Deploy, b: Deploy): boolean => {
  const [ours, theirs] = [a, b].map(({ version, commit }) => [version, commit].flatMap((name) => (name === null ? [] : [bare(name)])))
  return (ours ?? []).some((one) => (theirs ?? []).some((other) => one === other || isPart(one, other) || isPart(other, one)))
}

const bare = (name: string): string => name.toLowerCase().replace(/^v(?=\d)/, '')

/** A short commit in a long one, or in a tag. */
const isPart = (short: string, long: string): boolean => short.length >= 7 && long.includes(short)

const oneOf = (group: readonly [Deploy, ...Deploy[]]): Deploy => {
  const told = <K extends keyof Deploy>(field: K): Deploy[K] => (group.find((one) => one[field] !== null) ?? group[0])[field]
  return {
    ...group[0],
    namespace: told('namespace'),
    version: told('version'),
    previous: told('previous'),
    commit: told('commit'),
    author: told('author'),
    url: told('url'),
    at: (group.find(({ source }) => source === 'kubernetes') ?? group[0]).at,
    source: group.map(({ source }) => source).join(', '),
  }
}
