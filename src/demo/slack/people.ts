import type { BotPost, PressResult, Workspace } from './contract.ts'
import { faultsOf } from './limits.ts'
import { directOf } from './methods/chat.ts'
import { joinAs } from './methods/conversations.ts'
import { wireView } from './methods/views.ts'
import { edit, isIn, post, react, remove } from './post.ts'
import { base, inMessage, personOf, responseUrl, send } from './press.ts'
import type { Slack } from './slack.ts'
import type { Bot, Channel, StoredMessage } from './state.ts'
import { typed } from './typing.ts'
import { takeAckPayload } from './webhooks.ts'

/** What people and other apps' bots do in the workspace. Each throws, in words for the one who does it, when it cannot be done. */
export const peopleOf = (slack: Slack): People => ({
  say: async ({ channel, user, text, threadTs }) => {
    const person = personOf(slack, user)
    const at = channelOf(slack, channel)
    if (!at.members.has(person.id)) throw new Error(`${person.name} is not in #${at.name}`)
    return post(slack, at, { user: person.id, ...typed(slack.state, text), ...(threadTs === undefined ? {} : { threadTs }) })
  },
  postAsBot: async (sent) => postAsBot(slack, sent),
  editMessage: async ({ channel, ts, ...change }) => {
    const at = messageAt(slack, channel, ts)
    const isPerson = at.message.user !== undefined && at.message.botId === undefined
    return edit(slack, at.channel, at.message, {
      ...change,
      ...(isPerson && change.text !== undefined ? typed(slack.state, change.text) : {}),
    })
  },
  deleteMessage: async ({ channel, ts }) => {
    const at = messageAt(slack, channel, ts)
    remove(slack, at.channel, at.message)
  },
  react: async ({ channel, ts, user, name, remove: isRemoved = false }) => {
    react(slack, messageAt(slack, channel, ts), { user: personOf(slack, user).id, name, remove: isRemoved })
  },
  shortcut: async ({ callbackId, channel, ts, user }) => {
    const person = personOf(slack, user)
    const at = messageAt(slack, channel, ts)
    const { container: _, ...where } = inMessage(slack, person, at)
    const fields = { callback_id: callbackId, message_ts: ts, action_ts: slack.state.nextTs() }
    return send(slack, { ...base(slack, person, 'message_action'), ...where, ...fields })
  },
  slash: (command) => slash(slack, command),
  openHome: async (user) => {
    const person = personOf(slack, user)
    const view = slack.state.homes.get(person.id)
    slack.event({
      type: 'app_home_opened',
      user: person.id,
      channel: directOf(slack, person.id).id,
      tab: 'home',
      ...(view ? { view: wireView(slack, view) } : {}),
      event_ts: slack.state.nextTs(),
    })
  },
  join: async ({ channel, user, inviter }) => {
    const at = channelOf(slack, channel)
    if (!at.members.has(personOf(slack, user).id))
      joinAs(slack, at, personOf(slack, user).id, inviter === undefined ? undefined : personOf(slack, inviter).id)
  },
  leave: async ({ channel, user }) => leave(slack, channelOf(slack, channel), personOf(slack, user).id),
  directChannel: (user) => directOf(slack, personOf(slack, user).id).id,
})

/** An app's bot by its name or id; made when it is new. One that posts with a token has a user of its own. */
export const botNamed = (slack: Slack, name: string, kind: { withUser: boolean }): Bot => {
  const { state } = slack
  const known = state.bot(name)
  const bot: Bot = known ?? { id: state.nextId('B0'), name, appId: state.nextId('A0') }
  state.bots.set(bot.id, bot)
  if (!kind.withUser || bot.userId !== undefined) return bot
  bot.userId = state.nextId('U1')
  const flags = { isBot: true, deleted: false, isRestricted: false, isStranger: false }
  state.users.set(bot.userId, { id: bot.userId, name: bot.name, realName: bot.name, ...flags, teamId: state.team.id, tz: 'Etc/UTC' })
  return bot
}

const postAsBot = (slack: Slack, sent: BotPost): StoredMessage => {
  const channel = channelOf(slack, sent.channel)
  const { id, appId, userId } = botNamed(slack, sent.bot, { withUser: true })
  const { channel: _, bot: __, ...content } = sent
  const faults = faultsOf(content)
  if (faults.length > 0) throw new Error(`Slack would refuse this: ${faults.join('; ')}`)
  return post(slack, channel, { ...content, botId: id, appId, ...(userId === undefined ? {} : { user: userId }) })
}

/** Custom commands do not work inside threads: Slack's client says so and sends nothing. */
const slash = async (slack: Slack, given: Parameters<Workspace['slash']>[0]): Promise<PressResult> => {
  if (given.threadTs !== undefined) return { acked: false, reason: `${given.command} is not supported in threads. Sorry!`, ms: 0 }
  const person = personOf(slack, given.user)
  const channel = channelOf(slack, given.channel)
  const { team, app } = slack.state
  const { trigger_id } = base(slack, person, 'slash_commands')
  const payload = {
    token: 'local-verification-token',
    team_id: team.id,
    team_domain: team.domain,
    channel_id: channel.id,
    channel_name: channel.isIm ? 'directmessage' : channel.name,
    user_id: person.id,
    user_name: person.name,
    command: given.command,
    text: given.text,
    api_app_id: app.id,
    is_enterprise_install: 'false',
    response_url: responseUrl(slack, { channel: channel.id, user: person.id }),
    trigger_id,
  }
  const result = await send(slack, payload, 'slash_commands')
  if (result.acked) takeAckPayload(slack, result.payload, { channel: channel.id, user: person.id })
  return result
}

const leave = (slack: Slack, channel: Channel, user: string): void => {
  const isTold = isIn(slack, channel)
  channel.members.delete(user)
  slack.state.changed({ type: 'channel', channel: channel.id })
  if (!isTold) return
  slack.event({
    type: 'member_left_channel',
    user,
    channel: channel.id,
    channel_type: channel.isPrivate ? 'G' : 'C',
    team: slack.state.team.id,
    event_ts: slack.state.nextTs(),
  })
}

const channelOf = (slack: Slack, idOrName: string): Channel => {
  const channel = slack.state.channel(idOrName)
  if (!channel) throw new Error(`there is no channel ${idOrName}`)
  return channel
}

const messageAt = (slack: Slack, idOrName: string, ts: string): { channel: Channel; message: StoredMessage } => {
  const channel = channelOf(slack, idOrName)
  const message = slack.state.message(channel.id, ts)
  if (!message) throw new Error(`there is no message ${ts} in #${channel.name}`)
  return { channel, message }
}

type People = Pick<
  Workspace,
  'say' | 'postAsBot' | 'editMessage' | 'deleteMessage' | 'react' | 'shortcut' | 'slash' | 'openHome' | 'join' | 'leave' | 'directChannel'
>
