import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startStage } from '../../src/demo/stage.ts'
import { until } from '../until.ts'
import { startVigil } from '../vigil.ts'

test('without tokens an incoming webhook tells the first look, the analysis and nothing twice, without buttons', async () => {
  const stage = await startStage({ rates: false })
  const { SLACK_BOT_TOKEN: _, SLACK_APP_TOKEN: __, ...env } = stage.env
  const vigil = await startVigil({ ...env, VIGIL_SLACK_WEBHOOK_URL: stage.workspace.webhookUrl('alerts', 'Notices') })
  const posts = () =>
    stage.workspace.state.channel('alerts')?.messages.filter((message) => message.botId !== undefined && message.blocks.length > 0) ?? []
  try {
    const alert = { labels: { alertname: 'CheckoutHighErrorRate', service: 'checkout', severity: 'critical' } }
    assert.equal((await vigil.call('POST', '/api/v1/alerts', alert)).status, 202)
    await until('the notices', () => posts().length >= 2)
    assert.equal((await vigil.call('POST', '/api/v1/alerts', alert)).body.skipped[0].reason, 'duplicate')
    await new Promise((resolve) => setTimeout(resolve, 1000))
    assert.equal(posts().length, 2)
    assert.ok(posts().every(({ text }) => text.length > 0 && text.length <= 110))
    assert.doesNotMatch(JSON.stringify(posts()), /"button"|feedback_buttons/)
  } finally {
    await vigil.close()
    await stage.close()
  }
})
