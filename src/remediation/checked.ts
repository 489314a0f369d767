import type { Context } from '../context.ts'
import { clean } from '../text/clean.ts'
import { redactorFor } from '../text/redactor-for.ts'
import type { Entry } from './catalogue.ts'
import type { Checking, CheckResult } from './checks/check.ts'
import { checkOf } from './checks/index.ts'

/** What one check of an entry saw. */
export type CheckReading = CheckResult & { readonly check: string }

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
