import type { Config } from '../config.ts'
import type { CatalogueAction } from './actions/action.ts'
import { configured } from './actions/configured.ts'
import { actions } from './actions/index.ts'
import type { Json, Target } from './offer.ts'

export type Entry = Config['actions'][number]

/** An enabled action: what it does, and the bounds that the configuration gives it. */
export type Enabled = { readonly name: string; readonly entry: Entry; readonly action: CatalogueAction }

/** The catalogue as it is enabled in one cluster: what is not in the configuration does not exist. */
export const catalogue = ({ actions: entries }: Config, cluster: string): Enabled[] =>
  entries.flatMap((entry) => {
    const found = entry.runner === undefined ? actions.find(({ kind }) => kind === entry.kind) : ownOf(entry, entries)
    const here = entry.clusters === undefined || entry.clusters.includes(cluster)
    return found === undefined || !here ? [] : [{ name: entry.name ?? entry.kind, entry, action: found }]
  })

/** Made once: the configuration does not change while Vigil runs. */
const own = new WeakMap<Entry, CatalogueAction>()

const ownOf = (entry: Entry, entries: Config['actions']): CatalogueAction => {
  const made =
    own.get(entry) ??
    configured(
      entry,
      entries.find(({ name, kind }) => entry.undo === (name ?? kind)),
    )
  own.set(entry, made)
  return made
}

/** The catalogue as a model is told of it: names, what each does, and the shapes of parameters. */
export const offeredIn = (
  config: Config,
  cluster: string,
): { action: string; about: string; targets: readonly string[]; params: unknown }[] =>
  catalogue(config, cluster).map(({ name, entry, action }) => ({
    action: name,
    about: entry.about ?? action.about,
    targets: entry.targets,
    params: action.schema,
  }))

/** Why the entry's bounds do not allow it; null: they do. */
export const outOfBounds = ({ entry, action }: Enabled, params: { readonly [name: string]: Json }, target: Target): string | null => {
  const written = `${target.namespace === undefined ? '' : `${target.namespace}/`}${target.name}`
  if (!entry.targets.some((pattern) => fits(pattern, target)))
    return `${written} is not among the targets of ${entry.name ?? action.kind} (${entry.targets.join(', ')})`
  const bounds = Object.entries(entry.params)
  const alike = Object.entries(action.boundAs ?? {}).flatMap(([name, as]) => {
    const bound = entry.params[name] === undefined ? entry.params[as] : undefined
    return bound === undefined ? [] : [[name, bound] as const]
  })
  for (const [name, bound] of [...bounds, ...alike]) {
    const value = params[name]
    if (value === undefined) continue
    if (bound.values !== undefined && !bound.values.some((one) => one === value)) return `${name} must be one of ${bound.values.join(', ')}`
    if (bound.pattern !== undefined && !new RegExp(`^(?:${bound.pattern})$`, 'u').test(String(value)))
      return `${name} is not as ${entry.name ?? action.kind} allows it`
    if (typeof value !== 'number') continue
    if (bound.min !== undefined && value < bound.min) return `${name} ${value} is below ${bound.min}`
    if (bound.max !== undefined && value > bound.max) return `${name} ${value} is above ${bound.max}`
  }
  return null
}

/** "shop/*" fits all of shop; "*" fits all that has no namespace; "*" in a part stands for any characters of it. */
const fits = (pattern: string, { namespace, name }: Target): boolean => {
  const [first = '', second] = pattern.split('/')
  const wanted = second === undefined ? { name: first } : { namespace: first, name: second }
  if ((wanted.namespace === undefined) !== (namespace === undefined)) return false
  return matches(wanted.name, name) && (namespace === undefined || matches(wanted.namespace ?? '', namespace))
}

const matches = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.\\+?()[\]{}|^$]/g, '\\$&'))
      .join('.*')}$`,
  ).test(text)
