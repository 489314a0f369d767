import { openSources } from '../../datasources/index.ts'
import { DEFAULT_CLUSTER, type Sources, sourceNames } from '../../datasources/sources.ts'
import { type Check, type CheckInput, type Line, said } from './check.ts'

type Kind = keyof Sources

/** Runs a check for each cluster that has the source; `absent` is what to say when none has. */
export const forEachCluster =
  <K extends Kind>(
    kind: K,
    { absent, look, mend }: { absent(input: CheckInput): Line; look: Look<K>; mend(reason: string): string },
  ): Check =>
  async (input) => {
    const sources = openSources(input.config, input)
    const found = [DEFAULT_CLUSTER, ...input.config.clusters.map(({ name }) => name)].flatMap((cluster) => {
      const source = sources(cluster)[kind]
      return source === undefined ? [] : [{ cluster, source }]
    })
    if (found.length === 0) return [absent(input)]
    const lines = await Promise.all(
      found.map(async ({ cluster, source }): Promise<readonly Line[]> => {
        const label = cluster === DEFAULT_CLUSTER ? '' : `${cluster} `
        try {
          return (await look({ source, input })).map((line) => ({ ...line, text: `${label}${line.text}` }))
        } catch (error) {
          const reason = input.signal.aborted ? `gave no answer in time` : said(error)
          return [{ level: 'fault', part: sourceNames[kind], text: `${label}${worded(reason, sourceNames[kind])}`, mend: mend(reason) }]
        }
      }),
    )
    return lines.flat()
  }

/** The name stands before it already, and "404 404 page not found" is no sentence. */
const worded = (reason: string, title: string): string => reason.replace(`${title} `, '').replace(/^(\d{3}) (?:\1 )?/, 'answered $1: ')

type Look<K extends Kind> = (given: { source: NonNullable<Sources[K]>; input: CheckInput }) => Promise<readonly Line[]>
