import { splitComparison } from '../datasources/comparison.ts'
import type { Labels } from '../series/series.ts'
import { clean } from '../text/clean.ts'
import { mapTexts } from '../text/map-texts.ts'
import type { Answer, Evidence } from './evidence.ts'
import type { Given } from './receipts/check.ts'
import type { Transcript } from './transcript.ts'

type Redact = (text: string) => string

/** The evidence in the words in which the model was given it: it cites pseudonyms, and is to be checked by them. Numbers stay as they are. */
export const asSeen = (evidence: readonly Evidence[], redact: Redact): Evidence[] =>
  evidence.map((one) => ({ ...one, shown: redact(clean(one.shown)), output: seen(one.output, redact) }))

const seen = (answer: Answer, redact: Redact): Answer => {
  switch (answer.kind) {
    case 'series':
      return { kind: 'series', series: answer.series.map((one) => ({ ...one, labels: labelsSeen(one.labels, redact) })) }
    case 'lines':
      return {
        kind: 'lines',
        lines: answer.lines.map((line) => ({ ...line, line: redact(clean(line.line)), labels: labelsSeen(line.labels, redact) })),
      }
    case 'objects':
      // Dates are read back as text, so there is nothing else in them.
      return { kind: 'objects', objects: answer.objects.map((one) => mapTexts(one, redact)) }
    case 'text':
      return { kind: 'text', text: redact(clean(answer.text)) }
  }
}

const labelsSeen = (labels: Labels, redact: Redact): Labels =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, redact(clean(value))]))

/** What a sentence may say without a receipt: Vigil's own checked facts about the alert, as the model was given them. */
export const asGiven = ({ alert, incident }: Pick<Transcript, 'alert' | 'incident'>, now: Date, redact: Redact): Given => {
  const split = alert?.expression == null ? undefined : splitComparison(alert.expression)
  return {
    alert: {
      labels: labelsSeen(alert?.labels ?? {}, redact),
      ...(alert?.expression == null ? {} : { expression: redact(alert.expression) }),
      ...(split !== undefined && 'threshold' in split ? { threshold: split.threshold } : {}),
      startsAt: (alert?.starts_at ?? now).toISOString(),
      ...(incident.onset === null ? {} : { onset: incident.onset.toISOString() }),
    },
    now,
  }
}
