import { readManifests } from '../../datasources/manifests.ts'
import { send } from '../../datasources/send.ts'
import { DEFAULT_CLUSTER, sourceNames } from '../../datasources/sources.ts'
import { InputError } from '../../errors.ts'
import { kindOf } from '../../kubernetes/kinds.ts'
import { appliedKinds, manifestsIn } from '../../kubernetes/manifests.ts'
import { at, textAt } from '../../kubernetes/read.ts'
import { catalogueFaults } from '../../remediation/faults.ts'
import { type Grant, grantsOf } from '../../remediation/rights.ts'
import { unrunnable } from '../../remediation/runners/confined.ts'
import { optionsOf } from '../../remediation/runners/kubernetes.ts'
import type { CheckInput, Line } from './check.ts'

const part = 'Actions'

/** Whether the entries under actions can be used, and whether the account that they run with may do what they need. Nothing without entries. */
export const checkActions = async (input: CheckInput): Promise<Line[]> => {
  const { config } = input
  if (config.actions.length === 0) return []
  const faults = catalogueFaults(config)
  if (faults.length > 0)
    return faults.map(
      (text): Line => ({ level: 'fault', part, text, mend: 'docs/actions.md says what an entry may be', effect: 'no start' }),
    )
  const clusters = [DEFAULT_CLUSTER, ...config.clusters.map(({ name }) => name)]
  const lines = await Promise.all([
    ...clusters.map((cluster) => lookAt(input, cluster, grantsOf(config, cluster))),
    checkPrograms(config.actions.flatMap(({ verify }) => verify)),
  ])
  const count = config.actions.length
  return [
    { level: 'ok', part, text: `${count} ${count === 1 ? 'entry' : 'entries'}, each with what it needs to be known` },
    ...lines.flat(),
    ...(await Promise.all([...new Set(config.actions.flatMap(({ manifests }) => manifests ?? []))].map(lookIn))),
  ]
}

/** Whether a folder of manifests can be read, and how many of its objects could be applied. */
const lookIn = async (folder: string): Promise<Line> => {
  try {
    const parsed = (await readManifests(folder)).map(manifestsIn)
    const faults = parsed.flatMap(({ fault }) => fault ?? [])
    const count = parsed.flatMap(({ manifests }) => manifests).filter(({ kind }) => appliedKinds.some((one) => one === kind)).length
    if (faults.length > 0) return { level: 'warning', part, text: `manifests ${folder}: ${faults.slice(0, 3).join('; ')}`, mend: FOLDER }
    if (count === 0) return { level: 'warning', part, text: `manifests ${folder}: nothing in it could be applied`, mend: FOLDER }
    return { level: 'ok', part, text: `manifests ${folder}: ${count} ${count === 1 ? 'object' : 'objects'} that could be applied` }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { level: 'fault', part, text: `manifests: ${error.message}`, mend: FOLDER }
  }
}

const FOLDER = 'docs/actions.md says what a folder of manifests may hold'

/** Programs of checks that cannot be run: what they would say is unknown for ever. */
const checkPrograms = async (checks: readonly unknown[]): Promise<Line[]> => {
  const programs = new Set(checks.flatMap((check) => textAt(check, 'argv', 0) || []))
  const reasons = await Promise.all([...programs].map(unrunnable))
  return reasons
    .filter((reason) => reason !== null)
    .map((reason) => ({
      level: 'warning',
      part,
      text: `a check's program cannot be run, so that nothing it is to check is ever verified: ${reason}`,
      mend: 'put it there, with chmod 755, or take the check out (docs/checks.md)',
    }))
}

const lookAt = async (input: CheckInput, cluster: string, grants: readonly Grant[]): Promise<Line[]> => {
  if (grants.length === 0) return []
  const where = cluster === DEFAULT_CLUSTER ? '' : ` in ${cluster}`
  const options = optionsOf({ context: input, cluster })
  if (options === undefined)
    return [{ level: 'warning', part, text: `no account that may change Kubernetes${where}: what needs it is never offered`, mend: MEND }]
  const asked = await Promise.all(grants.map((grant) => mayNot(input, options(), grant)))
  const missing = asked.filter((one) => one !== null)
  if (missing.length > 0)
    return [{ level: 'fault', part, text: `the runner's account${where} ${missing.slice(0, 5).join(', ')}`, mend: GRANT }]
  return [{ level: 'ok', part, text: `the runner's account${where} may do what the entries need` }]
}

const GRANT = 'vigil manifest rbac --config vigil.yaml | kubectl apply -f -'
const MEND = `${GRANT}, and name the account in kubernetes.runner (docs/kubernetes.md)`

/** What it may not do, in words; null: it may. Every account may ask this of itself (kubernetes.io, "Checking API access"). */
const mayNot = async ({ signal }: CheckInput, options: Parameters<typeof send>[1], grant: Grant): Promise<string | null> => {
  const { namespace, verb, kind, subresource, names } = grant
  const { group, resource } = kindOf(kind)
  const [name] = names ?? []
  const resourceAttributes = {
    verb,
    group,
    resource,
    ...(namespace === null ? {} : { namespace }),
    ...(subresource === null ? {} : { subresource }),
    ...(name === undefined ? {} : { name }),
  }
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } }
  const sent = await send(sourceNames.kubernetes, options, {
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body,
    signal,
  })
  if (sent.kind !== 'done') return `cannot be asked what it may do (${sent.reason})`
  const what = `${resource}${subresource === null ? '' : `/${subresource}`}${name === undefined ? '' : ` ${name}`}`
  return at(sent.body, 'status', 'allowed') === true ? null : `may not ${verb} ${what}${namespace === null ? '' : ` in ${namespace}`}`
}
