import { z } from 'zod'
import type { Identity } from './identity.ts'
import { isColleague } from './people.ts'

/** Who did something, as every body of Slack says that comes of a press, a shortcut or a modal. */
export const acting = z.object({
  user: z.object({ id: z.string(), team_id: z.string().optional() }),
  team: z.object({ id: z.string() }).nullish(),
})

/** A modal that was sent, with what was written and chosen in it. */
export const submitted = acting.extend({
  view: z.object({
    private_metadata: z.string(),
    state: z.object({
      values: z.record(
        z.string(),
        z.record(z.string(), z.object({ value: z.string().nullish(), selected_option: z.object({ value: z.string() }).nullish() })),
      ),
    }),
  }),
})

/** Whether it was somebody of this workspace: others may look on and decide nothing. */
export const isByColleague = ({ user, team }: z.infer<typeof acting>, identity: Identity): boolean =>
  isColleague({ user: user.id, team: user.team_id ?? team?.id ?? null }, identity)
