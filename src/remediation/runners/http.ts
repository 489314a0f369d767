import { z } from 'zod'
import { type SourceOptions, take } from '../../datasources/line.ts'
import { send } from '../../datasources/send.ts'
import { clean } from '../../text/clean.ts'
import { redactorFor } from '../../text/redactor-for.ts'
import { type Entry, entryFor } from './entry.ts'
import { notDone, type Probed, type Ran, type Running, runner } from './runner.ts'
import { sign } from './signature.ts'

const value = z.union([z.string(), z.number(), z.boolean()])

const request = z.strictObject({
  entry: z.string(),
  /** What was shown: it is called only while it is still the entry's. */
  url: z.string(),
  kind: z.string(),
  target: z.strictObject({ kind: z.string(), namespace: z.string().optional(), name: z.string() }),
  params: z.record(z.string(), value),
  /** Its answer may be 202, and its end reported later. */
  callback: z.literal(true).optional(),
})

type HttpRequest = z.infer<typeof request>

/**
 * Calls a remediator: one signed POST to the address that the configuration fixes, with an idempotency key. Where the entry says that the
 * remediator knows what became of a call, it is asked when no answer came; where it says that the remediator reports later, the call tells it
 * where, and 202 is no end.
 */
export const http = runner<HttpRequest>({
  id: 'http',
  request,
  missing: () => null,
  run: async (wanted, running): Promise<Ran> => {
    const entry = entryOf(wanted, running)
    if (typeof entry === 'string') return { outcome: 'failed', reason: entry, mayPass: false }
    const { action: id, incident, digest, signal, context } = running
    const { kind, target, params } = wanted
    const callback = wanted.callback === true ? callbackOf(running) : undefined
    if (callback === null) return { outcome: 'failed', reason: 'there is no address to report to: set http.public_url', mayPass: false }
    const body = { id, kind, target, params, incident, digest, ...(callback === undefined ? {} : { callback }) }
    const headers = { ...signed(JSON.stringify(body), entry, running), 'idempotency-key': id }
    const sent = await send(REMEDIATOR, optionsOf(entry, running), { method: 'POST', path: '', body, headers, signal })
    const told = (text: string): string => redactorFor(context.config, incident).redact(clean(text))
    if (sent.kind === 'done' && sent.status === ACCEPTED && wanted.callback === true)
      return { outcome: 'accepted', detail: told(`the remediator accepted it${wordsIn(sent.body)}`) }
    if (sent.kind === 'done') return { outcome: 'done', detail: told(`the remediator answered ${sent.status}${wordsIn(sent.body)}`) }
    const ran = notDone(sent)
    return { ...ran, reason: told(ran.reason) }
  },
  probe: async (wanted, running): Promise<Probed> => {
    const entry = entryOf(wanted, running)
    if (typeof entry === 'string' || entry.probe !== true) return 'unknown'
    const { action: id, signal, context } = running
    // No body: the signature is over the id that is asked for.
    const response = await context
      .fetch(`${wanted.url.replace(/\/+$/, '')}/${id}`, {
        headers: { accept: 'application/json', ...signed(id, entry, running) },
        redirect: 'error',
        signal,
      })
      .catch(() => null)
    if (response === null) return 'unknown'
    const { text } = await take(response, MOST_BYTES)
    const answer = known.safeParse(response.ok || response.status === 404 ? parsedJson(text) : null)
    // A 404 alone may come from a gateway, or from a remediator that cannot be asked.
    return answer.data?.status ?? 'unknown'
  },
})

const ACCEPTED = 202

/** Where the end of an action is reported, by the configuration alone; null: it does not say. */
const callbackOf = ({ action, context }: Running): string | null => {
  const { public_url: base } = context.config.http
  return base === undefined ? null : `${base.replace(/\/+$/, '')}/api/v1/actions/${action}/result`
}

/** One word is asked for. */
const MOST_BYTES = 64_000

const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const REMEDIATOR = 'the remediator'

const known = z.object({ status: z.enum(['done', 'not_done']) })

const entryOf = ({ entry: name, url, kind }: HttpRequest, { context }: Running): Entry | string => {
  const entry = entryFor(context.config, 'http', name)
  if (entry === undefined) return `there is no call ${clean(name).slice(0, 60)} in the configuration`
  if (entry.url !== url || entry.kind !== kind) return 'the address is not the one that was shown any more'
  return entry.secret !== undefined && context.config.named?.[entry.secret] !== undefined
    ? entry
    : `there is no secret to sign calls of ${name} with: set what its \`secret\` names`
}

const signed = (text: string, { secret = '' }: Entry, { context }: Running): { readonly 'x-vigil-signature': string } => ({
  'x-vigil-signature': sign(text, context.config.named?.[secret] ?? '', context.clock.now()),
})

const optionsOf = ({ url = '' }: Entry, { context }: Running): SourceOptions => ({
  endpoint: url,
  fetch: context.fetch,
  clock: context.clock,
})

/** What the remediator says of it, where it says anything. */
const wordsIn = (body: unknown): string => {
  const { detail } = z.object({ detail: z.string().min(1) }).safeParse(body).data ?? {}
  return detail === undefined ? '' : `: ${detail.slice(0, 300)}`
}
