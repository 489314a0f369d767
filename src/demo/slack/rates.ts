/**
 * Slack's rate limits as token buckets: https://docs.slack.dev/apis/web-api/rate-limits . The reference gives calls a minute for each tier;
 * chat.postMessage is one a second a channel with short bursts. `scale` multiplies all of them, 0 turns them off.
 */
export const createRates = (scale: number): Rates => {
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    /** Seconds to wait, or 0 when the call may pass; passing takes one. */
    take: (method, channel) => {
      const limit = limitOf(method)
      if (scale === 0 || limit === undefined) return 0
      const perSecond = (limit.perMinute / 60) * scale
      const capacity = Math.max(1, limit.burst * scale)
      const key = limit.perChannel ? `${method} ${channel ?? ''}` : method
      const now = performance.now()
      const bucket = buckets.get(key) ?? { left: capacity, at: now }
      bucket.left = Math.min(capacity, bucket.left + ((now - bucket.at) / 1000) * perSecond)
      bucket.at = now
      buckets.set(key, bucket)
      if (bucket.left < 1) return Math.max(1, Math.ceil((1 - bucket.left) / perSecond))
      bucket.left -= 1
      return 0
    },
  }
}

const limitOf = (method: string): Limit | undefined => {
  if (method === 'chat.postMessage') return { perMinute: 60, burst: 5, perChannel: true }
  const tier = Object.entries(TIERS).find(([, methods]) => methods.includes(method))
  if (!tier) return undefined
  const perMinute = Number(tier[0])
  return { perMinute, burst: perMinute, perChannel: false }
}

/** Calls a minute and the methods allowed that many; those not named have special limits that one workspace does not reach. */
const TIERS: Readonly<Record<number, readonly string[]>> = {
  20: ['conversations.list', 'usergroups.list', 'usergroups.users.list', 'reactions.remove'],
  50: [
    'chat.update',
    'chat.delete',
    'conversations.info',
    'conversations.history',
    'conversations.replies',
    'conversations.open',
    'conversations.join',
    'users.conversations',
    'reactions.add',
    'team.info',
    'bots.info',
  ],
  100: [
    'chat.postEphemeral',
    'conversations.members',
    'users.info',
    'views.open',
    'views.update',
    'views.push',
    'views.publish',
    'files.getUploadURLExternal',
    'files.completeUploadExternal',
  ],
}

type Limit = { perMinute: number; burst: number; perChannel: boolean }

export type Rates = { take(method: string, channel: string | undefined): number }
