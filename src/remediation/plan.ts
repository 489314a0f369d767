import type { Context } from '../context.ts'
import { InputError, PermanentError, TransientError } from '../errors.ts'
import { findIncident } from '../incident/incident.ts'
import { numberAt, textAt } from '../kubernetes/read.ts'
import { clean } from '../text/clean.ts'
import { canonical } from '../text/digest.ts'
import { redactorFor } from '../text/redactor-for.ts'
import type { Planned, Reading } from './actions/action.ts'
import { alertOf } from './alert-of.ts'
import { catalogue, type Enabled, outOfBounds } from './catalogue.ts'
import { boundsOf, forbiddenStep } from './forbidden.ts'
import { type Approvers, digestOf, type Leaves, type Offer, type Risk, type UndoRef } from './offer.ts'
import { ownership } from './ownership.ts'
import { tryApply } from './runners/apply.ts'
import { runnerOf } from './runners/index.ts'
import type { Running } from './runners/runner.ts'
import { withPatience } from './with-patience.ts'

/** What is to be offered: a catalogue entry by its name, and parameters that nobody has checked yet. */
export type Wanted = {
  readonly action: string
  readonly incident: string
  readonly version: number
  readonly cluster: string
  readonly entry: string
  readonly params: unknown
  readonly approvers: (entry: Approvers | undefined) => Approvers
  /** The deed that it takes back. */
  readonly takesBack?: Offer
}

export type Planning =
  | { readonly ok: true; readonly offer: Offer; readonly digest: string; readonly enabled: Enabled }
  | { readonly ok: false; readonly reason: string }

/** Looking and trying take this long at most; the card comes later than the analysis anyway. */
const PLAN_MS = 20_000

/**
 * Makes an offer of what was wanted, or says why not: the entry exists, its bounds and targets allow it, the live object is there, every
 * step's runner has an account, and the other side's own dry run passes. Nothing is changed.
 */
export const planOffer = async (context: Context, wanted: Wanted): Promise<Planning> => {
  const enabled = catalogue(context.config, wanted.cluster).find(({ name }) => name === wanted.entry)
  if (enabled === undefined)
    return { ok: false, reason: `${clean(wanted.entry).slice(0, 60)} is not in the catalogue of ${wanted.cluster}` }
  try {
    return await withPatience(context.clock, PLAN_MS, (signal) => planned(context, wanted, { enabled, signal }))
  } catch (error) {
    if (error instanceof InputError || error instanceof PermanentError || error instanceof TransientError)
      return { ok: false, reason: redactorFor(context.config, wanted.incident).redact(clean(error.message)) }
    throw error
  }
}

/**
 * Why an offer does not hold any more; null: the live object is as it was, and the deed no riskier than it was shown. For the comparison right before it
 * runs. Throws as the action's own reading does.
 */
export const changeSince = async (context: Context, offer: Offer, signal: AbortSignal): Promise<string | null> => {
  const enabled = catalogue(context.config, offer.cluster).find(({ name }) => name === offer.entry)
  if (enabled === undefined) throw new InputError(`${offer.entry} is not in the catalogue any more`)
  const reading = { ...readingOf(context, offer, signal), ...ofEntry(enabled) }
  const { preconditions, risk, why } = await enabled.action.prepare(offer.params, reading, offer.action)
  if (canonical(preconditions) !== canonical(offer.preconditions)) return 'the target is not as it was when this was shown'
  // What is around it may have changed: the pod that was one of three is the last that serves.
  return higher(offer.risk, risk) === offer.risk
    ? null
    : `its risk is ${risk} now, and was ${offer.risk} when this was shown: ${why.join('; ')}`
}

export const readingOf = (
  context: Context,
  { cluster, incident }: { readonly cluster: string; readonly incident: string },
  signal: AbortSignal,
): Reading => ({
  sources: context.sources(cluster),
  cluster,
  clock: context.clock,
  signal,
  tryApply: (wanted) => tryApply(wanted, { context, cluster, action: '', incident, digest: null, approvedBy: [], signal }),
  done: (action) => offerDone(context, cluster, action),
  incident: async () => {
    const [stored, alert] = await Promise.all([findIncident(context.db, incident), alertOf(context, incident)])
    return { number: stored?.number ?? 0, labels: alert?.labels ?? {} }
  },
})

const offerDone = async ({ db }: Context, cluster: string, id: string): Promise<Offer | null> => {
  const found = await db
    .selectFrom('action')
    .select('offer')
    .where('id', '=', id)
    .where('cluster', '=', cluster)
    .where('status', '=', 'succeeded')
    .executeTakeFirst()
  return found?.offer ?? null
}

type Planner = { readonly enabled: Enabled; readonly signal: AbortSignal }

