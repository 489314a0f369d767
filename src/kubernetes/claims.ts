import { conditionOf } from './condition.ts'
import { eventsAbout } from './events.ts'
import { isRead, nameOf, ofKind, refOf } from './objects.ts'
import { quantity } from './quantity.ts'
import { at, listAt, textAt } from './read.ts'
import { matchesSelector } from './selector.ts'
import type { ClusterState, KubeObject } from './state.ts'

/** Why a claim is not bound, in words, with what shows it. */
export type Refusal = { readonly why: string; readonly suggestion: string; readonly shown: readonly string[] }

const DEFAULT_CLASS = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']

/** Null where the pod waits for something else and the claim waits for the pod (WaitForFirstConsumer), or where nothing says why. */
export const claimRefusal = (state: ClusterState, claim: KubeObject, pods: readonly KubeObject[]): Refusal | null => {
  const wanted = at(claim, 'spec', 'storageClassName')
  const classes = ofKind(state, 'StorageClass')
  const hasClasses = isRead(state, 'StorageClass')
  const failed = eventsAbout(state, claim).find(
    ({ reason, isWarning }) => reason === 'ProvisioningFailed' || (isWarning && reason === 'FailedBinding'),
  )
  const claimed = nameOf(refOf(claim))
  if (typeof wanted === 'string' && wanted !== '') {
    const found = classes.find(({ metadata }) => metadata.name === wanted)
    const isTold = failed !== undefined && /not found/.test(failed.message)
    // A class of that name need not exist where volumes made by hand bear it.
    if (found === undefined && ((hasClasses && classes.length > 0) || isTold) && volumesOfClass(state, wanted).length === 0)
      return {
        why: `its storage class ${wanted} does not exist${classes.length === 0 ? '' : ` (there are: ${classNames(classes)})`}`,
        suggestion: `Make the class or claim with one that exists: \`kubectl get storageclass\`; the class of ${claimed} cannot be changed, it must be made anew`,
        shown: [`spec.storageClassName ${wanted}`, ...(failed === undefined ? [] : [failed.message])],
      }
    if (found !== undefined && textAt(found, 'provisioner') !== 'kubernetes.io/no-provisioner')
      return provisioned(found, { message: failed?.message, modes: listAt(claim, 'spec', 'accessModes'), pods })
    return fromVolumes(state, claim, { className: wanted, message: failed?.message })
  }
  if (wanted === undefined && hasClasses && !classes.some((one) => DEFAULT_CLASS.some((key) => one.metadata.annotations?.[key] === 'true')))
    return {
      why: `it names no storage class and none is the default${classes.length === 0 ? '' : ` (there are: ${classNames(classes)})`}`,
      suggestion: `Name a class in ${claimed}, or make one the default: \`kubectl get storageclass\``,
      shown: ['spec.storageClassName is not set', ...(failed === undefined ? [] : [failed.message])],
    }
  return fromVolumes(state, claim, { className: typeof wanted === 'string' ? wanted : '', message: failed?.message })
}

const classNames = (classes: readonly KubeObject[]): string =>
  classes
    .map(({ metadata }) => metadata.name)
    .slice(0, 4)
    .join(', ')

type Provisioning = { readonly message: string | undefined; readonly modes: readonly unknown[]; readonly pods: readonly KubeObject[] }

/** What a driver says, without the words of those that pass it on. */
const plainly = (message: string): string => message.replace(/^.*?rpc error: code = \w+ desc = /, '')

/** A class with a provisioner: its own words, or those of the scheduler. */
const provisioned = (storageClass: KubeObject, { message, modes, pods }: Provisioning): Refusal | null => {
  const name = storageClass.metadata.name
  const where = `Ask the provisioner ${textAt(storageClass, 'provisioner')} of class ${name}: its pods and their logs`
  if (message !== undefined) {
    const wants = modes.length === 0 ? '' : ` what it wants (${modes.join(', ')})`
    return { why: `its provisioner refuses${wants}: "${plainly(message).slice(0, 150)}"`, suggestion: where, shown: [message, wants] }
  }
  const told = pods.map((pod) => conditionOf(pod, 'PodScheduled')?.message ?? '').find((text) => VOLUME_WORDS.test(text))
  if (textAt(storageClass, 'volumeBindingMode') === 'WaitForFirstConsumer')
    return told === undefined ? null : { why: `no node can have its volume: "${told.slice(0, 150)}"`, suggestion: where, shown: [told] }
  return {
    why: `the provisioner ${textAt(storageClass, 'provisioner')} of class ${name} has not made its volume${told === undefined ? '' : ` ("${told.slice(0, 90)}")`}`,
    suggestion: where,
    shown: [`provisioner ${textAt(storageClass, 'provisioner')} of class ${name}`, ...(told === undefined ? [] : [told])],
  }
}

