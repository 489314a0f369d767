import { type Edit, type LeafEdit, leafEdits } from './edits.ts'
import { quantity } from './quantity.ts'

/**
 * Why a change of an object takes a guard away or widens what its pods may do, so that it is never made by Vigil (the list of MISSION 104 for
 * manifests); null: it does not. Looks at what changes: what was so before is no news.
 */
export const loosenedBy = (kind: string, edits: readonly Edit[]): string | null => {
  const leaves = leafEdits(edits)
  const isNew = edits.some(({ path, was }) => path === '/spec' && was === undefined)
  const found = leaves.map((leaf) => ofPods(leaf) ?? OF_KIND[kind]?.(leaf, isNew) ?? null).find((reason) => reason !== null)
  return found ?? null
}

const RIGHTS = 'a pod never gets more rights on its node'
const DATA = 'data is never deleted for good'
const GUARD = 'no authentication, firewall, right, limit or guard is ever switched off'
const GRACE = 'nothing is killed before it had its grace period'

/** `isNew`: there was no such object, so that what it brings along is no loosening of what was. */
type Judge = (leaf: LeafEdit, isNew: boolean) => string | null

const ofPods = ({ path, was, is }: LeafEdit): string | null => {
  const end = path.split('/').at(-1) ?? ''
  const why = (isSo: boolean, reason: string): string | null => (isSo ? `${reason} (${shortOf(path)})` : null)
  return (
    why(TURNED_ON.has(end) && is === true, RIGHTS) ??
    why(TURNED_OFF.has(end) && was === true && is !== true, RIGHTS) ??
    // Without it escalation is allowed.
    why(end === 'allowPrivilegeEscalation' && was === false && is === undefined, RIGHTS) ??
    why(end === 'hostUsers' && was === false && is !== false, RIGHTS) ??
    why(path.includes('/hostPath/') && is !== undefined, RIGHTS) ??
    why(path.includes('/capabilities/add/') && is !== undefined, RIGHTS) ??
    why(path.includes('/capabilities/drop/') && was !== undefined, RIGHTS) ??
    why(end === 'runAsUser' && is === 0, RIGHTS) ??
    why(end === 'procMount' && is === 'Unmasked', RIGHTS) ??
    why(/\/(?:seccompProfile|appArmorProfile)\/type$/.test(path) && (is === undefined || is === 'Unconfined'), RIGHTS) ??
    why(path.includes('container.apparmor.security.beta.kubernetes.io') && is !== 'runtime/default', RIGHTS) ??
    why(/\/(?:whenDeleted|whenScaled)$/.test(path) && is === 'Delete', DATA) ??
    why(end === 'terminationGracePeriodSeconds' && typeof is === 'number' && is < 1, GRACE)
  )
}

const TURNED_ON = new Set(['privileged', 'allowPrivilegeEscalation', 'hostNetwork', 'hostPID', 'hostIPC', 'hostProcess'])
const TURNED_OFF = new Set(['runAsNonRoot'])

/** Annotations by which controllers of an ingress ask who comes, and how often. */
const GUARDS = /auth|whitelist|allowlist|denylist|limit|ssl-redirect|force-ssl|waf|modsecurity|source-range|inbound-cidrs/i

const OF_KIND: Readonly<Record<string, Judge>> = {
  Service: ({ path, is }, isNew) =>
    path.startsWith('/spec/externalIPs') && is !== undefined
      ? 'a service never takes addresses that are not its own (spec.externalIPs)'
      : (path.startsWith('/spec/loadBalancerSourceRanges') && !isNew) || (GUARDS.test(annotationOf(path)) && isOff(is))
        ? `${GUARD} (${shortOf(path)})`
        : null,
  Ingress: ({ path, is }) =>
    (path.startsWith('/spec/tls') && is === undefined) || (GUARDS.test(annotationOf(path)) && isOff(is))
      ? `${GUARD} (${shortOf(path)})`
      : null,
  PodDisruptionBudget: ({ path, was, is }, isNew) =>
    isNew || !path.startsWith('/spec/') || isTighter(path, was, is) ? null : `${GUARD} (${shortOf(path)})`,
}

const annotationOf = (path: string): string => /^\/metadata\/annotations\/(.*)$/.exec(path)?.[1] ?? ''

