import type { Config } from '../config.ts'
import type { KindName } from '../kubernetes/kinds.ts'
import { compare } from '../text/compare.ts'
import type { Right } from './actions/action.ts'
import { catalogue, type Enabled } from './catalogue.ts'

/** One right of the account that actions run with. `namespace`: null where it is of the whole cluster; `names`: null where it is of all. */
export type Grant = {
  readonly namespace: string | null
  readonly verb: Right['verb']
  readonly kind: KindName
  readonly subresource: Right['subresource'] | null
  readonly names: readonly string[] | null
}

/**
 * What the enabled entries of one cluster need, and nothing beside it: in the namespaces that their targets name, and by name where a target is
 * one object. Sorted.
 */
export const grantsOf = (config: Pick<Config, 'actions'>, cluster: string): readonly Grant[] => {
  const single = catalogue(config as Config, cluster).flatMap(grantsOfEntry)
  const grouped = Map.groupBy(single, ({ namespace, verb, kind, subresource }) => JSON.stringify([namespace, kind, subresource, verb]))
  return [...grouped]
    .toSorted(([a], [b]) => compare(a, b))
    .flatMap(([, all]) => {
      const [first] = all
      const names = all.flatMap((one) => one.names ?? [])
      const isAll = all.some((one) => one.names === null)
      return first === undefined ? [] : [{ ...first, names: isAll ? null : [...new Set(names)].toSorted() }]
    })
}

const grantsOfEntry = ({ entry, action }: Enabled): Grant[] =>
  entry.runner === 'job' ? grantsOfJob(entry) : grantsOfAction({ entry, action })

/** A Job and the NetworkPolicy around it, made and removed in the namespace of the entry. */
const grantsOfJob = ({ namespace }: Enabled['entry']): Grant[] =>
  (['Job', 'NetworkPolicy'] as const).flatMap((kind) =>
    (['create', 'delete'] as const).map((verb) => ({ namespace: namespace ?? null, verb, kind, subresource: null, names: null })),
  )

const grantsOfAction = ({ entry, action }: Pick<Enabled, 'entry' | 'action'>): Grant[] =>
  (action.rights ?? [])
    .filter(isWithin(entry))
    // What is made is not there yet: only where the entry says that it may be.
    .filter(({ verb, isTarget }) => verb !== 'create' || !isTarget || entry.create === true)
    .flatMap((right) =>
      entry.targets.flatMap((target) => {
        const [place, name] = target.includes('/') ? target.split('/') : [null, target]
        // A node's actions are aimed at names without a namespace, those of everything else at names in one.
        const isOfNodes = action.rights?.some(({ kind }) => kind === 'Node') === true
        if ((place === null) !== isOfNodes) return []
        return [
          {
            namespace: place === null || place === undefined || place.includes('*') ? null : place,
            verb: right.verb,
            kind: right.kind,
            subresource: right.subresource ?? null,
            // A right to make something cannot be bound to its name (kubernetes.io, "Referring to resources").
            names: right.isTarget && right.verb !== 'create' && name !== undefined && !name.includes('*') ? [name] : null,
          },
        ]
      }),
    )

/** An entry that names the kinds of its targets needs no others. */
const isWithin =
  ({ params }: Enabled['entry']) =>
  ({ kind, isTarget }: Right): boolean =>
    !isTarget || params['kind']?.values === undefined || params['kind'].values.includes(kind)
