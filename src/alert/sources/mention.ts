import { z } from 'zod'
import { storableText, UNKNOWN_START } from './alertmanager.ts'
import type { Source } from './source.ts'

const mentionBody = z.object({
  /** Unique: a question is never a duplicate of another. */
  id: z.string().min(1),
  text: storableText.min(1).max(4000),
  /** The service, when the person named one that is known. */
  service: storableText.optional(),
  user: z.string(),
})

/** A question of a person: "why is checkout slow?". One alert, never deduplicated, and nothing is proposed on it alone. */
export const mention: Source = {
  id: 'mention',
  parse: (body) => {
    const { id, text, service } = mentionBody.parse(body)
    return [
      {
        source: 'mention',
        status: 'firing',
        fingerprint: `mention-${id}`,
        labels: { alertname: 'Question', severity: 'none', ...(service === undefined ? {} : { service }) },
        annotations: { summary: text },
        startsAt: UNKNOWN_START,
        endsAt: null,
        generatorUrl: null,
        expression: null,
        groupKey: null,
        receiver: null,
        groupSubject: null,
        confirmed: false,
        notice: null,
      },
    ]
  },
}
