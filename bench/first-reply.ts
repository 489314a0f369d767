import type { Workspace } from '../src/demo/slack/contract.ts'
import { startWorkspace } from '../src/demo/slack/workspace.ts'
import { startWorld } from '../src/demo/world/world.ts'
import { freshDatabase } from '../test/template.ts'
import { atMost, compared, inTurns, type Measured } from './measure.ts'
import { startProcess } from './process.ts'
import { startVigil, type Vigil } from './vigil.ts'

const TURNS = 15
/** Vigil keeps to Slack's one message a second and channel: a post that comes sooner would measure that. */
const PAUSE_MS = 1200

/**
 * From the moment an alert stands in a channel of the local workspace until the first reply stands in its thread, against a Bolt app
 * that answers every message. Each has a workspace of its own in this process, because one workspace would share its events between them.
 */
export const firstReply = async (): Promise<Measured[]> => {
  const [ours, theirs] = [await startWorkspace({ rates: false }), await startWorkspace({ rates: false })]
  const world = await startWorld({})
  const database = await freshDatabase()
  const other = await freshDatabase()
  const echo = await startProcess({ args: ['bench/bolt-echo.ts'], env: tokensOf(theirs), ready: 'ready' })
  for (const workspace of [ours, theirs]) workspace.webhookUrl('alerts', BOT)
  const env = {
    ...tokensOf(ours),
    VIGIL_ALERT_CHANNELS: ours.state.channel('alerts')?.id ?? '',
    VIGIL_ALERT_BOTS: ours.state.bot(BOT)?.id ?? '',
  }
  const measure = async (name: string, vigil: Vigil): Promise<Measured> => {
    await untilConnected(ours)
    let n = 0
    const times = await inTurns(
      TURNS,
      () => replyMs(ours, `${name.replaceAll(' ', '')}${n++}`),
      () => replyMs(theirs, `Echo${n}`),
    )
    await vigil.stop()
    return compared(`first reply, ${name}`, times, { unit: 'ms', aim: atMost(6) })
  }
  try {
    const alone = await measure('no data source', await startVigil({ ...env, VIGIL_DATABASE_URL: database.url ?? '' }))
    const sources = { VIGIL_PROMETHEUS_ENDPOINT: world.prometheusUrl, VIGIL_ALERTMANAGER_ENDPOINT: world.alertmanagerUrl }
    const asking = await measure(
      'asking Alertmanager and Prometheus',
      await startVigil({ ...env, ...sources, VIGIL_DATABASE_URL: other.url ?? '' }),
    )
    return [alone, asking]
  } finally {
    await echo.stop()
    await world.close()
    await ours.close()
    await theirs.close()
    await database.remove()
    await other.remove()
  }
}

const BOT = 'Alertmanager'

const tokensOf = (workspace: Workspace) => ({
  SLACK_BOT_TOKEN: workspace.botToken,
  SLACK_APP_TOKEN: workspace.appToken,
  SLACK_API_URL: workspace.apiUrl,
})

const untilConnected = async (workspace: Workspace): Promise<void> => {
  while (workspace.connections() < 2) await new Promise((resolve) => setTimeout(resolve, 10))
}

const replyMs = async (workspace: Workspace, alertname: string): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  const channel = workspace.state.channel('alerts')?.id ?? ''
  const { promise: replied, resolve } = Promise.withResolvers<number>()
  const unsubscribe = workspace.state.subscribe((change) => {
    if (change.type === 'message' && change.threadTs !== undefined && change.channel === channel) resolve(performance.now())
  })
  const began = performance.now()
  await workspace.postAsBot({
    channel,
    bot: BOT,
    attachments: [{ title: `[FIRING:1] ${alertname} (checkout critical)`, fallback: `[FIRING:1] ${alertname}`, color: 'danger' }],
  })
  const late = setTimeout(() => resolve(Number.NaN), 10_000)
  const at = await replied
  clearTimeout(late)
  unsubscribe()
  if (Number.isNaN(at)) throw new Error(`nobody replied to ${alertname}`)
  return at - began
}