const planned = async (context: Context, wanted: Wanted, { enabled, signal }: Planner): Promise<Planning> => {
  const { action, entry } = enabled
  const params = action.parse(wanted.params)
  const target = action.target(params)
  const beyond = outOfBounds(enabled, params, target)
  if (beyond !== null) return { ok: false, reason: beyond }
  const reading = { ...readingOf(context, wanted, signal), ...ofEntry(enabled) }
  const all = catalogue(context.config, wanted.cluster)
  const asked = { target, plan: await action.prepare(params, reading, wanted.action), enabled: all }
  const { plan, notes, least } = await ownership(asked, reading)
  const forbidden = plan.steps.map((step) => forbiddenStep(step, target, boundsOf(context.config))).find((reason) => reason !== null)
  if (forbidden !== undefined) return { ok: false, reason: `${plan.title} is forbidden: ${forbidden}` }
  const running: Running = {
    context,
    cluster: wanted.cluster,
    action: wanted.action,
    incident: wanted.incident,
    digest: null,
    approvedBy: [],
    signal,
  }
  const tried = await tryOut(plan, running)
  if (!tried.ok) return tried
  const undo = undoIn(all, enabled, plan.undo)
  const leaves = leavesIn(all, enabled, plan.leaves)
  const approvers = wanted.approvers(entry.approvers)
  const risk = higher(higher(plan.risk, least), entry.risk)
  const { redact } = redactorFor(context.config, wanted.incident)
  const told = (text: string): string => redact(clean(text))
  const offer: Offer = {
    action: wanted.action,
    incident: wanted.incident,
    version: wanted.version,
    cluster: wanted.cluster,
    entry: enabled.name,
    kind: action.kind,
    params,
    target,
    title: told(plan.title),
    change: [...plan.change, ...tried.change].map(told),
    risk,
    why: plan.why.map(told),
    notes: [...sinceDeed(wanted.takesBack, plan), ...plan.notes, ...notes, ...undo.notes, ...reminderOf(context, leaves)].map(told),
    preconditions: plan.preconditions,
    steps: plan.steps,
    undo: undo.undo,
    ...(leaves === undefined ? {} : { leaves }),
    command: plan.command,
    approvals: risk === 'HIGH' ? 2 : 1,
    approvers,
    timeout: Math.min(entry.timeout_seconds ?? action.timeoutSeconds, LONGEST),
    idempotent: entry.idempotent ?? action.idempotent,
    dryRun: context.config.remediation.dry_run,
    watched: action.mends !== false,
  }
  return { ok: true, offer, digest: digestOf(offer), enabled }
}

/** What an action must know of its entry: the parameters that it says the bounds of, and where manifests lie. */
const ofEntry = ({ entry: { params, manifests, create } }: Enabled): Pick<Reading, 'bounded' | 'manifests'> => ({
  bounded: new Set(Object.entries(params).flatMap(([name, { pattern, values }]) => ((pattern ?? values) === undefined ? [] : [name]))),
  ...(manifests === undefined ? {} : { manifests: { folder: manifests, create: create === true } }),
})

/**
 * An action names its undo by the kind; here it becomes the entry that is enabled under whatever name, its own first. Where none is, or its bounds do
 * not reach back that far, the card says so: no promise that the press would break.
 */
const undoIn = (
  all: readonly Enabled[],
  own: Enabled,
  undo: UndoRef | null,
): { readonly undo: UndoRef | null; readonly notes: readonly string[] } => {
  if (undo === null) return { undo: null, notes: [] }
  const able = [own, ...all].filter(({ name, action }) => action.kind === undo.entry || name === undo.entry)
  const found = able.find((one) => reaches(one, undo.params))
  if (found !== undefined) return { undo: { ...undo, entry: found.name }, notes: [] }
  return { undo: null, notes: [`No undo here: ${undo.entry} is not enabled for this, or its bounds do not reach that far`] }
}

/** Where nothing is enabled that puts it back, a person does it by hand, and is reminded all the same. */
const leavesIn = (all: readonly Enabled[], own: Enabled, leaves: Leaves | undefined): Leaves | undefined =>
  leaves === undefined ? undefined : { ...leaves, back: undoIn(all, own, leaves.back).undo ?? leaves.back }

const reminderOf = ({ config }: Context, leaves: Leaves | undefined): string[] =>
  leaves === undefined ? [] : [`It stays so until somebody puts it back: a reminder comes after ${config.remediation.remind_minutes} min`]

const reaches = (enabled: Enabled, wanted: UndoRef['params']): boolean => {
  try {
    const params = enabled.action.parse(wanted)
    return outOfBounds(enabled, params, enabled.action.target(params)) === null
  } catch (error) {
    if (error instanceof InputError) return false
    throw error
  }
}

/** MISSION 90: no action runs longer. */
const LONGEST = 300

/** An undo leads back to what was before the deed, whatever came after it: who presses must know that something did. */
const sinceDeed = (deed: Offer | undefined, { preconditions: now }: Planned): string[] => {
  const [was, is] = [numberAt(deed?.preconditions, 'generation'), numberAt(now, 'generation')]
  // Every change of a spec raises it by one, the deed among them.
  if (deed === undefined || was === null || is === null || textAt(deed.preconditions, 'uid') !== textAt(now, 'uid') || is <= was + 1)
    return []
  return ['It was changed again after the deed, by others or by an autoscaler: the undo takes that back, too, where it touches the same']
}

/** The runner's own dry run of every step; what it says would change is what the card shows. */
const tryOut = async (
  { steps }: Planned,
  running: Running,
): Promise<{ readonly ok: true; readonly change: string[] } | { readonly ok: false; readonly reason: string }> => {
  const change: string[] = []
  for (const { runner: id, request } of steps) {
    const runner = runnerOf(id)
    if (runner === undefined) return { ok: false, reason: `there is no runner ${id}` }
    const missing = runner.missing(running)
    if (missing !== null) return { ok: false, reason: missing }
    const tried = await runner.dryRun(request, running)
    if (!tried.ok) return { ok: false, reason: `the dry run was refused: ${tried.reason}` }
    change.push(...tried.change)
  }
  return { ok: true, change }
}

const RISKS: readonly Risk[] = ['LOW', 'MEDIUM', 'HIGH']

const higher = (computed: Risk, configured: Risk | undefined): Risk =>
  configured !== undefined && RISKS.indexOf(configured) > RISKS.indexOf(computed) ? configured : computed