const isOff = (value: unknown): boolean =>
  value === undefined || /^(?:false|off|none|no|0|disabled?|0\.0\.0\.0\/0)?$/i.test(String(value).trim())

/** A budget that lets fewer pods go than before; what cannot be compared is not tighter. */
const isTighter = (path: string, was: unknown, is: unknown): boolean => {
  const [a, b] = [counted(was), counted(is)]
  if (a === null || b === null || a.isShare !== b.isShare) return false
  return path === '/spec/minAvailable' ? b.value > a.value : path === '/spec/maxUnavailable' && b.value < a.value
}

const counted = (value: unknown): { readonly value: number; readonly isShare: boolean } | null => {
  if (typeof value === 'number') return { value, isShare: false }
  const share = /^(\d+)%$/.exec(typeof value === 'string' ? value : '')?.[1]
  return share === undefined ? null : { value: Number(share), isShare: true }
}

/**
 * What of a change needs two pairs of eyes, each in a few words; empty: nothing. `isNew`: there was no object before.
 */
export const graveIn = (kind: string, edits: readonly Edit[], isNew: boolean): string[] => {
  const found = leafEdits(edits).flatMap((leaf) => graveOf(kind, leaf, isNew) ?? [])
  return [...new Set(found)]
}

const graveOf = (kind: string, leaf: LeafEdit, isNew: boolean): string | null => {
  const { path, was, is } = leaf
  const end = path.split('/').at(-1) ?? ''
  if (kind === 'Ingress')
    return path.startsWith('/spec/') || GUARDS.test(annotationOf(path)) || /snippet/.test(end) ? 'requests go other ways' : null
  if (kind === 'Service')
    return /^\/spec\/(?:selector|type|clusterIP)/.test(path) || /internal|scheme|security-group|source-range/.test(annotationOf(path))
      ? 'who reaches it, or whom it reaches, changes'
      : null
  if (isNew || kind === 'ConfigMap') return null
  if (/^\/spec\/(?:replicas|minReplicas|maxReplicas)$/.test(path) && typeof is === 'number' && typeof was === 'number') {
    if (is === 0) return 'nothing serves any more'
    if (is * 2 < was || (end !== 'replicas' && is < was)) return `${end} ${was} -> ${is}: the rest carries the load`
  }
  if (kind === 'CronJob' && path === '/spec/suspend' && is === true) return 'its jobs do not run any more'
  return ofContainers(leaf, end)
}

const ofContainers = ({ path, was, is }: LeafEdit, end: string): string | null => {
  if (/\/(?:readinessProbe|livenessProbe|startupProbe)\//.test(path) && is === undefined)
    return 'a probe goes: what is broken may count as ready'
  if (/\/resources\/limits\/[^/]+$/.test(path) && isLess(was, is))
    return is === undefined ? 'a limit goes' : 'a limit gets lower: what needs more is killed or throttled'
  if (end === 'image' && repositoryOf(was) !== repositoryOf(is))
    return was === undefined
      ? 'a container comes with an image that it never ran'
      : is === undefined
        ? 'a container goes'
        : `the image comes from ${repositoryOf(is)} instead of ${repositoryOf(was)}`
  if (/\/(?:secretKeyRef|secretRef)\/name$|\/secret\/secretName$/.test(path) && is !== undefined) return 'its pods read another secret'
  if (end === 'claimName') return 'its pods get another volume'
  if (/^(?:serviceAccountName|serviceAccount|automountServiceAccountToken)$/.test(end)) return 'its pods have another account'
  if (end === 'hostPort' && is !== undefined) return 'its pods take a port of their node'
  if (/\/securityContext\//.test(path)) return 'what its pods may do changes'
  return null
}

const isLess = (was: unknown, is: unknown): boolean => {
  if (was === undefined) return false
  const [a, b] = [quantity(was), quantity(is)]
  return a === null || b === null || b < a
}

/** "registry.example/shop/checkout": an image without tag and digest. */
const repositoryOf = (image: unknown): string => (typeof image === 'string' ? image.replace(/@.*$/, '').replace(/:[^/:]*$/, '') : '')

/** "spec.template.spec.containers[app].securityContext.privileged", without its beginning where it is long. */
const shortOf = (path: string): string =>
  path
    .slice(1)
    .replaceAll('/[', '[')
    .replaceAll('/', '.')
    .replace(/^spec\.template\.spec\./, '')
    .slice(0, 120)
