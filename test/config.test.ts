import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { configurationTable } from '../src/cli/configuration.ts'
import { type Config, configKeys, loadConfig } from '../src/config.ts'
import { InputError } from '../src/errors.ts'

const file = (text: string, name = 'vigil.yaml'): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'vigil-config-')), name)
  writeFileSync(path, text)
  return path
}

/** Without a file of its own it reads an empty one, never the one of the working directory. */
const load = (given: { yaml?: string; env?: Record<string, string>; flags?: Record<string, string> }): Config => {
  const path = given.yaml === undefined ? '/dev/null' : file(given.yaml)
  return loadConfig({ env: { VIGIL_CONFIG: path, ...given.env }, flags: given.flags ?? {} })
}

const faultsOf = (given: Parameters<typeof load>[0]): readonly string[] => {
  try {
    load(given)
  } catch (error) {
    if (error instanceof InputError) return error.faults
    throw error
  }
  assert.fail('the configuration was taken')
}

test('a flag beats a variable, a variable beats the file, the file beats the default', () => {
  const yaml = 'http: { port: 3 }'
  assert.equal(load({}).http.port, 8080)
  assert.equal(load({ yaml }).http.port, 3)
  assert.equal(load({ yaml, env: { VIGIL_HTTP_PORT: '2' } }).http.port, 2)
  assert.equal(load({ yaml, env: { VIGIL_HTTP_PORT: '2' }, flags: { 'http-port': '1' } }).http.port, 1)
})

test('--config beats VIGIL_CONFIG, and a file that is named must exist', () => {
  const one = file('log_level: warn')
  const other = file('log_level: error')
  assert.equal(loadConfig({ env: { VIGIL_CONFIG: one }, flags: { config: other } }).log_level, 'error')
  assert.match(faultsOf({ env: { VIGIL_CONFIG: '/nowhere/vigil.yaml' } }).join(), /no such file; --config or VIGIL_CONFIG names it/)
})

test('a VIGIL_ name beats the conventional one, which beats the file', () => {
  const yaml = 'slack: { bot_token: xoxb-file, app_token: xapp-file }'
  const conventional = { SLACK_BOT_TOKEN: 'xoxb-conventional', SLACK_APP_TOKEN: 'xapp-conventional' }
  assert.equal(load({ yaml, env: conventional }).slack.bot_token, 'xoxb-conventional')
  assert.equal(load({ yaml, env: { ...conventional, VIGIL_SLACK_BOT_TOKEN: 'xoxb-own' } }).slack.bot_token, 'xoxb-own')
  assert.equal(load({ env: { DATABASE_URL: 'postgres://a/b' } }).database_url, 'postgres://a/b')
  assert.equal(load({ env: { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'http://b' } }).claude.base_url, 'http://b')
})

test('an empty variable counts as absent', () => {
  assert.equal(load({ env: { VIGIL_SLACK_BOT_TOKEN: '', DATABASE_URL: '' } }).database_url, undefined)
})

test('a secret may come from the file that its variable with _FILE names, without the closing line break', () => {
  const path = file('a-token-of-sixteen\n', 'token')
  assert.equal(load({ env: { VIGIL_API_TOKEN_FILE: path } }).api_token, 'a-token-of-sixteen')
  assert.equal(load({ env: { ANTHROPIC_API_KEY_FILE: path } }).claude.api_key, 'a-token-of-sixteen')
  assert.deepEqual(faultsOf({ env: { VIGIL_API_TOKEN_FILE: '/nowhere/token' } }), [
    'VIGIL_API_TOKEN_FILE: cannot read the file that it names; check the path and its permissions',
  ])
})

test('lists come with commas between, also the channels and bots, by variable and by flag', () => {
  assert.deepEqual(load({ env: { VIGIL_SUBJECT_SERVICE: 'service, team ,' } }).subject.service, ['service', 'team'])
  const channels = { VIGIL_ALERT_CHANNELS: 'C0ALERTS, #shop', VIGIL_ALERT_BOTS: 'B0ONE,B0TWO' }
  const expected = ['C0ALERTS', '#shop'].map((channel) => ({
    channel,
    bots: ['B0ONE', 'B0TWO'],
    mode: 'watch',
    shared: false,
    reveal: false,
  }))
  assert.deepEqual(load({ env: channels }).slack.alert_channels, expected)
  const flags = { 'alert-channels': '#other', 'alert-bots': 'B0X' }
  assert.deepEqual(load({ env: channels, flags }).slack.alert_channels, [
    { channel: '#other', bots: ['B0X'], mode: 'watch', shared: false, reveal: false },
  ])
})

