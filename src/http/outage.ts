import { sql } from 'kysely'
import type { Context } from '../context.ts'
import { within } from './failure.ts'
import type { Readiness } from './readiness.ts'

export type Watch = {
  /** A request was refused because of the database: look whether it is there. */
  suspect(): void
  stop(): void
}

/** Milliseconds that a look may take, and between two looks. */
const LOOK = 1000

/**
 * Not ready while the database is gone. A process that is not ready is sent no requests, which could show that it is back: so it
 * looks once a second itself.
 */
export const watchDatabase = (context: Context, readiness: Readiness): Watch => {
  let looking = false
  let stopped = false
  let cancel: (() => void) | undefined
  const look = async (): Promise<void> => {
    try {
      await within(context.clock, LOOK, sql`select 1`.execute(context.db))
      looking = false
      readiness.set('database', null)
    } catch {
      if (stopped) return
      readiness.set('database', 'does not answer')
      cancel = context.clock.after(LOOK, () => void look())
    }
  }
  return {
    suspect: () => {
      if (looking || stopped) return
      looking = true
      void look()
    },
    stop: () => {
      stopped = true
      cancel?.()
    },
  }
}
