import type { Context } from '../context.ts'
import { keepEvidence } from '../incident/evidence.ts'
import { type Brief, briefNow, record, type Stored, timelineOf } from '../incident/timeline.ts'
import { gapsByCause } from '../text/gaps.ts'
import { redactorFor } from '../text/redactor-for.ts'
import { lookedAt, newestOf, OWN, ownWithin } from './brief.ts'
import { answersOf, evaluateAll, gapsOf, lateOf, numberedAs, type RuleAnswers } from './evaluate.ts'
import { readFirstLook } from './first-look.ts'
import { gather } from './gather.ts'
import { redactedAnswers, redactedTexts } from './redacted.ts'
import { rules } from './rules/index.ts'
import type { OwnState, Rule } from './rules/rule.ts'
import { marked, sumUp } from './sum-up.ts'

/** Who reads the first reply is still there after ten seconds; later the model's own questions are further. */
const AGAIN_MS = 8000

/**
 * Asks once more, with more time, the rules whose sources were too slow for the first reply, and records the brief with what they say.
 * Where the alert's own expression was late, or a person has said what the alert is about while it is investigated, all rules are asked anew: they did not know the onset.
 */
export const amend = async (context: Context, id: string, register: readonly Rule[] = rules): Promise<void> => {
  const look = await readFirstLook(context.db, id)
  const timeline = await timelineOf(context.db, id)
  const before = briefNow(timeline)
  const isCorrected = correctedSince(timeline)
  const late = new Set(before?.late?.map(({ rule }) => rule))
  const alert = look === undefined ? undefined : newestOf(look.alerts)
  if (
    look === undefined ||
    before === undefined ||
    alert === undefined ||
    (late.size === 0 && !isCorrected) ||
    look.incident.status === 'resolved'
  )
    return
  const { incident, similar, deploys } = look
  const { own, gap } = await ownWithin(context, incident, { alert, ms: AGAIN_MS })
  const all = late.has(OWN) || isCorrected
  const asked = all ? register : register.filter(({ id: rule }) => late.has(rule))
  const { redact } = redactorFor(context.config, id)
  const onset = own?.onset ?? new Date(before.onset ?? alert.starts_at)
  const results = await evaluateAll(context, asked, { incident, alert, own, onset, similar, deploys, redact, ms: AGAIN_MS })
  const again = {
    asked: new Set(asked.map((rule) => rule.id)),
    results,
    own,
    gaps: gap === null || !all ? [] : [gap.text],
    isBlind: gap !== null,
  }
  await context.db.transaction().execute(async (trx) => {
    const held = await trx.selectFrom('incident').select(['status', 'epoch']).where('id', '=', id).forUpdate().executeTakeFirst()
    // It fired again, or another look was asked for: the brief of then is not the one to be amended.
    const now = briefNow(await timelineOf(trx, id))
    if (held === undefined || held.status === 'resolved' || JSON.stringify(now) !== JSON.stringify(before)) return
    const ids = await keepEvidence(trx, id, redactedAnswers(answersOf(results), redact))
    const brief = amended(isCorrected ? { ...before, looked_at: [], gaps: [] } : before, {
      ...again,
      findings: numberedAs(results, ids),
      incident,
      alert,
    })
    const told = redactedTexts(brief, redact)
    const why = isCorrected ? { rules: asked.map((rule) => rule.id), because: 'subject' as const } : { rules: [...late] }
    await record(context, trx, id, { entries: [{ type: 'amended', brief: told, ...why }] })
    const { epoch } = held
    const gathered = await gather(context, trx, { incident: { ...incident, epoch }, suspects: told.suspects ?? [], results, redact })
    if (gathered === 'part') return
    if (told.next !== 'investigating' && context.config.actions.length > 0) await context.queue.send(trx, 'propose', [{ incident: id }])
    if (before.onset_seen || own === null) return
    await trx.updateTable('incident').set({ onset: own.onset }).where('id', '=', id).execute()
  })
}

/** A person said what it is about, and the rules have not looked there yet. */
const correctedSince = (timeline: readonly Stored[]): boolean => {
  const looked = timeline.findLast(({ type }) => type === 'briefed' || type === 'amended')
  return timeline.some((entry) => entry.type === 'subject_set' && entry.basis === 'person' && entry.id > (looked?.id ?? 0))
}

type Again = Pick<Parameters<typeof sumUp>[0], 'incident' | 'alert' | 'findings'> & {
  readonly asked: ReadonlySet<string>
  readonly results: readonly RuleAnswers[]
  readonly own: OwnState | null
  readonly gaps: readonly string[]
  readonly isBlind: boolean
}

const amended = (before: Brief, { asked, results, own, gaps, isBlind, findings, incident, alert }: Again): Brief => {
  const stillLate = lateOf(results).map(({ gap }) => gap)
  const summed = sumUp({
    ...{ incident, alert, own, next: before.next, late: [], nearest: before.nearest ?? [], unplaced: before.unplaced ?? false },
    findings: [...before.findings.filter(({ rule }) => !asked.has(rule)), ...findings],
    lookedAt: [...before.looked_at, ...lookedAt(results, isBlind)],
    gaps: gapsByCause([...before.gaps, ...gaps, ...gapsOf(results), ...stillLate]),
  })
  // What was read in time is newer than the alert and older than this: it is what the first reply was about.
  const { state, onset, onset_seen, chart } = before.state === null && own !== null ? summed : before
  return { ...summed, state, onset, onset_seen, chart: marked(chart, summed.findings) }
}
