/** What checkout is set to: its template, and how many pods it has. */
export type Standing = {
  readonly version: string
  /** Size of the database pool of each pod. */
  readonly poolMax: number
  /** Limits of its container. */
  readonly cpuMillicores: number
  readonly memoryMib: number
  /** Whose restart its pods are of; empty: nobody's. */
  readonly restartedBy: string
  readonly pods: number
  /** More its autoscaler may not make of them. */
  readonly maxPods: number
}

/** From `at` (seconds) on it is set so. Pods follow one after the other, `pace` seconds apart. */
export type Change = {
  readonly at: number
  readonly to: Standing
  readonly pace: number
  /** What the pipeline says of it; a change by hand has nothing that the pipeline knew. */
  readonly told?: Told
  /** The pod that is kept as it was, for comparison, is changed as well. */
  readonly isForAll?: boolean
}

export type Told = { readonly commit: string; readonly author: string; readonly change: string }

/** As it has been for days. */
export const usual: Standing = { version: 'v2.13.4', poolMax: 50, cpuMillicores: 500, memoryMib: 512, restartedBy: '', pods: 4, maxPods: 4 }

/** What is so at a second; the present without one. */
export const standingAt = (changes: readonly Change[], seconds = Number.POSITIVE_INFINITY): Standing =>
  changes.findLast(({ at }) => at <= seconds)?.to ?? usual

/** Of two settings the pods are the same: only their number differs. */
export const isSameTemplate = (a: Standing, b: Standing): boolean => keyOf(a) === keyOf(b)

/** Two settings with one key make the same pods. */
export const keyOf = ({ version, poolMax, cpuMillicores, memoryMib, restartedBy }: Standing): string =>
  [version, poolMax, cpuMillicores, memoryMib, restartedBy].join('/')