test('bots without channels are a fault, not silence', () => {
  assert.match(faultsOf({ env: { VIGIL_ALERT_BOTS: 'B0ONE' } }).join(), /VIGIL_ALERT_BOTS .* is read with VIGIL_ALERT_CHANNELS only/)
})

test('every fault is named at once, each with its key, its variable and the rule', () => {
  const faults = faultsOf({
    yaml: 'slak: {}\nslack: { alert_chanels: [], alert_channels: [{ channel: C1, mod: watch }] }\nclusters: [{ name: a, match: [nonsense] }]',
    env: { VIGIL_HTTP_PORT: 'abc', VIGIL_DRAIN_SECONDS: '400', VIGIL_LOG_LEVEL: 'loud', VIGIL_PROMETHEUS_ENDPOINT: 'prom:9090' },
    flags: { 'http-prot': '1' },
  })
  assert.deepEqual([...faults].sort(), [
    '--http-prot: no such option; did you mean --http-port?',
    'clusters.0.match.0: must be a matcher such as team="payments" or severity=~"critical|page"',
    'drain_seconds (VIGIL_DRAIN_SECONDS): must be at most 300, is 400',
    'http.port (VIGIL_HTTP_PORT): must be a number, is "abc"',
    'log_level (VIGIL_LOG_LEVEL): must be one of trace, debug, info, warn, error, silent, is "loud"',
    'prometheus.endpoint (VIGIL_PROMETHEUS_ENDPOINT): must be a URL that starts with http:// or https://',
    'slack.alert_chanels: no such key; did you mean slack.alert_channels?',
    'slack.alert_channels.0.mod: no such key; did you mean slack.alert_channels.0.mode?',
    'slak: no such key; did you mean slack?',
  ])
})

test('what contradicts itself is a fault: half of a pair of tokens, a budget below the drain, a name twice, a pattern that cannot be read', () => {
  assert.match(faultsOf({ env: { SLACK_BOT_TOKEN: 'xoxb-only' } }).join(), /Socket Mode needs both, or none/)
  assert.match(faultsOf({ env: { VIGIL_DRAIN_SECONDS: '90' } }).join(), /must be more than drain_seconds/)
  const twice = '{ name: a, match: [x="1"], prometheus: http://p }'
  assert.match(faultsOf({ yaml: `clusters: [${twice}, ${twice}]` }).join(), /the name "a" is used twice/)
  assert.match(faultsOf({ yaml: `routes: [{ match: ['team=~"("'], channel: C1 }]` }).join(), /no regular expression/)
})

test('models that cannot work together are faults, each with its mend', () => {
  const openai = { VIGIL_OPENAI_MODEL: 'qwen3:32b', VIGIL_OPENAI_BASE_URL: 'http://localhost:11434/v1' }
  const by = (name: string) => `models: { by_severity: { critical: ${name} } }`
  assert.match(faultsOf({ env: { VIGIL_OPENAI_SMALL_MODEL: 'x' } }).join(), /openai\.small_model .* set VIGIL_OPENAI_MODEL/)
  assert.match(faultsOf({ env: { VIGIL_OPENAI_MODEL: 'gpt-x' } }).join(), /openai\.api_key .* set openai\.base_url/)
  assert.match(faultsOf({ env: { VIGIL_MODELS_ORDER: 'claude,claude' } }).join(), /names a provider twice/)
  assert.match(faultsOf({ env: { VIGIL_MODELS_ORDER: 'claude,gemini' } }).join(), /must be one of claude, openai, is "gemini"/)
  assert.match(faultsOf({ yaml: by('gpt-4') }).join(), /by_severity\.critical: must be main, small, .* is "gpt-4"/)
  assert.match(faultsOf({ yaml: by('openai/x'), env: { ANTHROPIC_API_KEY: 'k' } }).join(), /set VIGIL_OPENAI_MODEL/)
  assert.match(faultsOf({ yaml: by('claude/x'), env: openai }).join(), /set VIGIL_CLAUDE_API_KEY/)
  // Without any provider there are rules only, and a key may come later.
  assert.equal(load({ yaml: by('claude/x') }).models.by_severity['critical'], 'claude/x')
  assert.equal(load({ env: { ...openai, OPENAI_API_KEY: 'k' }, yaml: by('openai/gpt-oss:120b') }).openai.api_key, 'k')
})

