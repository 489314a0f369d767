import { InputError } from '../../errors.ts'
import { listAt, textAt } from '../../kubernetes/read.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { type Operation, pointer } from './mark.ts'

/** A container of a workload's template, and where it stands there. */
export type Found = {
  readonly name: string
  readonly container: unknown
  readonly path: (field: string) => string
  readonly test: Operation
}

/** The container of that name; without a name the only one. Throws InputError with the names that there are. */
export const containerOf = (workload: KubeObject, wanted: string | undefined): Found => {
  const containers = listAt(workload, 'spec', 'template', 'spec', 'containers')
  const index = wanted === undefined && containers.length === 1 ? 0 : containers.findIndex((one) => textAt(one, 'name') === wanted)
  const container = containers[index]
  if (container === undefined)
    throw new InputError(
      `${workload.metadata.name} has ${wanted === undefined ? 'several containers' : `no container ${wanted}`}: say container (${containers.map((one) => textAt(one, 'name')).join(', ')})`,
    )
  const at = ['spec', 'template', 'spec', 'containers', index] as const
  const name = textAt(container, 'name')
  return { name, container, path: (field) => pointer(...at, field), test: { op: 'test', path: pointer(...at, 'name'), value: name } }
}
