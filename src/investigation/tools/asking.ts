import { type Sources, sourceNames } from '../../datasources/sources.ts'
import { failed, refused } from './failure.ts'
import type { ToolAnswer, ToolContext } from './tool.ts'

/** What `ask` makes of a data source's answer. Where the source is not configured, or does not answer, that is the tool's answer. */
export const asking = async <K extends keyof Sources>(
  name: K,
  { sources }: Pick<ToolContext, 'sources'>,
  query: string,
  ask: (source: NonNullable<Sources[K]>) => Promise<ToolAnswer>,
): Promise<ToolAnswer> => {
  const source = sources[name]
  if (source === undefined) return refused(query, `${sourceNames[name]} is not configured`)
  try {
    return await ask(source)
  } catch (error) {
    return failed(sourceNames[name], query, error)
  }
}
