import type { Config } from '../config.ts'
import { InputError } from '../errors.ts'
import { actions } from './actions/index.ts'
import { checkOf, checks } from './checks/index.ts'
import { boundsOf, forbiddenEntry } from './forbidden.ts'

/** What of the catalogue's configuration cannot be used, each with how to mend it; empty: all of it can. */
export const catalogueFaults = ({
  actions: entries,
  remediation,
  clusters = [],
}: Pick<Config, 'actions' | 'remediation'> & Partial<Pick<Config, 'clusters'>>): string[] => {
  const names = entries.map(({ name, kind }) => name ?? kind)
  return entries.flatMap((entry, i) => {
    const at = `actions[${i}] (${names[i]})`
    const known = actions.map(({ kind }) => kind)
    return [
      ...(entry.runner === undefined && !known.includes(entry.kind)
        ? [`${at}: ${entry.kind} is no built-in action (${known.join(', ')}); one of your own needs a runner`]
        : []),
      ...(names.indexOf(names[i] ?? '') < i ? [`${at}: its name stands twice: give each entry a name of its own`] : []),
      ...(entry.undo !== undefined && !names.includes(entry.undo) ? [`${at}: undo names ${entry.undo}, which is no entry`] : []),
      // How an object is to be in one cluster says nothing of its namesake in another.
      ...(entry.manifests !== undefined && clusters.length > 0 && entry.clusters?.length !== 1
        ? [
            `${at}: clusters must name the one cluster that its manifests are for (clusters: [${clusters[0]?.name}]), since there are several`,
          ]
        : []),
      ...forbiddenEntry(entry, boundsOf({ remediation })).map((reason) => `${at}: is forbidden: ${reason}`),
      ...entry.verify.flatMap((check) => {
        const found = checkOf(check.kind)
        if (found === undefined) return [`${at}: verify: there is no check ${check.kind} (${checks.map(({ kind }) => kind).join(', ')})`]
        const fault = found.fault(check)
        return fault === null ? [] : [`${at}: verify ${check.kind}: ${fault}`]
      }),
    ]
  })
}

/** Throws InputError with every fault of the catalogue in its message, as the configuration's own faults are told. */
export const refuseFaults = (config: Parameters<typeof catalogueFaults>[0]): void => {
  const faults = catalogueFaults(config)
  if (faults.length === 0) return
  const count = `${faults.length} fault${faults.length === 1 ? '' : 's'}`
  throw new InputError(`The catalogue of actions has ${count} (docs/actions.md):\n  - ${faults.join('\n  - ')}`, faults)
}
