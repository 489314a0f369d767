import { type ModelServer, startModelServer } from '../../src/demo/model/server.ts'
import type { Workspace } from '../../src/demo/slack/contract.ts'
import { startWorkspace } from '../../src/demo/slack/workspace.ts'
import { freePort } from '../postgres.ts'
import { channelOf } from '../thread.ts'
import { until } from '../until.ts'
import { type RunningVigil, startVigil, TOKEN } from '../vigil.ts'
import { measure } from './measure.ts'
import { type Peers, startPeers, type Way } from './peers.ts'

export type RealShop = { workspace: Workspace; peers: Peers; model: ModelServer; vigil: RunningVigil; close(): Promise<void> }

/** As untyped as JSON.parse gives it. */
type Wire = ReturnType<typeof JSON.parse>

/** Vigil between a real Prometheus and Alertmanager, the local workspace and a scripted model; a service's alerts take the way given here. */
export const startShop = async (services: Readonly<Record<string, Way>>): Promise<RealShop> => {
  const workspace = await startWorkspace({ rates: false, retryScale: 0.1 })
  const model = await startModelServer({ script: measure })
  const port = await freePort()
  const slackUrl = workspace.webhookUrl('alerts', 'Alertmanager')
  const peers = await startPeers({ services, slackUrl, vigil: { url: `http://127.0.0.1:${port}`, token: TOKEN } })
  const channel = channelOf(workspace).id
  const vigil = await startVigil({
    SLACK_BOT_TOKEN: workspace.botToken,
    SLACK_APP_TOKEN: workspace.appToken,
    SLACK_API_URL: workspace.apiUrl,
    VIGIL_SLACK_CHANNEL: channel,
    VIGIL_ALERT_CHANNELS: channel,
    VIGIL_ALERT_BOTS: workspace.state.bot('Alertmanager')?.id ?? '',
    VIGIL_PROMETHEUS_ENDPOINT: peers.prometheusUrl,
    VIGIL_ALERTMANAGER_ENDPOINT: peers.alertmanagerUrl,
    VIGIL_CLAUDE_API_KEY: model.apiKey,
    VIGIL_CLAUDE_BASE_URL: model.url,
    VIGIL_HTTP_PORT: String(port),
    VIGIL_RECOVERY_SECONDS: '1',
    VIGIL_BUDGET_DAY_USD: '1000',
  })
  await until('Prometheus has seen every service well for a while', async () => {
    const answer = (await peers.ask('/api/v1/query?query=count_over_time(demo_error_ratio[1m])')) as Wire
    const counts = answer.data.result.map((one: Wire) => Number(one.value[1]))
    return counts.length === Object.keys(services).length && Math.min(...counts) >= 4
  })
  const close = async (): Promise<void> => {
    await vigil.close()
    await peers.close()
    await model.close()
    await workspace.close()
  }
  return { workspace, peers, model, vigil, close }
}
