import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { SCOPES } from '../src/demo/slack/seed.ts'

type Manifest = {
  display_information: { name: string; description: string }
  features: {
    slash_commands: { command: string }[]
    shortcuts: { name: string; callback_id: string; type: string }[]
    bot_user: { display_name: string }
  }
  oauth_config: { scopes: { bot: string[]; bot_optional: string[] } }
  settings: {
    event_subscriptions: { bot_events: string[] }
    interactivity: { is_enabled: boolean }
    socket_mode_enabled: boolean
    token_rotation_enabled: boolean
  }
}

const manifest = parse(readFileSync('manifest.yml', 'utf8')) as Manifest
const { bot, bot_optional: optional } = manifest.oauth_config.scopes
const events = manifest.settings.event_subscriptions.bot_events

/** Slack's own schema does not look at the names. Each event with the scopes of which one must be there (docs.slack.dev/reference/events). */
const KNOWN_EVENTS: Readonly<Record<string, readonly string[]>> = {
  app_home_opened: [],
  app_mention: ['app_mentions:read'],
  'message.channels': ['channels:history'],
  'message.groups': ['groups:history'],
  'message.im': ['im:history'],
  member_joined_channel: ['channels:read', 'groups:read'],
  reaction_added: ['reactions:read'],
  channel_shared: ['channels:read', 'groups:read'],
  channel_unshared: ['channels:read', 'groups:read'],
  subteam_members_changed: ['usergroups:read'],
  subteam_updated: ['usergroups:read'],
  app_uninstalled: [],
  tokens_revoked: [],
}

/** docs.slack.dev/reference/scopes; those that Vigil has a use for. */
const KNOWN_SCOPES = [
  ...['app_mentions:read', 'channels:history', 'channels:read', 'groups:history', 'groups:read', 'im:history', 'im:read', 'im:write'],
  ...[
    'chat:write',
    'commands',
    'reactions:read',
    'reactions:write',
    'usergroups:read',
    'users:read',
    'files:write',
    'metadata.message:read',
  ],
  ...['assistant:write', 'channels:join', 'chat:write.public'],
]

const slackSources = readdirSync('src/slack', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(`src/slack/${name}`, 'utf8'))
  .join('\n')

const named = (pattern: RegExp): string[] => [...new Set([...slackSources.matchAll(pattern)].map(([, name = '']) => name))]

test('every event that the code listens to is in the manifest', () => {
  const heard = named(/\bapp\.event\(\s*'([^']+)'/g)
  assert.ok(heard.length > 0, 'the pattern finds no listener any more')
  // Slack delivers the three message subscriptions as the one event `message`.
  const missing = heard.filter((event) => (event === 'message' ? !events.includes('message.channels') : !events.includes(event)))
  assert.deepEqual(missing, [])
})

test('every slash command and message shortcut that the code answers is in the manifest', () => {
  const commands = named(/\bapp\.command\(\s*'([^']+)'/g)
  assert.ok(commands.length > 0, 'the pattern finds no command any more')
  const declared = manifest.features.slash_commands.map(({ command }) => command)
  assert.deepEqual(
    commands.filter((command) => !declared.includes(command)),
    [],
  )
  const shortcuts = named(/\bconst CALLBACK = '([^']+)'/g)
  assert.deepEqual(
    shortcuts,
    manifest.features.shortcuts.map(({ callback_id }) => callback_id),
  )
})

test('the manifest asks only for events and scopes that exist, each once, and each event has its scope', () => {
  assert.deepEqual(
    events.filter((event) => KNOWN_EVENTS[event] === undefined),
    [],
  )
  assert.deepEqual(
    bot.filter((scope) => !KNOWN_SCOPES.includes(scope)),
    [],
  )
  assert.equal(new Set(events).size, events.length)
  assert.equal(new Set(bot).size, bot.length)
  for (const event of events) {
    const scopes = KNOWN_EVENTS[event] ?? []
    assert.ok(scopes.length === 0 || scopes.some((scope) => bot.includes(scope)), event)
  }
})

test('optional scopes stand in both lists, as Slack wants it, and nothing is optional that the road needs', () => {
  assert.deepEqual(
    optional.filter((scope) => !bot.includes(scope)),
    [],
  )
  for (const scope of ['chat:write', 'channels:history', 'app_mentions:read']) assert.ok(!optional.includes(scope))
})

test('the local workspace grants what the manifest asks for, except what Slack lets people refuse', () => {
  assert.deepEqual(
    bot.filter((scope) => !SCOPES.includes(scope)),
    ['chat:write.public'],
  )
  assert.deepEqual(
    SCOPES.filter((scope) => !bot.includes(scope)),
    [],
  )
})

test('Socket Mode and interactivity are on, token rotation is off, and the names fit into Slack', () => {
  const { settings, features, display_information: display } = manifest
  assert.deepEqual([settings.socket_mode_enabled, settings.interactivity.is_enabled, settings.token_rotation_enabled], [true, true, false])
  assert.ok(features.shortcuts.every(({ name, type }) => name.length <= 24 && type === 'message'))
  assert.ok(display.name.length <= 35 && display.description.length <= 140)
})

test('docs/slack.md gives the reason for every scope and event', () => {
  const text = readFileSync('docs/slack.md', 'utf8')
  assert.deepEqual(
    [...bot, ...events].filter((name) => !text.includes(`\`${name}\``)),
    [],
  )
})
