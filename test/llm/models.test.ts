import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { loadConfig } from '../../src/config.ts'
import { type Clock, systemClock } from '../../src/context.ts'
import { startOpenaiServer } from '../../src/demo/model/openai-server.ts'
import { startModelServer } from '../../src/demo/model/server.ts'
import type { ModelCall } from '../../src/llm/metered.ts'
import type { Model } from '../../src/llm/model.ts'
import { createModels, type Models } from '../../src/llm/models.ts'
import { asks } from '../contracts/model.ts'

const modelsOf = (env: Record<string, string>, onCall: (call: ModelCall) => void = () => undefined, clock: Clock = systemClock): Models =>
  createModels(loadConfig({ env: { VIGIL_CONFIG: '/dev/null', ...env }, flags: {} }), { fetch, clock, onCall })

const claudeKey = { VIGIL_CLAUDE_API_KEY: 'k' }
const local = { VIGIL_OPENAI_BASE_URL: 'http://127.0.0.1:1/v1', VIGIL_OPENAI_MODEL: 'qwen3:32b' }

test('without a provider there is no model, under any name', () => {
  const models = modelsOf({})
  assert.deepEqual([models.main, models.small, models.named('main'), models.named('claude/claude-opus-5-5')], Array(4).fill(undefined))
})

test('the first provider of the order that is configured gives the main and the small model', () => {
  const ids = (models: Models) => [models.main?.id, models.small?.id]
  assert.deepEqual(ids(modelsOf(claudeKey)), ['anthropic/claude-sonnet-5-5', 'anthropic/claude-haiku-5-5'])
  assert.deepEqual(ids(modelsOf(local)), ['openai/qwen3:32b', 'openai/qwen3:32b'])
  assert.deepEqual(ids(modelsOf({ ...claudeKey, ...local, VIGIL_OPENAI_SMALL_MODEL: 'qwen3:4b' })), [
    'anthropic/claude-sonnet-5-5',
    'anthropic/claude-haiku-5-5',
  ])
  const turned = { ...claudeKey, ...local, VIGIL_OPENAI_SMALL_MODEL: 'qwen3:4b', VIGIL_MODELS_ORDER: 'openai,claude' }
  assert.deepEqual(ids(modelsOf(turned)), ['openai/qwen3:32b', 'openai/qwen3:4b'])
  assert.deepEqual(ids(modelsOf({ ...claudeKey, ...local, VIGIL_MODELS_ORDER: 'openai' })), ['openai/qwen3:32b', 'openai/qwen3:32b'])
})

test('a model has the name that the configuration gives it, and is the same each time', () => {
  const models = modelsOf({ ...claudeKey, ...local })
  assert.equal(models.named('claude/claude-opus-5-5')?.id, 'anthropic/claude-opus-5-5')
  assert.equal(models.named('openai/library/llama3:8b')?.id, 'openai/library/llama3:8b')
  assert.equal(models.named('claude/claude-opus-5-5'), models.named('claude/claude-opus-5-5'))
  assert.equal(models.named('main'), models.main)
  assert.equal(models.named('small'), models.small)
  for (const unknown of ['', 'claude', 'claude/', 'gemini/x', '/x', 'toString/x']) assert.equal(models.named(unknown), undefined, unknown)
  assert.equal(modelsOf(claudeKey).named('openai/qwen3:32b'), undefined)
})

const worlds = async (t: TestContext) => {
  const claude = await startModelServer()
  const openai = await startOpenaiServer()
  t.after(() => Promise.all([claude.close(), openai.close()]))
  const env = {
    VIGIL_CLAUDE_API_KEY: claude.apiKey,
    VIGIL_CLAUDE_BASE_URL: claude.url,
    VIGIL_OPENAI_API_KEY: openai.apiKey ?? '',
    VIGIL_OPENAI_BASE_URL: openai.url,
    VIGIL_OPENAI_MODEL: 'gpt-x',
  }
  return { claude, openai, env }
}
const ask = (model: Model | undefined) => model?.complete(asks('Well?'), new AbortController().signal)
const yes = { content: [{ type: 'text', text: 'Yes.' }] } as const

test('each falls back along the order, and every call is measured under its own model', async (t) => {
  const { claude, openai, env } = await worlds(t)
  const calls: ModelCall[] = []
  const models = modelsOf(env, (call) => calls.push(call))
  claude.script(() => ({ status: 529 }))
  openai.script(() => yes)
  const asked = ['main', 'small', 'claude/claude-opus-5-5', 'openai/gpt-y'].map((name) => ask(models.named(name)))
  const turns = await Promise.all(asked)
  assert.deepEqual(
    turns.map((turn) => [turn?.model, turn?.fell_back?.map(({ from }) => from)]),
    [
      ['gpt-x', ['anthropic/claude-sonnet-5-5']],
      ['gpt-x', ['anthropic/claude-haiku-5-5']],
      // The named one first, then those of the order.
      ['gpt-x', ['anthropic/claude-opus-5-5', 'anthropic/claude-sonnet-5-5']],
      ['gpt-y', undefined],
    ],
  )
  const failed = calls.filter(({ outcome }) => outcome === 'transient').map(({ model }) => model)
  assert.deepEqual(failed.sort(), [
    'anthropic/claude-haiku-5-5',
    'anthropic/claude-opus-5-5',
    'anthropic/claude-sonnet-5-5',
    'anthropic/claude-sonnet-5-5',
  ])
  assert.equal(calls.filter(({ outcome }) => outcome === 'ok').length, 4)
})

test('one model has one breaker, in whatever ladder it stands', async (t) => {
  const { claude, openai, env } = await worlds(t)
  const models = modelsOf(env)
  claude.script(() => ({ status: 529 }))
  openai.script(() => yes)
  for (let n = 0; n < 3; n++) await ask(models.main)
  const before = claude.requests.length
  await ask(models.named('openai/gpt-y'))
  const turn = await ask(models.named('claude/claude-opus-5-5'))
  assert.equal(claude.requests.length, before + 1, 'Opus was asked, Sonnet rests')
  assert.match(turn?.fell_back?.[1]?.because ?? '', /failed 3 times/)
})

test('a single model is asked each time: there is nothing to rest in favour of', async (t) => {
  const { claude, env } = await worlds(t)
  const models = modelsOf({ VIGIL_CLAUDE_API_KEY: env.VIGIL_CLAUDE_API_KEY, VIGIL_CLAUDE_BASE_URL: env.VIGIL_CLAUDE_BASE_URL })
  claude.script(() => ({ status: 529 }))
  for (let n = 0; n < 5; n++) await assert.rejects(ask(models.main) ?? Promise.resolve())
  assert.equal(claude.requests.length, 5)
})

test('a local model gets the silence that the configuration allows it', async (t) => {
  const { openai, env } = await worlds(t)
  const waits: number[] = []
  const clock: Clock = {
    ...systemClock,
    after: (ms, run) => {
      waits.push(ms)
      return systemClock.after(ms, run)
    },
  }
  openai.script([yes])
  const models = modelsOf({ ...env, VIGIL_MODELS_ORDER: 'openai', VIGIL_OPENAI_SILENCE_SECONDS: '120' }, undefined, clock)
  await ask(models.main)
  assert.ok(waits.length > 0 && waits.every((ms) => ms === 120_000))
})
