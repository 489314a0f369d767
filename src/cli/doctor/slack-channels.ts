import { slackMessage } from '../../alert/sources/slack-message.ts'
import type { Config } from '../../config.ts'
import type { Channel, CheckInput, Line, SeenBot } from './check.ts'
import { callSlack, listOf, type SlackAnswer, textOf } from './slack-call.ts'

/** What Slack says of the channels: those that the configuration names, and the others that Vigil is in. */
export const channelsOf = async (input: CheckInput, token: string, ownBot: string): Promise<{ lines: Line[]; channels: Channel[] }> => {
  const joined = await pages(input, token, 'users.conversations')
  const wanted = wantedOf(input.config)
  const resolved = await Promise.all(wanted.map((one) => resolve(input, token, one, joined)))
  // One channel may be named by its id in one place and by its name in another; the watched ones come first.
  const found = resolved.filter(
    (one, i) => !resolved.slice(0, i).some(({ channel }) => channel !== undefined && channel.id === one.channel?.id),
  )
  const known = new Set(found.map(({ channel }) => channel?.id))
  const others = joined.flatMap((one) => (known.has(textOf(one, 'id')) ? [] : [channelOf(one, undefined)])).slice(0, MOST_OTHERS)
  const channels = await Promise.all(
    [...found.flatMap(({ channel }) => channel ?? []), ...others].map(async (channel) => ({
      ...channel,
      bots: channel.isMember ? await botsIn(input, token, channel, ownBot) : [],
    })),
  )
  return { lines: [...found.flatMap(({ lines }) => lines), ...channels.flatMap(linesOf)], channels }
}

/** Each costs a call of 50 a minute, and a list of more is not read. */
const MOST_OTHERS = 10

/** A thousand a page: enough for all but the largest workspaces, and within 20 calls a minute. */
const MOST_PAGES = 5

type Wanted = { name: string; isWatched: boolean; mode: string; trusted: readonly string[] }

const wantedOf = ({ slack, routes }: Config): Wanted[] => {
  const watched = slack.alert_channels.map(({ channel, bots, mode }) => ({ name: channel, isWatched: mode !== 'off', mode, trusted: bots }))
  const targets = [...(slack.channel === undefined ? [] : [slack.channel]), ...routes.map(({ channel }) => channel)]
  const more = [...new Set(targets)].filter((name) => !watched.some((one) => plain(one.name) === plain(name)))
  return [...watched, ...more.map((name) => ({ name, isWatched: false, mode: '', trusted: [] }))]
}

