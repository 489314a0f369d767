import { z } from 'zod'
import type { Alert, Notice } from '../alert.ts'
import { fingerprint } from '../fingerprint.ts'
import { normalSubject } from '../group-subject.ts'
import { storableText, UNKNOWN_START } from './alertmanager.ts'
import type { Source } from './source.ts'

const messageBody = z.object({
  text: storableText.optional(),
  attachments: z
    .array(
      z.object({
        title: storableText.optional(),
        title_link: storableText.optional(),
        fallback: storableText.optional(),
        text: storableText.optional(),
        callback_id: storableText.optional(),
        footer: storableText.optional(),
      }),
    )
    .optional(),
})

/**
 * A message of Alertmanager in a Slack channel. The stock template is lossy: a title such as
 * `[FIRING:2] HighCPU shop (checkout critical)` and a link that names the receiver; labels come back by alert/confirm. The
 * lossless template (docs/alertmanager.md) carries the fingerprints. A message that is no alert gives none.
 */
export const slackMessage: Source = {
  id: 'slack-message',
  parse: (body) => {
    const parsed = messageBody.safeParse(body)
    if (!parsed.success) return []
    for (const attachment of parsed.data.attachments ?? []) {
      // People write titles of their own; the fallback mostly still has the stock one, from which the group can be found.
      const title = [attachment.fallback, attachment.title].find((one) => one !== undefined && statusOf(one) !== undefined)
      const status = title === undefined ? undefined : statusOf(title)
      if (title === undefined || status === undefined) continue
      const notice: Notice = {
        subject: subjectOf(title),
        receiver: receiverOf(attachment.title_link),
        fingerprints: fingerprintsOf(`${attachment.callback_id ?? ''} ${attachment.footer ?? ''}`),
      }
      return [lossy(status, notice, attachment.text ?? '')]
    }
    const text = parsed.data.text ?? ''
    const status = statusOf(text)
    if (status === undefined) return []
    return [lossy(status, { subject: subjectOf(text.split('\n')[0] ?? ''), receiver: null, fingerprints: [] }, '')]
  },
}

const statusOf = (title: string): Alert['status'] | undefined => {
  const found = /^\s*\[(FIRING|RESOLVED)(?::\d+)?\]/i.exec(title)?.[1]?.toUpperCase()
  return found === 'FIRING' ? 'firing' : found === 'RESOLVED' ? 'resolved' : undefined
}

/** Slack sends `&`, `<` and `>` as entities in a title. */
const subjectOf = (title: string): string =>
  normalSubject(
    title
      .replace(/^\s*\[[^\]]*\]/, '')
      .replace(/\s\|\s*<?https?:\S+>?\s*$/, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&'),
  )

const receiverOf = (link: string | undefined): string | null => {
  const found = /[?&]receiver=([^&]+)/.exec(link ?? '')?.[1]
  if (found === undefined) return null
  try {
    return decodeURIComponent(found.replaceAll('+', ' '))
  } catch {
    return null
  }
}

const fingerprintsOf = (text: string): string[] => [...new Set(text.match(/\b[0-9a-f]{16}\b/g) ?? [])]

/** What can be said without Alertmanager: the first word of a stock title is the alert's name, and nothing else is certain. */
const lossy = (status: Alert['status'], notice: Notice, summary: string): Alert => {
  const labels = { alertname: notice.subject.split(' ')[0] || 'unnamed alert' }
  return {
    source: 'slack-message',
    status,
    fingerprint: notice.fingerprints[0] ?? fingerprint({ ...labels, __subject__: notice.subject }),
    labels,
    annotations: summary.trim() === '' ? {} : { summary: summary.trim() },
    startsAt: UNKNOWN_START,
    endsAt: null,
    generatorUrl: null,
    expression: null,
    groupKey: null,
    receiver: notice.receiver,
    groupSubject: notice.subject,
    confirmed: false,
    notice,
  }
}
