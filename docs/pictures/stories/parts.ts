import type { TimelineEntry } from '../../../src/incident/timeline.ts'
import type { Analysis } from '../../../src/investigation/analysis.ts'
import { analysis, answered, asked, brief } from '../../../test/slack/story.ts'

/** What happened, so many seconds before the picture is taken. */
export type Told = readonly [secondsAgo: number, entry: TimelineEntry]

/** A thread as the timeline tells it; times in its words are made from `at`, so that they fit those of the messages. */
export type Story = {
  readonly name: string
  readonly size: { readonly width: number; readonly height: number }
  readonly incident?: Record<string, unknown>
  readonly title?: string
  /** So many alerts, of these teams in turn; one without. */
  readonly alerts?: { readonly count: number; readonly teams: readonly string[] }
  /** Its channel is only being tried: the picture is of the trial channel. */
  readonly isShadow?: boolean
  /** Who presses Approve and may not: the picture is theirs, with what they alone are told. */
  readonly pressedBy?: string
  readonly told: (at: (secondsAgo: number) => string) => readonly Told[]
}

export const wide = (height: number) => ({ width: 1280, height })

export const rules = (at: (secondsAgo: number) => string, ago: number, more: Parameters<typeof brief>[0] = {}): Told => {
  const onset = Date.now() - (ago + 150) * 1000
  const chart = {
    title: 'CheckoutHighErrorRate',
    limit: 0.05,
    points: Array.from(
      { length: 20 },
      (_, i) => [onset / 1000 - 16 * 60 + i * 60, i < 16 ? 0.001 + (i % 3) * 0.0004 : 0.06 + (i - 16) * 0.0215] as const,
    ),
  }
  const [own, ...others] = brief().findings
  const findings =
    own === undefined ? others : [{ ...own, summary: `checkout is at 12.4 % (limit 5 %) since ${at(ago + 150)}.` }, ...others]
  return [ago, { type: 'briefed', brief: brief({ onset: new Date(onset).toISOString(), chart, findings, ...more }) }]
}

export const steps = (number = 1): Told[] => [
  [60, asked(`a${number}`, 'Errors by version?', number)],
  [58, { ...answered(`a${number}`, 'only v2.14.0 fails, 12.4 % against 0.1 %'), investigation: number } as TimelineEntry],
  [50, asked(`b${number}`, 'Is the database busy?', number)],
  [
    49,
    {
      ...answered(`b${number}`, '41 of 200 connections, calm', { evidence: 'E6', ms: 600, usd: 0.09 }),
      investigation: number,
    } as TimelineEntry,
  ],
]

export const found = (at: (secondsAgo: number) => string, more: Partial<Analysis> = {}): Partial<Analysis> => ({
  summary: `12.4 % of requests fail (limit 5 %) since ${at(220)} and it does not recover by itself.`,
  claims: analysis().claims.map((claim) => ({ ...claim, text: claim.text.replace('03:02:10', `${at(330)}:10`) })),
  ...more,
})
