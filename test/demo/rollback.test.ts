import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startShopCluster } from '../../src/demo/kubernetes/shop.ts'
import { startStage } from '../../src/demo/stage.ts'
import { deployOf } from '../../src/demo/tell-deploy.ts'
import { writeConfig } from '../../src/demo/write-config.ts'
import { channelOf, replies, topLevel, wordsOf } from '../thread.ts'
import { until } from '../until.ts'
import { startVigil } from '../vigil.ts'

test('the broken shop offers its fix: approving rolls the deploy back, the shop is mended, and the thread says that it helped', async (t) => {
  const stage = await startStage({ world: { rule: { forSeconds: 5, windowSeconds: 15 } } })
  const { workspace, world } = stage
  const cluster = await startShopCluster(world)
  const directory = mkdtempSync(join(tmpdir(), 'vigil-demo-'))
  const VIGIL_CONFIG = writeConfig(directory, stage, cluster)
  const vigil = await startVigil({ ...stage.env, VIGIL_CONFIG, VIGIL_RECOVERY_SECONDS: '2' })
  t.after(async () => {
    await vigil.close()
    await cluster.close()
    await stage.close()
    rmSync(directory, { recursive: true, force: true })
  })
  world.break('bad-deploy')
  const deploy = deployOf(world)
  assert.ok(deploy)
  cluster.deploy(deploy.version, deploy.at)

  const post = await until("Alertmanager's post in #alerts", () => topLevel(workspace)[0])
  const card = await until(
    'a card',
    () => replies(workspace, post.ts).find((one) => /Roll back shop\/checkout/.test(wordsOf(one)) && /Approve/.test(wordsOf(one))),
    {
      seconds: 60,
      seen: () => replies(workspace, post.ts).map(wordsOf),
    },
  )
  assert.match(wordsOf(card), /v2\.13\.4/)
  assert.equal(cluster.ledger.length, 0)
  assert.ok((await workspace.press({ user: 'ana', actionId: 'approve', channel: channelOf(workspace).id, ts: card.ts })).acked)
  await until('it is rolled back', () => cluster.ledger.length === 1, { seconds: 20, seen: () => wordsOf(card) })
  assert.ok(world.scenario()?.healedAt, 'the deed mends the shop')

  const [incident] = await vigil.incidents()
  assert.ok(incident)
  const report = () => vigil.report(incident.id)
  await until('it is verified', async () => (await report()).actions[0]?.verification === 'verified', {
    seconds: 150,
    seen: async () => (await report()).timeline.slice(-6),
  })
  assert.equal((await report()).status, 'resolved')
  assert.equal(cluster.ledger.length, 1)
})
