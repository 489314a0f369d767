import type { App } from '@slack/bolt'
import { z } from 'zod'
import { section } from '../blocks/text.ts'
import { frozenWords } from '../commands/freeze.ts'
import { openIncidents, rowOf } from '../commands/status.ts'
import type { Door } from '../door.ts'
import type { Block } from '../drawing.ts'
import { slackFailure } from '../failure.ts'
import { head } from '../modals/sheet.ts'
import { asKnown } from '../words.ts'

const opened = z.object({ user: z.string(), tab: z.literal('home') })

/** The app's home: what is open in public channels, drawn when somebody looks. */
export const home = (app: App, door: Door): void => {
  app.event('app_home_opened', async ({ event }) => {
    const read = opened.safeParse(event)
    if (!read.success) return
    const blocks = await homeBlocks(door)
    try {
      await door.clients.interactive.views.publish({ user_id: read.data.user, view: { type: 'home', blocks: asKnown(blocks) } })
    } catch (error) {
      throw slackFailure(error, 'drawing the home')
    }
  })
}

const homeBlocks = async (door: Door): Promise<Block[]> => {
  const { open, total, elsewhere } = await openIncidents(door, null)
  const rows = await Promise.all(open.map((incident) => rowOf(door, incident)))
  const brake = await frozenWords(door)
  return [
    ...(brake === null ? [] : [section(brake)]),
    head(total === 0 ? 'Nothing is open' : `${total} open`),
    ...rows.map((row) => section(row)),
    ...(total > open.length ? [section(`… and ${total - open.length} more`)] : []),
    ...(elsewhere > 0 ? [section(`${elsewhere} open in private channels`)] : []),
    section('Mention me in an alert’s thread, or ask `/vigil help`.'),
  ]
}
