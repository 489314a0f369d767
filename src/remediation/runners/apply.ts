import { z } from 'zod'
import type { Sent } from '../../datasources/send.ts'
import { changedLines } from '../../kubernetes/changed.ts'
import { type Edit, editsOf, stands } from '../../kubernetes/edits.ts'
import { kindOf, pathOf } from '../../kubernetes/kinds.ts'
import { appliedKinds } from '../../kubernetes/manifests.ts'
import { MARK } from '../../kubernetes/mark.ts'
import { at, listAt, textAt } from '../../kubernetes/read.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { compare } from '../../text/compare.ts'
import { canonical } from '../../text/digest.ts'
import { edit, missingAccount, sendAsRunner } from './kubernetes.ts'
import { type DryRun, notDone, type Probed, type Ran, type Running, runner } from './runner.ts'

const segment = z.string().regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/)
const json = z.record(z.string(), z.unknown())

/** What is to be applied: the object as somebody wants it, in the place where it stands or is made. */
const wish = {
  kind: z.enum(appliedKinds),
  namespace: segment,
  name: segment,
  /** True: there is no such object, and one is made; then nothing that is there is ever changed. */
  create: z.boolean(),
  body: json,
}

const request = z.strictObject({
  ...wish,
  /** The very object that was looked at; null where one is made. */
  of: z.strictObject({ uid: z.string(), generation: z.number().nullable() }).nullable(),
  /** Fields that others hold, which it takes from them; as the API server told. */
  takes: z.array(z.strictObject({ manager: z.string(), field: z.string() })),
  /** Whether the API server has to be told that this is meant: others, or Vigil's own earlier actions, hold some of it. */
  force: z.boolean(),
  /** All that changes, by the API server's own dry run. */
  edits: z.array(edit),
})

const trying = z.strictObject(wish)

export type Trying = z.infer<typeof trying>
type ApplyRequest = z.infer<typeof request>

/** A field of somebody else's: "kubectl-edit", ".spec.replicas". */
export type Taken = { readonly manager: string; readonly field: string }

/** What applying it would do now. `reason`: why the API server, or what is there, does not allow it. */
export type Tried =
  | {
      readonly ok: true
      readonly before: KubeObject | null
      readonly after: unknown
      readonly edits: readonly Edit[]
      readonly takes: readonly Taken[]
      readonly force: boolean
    }
  | { readonly ok: false; readonly reason: string }

/**
 * Applies one manifest by server-side apply (kubernetes.io, "Server-Side Apply"), to the very object that was shown and only if all that
 * changes is what was shown; or makes one where there is none.
 */
export const apply = runner<ApplyRequest>({
  id: 'apply',
  request,
  missing: missingAccount,
  dryRun: async ({ of, takes, force, edits, ...wanted }, running): Promise<DryRun> => {
    const tried = await tryApply(wanted, running)
    if (!tried.ok) return tried
    const isAsShown = isIt(tried.before, of) && isSame([tried.takes, tried.force, tried.edits], [takes, force, edits])
    return isAsShown
      ? { ok: true, change: changedLines(tried.before ?? {}, tried.after, { hollow: true }) }
      : { ok: false, reason: ANOTHER }
  },
  run: async (wanted, running): Promise<Ran> => {
    if (!wanted.create) return changed(wanted, running)
    const sent = await send(wanted, running, {})
    return sent.kind === 'done' ? { outcome: 'done', detail: `${wanted.kind} ${wanted.name} made` } : notDone(sent)
  },
  probe: async ({ kind, namespace, name }, running): Promise<Probed> => {
    const reader = readerOf(running)
    const found = await reader?.get(kind, { namespace, name, signal: running.signal }).catch(() => undefined)
    if (found === undefined) return 'unknown'
    return found?.metadata.annotations?.[MARK] === running.action ? 'done' : 'not_done'
  },
})

const ANOTHER = 'it would change something else now than what is shown'

/** How often a status that moved on in between is no reason to give up. */
const LOOKS = 3

/**
 * The look and the change are bound together by the resource version: between them nobody changes anything. Another status alone is a reason
 * to look once more, any other difference one to stop.
 */
