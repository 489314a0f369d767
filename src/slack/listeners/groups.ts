import type { App } from '@slack/bolt'
import type { Door } from '../door.ts'
import { forgetGroups } from '../groups.ts'

/** A user group changed: who may approve is asked again at the next press. */
export const groups = (app: App, door: Door): void => {
  app.event('subteam_members_changed', async () => forgetGroups(door.clients))
  app.event('subteam_updated', async () => forgetGroups(door.clients))
}
