import { react } from '../post.ts'
import type { Slack } from '../slack.ts'
import type { User } from '../state.ts'
import { type Answer, type Body, channelOf, flagOf, isMember, type Method, refuse, textOf } from './method.ts'

const authTest = (slack: Slack): Answer => {
  const { team, app } = slack.state
  return {
    ok: true,
    url: `${slack.settings.url}/`,
    team: team.name,
    user: app.name,
    team_id: team.id,
    user_id: app.botUserId,
    bot_id: app.botId,
    is_enterprise_install: false,
  }
}

const openConnection = (slack: Slack): Answer => {
  const query = `ticket=${slack.sockets.ticket()}&app_id=${slack.state.app.id}`
  return { ok: true, url: `${slack.settings.url.replace(/^http/, 'ws')}/link/?${query}` }
}

const userInfo = (slack: Slack, body: Body): Answer => {
  const user = slack.state.users.get(textOf(body, 'user') ?? '')
  return user ? { ok: true, user: wireUser(user) } : refuse('user_not_found')
}

const wireUser = (user: User): Record<string, unknown> => ({
  id: user.id,
  team_id: user.teamId,
  name: user.name,
  real_name: user.realName,
  deleted: user.deleted,
  tz: user.tz,
  profile: { display_name: user.name, real_name: user.realName, team: user.teamId },
  is_bot: user.isBot,
  is_app_user: false,
  is_restricted: user.isRestricted,
  is_ultra_restricted: false,
  is_stranger: user.isStranger,
})

const usergroups = (slack: Slack, body: Body): Answer => {
  const shown = [...slack.state.usergroups.values()].filter((group) => !group.disabled || flagOf(body, 'include_disabled'))
  return {
    ok: true,
    usergroups: shown.map((group) => ({
      id: group.id,
      team_id: slack.state.team.id,
      is_usergroup: true,
      name: group.name,
      handle: group.handle,
      date_delete: group.disabled ? 1 : 0,
      user_count: group.users.length,
      ...(flagOf(body, 'include_users') ? { users: group.users } : {}),
    })),
  }
}

const usergroupUsers = (slack: Slack, body: Body): Answer => {
  const group = slack.state.usergroups.get(textOf(body, 'usergroup') ?? '')
  if (!group || (group.disabled && !flagOf(body, 'include_disabled'))) return refuse('not_found')
  return { ok: true, users: group.users }
}

const teamInfo = (slack: Slack): Answer => {
  const { team } = slack.state
  return { ok: true, team: { ...team, url: `${slack.settings.url}/` } }
}

const botInfo = (slack: Slack, body: Body): Answer => {
  const bot = slack.state.bots.get(textOf(body, 'bot') ?? slack.state.app.botId)
  if (!bot) return refuse('bot_not_found')
  const { id, name, appId } = bot
  return { ok: true, bot: { id, name, app_id: appId, deleted: false, ...(bot.userId ? { user_id: bot.userId } : {}) } }
}

const reactionWith =
  (remove: boolean) =>
  (slack: Slack, body: Body): Answer => {
    const channel = channelOf(slack, body)
    if (!channel) return refuse('channel_not_found')
    if (!isMember(slack, channel)) return refuse('not_in_channel')
    const name = (textOf(body, 'name') ?? '').replace(/^:|:$/g, '')
    if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(name)) return refuse('invalid_name')
    const message = slack.state.message(channel.id, textOf(body, 'timestamp') ?? '')
    if (!message || message.ephemeralFor) return refuse('message_not_found')
    const done = react(slack, { channel, message }, { user: slack.state.app.botUserId, name, remove })
    return done ? { ok: true } : refuse(remove ? 'no_reaction' : 'already_reacted')
  }

export const peopleMethods: Readonly<Record<string, Method>> = {
  'api.test': { run: (_slack, body) => ({ ok: true, args: body }) },
  'auth.test': { run: authTest },
  'apps.connections.open': { token: 'app', run: openConnection },
  'users.info': { scope: 'users:read', run: userInfo },
  'usergroups.list': { scope: 'usergroups:read', run: usergroups },
  'usergroups.users.list': { scope: 'usergroups:read', run: usergroupUsers },
  'team.info': { run: teamInfo },
  'bots.info': { scope: 'users:read', run: botInfo },
  'reactions.add': { scope: 'reactions:write', run: reactionWith(false) },
  'reactions.remove': { scope: 'reactions:write', run: reactionWith(true) },
}
