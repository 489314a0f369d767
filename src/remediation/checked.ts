import type { Context } from '../context.ts'
import type { StoredAction } from '../db/schema.ts'
import { clean } from '../text/clean.ts'
import { redactorFor } from '../text/redactor-for.ts'
import { catalogue, type Entry } from './catalogue.ts'
import type { Checking, CheckResult } from './checks/check.ts'
import { checkOf } from './checks/index.ts'

/** What one check of an entry saw. */
export type CheckReading = CheckResult & { readonly check: string }

/** A pair of looks at the checks of an entry, right before the deed and at the end of watching. */
export type ComparedChecks = {
  /** One that was bad is good, and none that was good is bad. */
  readonly improved: boolean
  /** One that was bad is good, and all are good. */
  readonly fully_fixed: boolean
  readonly each: readonly { readonly check: string; readonly before: CheckResult; readonly after: CheckResult }[]
}

type Looking = {
  readonly cluster: string
  readonly incident: string
  /** Samples from before say nothing. */
  readonly since: Date
  /** What is not clear by then is unknown. */
  readonly patienceMs: number
}

/** Makes the checks of an entry, side by side, each in its place of the list. Never throws for what they look at. */
export const checked = async (context: Context, { verify }: Pick<Entry, 'verify'>, looking: Looking): Promise<CheckReading[]> => {
  if (verify.length === 0) return []
  const { config, fetch, clock } = context
  const stop = new AbortController()
  const cancel = clock.after(looking.patienceMs, () => stop.abort(new Error(`not clear in ${looking.patienceMs / 1000} s`)))
  const redactor = redactorFor(config, looking.incident)
  const checking: Checking = {
    sources: context.sources(looking.cluster),
    fetch,
    clock,
    browser: config.browser.endpoint,
    since: looking.since,
    named: config.named ?? {},
    redact: (text) => redactor.redact(clean(text)),
    signal: stop.signal,
  }
  try {
    return await Promise.all(
      verify.map(async (one): Promise<CheckReading> => {
        const seen = await checkOf(one.kind)?.run(one, checking)
        return { check: one.kind, ...(seen ?? { outcome: 'unknown', detail: `there is no check ${one.kind}` }) }
      }),
    )
  } finally {
    cancel()
  }
}

/** A deed does not wait longer for it; what is not seen by then was not bad. */
const BEFORE_MS = 10_000
/** Twice the usual scrape interval: what is older says nothing of now. */
const FRESH_MS = 120_000

/** The checks of an action's entry right before it runs: what is good afterwards may have been good all the time. */
export const checkedBefore = async (context: Context, { offer, cluster, incident_id: incident }: StoredAction): Promise<CheckReading[]> => {
  const entry = entryOf(context, offer)
  // Of what is not watched nobody asks afterwards.
  if (entry === undefined || offer.dryRun || !offer.watched) return []
  const since = new Date(context.clock.now().getTime() - FRESH_MS)
  return checked(context, entry, { cluster, incident, since, patienceMs: BEFORE_MS })
}

const entryOf = ({ config }: Pick<Context, 'config'>, { cluster, entry }: StoredAction['offer']): Entry | undefined =>
  catalogue(config, cluster).find(({ name }) => name === entry)?.entry

/** What the checks say before and after; null where they cannot be compared: there are none, or other ones. */
export const comparedChecks = (before: readonly CheckReading[], after: readonly CheckReading[]): ComparedChecks | null => {
  if (before.length === 0 || before.length !== after.length || before.some(({ check }, i) => check !== after[i]?.check)) return null
  const each = after.flatMap(({ check, ...now }, i) => {
    const was = before[i]
    return was === undefined ? [] : [{ check, before: { outcome: was.outcome, detail: was.detail }, after: now }]
  })
  const fixed = each.some((one) => one.before.outcome === 'bad' && one.after.outcome === 'good')
  const broken = each.some((one) => one.before.outcome === 'good' && one.after.outcome === 'bad')
  return { improved: fixed && !broken, fully_fixed: fixed && each.every((one) => one.after.outcome === 'good'), each }
}

/** The same in words: "of its 3 checks 2 were bad before, none is now". */
export const wordsOfChecks = ({ each }: ComparedChecks): string => {
  const [only] = each
  if (only !== undefined && each.length === 1)
    return `its check was ${SAID[only.before.outcome]} before and is ${SAID[only.after.outcome]} now`
  const count = (when: 'before' | 'after', wanted: CheckResult['outcome']): number =>
    each.filter((one) => one[when].outcome === wanted).length
  const [was, is, unseen] = [count('before', 'bad'), count('after', 'bad'), count('after', 'unknown')]
  const rest = unseen === 0 ? '' : `, ${unseen} could not be seen`
  return `of its ${each.length} checks ${was || 'none'} ${was > 1 ? 'were' : 'was'} bad before, ${is || 'none'} ${is > 1 ? 'are' : 'is'} now${rest}`
}

const SAID = { good: 'good', bad: 'bad', unknown: 'not known' } as const
