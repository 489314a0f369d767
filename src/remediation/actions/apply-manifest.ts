import { z } from 'zod'
import { readManifests } from '../../datasources/manifests.ts'
import { InputError, TransientError } from '../../errors.ts'
import { reversed } from '../../kubernetes/edits.ts'
import { graveIn, loosenedBy } from '../../kubernetes/loosened.ts'
import { type AppliedKind, appliedKinds, type Desired, desiredOf, manifestOf, manifestsIn } from '../../kubernetes/manifests.ts'
import { MARK } from '../../kubernetes/mark.ts'
import { deliverersOf, type Scaler, scalerOf } from '../../kubernetes/ownership.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { digest } from '../../text/digest.ts'
import { shellWord } from '../../text/shell.ts'
import type { Json, Risk } from '../offer.ts'
import type { Tried } from '../runners/apply.ts'
import { type Action, action, namespaceName, objectName, type Planned, type Reading } from './action.ts'
import { type PutBack, puttingBack, readPutBack } from './put-back.ts'
import { isAtOnce, kubectl, readAll, readerOf, refuseIdle, rolloutProgress, workloadKinds } from './workload.ts'

const params = z.strictObject({
  kind: z.enum(appliedKinds),
  namespace: namespaceName,
  name: objectName,
  take_back: z.uuid().optional().describe('the action whose change is put back; only for taking one back'),
})

type Params = z.infer<typeof params>
type Live = Applying | PutBack

type Applying = {
  readonly do: 'apply'
  readonly live: KubeObject | null
  readonly file: string
  /** Whether the file says nothing of other objects. */
  readonly isAlone: boolean
  readonly desired: Desired
  /** Who sets the number of its pods, where the manifest's own number is left out for it. */
  readonly scaler: Scaler | null
  readonly body: { readonly [field: string]: Json }
  readonly tried: Extract<Tried, { ok: true }>
  readonly cluster: string
}

const own: Action<Params, Live> = {
  kind: 'apply_manifest',
  about:
    'Brings one object back to what its manifest says, from the folder that this installation names: helps where the cluster has drifted from it',
  params,
  idempotent: false,
  timeoutSeconds: 300,
  rights: [
    ...appliedKinds.map((kind) => ({ verb: 'patch', kind, isTarget: true }) as const),
    ...appliedKinds.map((kind) => ({ verb: 'create', kind, isTarget: true }) as const),
  ],
  target: ({ kind, namespace, name }) => ({ kind, namespace, name }),
  read: (wanted, reading) =>
    wanted.take_back === undefined ? readApplying(wanted, reading) : readPutBack(wanted, wanted.take_back, reading),
  plan: (wanted, live, id) => (live.do === 'apply' ? applying(wanted, live, id) : puttingBack(wanted, live, id)),
  progress: async ({ kind, ...place }, reading) => {
    const workload = workloadKinds.find((one) => one === kind)
    return workload === undefined ? { done: true, text: '' } : rolloutProgress({ kind: workload, ...place }, reading)
  },
}

export const applyManifest = action(own)

const readApplying = async (wanted: Params, reading: Reading): Promise<Applying> => {
  const { kind, namespace, name } = wanted
  const { desired, file, isAlone } = await readDesired(wanted, reading)
  const [live, autoscalers] = await Promise.all([
    readerOf(reading).get(kind, { namespace, name, whole: true, signal: reading.signal }),
    kind === 'Deployment' || kind === 'StatefulSet' ? readAll('HorizontalPodAutoscaler', namespace, reading) : [],
  ])
  if (live === null && reading.manifests?.create !== true)
    throw new InputError(
      `there is no ${kind} ${namespace}/${name} in ${reading.cluster}, and the entry does not let one be made (create: true)`,
    )
  if (live !== null) refuseOwned(live)
  const scaler = scalerOf(desired as unknown as KubeObject, autoscalers)
  const body = bodyOf({ desired, live, scaler }, reading.action ?? '')
  if (JSON.stringify(body).length > MOST_CHARACTERS)
    throw new InputError(`the manifest of ${kind} ${namespace}/${name} is longer than ${MOST_CHARACTERS / 1000} kB`)
  const tried = await reading.tryApply?.({ kind, namespace, name, create: live === null, body })
  if (tried === undefined) throw new TransientError('the API server could not be asked what the manifest would change')
  if (!tried.ok) throw new InputError(`the dry run was refused: ${tried.reason}`)
  return { do: 'apply', live, file, isAlone, desired, scaler, body, tried, cluster: reading.cluster }
}

/** More is stored, hashed and shown with each card than anybody can look through. */
const MOST_CHARACTERS = 200_000

