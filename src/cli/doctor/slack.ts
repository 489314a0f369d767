import { parse as parseYaml } from 'yaml'
import { slackManifest } from '../manifest.ts'
import { type Channel, type CheckInput, type Line, nameOf, said, skewLine } from './check.ts'
import { callSlack, type SlackAnswer, textOf } from './slack-call.ts'
import { channelsOf } from './slack-channels.ts'

/** Tokens, scopes, channels, the bots seen there, and Slack's clock. */
export const checkSlack = async (input: CheckInput): Promise<{ lines: Line[]; channels: readonly Channel[] }> => {
  const { bot_token: botToken, app_token: appToken } = input.config.slack
  if (botToken === undefined || appToken === undefined) return { lines: [withoutSlack(input)], channels: [] }
  try {
    const [who, socket] = await Promise.all([callSlack(input, botToken, 'auth.test'), callSlack(input, appToken, 'apps.connections.open')])
    const socketLines = socket.ok ? [] : [refusedAppToken(input, socket.error)]
    if (!who.ok) return { lines: [refusedBotToken(input, who.error), ...socketLines], channels: [] }
    const lines = [identity(input, who, socket), ...socketLines, ...(await sameApp(input, botToken, appToken, who)), ...scopeLines(who)]
    const { lines: channelLines, channels } = await channelsOf(input, botToken, textOf(who.body, 'bot_id'))
    return { lines: [...lines, ...skewLine(part, 'Slack', who.skewMs), ...channelLines, ...unwatched(input, channels)], channels }
  } catch (error) {
    const mend = 'check the way out to Slack from here, and SLACK_API_URL if it is set'
    return { lines: [{ level: 'fault', effect: 'deaf', part, text: said(error), mend }], channels: [] }
  }
}

const part = 'Slack'

const withoutSlack = ({ config }: CheckInput): Line => ({
  ...(config.api_token === undefined ? { level: 'fault', effect: 'no start' } : { level: 'warning' }),
  part,
  text: 'no tokens: nothing is shown in Slack',
  mend: 'set SLACK_BOT_TOKEN and SLACK_APP_TOKEN; docs/getting-started.md makes both',
})

const identity = ({ config }: CheckInput, who: SlackAnswer, socket: SlackAnswer): Line => ({
  level: 'ok',
  part,
  text: [
    `workspace ${textOf(who.body, 'team')}, bot @${textOf(who.body, 'user')}`,
    ...(socket.ok
      ? [`Socket Mode answers, ${config.slack.connections} ${config.slack.connections === 1 ? 'connection' : 'connections'} configured`]
      : []),
    ...(Math.abs(who.skewMs) <= 1500 ? ['clock within a second'] : []),
  ].join(', '),
})

const refusedBotToken = ({ env }: CheckInput, error: string): Line => ({
  level: 'fault',
  effect: 'no start',
  part,
  text: `Slack refuses the bot token in ${nameOf(env, ['VIGIL_SLACK_BOT_TOKEN', 'SLACK_BOT_TOKEN'])}: ${error}${meanings[error] ?? ''}`,
  mend: 'copy "Bot User OAuth Token" (xoxb-…) from your app\'s page, OAuth & Permissions, and install the app if there is none',
})

const refusedAppToken = ({ env }: CheckInput, error: string): Line => ({
  level: 'fault',
  effect: 'deaf',
  part,
  text: `Slack refuses the app token in ${nameOf(env, ['VIGIL_SLACK_APP_TOKEN', 'SLACK_APP_TOKEN'])}: ${error}${meanings[error] ?? ''}`,
  mend: "on your app's page, Basic Information, App-Level Tokens: make one with connections:write (xapp-…); Socket Mode must be on",
})

const meanings: Readonly<Record<string, string>> = {
  invalid_auth: ' (it is not a token of this Slack)',
  not_allowed_token_type: ' (the two tokens may have been swapped)',
  token_revoked: ' (somebody revoked it)',
  token_expired: ' (token rotation must be off)',
  account_inactive: ' (the app was removed from the workspace)',
  missing_scope: ' (it lacks connections:write)',
}

/** An app-level token has the id of its app in it; the bot's app is known by its bot. */
const sameApp = async (input: CheckInput, botToken: string, appToken: string, who: SlackAnswer): Promise<Line[]> => {
  const ofToken = /^xapp-\d-(A[A-Z0-9]+)-/.exec(appToken)?.[1]
  if (ofToken === undefined) return []
  const { body } = await callSlack(input, botToken, 'bots.info', { bot: textOf(who.body, 'bot_id') })
  const ofBot = textOf(body['bot'], 'app_id')
  if (ofBot === '' || ofBot === ofToken) return []
  return [
    {
      level: 'fault',
      effect: 'deaf',
      part,
      text: `the tokens belong to two apps: the bot token to ${ofBot}, the app token to ${ofToken}. No event would come`,
      mend: 'take both from the same app',
    },
  ]
}

const scopeLines = (who: SlackAnswer): Line[] => {
  if (who.scopes.length === 0) return []
  const { bot, optional } = wantedScopes()
  const missing = bot.filter((scope) => !who.scopes.includes(scope))
  const needed = missing.filter((scope) => !optional.includes(scope))
  const spare = missing.filter((scope) => optional.includes(scope))
  return [
    ...(needed.length === 0
      ? []
      : [
          {
            level: 'fault',
            part,
            text: `the bot token lacks ${needed.length === 1 ? 'the scope' : 'the scopes'} ${needed.join(', ')}`,
            mend: 'paste the output of "vigil manifest" into your app\'s page, App Manifest, save, and reinstall the app there',
          } as const,
        ]),
    ...(spare.length === 0 ? [] : [{ level: 'note', part, text: `without the optional scopes ${spare.join(', ')}` } as const]),
  ]
}

/** The scopes of manifest.yml. */
export const wantedScopes = (): { bot: readonly string[]; optional: readonly string[] } => {
  const { scopes } = (parseYaml(slackManifest()) as { oauth_config: { scopes: { bot: string[]; bot_optional: string[] } } }).oauth_config
  return { bot: scopes.bot, optional: scopes.bot_optional }
}

const unwatched = ({ config }: CheckInput, channels: readonly Channel[]): Line[] => {
  if (config.slack.alert_channels.length > 0) return []
  const [likely] = channels.flatMap((channel) => channel.bots.filter(({ alerts }) => alerts > 0).map((bot) => ({ channel, bot })))
  const example =
    likely === undefined ? 'C0ALERTS and VIGIL_ALERT_BOTS=B0ALERT' : `${likely.channel.id} and VIGIL_ALERT_BOTS=${likely.bot.id}`
  return [
    {
      level: 'warning',
      part,
      text: 'no channel is watched: alerts start something only over the webhook, or when someone mentions Vigil',
      mend: `set VIGIL_ALERT_CHANNELS=${example}`,
    },
  ]
}
