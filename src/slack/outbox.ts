import type { Context } from '../context.ts'
import { anchor } from './anchor.ts'
import { laterIfAway } from './call.ts'
import type { DesiredMessage, Drawing, ThreadView } from './drawing.ts'
import { isLate } from './late.ts'
import { withOriginals } from './originals.ts'
import { drawReactions } from './reactions.ts'
import { standCopy } from './shadow.ts'
import { type Row, type Standing, stand } from './stand.ts'
import { draw, isSilent, keyOf } from './thread.ts'
import { moved, unreachable } from './unreachable.ts'
import type { Slack } from './view.ts'

/**
 * The body of the job `deliver`: makes Slack show what the incident's timeline says. Posts what is missing, edits what has changed,
 * and asks to be run again where a limit, a pause or a lost answer stands in the way; it never waits long and never posts twice.
 * Throws only what is not Slack's doing.
 */
export const deliver = async (context: Context, slack: Slack, incident: string): Promise<void> => {
  const again = await delivered(context, slack, incident).catch(laterIfAway)
  if (again !== null) await context.queue.sendNow('deliver', { incident }, { afterSeconds: Math.max(0.1, again / 1000) })
}

/** Milliseconds after which there is more to do, or null. */
const delivered = async (context: Context, slack: Slack, id: string): Promise<number | null> => {
  const ready = await anchor(context, slack, id)
  if (ready.how !== 'ready') return ready.how === 'later' ? ready.afterMs : null
  const { view } = ready
  if (view.incident.channel === null) return null
  if (isSilent(view)) return standCopy(context, slack, { incident: view.incident, drawing: draw(view), rows: await rowsOf(context, id) })
  if (await isLate(context, view)) {
    await context.queue.sendNow('catch_up', { channel: view.incident.channel })
    return null
  }
  const drawing = await revealedIn(context, slack, view, draw(view))
  const rows = await rowsOf(context, id)
  const messages = drawing.messages.filter((one) => !isReplyElsewhere(one) && isWanted(view, rows, one))
  const waits = [
    await standInThread(context, slack, { view, rows, messages }),
    ...(await standElsewhere(context, slack, { view, rows, drawing })),
    await drawReactions(context, slack, view.incident, drawing),
  ].filter((wait) => wait !== null)
  return waits.length === 0 ? null : Math.min(...waits)
}

const revealedIn = async (context: Context, { clients }: Slack, { incident }: ThreadView, drawing: Drawing): Promise<Drawing> => {
  const { messages, anchorCard } = drawing
  const all = await withOriginals(context, { clients, incident }, [...messages, ...(anchorCard === undefined ? [] : [anchorCard])])
  const card = all[messages.length]
  return { ...drawing, messages: all.slice(0, messages.length), ...(card === undefined ? {} : { anchorCard: card }) }
}

const rowsOf = async ({ db }: Context, incident: string): Promise<ReadonlyMap<string, Row>> => {
  const rows = await db.selectFrom('message').selectAll().where('incident_id', '=', incident).execute()
  return new Map(rows.map((row) => [row.key, row]))
}

const isReplyElsewhere = ({ key }: DesiredMessage): boolean => key.includes(':again:')

/** A part of another says that it is one; of all else it keeps what stands and posts no more. */
const isWanted = ({ incident }: ThreadView, rows: ReadonlyMap<string, Row>, { key }: DesiredMessage): boolean =>
  incident.merged_into === null || key === keyOf(incident.id, 'first') || rows.has(key)

type Thread = { readonly view: ThreadView; readonly rows: ReadonlyMap<string, Row>; readonly messages: readonly DesiredMessage[] }

/** In order: what cannot be posted yet holds back what comes after it; an edit that must wait holds back nothing. */
const standInThread = async (context: Context, slack: Slack, { view, rows, messages }: Thread): Promise<number | null> => {
  let wait: number | null = null
  for (const message of messages) {
    const row = rows.get(message.key)
    const standing = await stand(context, slack, { message, row, incident: view.incident })
    if (standing.how === 'later') {
      wait = Math.min(wait ?? standing.afterMs, standing.afterMs)
      if (row?.ts == null) return wait
    }
    if (standing.how === 'refused' && row?.ts == null) {
      await unreachable(context, slack, { incident: view.incident, channel: message.channel, reason: standing.reason })
      return wait
    }
    if (standing.how === 'stands' && standing.posted) {
      if (message.key === keyOf(view.incident.id, 'first')) measureFirst(context, view)
      // The rest belongs under it, and the next run draws it there.
      if (standing.adrift) return moved(context, view.incident, standing)
    }
  }
  return wait
}

const measureFirst = ({ telemetry, clock }: Context, { incident }: ThreadView): void =>
  telemetry.firstReply(clock.now().getTime() - incident.started_at.getTime())

type Elsewhere = { readonly view: ThreadView; readonly rows: ReadonlyMap<string, Row>; readonly drawing: Drawing }

/** The card on the top level, and replies under later posts: each by itself, so that one channel's trouble is not another's. */
const standElsewhere = async (context: Context, slack: Slack, { view, rows, drawing }: Elsewhere): Promise<(number | null)[]> => {
  const waits: (number | null)[] = []
  const { anchorCard } = drawing
  const card = anchorCard !== undefined && rows.get(anchorCard.key)?.ts != null ? [anchorCard] : []
  for (const message of [...card, ...drawing.messages.filter(isReplyElsewhere)]) {
    const standing = await stand(context, slack, { message, row: rows.get(message.key), incident: view.incident })
    waits.push(standing.how === 'later' ? standing.afterMs : null)
    if (standing.how === 'stands' && standing.adrift) await takeBack(context, slack, message, standing)
  }
  return waits
}

/** The post that it answered is gone: on the top level the reply would only be noise. */
const takeBack = async (
  context: Context,
  { clients }: Slack,
  { key }: DesiredMessage,
  { channel, ts }: Extract<Standing, { how: 'stands' }>,
): Promise<void> => {
  await context.db.updateTable('message').set({ state: 'failed', error: 'its post is gone' }).where('key', '=', key).execute()
  await clients.progress.chat
    .delete({ channel, ts })
    .catch((error: unknown) => context.log.warn({ err: error, key }, 'a stray reply could not be taken back'))
}