const readDesired = async (wanted: Params, { manifests: named }: Reading): Promise<Pick<Applying, 'desired' | 'file' | 'isAlone'>> => {
  if (named === undefined) throw new InputError('the entry names no folder of manifests (manifests: ./manifests)')
  const parsed = (await readManifests(named.folder, { mentions: wanted.name })).map(manifestsIn)
  const fault = parsed.find((one) => one.fault !== null)?.fault
  // What cannot be read may hold a second document of this very name.
  if (fault !== undefined && fault !== null)
    throw new InputError(`${fault}: so it is not certain how ${wanted.kind} ${wanted.name} is to be`)
  const all = parsed.flatMap((one) => one.manifests)
  const found = manifestOf(all, wanted)
  if ('reason' in found) throw new InputError(found.reason)
  const made = desiredOf(found.manifest)
  if ('reason' in made) throw new InputError(made.reason)
  const { file } = found.manifest
  return { desired: made.desired, file, isAlone: all.filter((one) => one.file === file).length === 1 }
}

/** What somebody else keeps as it is, from another place, is brought back there. */
const refuseOwned = (live: KubeObject): void => {
  const { kind, metadata } = live
  const called = `${kind} ${metadata.namespace}/${metadata.name}`
  if (metadata.deletionTimestamp !== undefined) throw new InputError(`${called} is being deleted`)
  const [owner] = metadata.ownerReferences ?? []
  if (owner !== undefined) throw new InputError(`${owner.kind} ${owner.name} made ${called} and would put it back: change that`)
  const keeper = deliverersOf(live).find(({ putsBack }) => putsBack)
  if (keeper?.by === 'Argo CD')
    throw new InputError(
      `Argo CD (${keeper.name}) keeps ${called} as Git has it: argocd_sync brings it back, a manifest from elsewhere would not stay`,
    )
  if (keeper !== undefined)
    throw new InputError(
      `${keeper.by} (${keeper.name}) keeps ${called} as Git has it: reconcile it there, a manifest from elsewhere would not stay`,
    )
}

type Wanted = Pick<Applying, 'desired' | 'live' | 'scaler'>

/** The request's body: the manifest with the object's own id, so that no other and no new one is changed, and with the action's mark. */
const bodyOf = ({ desired, live, scaler }: Wanted, id: string): { readonly [field: string]: Json } => {
  const { metadata, ...content } = desired
  const { labels, annotations, ...place } = metadata
  const { replicas: _, ...spec } = (content['spec'] ?? {}) as Record<string, Json>
  return {
    ...(content as { [field: string]: Json }),
    ...(scaler === null ? {} : { spec }),
    metadata: {
      ...place,
      ...(live?.metadata.uid === undefined ? {} : { uid: live.metadata.uid }),
      ...(Object.keys(labels).length === 0 ? {} : { labels: labels as Json }),
      annotations: { ...(annotations as { [name: string]: Json }), [MARK]: id },
    },
  }
}

const applying = ({ kind, namespace, name }: Params, live: Applying, id: string): Planned => {
  const { file, desired, tried, cluster, body } = live
  const { edits, takes, force, before } = tried
  const called = `${kind} ${namespace}/${name}`
  if (edits.length === 0) throw new InputError(`${called} is as ${file} says already; what it has beside that is not taken away`)
  const isRollout = edits.some(({ path }) => path.startsWith('/spec/template'))
  if (isRollout && before !== null) refuseIdle(tried.after as KubeObject)
  if (live.scaler !== null && before !== null && edits.some(({ path }) => path === '/spec/replicas'))
    throw new InputError(
      `without its number of pods the manifest would reset what HorizontalPodAutoscaler ${live.scaler.hpa.metadata.name} sets`,
    )
  refuseKept(takes)
  const back = before === null ? null : loosenedBy(kind, reversed(edits))
  const generation = before?.metadata['generation']
  const of = before === null ? null : { uid: before.metadata.uid ?? '', generation: typeof generation === 'number' ? generation : null }
  return {
    title: `${before === null ? 'Make' : 'Restore'} ${namespace}/${name} (${kind}) as ${file} says`,
    change: [],
    ...riskOf(kind, live),
    notes: notesOf(kind, live, back),
    preconditions: { of, manifest: digest(desired), edits: digest(edits), takes: takes as unknown as Json },
    steps: [
      {
        runner: 'apply',
        request: { kind, namespace, name, create: before === null, body, of, takes, force, edits } as unknown as Json,
      },
    ],
    undo: before === null || back !== null ? null : { entry: 'apply_manifest', params: { kind, namespace, name, take_back: id } },
    command: `${kubectl(cluster, namespace)} apply --server-side${force ? ' --force-conflicts' : ''} -f ${shellWord(file)}${beyond(live)}`,
  }
}

