import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { once } from '../../src/investigation/once.ts'
import { filesOf, isArchive } from './archive.ts'
import { columnsOf } from './nezha-columns.ts'
import { linesOf, tracesOf } from './nezha-written.ts'
import type { Both, Samples } from './recording.ts'

export type Fault = { readonly inject_time: string; readonly inject_timestamp?: string | number; readonly inject_pod: string }

/** One archive or folder: of a fault, or free of faults. Each is read when it is needed, once. */
export type Part = {
  readonly name: string
  readonly fault: Fault | null
  written(): Both
  metrics(): readonly Samples[]
  /** All pods that it tells of: two parts are of one system when they share one. */
  pods(): ReadonlySet<string>
}

/** Every part at or below a folder, by name. */
export const partsOf = (directory: string): Part[] =>
  [directory, ...readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name))]
    .filter(isPart)
    .sort()
    .flatMap(partOf)

const KINDS = ['log', 'trace', 'metric']

const isPart = (path: string): boolean =>
  isArchive(path) ||
  (statSync(path).isDirectory() && KINDS.some((kind) => existsSync(join(path, kind)) && statSync(join(path, kind)).isDirectory()))

/** Archives have one folder around it all. */
const WANTED = /^(?:\.\/)?(?:[^/]+\/)?(?:fault\.json|(?:log|trace|metric)\/[^/]+\.csv)$/

const partOf = (path: string): Part[] => {
  const files = filesOf(path, WANTED)
  const fault = [...files].find(([name]) => name.endsWith('fault.json'))?.[1]
  const of = (kind: string) =>
    [...files]
      .filter(([name]) => new RegExp(`(^|/)${kind}/[^/]+\\.csv$`).test(name))
      .map(([name, text]) => ({ name, text }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  if (KINDS.every((kind) => of(kind).length === 0)) return []
  const written = once(() => ({ lines: linesOf(of('log')), traces: tracesOf(of('trace')) }))
  const metrics = once(() => of('metric').flatMap(({ text }) => columnsOf(text)))
  const pods = once(() => new Set([...metrics(), ...written().lines].flatMap(({ labels }) => labels['pod'] ?? [])))
  const name = basename(path).replace(/\.(tar\.gz|tgz|tar)$/, '')
  return [{ name, fault: fault === undefined ? null : (JSON.parse(fault) as Fault), written, metrics, pods }]
}