const changed = async (wanted: ApplyRequest, running: Running): Promise<Ran> => {
  const { kind, namespace, name, of, edits, takes, force } = wanted
  for (let look = 0; ; look++) {
    const live = await readerOf(running)
      ?.get(kind, { namespace, name, whole: true, signal: running.signal })
      .catch(() => undefined)
    if (live === undefined) return { outcome: 'failed', reason: `${kind} ${name} could not be looked at right before`, mayPass: true }
    if (live === null || !isIt(live, of) || !stands(live, edits, 'was'))
      return { outcome: 'failed', reason: `${kind} ${name} is not as it was when this was shown`, mayPass: false }
    const seen = { version: textAt(live, 'metadata', 'resourceVersion') }
    const asked = force ? await send(wanted, running, { ...seen, dryRun: true }) : null
    if (asked !== null && !isMoved(asked) && !isSame(takenIn(asked), takes))
      return { outcome: 'failed', reason: `others hold other fields of ${kind} ${name} than was shown`, mayPass: false }
    const sent = asked !== null && isMoved(asked) ? asked : await send(wanted, running, { ...seen, force })
    if (sent.kind === 'done') return { outcome: 'done', detail: `${kind} ${name} is as the manifest says` }
    if (!isMoved(sent) || look >= LOOKS) return notDone(sent)
  }
}

/** What applying it would do, by the API server's own dry run: first without force, so that it tells who holds what. Changes nothing. */
export const tryApply = async (wanted: Trying, running: Running): Promise<Tried> => {
  const { kind, namespace, name, create, body } = wanted
  const before = (await readerOf(running)?.get(kind, { namespace, name, whole: true, signal: running.signal })) ?? null
  if (create !== (before === null)) return { ok: false, reason: create ? `${kind} ${name} is there now` : `${kind} ${name} is gone` }
  const first = await send(wanted, running, { dryRun: true })
  const conflicts = conflictsIn(first)
  const sent = conflicts.length > 0 ? await send(wanted, running, { dryRun: true, force: true }) : first
  if (sent.kind !== 'done') return { ok: false, reason: sent.reason }
  // Of what is made the API server answers with addresses and defaults that are other ones each time.
  const after = create ? body : sent.body
  return { ok: true, before, after, edits: editsOf(before ?? {}, after), takes: takenIn(first), force: conflicts.length > 0 }
}

const readerOf = ({ context, cluster }: Running) => context.sources(cluster).kubernetes

type How = { readonly version?: string; readonly dryRun?: boolean; readonly force?: boolean }

const send = ({ kind, namespace, name, create, body }: Trying, running: Running, how: How): Promise<Sent> => {
  const { version = '', dryRun = false, force = false } = how
  const root = pathOf(kindOf(kind), namespace)
  const query = { fieldManager: MANAGER, ...(dryRun ? { dryRun: 'All' } : {}), ...(force ? { force: 'true' } : {}) }
  return sendAsRunner(running, {
    ...(create
      ? { method: 'POST', path: root, body, contentType: 'application/json' }
      : {
          method: 'PATCH',
          path: `${root}/${name}`,
          // With it the API server itself refuses what was changed since the look.
          body: version === '' ? body : { ...body, metadata: { ...(at(body, 'metadata') as object), resourceVersion: version } },
          contentType: 'application/apply-patch+yaml',
        }),
    query,
    signal: running.signal,
  })
}

const MANAGER = 'vigil'

const isMoved = (sent: Sent): boolean =>
  sent.kind === 'refused' && sent.status === 409 && conflictsIn(sent).length === 0 && sent.reason.includes('has been modified')

/** Each field that others hold, as the API server names them (apimachinery, `FieldManagerConflict`). */
const conflictsIn = (sent: Sent): Taken[] =>
  sent.kind !== 'refused' || sent.status !== 409
    ? []
    : listAt(sent.body, 'details', 'causes')
        .filter((cause) => textAt(cause, 'reason') === 'FieldManagerConflict')
        .slice(0, MOST_CONFLICTS)
        .map((cause) => ({
          manager: (/conflict with "([^"]*)"/.exec(textAt(cause, 'message'))?.[1] ?? 'somebody').slice(0, 100),
          field: textAt(cause, 'field').slice(0, 300),
        }))
        .toSorted((a, b) => compare(a.field, b.field) || compare(a.manager, b.manager))

const MOST_CONFLICTS = 500

/** Vigil's own earlier actions hold fields too, their mark among them: these are taken from nobody. */
const takenIn = (sent: Sent): Taken[] => conflictsIn(sent).filter(({ manager }) => manager !== MANAGER)

const isIt = (live: KubeObject | null, of: ApplyRequest['of']): boolean => {
  if (live === null || of === null) return live === of
  const generation = live.metadata['generation']
  return live.metadata.uid === of.uid && (typeof generation === 'number' ? generation : null) === of.generation
}

const isSame = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)