const plain = (name: string): string => name.replace(/^#/, '')

type Found = { lines: Line[]; channel: Channel | undefined }

const resolve = async (input: CheckInput, token: string, wanted: Wanted, joined: readonly unknown[]): Promise<Found> => {
  const fits = (one: unknown) => [textOf(one, 'id'), textOf(one, 'name')].includes(plain(wanted.name))
  const found = joined.find(fits) ?? (await lookUp(input, token, wanted.name, fits))
  if (found === undefined) {
    return {
      channel: undefined,
      lines: [
        {
          level: 'fault',
          part,
          text: `no channel ${wanted.name}, or it is private and Vigil is not in it`,
          mend: 'check the name; in a private channel: /invite @vigil',
        },
      ],
    }
  }
  const channel = channelOf(found, wanted)
  const isShared = (found as Record<string, unknown>)['is_ext_shared'] === true
  return {
    channel,
    lines: [
      ...(channel.isMember
        ? []
        : [{ level: 'fault', part, text: `not in #${channel.name}`, mend: 'in Slack, in that channel: /invite @vigil' } as const]),
      ...(isShared && wanted.isWatched
        ? [
            {
              level: 'warning',
              part,
              text: `#${channel.name} is shared with another organisation: its people read what Vigil posts there`,
              mend: 'let alerts go to a channel of your own',
            } as const,
          ]
        : []),
    ],
  }
}

const lookUp = async (input: CheckInput, token: string, name: string, fits: (one: unknown) => boolean): Promise<unknown> => {
  if (/^[CG][A-Z0-9]{6,}$/.test(name)) {
    const { ok, body } = await callSlack(input, token, 'conversations.info', { channel: name })
    return ok ? body['channel'] : undefined
  }
  return (await pages(input, token, 'conversations.list')).find(fits)
}

const pages = async (input: CheckInput, token: string, method: string): Promise<unknown[]> => {
  const all: unknown[] = []
  let cursor = ''
  for (let page = 0; page < MOST_PAGES; page++) {
    const parameters = { types: 'public_channel,private_channel', exclude_archived: 'true', limit: '1000', ...(cursor ? { cursor } : {}) }
    const answer: SlackAnswer = await callSlack(input, token, method, parameters)
    if (!answer.ok) throw new Error(`${method}: ${answer.error}`)
    all.push(...listOf(answer.body, 'channels'))
    cursor = textOf(answer.body['response_metadata'], 'next_cursor')
    if (cursor === '') break
  }
  return all
}

const channelOf = (found: unknown, wanted: Wanted | undefined): Channel => ({
  id: textOf(found, 'id'),
  name: textOf(found, 'name'),
  isWatched: wanted?.isWatched ?? false,
  mode: wanted?.mode ?? '',
  // users.conversations leaves it out for some tokens; whoever is in its list is a member.
  isMember: (found as Record<string, unknown>)['is_member'] !== false,
  trusted: wanted?.trusted ?? [],
  bots: [],
})

const WEEK_S = 7 * 86_400

/** The last 200 posts of a week: enough to know who posts there. */
const botsIn = async (input: CheckInput, token: string, channel: Channel, ownBot: string): Promise<SeenBot[]> => {
  const oldest = String(Math.floor(input.clock.now().getTime() / 1000) - WEEK_S)
  const { ok, body } = await callSlack(input, token, 'conversations.history', { channel: channel.id, limit: '200', oldest })
  if (!ok) return []
  const seen = new Map<string, SeenBot>()
  for (const message of listOf(body, 'messages')) {
    const id = textOf(message, 'bot_id')
    if (id === '' || id === ownBot) continue
    const before = seen.get(id)
    const name = textOf((message as Record<string, unknown>)['bot_profile'], 'name') || textOf(message, 'username') || before?.name || ''
    const isAlert = slackMessage.parse(message).length > 0
    seen.set(id, { id, name, posts: (before?.posts ?? 0) + 1, alerts: (before?.alerts ?? 0) + (isAlert ? 1 : 0) })
  }
  const named = [...seen.values()].sort((a, b) => b.posts - a.posts)
  return Promise.all(named.map(async (bot) => (bot.name ? bot : { ...bot, name: await nameOfBot(input, token, bot.id) })))
}

const nameOfBot = async (input: CheckInput, token: string, bot: string): Promise<string> => {
  const { body } = await callSlack(input, token, 'bots.info', { bot })
  return textOf(body['bot'], 'name') || 'unnamed'
}

const part = 'Slack'

const linesOf = (channel: Channel): Line[] => {
  if (!channel.isMember) return []
  const where = `#${channel.name} (${channel.id})`
  const bots = channel.bots.map((bot) => described(bot, channel)).join(', ')
  if (!channel.isWatched) {
    const why = channel.mode === 'off' ? 'mode off' : 'not watched for alerts'
    return [{ level: 'note', part, text: `in ${where}, ${why}${bots === '' ? '' : `; bots posting there: ${bots}`}` }]
  }
  const heard = channel.bots.filter(({ id }) => channel.trusted.includes(id))
  if (heard.length > 0) return [{ level: 'ok', part, text: `watching ${where}, mode ${channel.mode}: ${bots}` }]
  const likely = channel.bots.filter(({ alerts }) => alerts > 0).map(({ id }) => id)
  const suggested = likely.length > 0 ? likely : channel.bots.slice(0, 1).map(({ id }) => id)
  if (channel.bots.length > 0) {
    return [
      {
        level: 'warning',
        part,
        text: `bots posting in ${where}: ${bots}; ${channel.bots.length > 1 ? 'none' : 'it'} is ${channel.bots.length > 1 ? '' : 'not '}trusted${channel.trusted.length === 0 ? '' : `, only ${channel.trusted.join(', ')}`}`,
        mend: `vigil.yaml  slack.alert_channels: [{ channel: "#${channel.name}", bots: [${suggested.join(', ')}] }]`,
      },
    ]
  }
  const silent = { level: 'warning', part } as const
  if (channel.trusted.length === 0)
    return [
      {
        ...silent,
        text: `no bot is trusted in ${where}, and none has posted there this week`,
        mend: 'let an alert be posted there, then run doctor again',
      },
    ]
  return [
    {
      level: 'note',
      part,
      text: `watching ${where}, mode ${channel.mode}: ${channel.trusted.join(', ')} trusted, nothing posted this week`,
    },
  ]
}

const described = ({ id, name, posts, alerts }: SeenBot, { trusted, isWatched }: Channel): string => {
  const counted = `${posts} ${posts === 1 ? 'post' : 'posts'} this week, ${alerts === posts ? 'all' : alerts === 0 ? 'none' : `${alerts} of them`} alerts`
  return `"${name}" ${id} (${counted}${isWatched && trusted.includes(id) ? ', trusted' : ''})`
}