/** What the command does more than the step: kubectl applies files, not objects. */
const beyond = ({ isAlone, scaler, desired }: Applying): string => {
  const more = [
    ...(isAlone ? [] : [`it has other objects too: only ${desired.kind} ${desired.metadata.name}`]),
    ...(scaler === null ? [] : ['without spec.replicas']),
  ]
  return more.length === 0 ? '' : ` # ${more.join(', ')}`
}

type Takes = Extract<Tried, { ok: true }>['takes']

/** Controllers of Git that left no mark on the object are known by their names as field managers. */
const refuseKept = (takes: Takes): void => {
  const keeper = takes.find(({ manager }) => KEEPERS.test(manager))
  if (keeper !== undefined) throw new InputError(`${keeper.manager} holds ${keeper.field} and would write it again: bring it back there`)
}

const KEEPERS =
  /^(?:argocd-(?:controller|application-controller)|kustomize-controller|helm-controller|keda-operator|rancher-fleet|fleetagent)$/

/** What people change things with; whoever else holds a field may be a program that writes it again. */
const TOOLS = /^(?:kubectl(?:-.*)?|k9s|helm|Mozilla|before-first-apply|node-fetch|lens|headlamp|oc)$/i

const riskOf = (kind: AppliedKind, { tried }: Applying): { readonly risk: Risk; readonly why: readonly string[] } => {
  const { edits, takes, before, after } = tried
  const isNew = before === null
  const grave = graveIn(kind, edits, isNew)
  const programs = [...new Set(takes.filter(({ manager }) => !TOOLS.test(manager)).map(({ manager }) => manager))]
  const isRollout = edits.some(({ path }) => path.startsWith('/spec/template'))
  const stops = isRollout && !isNew && isAtOnce(after as KubeObject)
  const runs = isNew && (kind === 'CronJob' || workloadKinds.some((one) => one === kind))
  const why = [
    ...grave.slice(0, 4),
    ...(grave.length > 4 ? [`and ${grave.length - 4} more`] : []),
    ...(programs.length > 0 ? [`it takes fields from ${programs.slice(0, 3).join(', ')}, which may write them again`] : []),
    ...(stops ? ['all pods stop before new ones start'] : []),
    ...(runs ? ['new pods run, of which nothing is known yet'] : []),
  ]
  if (why.length > 0) return { risk: 'HIGH', why }
  const isOfNames = edits.every(({ path }) => path.startsWith('/metadata/')) && kind !== 'Service' && kind !== 'Ingress'
  if (isOfNames) return { risk: 'LOW', why: ['labels and annotations of the object alone'] }
  return {
    risk: 'MEDIUM',
    why: [
      isNew
        ? 'nothing that is there is changed'
        : isRollout
          ? 'a new template: pods are replaced a few at a time'
          : kind === 'CronJob'
            ? 'from its next job on'
            : 'its pods stay',
    ],
  }
}

const notesOf = (kind: AppliedKind, { tried: { takes, before }, scaler, desired }: Applying, back: string | null): string[] => {
  const replicas = (desired['spec'] as { replicas?: unknown } | undefined)?.replicas
  return [
    ...takenNotes(takes),
    ...(scaler !== null && replicas !== undefined
      ? [
          `The manifest's ${replicas} replicas are left out: HorizontalPodAutoscaler ${scaler.hpa.metadata.name} sets them, ${scaler.min} to ${scaler.max}`,
        ]
      : []),
    ...(kind === 'ConfigMap' ? ['Pods that took it as environment or read it once see it only after a restart'] : []),
    ...(before === null ? ['It cannot be taken back here: what is made stays until somebody deletes it'] : []),
    ...(back === null ? [] : [`It cannot be taken back here: ${back}`]),
    'The folder is believed as it lies on disk: whether it is the newest of Git is not known',
  ]
}

/** "kubectl-edit holds spec.replicas and 2 more": whose change goes. */
const takenNotes = (takes: Takes): string[] =>
  [...Map.groupBy(takes, ({ manager }) => manager)].slice(0, 4).map(([manager, fields]) => {
    const shown = fields
      .slice(0, 3)
      .map(({ field }) => field.replace(/^\.(?:spec\.template\.spec\.)?/, '').replace(/\[name="([^"]+)"\]/g, '[$1]'))
    const more = fields.length - shown.length
    const who = manager === 'before-first-apply' ? 'whoever set it before the API server kept account' : `${manager}, who set it last`
    return `Taken from ${who}: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  })
