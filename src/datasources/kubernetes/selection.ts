import { InputError } from '../../errors.ts'
import type { KubeObject } from '../../kubernetes/state.ts'

/** What of a list is wanted: fields by their path (`spec.nodeName`) and labels, each with its one value. */
export type Selection = {
  readonly fields?: Readonly<Record<string, string>> | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/** The parameters of a list's question. Throws InputError for a label that no object can have: it would be read as something else. */
export const selectorsOf = ({ fields = {}, labels = {} }: Selection): { fieldSelector?: string; labelSelector?: string } => {
  const bad = Object.entries(labels).find(([name, value]) => !LABEL_NAME.test(name) || !LABEL_VALUE.test(value))
  if (bad !== undefined) throw new InputError(`${bad[0].slice(0, 80)}=${bad[1].slice(0, 80)} is no label that an object can have`)
  const fieldSelector = Object.entries(fields).map(([path, value]) => `${path}=${value.replaceAll(/[\\,=]/g, '\\$&')}`)
  const labelSelector = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  return {
    ...(fieldSelector.length === 0 ? {} : { fieldSelector: fieldSelector.join(',') }),
    ...(labelSelector.length === 0 ? {} : { labelSelector: labelSelector.join(',') }),
  }
}

/** One segment of a path. Names of objects are DNS names; throws InputError for whatever else comes from an alert or a model. */
export const segment = (name: string): string => {
  if (name.length <= 253 && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(name)) return name
  throw new InputError(`${JSON.stringify(name.slice(0, 80))} is no name that an object in Kubernetes can have`)
}

/** kubernetes.io, "Labels and Selectors": a prefix of DNS names, a name and a value of at most 63 characters. */
const LABEL_NAME = /^(?:[a-z0-9][a-z0-9.-]{0,252}\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/

/** Whether an object is one of them: proxies and older servers may give more than was asked for. */
export const isSelected = ({ fields = {}, labels = {} }: Selection, object: KubeObject): boolean =>
  Object.entries(labels).every(([name, value]) => object.metadata.labels?.[name] === value) &&
  Object.entries(fields).every(([path, value]) => fieldOf(object, path) === value)

const fieldOf = (object: KubeObject, path: string): string => {
  const value = path
    .split('.')
    .reduce<unknown>((at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined), object)
  return typeof value === 'string' ? value : ''
}
