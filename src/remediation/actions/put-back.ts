import { InputError } from '../../errors.ts'
import { type Edit, reversed, stands } from '../../kubernetes/edits.ts'
import { graveIn } from '../../kubernetes/loosened.ts'
import type { AppliedKind } from '../../kubernetes/manifests.ts'
import { at, listAt } from '../../kubernetes/read.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { digest } from '../../text/digest.ts'
import type { Json } from '../offer.ts'
import type { Planned, Reading } from './action.ts'
import { type Operation, patchStep, sameObject } from './mark.ts'
import { kubectl, readerOf } from './workload.ts'

type Place = { readonly kind: AppliedKind; readonly namespace: string; readonly name: string }

/** An applied manifest that is taken back. `edits`: what changes now. */
export type PutBack = {
  readonly do: 'put back'
  readonly live: KubeObject
  readonly edits: readonly Edit[]
  readonly deed: string
  readonly cluster: string
}

/**
 * What an earlier action changed, the other way round, of what was stored and approved with it. Throws InputError where it was none of this
 * kind on this object, or where what it changed was changed again.
 */
export const readPutBack = async ({ kind, namespace, name }: Place, deed: string, reading: Reading): Promise<PutBack> => {
  const called = `${kind} ${namespace}/${name}`
  const [offer, live] = await Promise.all([
    reading.done?.(deed),
    readerOf(reading).get(kind, { namespace, name, whole: true, signal: reading.signal }),
  ])
  const request = offer?.steps[0]?.request
  const isOfThis = offer?.target.kind === kind && offer.target.namespace === namespace && offer.target.name === name
  if (offer?.steps[0]?.runner !== 'apply' || !isOfThis || at(request, 'create') === true)
    throw new InputError(`no manifest was applied to ${called} by that action, so there is nothing to take back`)
  if (live === null) throw new InputError(`there is no ${called} in ${reading.cluster} any more`)
  const edits = listAt(request, 'edits') as readonly Edit[]
  if (!stands(live, edits, 'is'))
    throw new InputError(`${called} was changed again where the manifest changed it: what it was before is not put over that`)
  return { do: 'put back', live, edits: reversed(edits), deed, cluster: reading.cluster }
}

/** Each changed place gets what stood there before, if what the manifest made of it still stands there. */
export const puttingBack = ({ kind, namespace, name }: Place, { live, edits, deed, cluster }: PutBack, id: string): Planned => {
  const grave = graveIn(kind, edits, false)
  const isOfNames = edits.every(({ path }) => path.startsWith('/metadata/')) && kind !== 'Service' && kind !== 'Ingress'
  const operations = [...homesOf(live, edits), ...edits.flatMap(operationsOf)]
  return {
    title: `Put back ${namespace}/${name} (${kind}) as it was before the manifest`,
    change: [],
    risk: grave.length > 0 ? 'HIGH' : isOfNames ? 'LOW' : 'MEDIUM',
    why: grave.length > 0 ? grave.slice(0, 4) : ['it was so before; nothing else is touched'],
    notes: ['From the manifest it differs again afterwards'],
    preconditions: { ...sameObject(live), edits: digest(edits) },
    steps: [patchStep(live, id, operations, { back: deed, edits: edits as unknown as Json })],
    undo: null,
    command: `${kubectl(cluster, namespace)} patch ${kind.toLowerCase()}/${name} --type=json -p '${JSON.stringify(operations).replaceAll("'", `'\\''`)}'`,
  }
}

const operationsOf = ({ path, was, is }: Edit): Operation[] => [
  ...(was === undefined ? [] : [{ op: 'test', path, value: was as Json } as const]),
  is === undefined ? { op: 'remove', path } : { op: was === undefined ? 'add' : 'replace', path, value: is as Json },
]

/** Labels and annotations that went with the last of them need their map again. */
const homesOf = (live: KubeObject, edits: readonly Edit[]): Operation[] =>
  live.metadata.labels === undefined && edits.some(({ path }) => path.startsWith('/metadata/labels/'))
    ? [{ op: 'add', path: '/metadata/labels', value: {} }]
    : []
