import { z } from 'zod'
import type { Context } from '../../context.ts'
import type { Sources } from '../../datasources/sources.ts'
import { InputError } from '../../errors.ts'
import type { KindName } from '../../kubernetes/kinds.ts'
import type { Json, Leaves, Offer, Risk, Step, Target, UndoRef } from '../offer.ts'
import type { Tried, Trying } from '../runners/apply.ts'

/** What an action reads its live object from: the read-only account. */
export type Reading = {
  readonly sources: Sources
  readonly cluster: string
  readonly clock: Context['clock']
  readonly signal: AbortSignal
  /** Parameters whose values the entry itself names, by a pattern or a list: what it allows needs no other ground. */
  readonly bounded?: ReadonlySet<string>
  /** The action that it is planned for, whose mark its change leaves. */
  readonly action?: string
  /** The folder that the entry names, and whether it lets what is missing be made. */
  readonly manifests?: { readonly folder: string; readonly create: boolean }
  /** What the API server would make of a manifest, by its own dry run with the account that may change something. */
  readonly tryApply?: (wanted: Trying) => Promise<Tried>
  /** What an earlier action of this cluster did that succeeded, as it was approved; null where there is none of this id. */
  readonly done?: (action: string) => Promise<Offer | null>
  /** The incident that it is planned for: its number, and the labels of the alert that it is about. */
  readonly incident?: () => Promise<{ readonly number: number; readonly labels: Readonly<Record<string, string>> }>
}

/** What an action would do to what is live now. `id`: the action's own, which its steps leave as a mark where they can. */
export type Planned = {
  readonly title: string
  /** "- " what goes, "+ " what comes; empty where the runner's dry run tells it. */
  readonly change: readonly string[]
  readonly risk: Risk
  readonly why: readonly string[]
  readonly notes: readonly string[]
  readonly preconditions: Json
  readonly steps: readonly Step[]
  readonly undo: UndoRef | null
  readonly leaves?: Leaves
  readonly command: string
}

/** One verb on one kind. `isTarget`: on the target itself, so that it can be granted by its name. */
export type Right = {
  readonly verb: 'patch' | 'delete' | 'create'
  readonly kind: KindName
  readonly subresource?: 'eviction'
  readonly isTarget: boolean
}

/** How far the target is on its way to what was asked: "5 of 12 pods ready". */
export type Progress = { readonly done: boolean; readonly text: string }

/**
 * One kind of action of the catalogue. Reading and planning have no effect; what takes effect are the steps, run by their runners
 * exactly as they were shown.
 */
export type Action<P, L> = {
  /** "rollback_workload". */
  readonly kind: string
  /** One line, for the model and for docs/actions.md. */
  readonly about: string
  /** Shapes and limits of the parameters; unknown ones are refused. */
  readonly params: z.ZodType<P>
  /** Whether doing it twice is doing it once: only then may a failed try be repeated. */
  readonly idempotent: boolean
  /** False for what takes no cause away (a silence, a pull request): then there is nothing to watch afterwards. */
  readonly mends?: boolean
  readonly timeoutSeconds: number
  /** Parameters that an entry bounds under another's name: what bounds `replicas` bounds `max_replicas` too. */
  readonly boundAs?: Readonly<Record<string, string>>
  /** What its steps need of the Kubernetes API; none: they do not go there. `vigil manifest rbac` grants exactly this. */
  readonly rights?: readonly Right[]
  target(params: P): Target
  /** The live objects. Throws InputError where there is nothing to act on, TransientError where it could not be seen. */
  read(params: P, reading: Reading): Promise<L>
  /** Throws InputError where it would do nothing or harm: its message says why not. */
  plan(params: P, live: L, id: string): Planned
  /** Asked while it runs and afterwards; without it the steps' own end is the end. */
  progress?(params: P, reading: Reading): Promise<Progress>
}

/** An action with its types closed over, as the register holds it. */
export type CatalogueAction = Omit<Action<never, never>, 'params' | 'target' | 'read' | 'plan' | 'progress'> & {
  /** JSON Schema of the parameters, for the model. */
  readonly schema: Readonly<Record<string, unknown>>
  /** Parameters as the action understands them. Throws InputError that names each fault. */
  parse(params: unknown): { readonly [name: string]: Json }
  target(params: unknown): Target
  prepare(params: unknown, reading: Reading, id: string): Promise<Planned>
  progress(params: unknown, reading: Reading): Promise<Progress>
}

/** Closes over the types of one action. */
export const action = <P, L>(own: Action<P, L>): CatalogueAction => {
  const parse = (params: unknown): P => {
    const result = own.params.safeParse(params)
    if (result.success) return result.data
    const faults = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the parameters'}: ${message}`)
    throw new InputError(`${own.kind} cannot be done with these parameters: ${faults.join('; ')}`, faults)
  }
  return {
    kind: own.kind,
    about: own.about,
    idempotent: own.idempotent,
    ...(own.mends === undefined ? {} : { mends: own.mends }),
    timeoutSeconds: own.timeoutSeconds,
    ...(own.rights === undefined ? {} : { rights: own.rights }),
    ...(own.boundAs === undefined ? {} : { boundAs: own.boundAs }),
    schema: z.toJSONSchema(own.params, { io: 'input' }),
    parse: (params) => parse(params) as { readonly [name: string]: Json },
    target: (params) => own.target(parse(params)),
    prepare: async (params, reading, id) => {
      const parsed = parse(params)
      return own.plan(parsed, await own.read(parsed, { ...reading, action: id }), id)
    },
    progress: async (params, reading) => (own.progress === undefined ? { done: true, text: '' } : own.progress(parse(params), reading)),
  }
}

/** A DNS name, as objects in Kubernetes have it; look-alikes, dashes in front, slashes and everything else are refused. */
export const objectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/, 'must be a name as Kubernetes has it: small letters, digits, "-" and "."')

export const namespaceName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, 'must be a namespace: small letters, digits and "-"')
