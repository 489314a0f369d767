import { InputError } from '../errors.ts'
import type { SlackClients } from './clients.ts'
import { refusalOf, slackFailure } from './failure.ts'

/** Who Vigil is in its workspace. */
export type Identity = {
  readonly botUserId: string
  readonly botId: string
  readonly teamId: string
  /** The workspace's address with a slash at its end: links to messages begin with it. */
  readonly url: string
  readonly appId?: string
  /** What the bot token may do. */
  readonly scopes: readonly string[]
}

/** Asks Slack who the token belongs to. Throws InputError when the token is not taken, TransientError when Slack cannot be asked. */
export const identify = async (clients: Pick<SlackClients, 'interactive'>): Promise<Identity> => {
  const { interactive } = clients
  try {
    const answer = await interactive.auth.test()
    const { user_id: botUserId, bot_id: botId, team_id: teamId, url } = answer
    if (!botUserId || !botId || !teamId || !url)
      throw new InputError('SLACK_BOT_TOKEN (slack.bot_token) is not the token of a bot; it starts with xoxb-')
    const appId = await appOf(clients, botId)
    const scopes = answer.response_metadata?.scopes ?? []
    return { botUserId, botId, teamId, url: url.endsWith('/') ? url : `${url}/`, ...(appId === undefined ? {} : { appId }), scopes }
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal !== null && REFUSED_TOKENS.includes(refusal))
      throw new InputError(`Slack does not take SLACK_BOT_TOKEN, slack.bot_token (${refusal}); copy it again from OAuth & Permissions`)
    throw slackFailure(error, 'asking who Vigil is')
  }
}

const REFUSED_TOKENS = ['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired', 'not_allowed_token_type']

/** Good to know, and not worth failing for. */
const appOf = async ({ interactive }: Pick<SlackClients, 'interactive'>, bot: string): Promise<string | undefined> => {
  try {
    return (await interactive.bots.info({ bot })).bot?.app_id
  } catch {
    return undefined
  }
}