test('a channel that is only being tried needs a trial channel beside it', () => {
  const tried = (more: string) => faultsOf({ yaml: `slack: { alert_channels: [{ channel: '#alerts', mode: shadow }]${more} }` }).join()
  assert.match(tried(''), /slack\.shadow_channel \(VIGIL_SLACK_SHADOW_CHANNEL\): is missing/)
  assert.match(tried(", shadow_channel: '#alerts'"), /must not be one of slack\.alert_channels/)
})

test('a file that is no mapping or no YAML is a fault that names the file', () => {
  assert.match(faultsOf({ yaml: '- a list' }).join(), /vigil\.yaml: must be a mapping/)
  assert.match(faultsOf({ yaml: 'a: [' }).join(), /vigil\.yaml: is not valid YAML/)
})

test('no fault repeats the value of a secret or of an address', () => {
  const secret = 'hunter2'
  const env = Object.fromEntries(
    configKeys()
      .filter((key) => key.secret === true || key.variable.endsWith('_ENDPOINT'))
      .map((key) => [key.variable, secret]),
  )
  const faults = faultsOf({ env })
  // The two Slack tokens, the API token, the database, the webhook, and eight endpoints have a form that this breaks.
  assert.equal(faults.length, 13, faults.join('\n'))
  assert.ok(!faults.join('\n').includes(secret), faults.join('\n'))
  assert.ok(
    !faultsOf({ yaml: `api_token: ${'1'.repeat(20)}` })
      .join()
      .includes('1111'),
  )
})

test('the variables that are promised exist', () => {
  const names = configKeys().flatMap((key) => [key.variable, ...(key.also ?? [])])
  const promised = [
    ...['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_API_URL', 'ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL', 'DATABASE_URL'],
    ...['VIGIL_API_TOKEN', 'VIGIL_CLAUDE_API_KEY', 'VIGIL_CLAUDE_MODEL', 'VIGIL_PROMETHEUS_ENDPOINT', 'VIGIL_PROMETHEUS_TENANT_ID'],
    ...['VIGIL_LOKI_ENDPOINT', 'VIGIL_LOKI_TENANT_ID', 'VIGIL_ALERTMANAGER_ENDPOINT', 'VIGIL_DATABASE_URL', 'VIGIL_DATA_DIR'],
    ...['VIGIL_SLACK_WEBHOOK_URL', 'VIGIL_SLACK_CHANNEL', 'VIGIL_HTTP_PORT', 'VIGIL_ADMIN_PORT', 'VIGIL_DRAIN_SECONDS'],
    ...['VIGIL_SHUTDOWN_BUDGET_SECONDS', 'VIGIL_LOG_LEVEL'],
  ]
  assert.deepEqual(
    promised.filter((name) => !names.includes(name as `VIGIL_${string}`)),
    [],
  )
})

test('vigil.example.yaml loads as it stands, and with every commented example switched on', () => {
  const text = readFileSync('vigil.example.yaml', 'utf8')
  assert.equal(load({ yaml: text }).log_level, 'info')
  const switchedOn = text.replace(/^# (?=[a-z_]+: )/gm, '')
  const config = load({ yaml: switchedOn })
  assert.ok(
    config.clusters.length > 0 && config.routes.length > 0 && config.heartbeats.length > 0 && config.slack.alert_channels.length > 0,
  )
})

test('docs/configuration.md is what the schema says', () => {
  assert.equal(
    readFileSync('docs/configuration.md', 'utf8'),
    configurationTable(),
    'run: npm run --silent docs:configuration > docs/configuration.md',
  )
})
