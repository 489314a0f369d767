import { segment, selectorsOf } from '../../datasources/kubernetes/selection.ts'
import type { Kubernetes } from '../../datasources/kubernetes.ts'
import { InputError } from '../../errors.ts'
import { type Kind, kindNamed, kinds } from '../../kubernetes/kinds.ts'
import { labelWords } from '../../kubernetes/selector.ts'
import { asking } from './asking.ts'
import { refused } from './failure.ts'
import type { ToolAnswer, ToolContext } from './tool.ts'

/** What a model asks of the cluster, as it wrote it. */
export type Wanted = {
  readonly kind: string
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** The command that shows the same to a person: the query that is cited. */
export const kubectl = (verb: string, { kind, namespace, name, labels }: Wanted, isNamespaced = true): string =>
  [
    `kubectl ${verb} ${kind}`,
    ...(name === undefined ? [] : [name]),
    ...(!isNamespaced ? [] : namespace === undefined ? ['-A'] : [`-n ${namespace}`]),
    ...(labels === undefined || Object.keys(labels).length === 0 ? [] : [`-l ${labelWords(labels)}`]),
  ].join(' ')

/** The kind that is meant, or why it cannot be asked for. */
export const readable = (wanted: Wanted): Kind | string => {
  if (/^secrets?$/i.test(wanted.kind.trim())) return 'Vigil reads no secrets: that one is missing is told by events'
  const kind = kindNamed(wanted.kind)
  if (kind === undefined) return `Vigil reads no ${wanted.kind.slice(0, 60)}; it reads ${kinds.map(({ resource }) => resource).join(', ')}`
  if (kind.namespaced && wanted.name !== undefined && wanted.namespace === undefined) return `one of ${kind.resource} needs its namespace`
  try {
    for (const name of [wanted.name, wanted.namespace]) if (name !== undefined) segment(name)
    selectorsOf(wanted.labels === undefined ? {} : { labels: wanted.labels })
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  return kind
}

/** `asking` the cluster. What cannot be used of the configuration was found before anything was asked. */
export const askingKubernetes = (
  context: Pick<ToolContext, 'sources'>,
  query: string,
  ask: (kubernetes: Kubernetes) => Promise<ToolAnswer>,
): Promise<ToolAnswer> =>
  asking('kubernetes', context, query, async (kubernetes) => {
    try {
      return await ask(kubernetes)
    } catch (error) {
      if (error instanceof InputError) return refused(query, error.message)
      throw error
    }
  })
