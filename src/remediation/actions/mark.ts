import { MARK } from '../../kubernetes/mark.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import type { Json, Step } from '../offer.ts'

export type Operation = { readonly op: 'test' | 'add' | 'replace' | 'remove'; readonly path: string; readonly value?: Json }

/** RFC 6901: "~" and "/" have a spelling of their own. */
export const pointer = (...path: readonly (string | number)[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/**
 * A JSON Patch that changes this very object or fails: it tests uid and, where there is one, the generation, which every change of a
 * spec raises; and it leaves the action's mark.
 */
const guardedPatch = (live: KubeObject, id: string, operations: readonly Operation[]): Json => {
  const { uid, generation, annotations } = live.metadata
  const tests: Operation[] = [
    { op: 'test', path: '/metadata/uid', value: uid ?? '' },
    ...(typeof generation === 'number' ? [{ op: 'test', path: '/metadata/generation', value: generation } as const] : []),
  ]
  const mark: Operation[] =
    annotations === undefined
      ? [
          // "add" would replace what somebody wrote meanwhile. A missing field passes as null (evanphx/json-patch, which the API server uses).
          { op: 'test', path: '/metadata/annotations', value: null },
          { op: 'add', path: '/metadata/annotations', value: { [MARK]: id } },
        ]
      : [{ op: 'add', path: pointer('metadata', 'annotations', MARK), value: id }]
  return [...tests, ...mark, ...operations]
}

/** The step that changes this very object. `more`: what else stands in its request. */
export const patchStep = (
  live: KubeObject,
  id: string,
  operations: readonly Operation[],
  more: { readonly [field: string]: Json } = {},
): Step => ({
  runner: 'kubernetes',
  request: { method: 'PATCH', ...placeOf(live), patch: guardedPatch(live, id, operations), done: { marked: true }, ...more },
})

export const placeOf = ({ kind, metadata: { namespace, name } }: KubeObject): { readonly [field: string]: string } =>
  namespace === undefined ? { kind, name } : { kind, namespace, name }

/** What of an object an approval rests on: the object itself and its spec as it was. */
export const sameObject = (live: KubeObject): { readonly [name: string]: Json } => ({
  uid: live.metadata.uid ?? '',
  generation: typeof live.metadata['generation'] === 'number' ? live.metadata['generation'] : 0,
})