/** What the scheduler says when volumes are why a pod finds no node (pkg/scheduler/framework/plugins/volumebinding). */
const VOLUME_WORDS = /volume|PersistentVolumeClaim|storageclass/i

const volumesOfClass = (state: ClusterState, className: string): readonly KubeObject[] =>
  ofKind(state, 'PersistentVolume').filter((volume) => textAt(volume, 'spec', 'storageClassName') === className)

/** Volumes made by hand: what keeps the nearest of them from being bound. */
const fromVolumes = (
  state: ClusterState,
  claim: KubeObject,
  { className, message }: { readonly className: string; readonly message: string | undefined },
): Refusal | null => {
  if (!isRead(state, 'PersistentVolume'))
    return message === undefined ? null : { why: message.slice(0, 180), suggestion: LOOK, shown: [message] }
  const named = textAt(claim, 'spec', 'volumeName')
  const all = ofKind(state, 'PersistentVolume')
  const candidates = named === '' ? all : all.filter(({ metadata }) => metadata.name === named)
  if (named !== '' && candidates.length === 0)
    return { why: `its volume ${named} does not exist`, suggestion: LOOK, shown: [`spec.volumeName ${named}`] }
  const ranked = candidates
    .map((volume) => ({ volume, reasons: against(claim, volume, className) }))
    .toSorted((a, b) => a.reasons.length - b.reasons.length || (a.volume.metadata.name < b.volume.metadata.name ? -1 : 1))
  const [best] = ranked
  if (best === undefined)
    return {
      why:
        className === ''
          ? 'it names no storage class, and there is no persistent volume to bind'
          : `there is no volume for it of class ${className}`,
      suggestion: LOOK,
      shown: ['no PersistentVolume', ...(message === undefined ? [] : [message])],
    }
  if (best.reasons.length === 0) return null
  const why = `no volume fits; the nearest, ${best.volume.metadata.name}, ${best.reasons.slice(0, 2).join(' and ')}`
  return { why, suggestion: LOOK, shown: [why, ...(message === undefined ? [] : [message])] }
}

const LOOK = 'Compare the claim with the volumes: `kubectl get pv,pvc -A`; make a volume that fits, or claim what there is'

const against = (claim: KubeObject, volume: KubeObject, className: string): readonly string[] => {
  const modes = listAt(claim, 'spec', 'accessModes').filter((mode) => typeof mode === 'string')
  const has = listAt(volume, 'spec', 'accessModes').filter((mode) => typeof mode === 'string')
  const request = at(claim, 'spec', 'resources', 'requests', 'storage')
  const capacity = at(volume, 'spec', 'capacity', 'storage')
  const phase = textAt(volume, 'status', 'phase')
  const holder = textAt(volume, 'spec', 'claimRef', 'name')
  const isOurs = holder === claim.metadata.name && textAt(volume, 'spec', 'claimRef', 'namespace') === claim.metadata.namespace
  const selector = at(claim, 'spec', 'selector')
  const volumeClass = textAt(volume, 'spec', 'storageClassName')
  return [
    ...(phase === 'Released'
      ? [`is still kept for the former claim ${textAt(volume, 'spec', 'claimRef', 'namespace')}/${holder} (Released)`]
      : []),
    ...(phase === 'Bound' && !isOurs ? [`is bound to ${textAt(volume, 'spec', 'claimRef', 'namespace')}/${holder}`] : []),
    ...(phase === 'Failed' ? ['has failed'] : []),
    ...(modes.every((mode) => has.includes(mode)) ? [] : [`has access mode ${has.join(', ')}, not ${modes.join(', ')}`]),
    ...((quantity(request) ?? 0) > (quantity(capacity) ?? 0) ? [`has ${String(capacity)}, not ${String(request)}`] : []),
    ...(volumeClass === className ? [] : [`has class ${volumeClass || '""'}, not ${className || '""'}`]),
    ...(selector === undefined || matchesSelector(selector, volume.metadata.labels ?? {})
      ? []
      : ['does not have the labels of the selector']),
    ...(textAt(claim, 'spec', 'volumeMode') !== '' &&
    textAt(volume, 'spec', 'volumeMode') !== '' &&
    textAt(claim, 'spec', 'volumeMode') !== textAt(volume, 'spec', 'volumeMode')
      ? [`has volume mode ${textAt(volume, 'spec', 'volumeMode')}`]
      : []),
  ]
}
