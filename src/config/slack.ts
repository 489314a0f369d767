import { z } from 'zod'
import { approvers, key, list, text, url } from './key.ts'

/** The modes of a channel, as in docs/slack.md. */
const channelMode = z.enum(['off', 'shadow', 'quiet', 'watch', 'eager'])

export const slack = z.strictObject({
  bot_token: key(z.string().startsWith('xoxb-', 'must start with xoxb- (Slack: OAuth & Permissions)').optional(), {
    variable: 'VIGIL_SLACK_BOT_TOKEN',
    also: ['SLACK_BOT_TOKEN'],
    secret: true,
    doc: 'Bot token of the Slack app (xoxb-…)',
  }),
  app_token: key(z.string().startsWith('xapp-', 'must start with xapp- (Slack: Basic Information, App-Level Tokens)').optional(), {
    variable: 'VIGIL_SLACK_APP_TOKEN',
    also: ['SLACK_APP_TOKEN'],
    secret: true,
    doc: 'App-level token with connections:write (xapp-…)',
  }),
  api_url: key(url.default('https://slack.com/api/'), {
    variable: 'VIGIL_SLACK_API_URL',
    also: ['SLACK_API_URL'],
    doc: "Address of Slack's Web API",
  }),
  webhook_url: key(url.optional(), {
    variable: 'VIGIL_SLACK_WEBHOOK_URL',
    secret: true,
    doc: 'Incoming webhook for notices when no bot token is set',
  }),
  connections: key(z.number().int().min(1).max(10).default(2), {
    variable: 'VIGIL_SLACK_CONNECTIONS',
    doc: 'Sockets to Slack; two, so that a refresh of one leaves no gap',
  }),
  channel: key(text.optional(), {
    variable: 'VIGIL_SLACK_CHANNEL',
    doc: 'Channel (id or #name) for incidents that have no alert message of their own',
  }),
  alert_channels: z
    .array(
      z.strictObject({
        channel: text,
        bots: list.default([]),
        mode: channelMode.default('watch'),
        shared: z.boolean().default(false),
        reveal: z.boolean().default(false),
      }),
    )
    .default([])
    .describe(
      'Channels whose alert messages start an investigation, the bots believed there, mode, shared, and reveal: true where the thread may name people instead of their pseudonyms',
    ),
  shadow_channel: key(text.optional(), {
    variable: 'VIGIL_SLACK_SHADOW_CHANNEL',
    doc: 'Trial channel (id or #name): copies of what is not said in alert channels of the mode shadow, to be rated there',
  }),
  link_hosts: key(list.default([]), {
    variable: 'VIGIL_SLACK_LINK_HOSTS',
    doc: 'Further hosts that links in our messages may name; the configured endpoints are always among them',
  }),
  notify: z
    .strictObject({
      mention: z
        .array(z.enum(['owner', 'on_call']))
        .default([])
        .describe('Who is mentioned; nobody unless named here'),
      on: z
        .array(z.enum(['action_required', 'approval', 'worse', 'cannot_tell']))
        .default(['action_required', 'cannot_tell'])
        .describe('The messages that mention them'),
      severity: list.default(['critical']).describe('Severities for which they are mentioned'),
    })
    .prefault({}),
  approvers: approvers.prefault({}),
})
