import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { startShopCluster } from '../../src/demo/kubernetes/shop.ts'
import type { Turn } from '../../src/demo/model/script.ts'
import { scriptedModel } from '../../src/demo/reply.ts'
import { startStage } from '../../src/demo/stage.ts'
import { tellDeploy } from '../../src/demo/tell-deploy.ts'
import type { ScenarioId } from '../../src/demo/world/scenarios/index.ts'
import { writeConfig } from '../../src/demo/write-config.ts'
import { channelOf, replies, topLevel, wordsOf } from '../thread.ts'
import { until } from '../until.ts'
import { startVigil, TOKEN } from '../vigil.ts'

/** For as long as that it must be good: the demo itself takes 20 s, and a real shop more. */
const WATCHED_SECONDS = 3

/** The whole demo with everything in it that waits made short; the shop is broken, and a card stands in the thread. */
const broken = async (t: TestContext, scenario: ScenarioId, hasModel = true) => {
  const stage = await startStage({
    rates: false,
    script: (request) => ({ ...(scriptedModel(request) as Turn), delayMs: 20 }),
    world: { podSeconds: 0.3, scrapeEverySeconds: 2, historyMinutes: 60, rule: { forSeconds: 2, windowSeconds: 6 } },
  })
  const { workspace, world } = stage
  const cluster = await startShopCluster(world)
  const directory = mkdtempSync(join(tmpdir(), 'vigil-demo-'))
  const VIGIL_CONFIG = writeConfig(directory, stage, cluster, WATCHED_SECONDS)
  const vigil = await startVigil({
    ...stage.env,
    VIGIL_CONFIG,
    VIGIL_RECOVERY_SECONDS: '1',
    ...(hasModel ? {} : { VIGIL_CLAUDE_API_KEY: '' }),
  })
  t.after(async () => {
    await vigil.close()
    await cluster.close()
    await stage.close()
    rmSync(directory, { recursive: true, force: true })
  })
  world.break(scenario)
  await tellDeploy(world, { port: vigil.app.ports.api, token: TOKEN })
  const post = await until("Alertmanager's post in #alerts", () => topLevel(workspace)[0], { seconds: 30 })
  const thread = () => replies(workspace, post.ts).map(wordsOf)
  const message = (what: string, words: RegExp) =>
    until(what, () => replies(workspace, post.ts).find((one) => words.test(wordsOf(one))), { seconds: 60, seen: thread })
  const card = await message('a card', /Roll back shop\/checkout to revision 1[\s\S]*\nApprove\n/)
  const incident = await until('an incident', async () => (await vigil.incidents())[0])
  const report = () => vigil.report(incident.id)
  const press = async (actionId: string, ts: string) =>
    assert.ok((await workspace.press({ user: 'ana', actionId, channel: channelOf(workspace).id, ts })).acked)
  return { workspace, world, cluster, card, message, report, press, thread }
}

describe('the stories of the demo, by its front door', { concurrency: 4 }, () => {
  test('the broken shop offers its fix: approving rolls the deploy back, that mends the shop, and the thread says that it helped', async (t) => {
    const { cluster, card, message, report, press, thread } = await broken(t, 'bad-deploy')
    assert.match(wordsOf(card), /v2\.13\.4/)
    assert.match(wordsOf(card), /- .*DB_POOL_MAX.*10[\s\S]*\+ .*DB_POOL_MAX.*50/)
    assert.equal(cluster.ledger.length, 0)
    await press('approve', card.ts)
    await message('the thread says so', /\*It worked\.\* \d+(\.\d)? % → \d(\.\d)? % \(limit 5 %\)/)
    const { status, actions } = await report()
    assert.deepEqual([status, actions[0]?.verification], ['resolved', 'verified'], thread().join('\n'))
    assert.equal(cluster.ledger.length, 1)
    assert.equal(
      thread().filter((words) => /\*It is over\.\*/.test(words)).length,
      0,
      'the card says that it is over, and nothing else does',
    )
  })

  test('without a model the rules offer it, and say that nobody else has looked', async (t) => {
    const { cluster, card, message, press } = await broken(t, 'bad-deploy', false)
    assert.match(wordsOf(card), /\*Why:\* .*v2\.14\.0.* before the onset/)
    assert.match(wordsOf(card), /no model has looked: the rules alone say so/)
    await press('approve', card.ts)
    await message('the thread says so', /\*It worked\.\*/)
    assert.equal(cluster.ledger.length, 1)
  })

  test('a rollback that makes it worse is said to, and its undo is one press; that puts the new version back and does not pretend to have mended it', async (t) => {
    const { world, cluster, card, message, report, press } = await broken(t, 'bad-rollback')
    assert.match(wordsOf(card), /Not known: whether the newer version changed data or a schema that the older one cannot read/)
    await press('approve', card.ts)
    await message('it got worse', /\*It got worse\.\* \d+(\.\d)? % → \d\d(\.\d)? % \(limit 5 %\)[\s\S]*The undo is below/)
    const undo = await message('the undo', /Undo: Roll back shop\/checkout to revision 2[\s\S]*\nUndo now\n/)
    assert.match(wordsOf(undo), /It is the newer of the two: what it brought before, it may bring again/)
    assert.equal((await report()).status, 'awaiting_approval')
    await press('approve', undo.ts)
    await until('the undo was watched', async () => (await report()).actions[1]?.verification != null, {
      seconds: 60,
      seen: async () => (await report()).actions,
    })
    const { actions, status } = await report()
    assert.deepEqual([actions[0]?.verification, actions[1]?.verification, status], ['worsened', 'no_change', 'escalated'])
    assert.equal(cluster.ledger.length, 2)
    assert.equal(world.shop().changes.at(-1)?.to.version, 'v2.15.0')
  })

  test('rejecting asks why, the thread says who and why, and the incident goes on until somebody else mends the shop', async (t) => {
    const { workspace, world, cluster, card, message, report, press } = await broken(t, 'bad-deploy')
    await press('reject', card.ts)
    const modal = await until('the question', () => [...workspace.state.views.values()].find((view) => view.payload.submit !== undefined))
    const input = modal.payload.blocks.find((block) => (block as { type: string }).type === 'input') as {
      block_id: string
      element: { action_id: string }
    }
    const values = { [input.block_id]: { [input.element.action_id]: 'The pool is what we were asked to lower' } }
    assert.ok((await workspace.submitView({ viewId: modal.id, user: 'ana', values })).acked)
    await until('the card says who and why', () => /ana[\s\S]*The pool is what we were asked to lower/.test(wordsOf(card)), {
      seen: () => wordsOf(card),
    })
    assert.match(wordsOf(card), /Copy the command/)
    assert.doesNotMatch(wordsOf(card), /\nApprove\n/)
    assert.notEqual((await report()).status, 'resolved')
    world.heal()
    await message('it is noticed', /\*It is over\.\*/)
    const { status, actions } = await report()
    assert.deepEqual([status, actions[0]?.status], ['resolved', 'rejected'])
    assert.equal(cluster.ledger.length, 0)
  })
})
