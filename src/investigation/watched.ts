import { type Sources, sourceNames } from '../datasources/sources.ts'

/** The same sources, and who of them is waited for at a moment, by the names that people know, in the order of the letters. */
export const watched = (sources: Sources): Watched => {
  const open = new Map<string, number>()
  const counted = (name: string, answer: Promise<unknown>): void => {
    open.set(name, (open.get(name) ?? 0) + 1)
    const end = () => open.set(name, (open.get(name) ?? 1) - 1)
    answer.then(end, end)
  }
  const watchedOne = (name: string, client: object): object =>
    Object.fromEntries(
      Object.entries(client).map(([key, value]: [string, unknown]) => {
        if (typeof value !== 'function') return [key, value]
        const asked = (...given: readonly unknown[]): unknown => {
          const answer: unknown = value(...given)
          if (answer instanceof Promise) counted(name, answer)
          return answer
        }
        return [key, asked]
      }),
    )
  const all = Object.entries(sources).map(([key, client]) => [key, watchedOne(sourceNames[key as keyof Sources], client)])
  return {
    sources: Object.fromEntries(all) as Sources,
    waitedFor: () => [...open].flatMap(([name, count]) => (count > 0 ? [name] : [])).toSorted(),
  }
}

export type Watched = { readonly sources: Sources; readonly waitedFor: () => readonly string[] }
