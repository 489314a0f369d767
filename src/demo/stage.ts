import { SCRIPTED_MODEL } from './investigator.ts'
import type { Script } from './model/script.ts'
import { type ModelServer, startModelServer } from './model/server.ts'
import { scriptedModel } from './reply.ts'
import type { Workspace } from './slack/contract.ts'
import { page } from './slack/page/page.ts'
import type { Story } from './slack/page/visit.ts'
import { startWorkspace } from './slack/workspace.ts'
import { startWorld, type World, type WorldOptions } from './world/world.ts'

export type Stage = {
  readonly workspace: Workspace
  readonly world: World
  readonly model: ModelServer | undefined
  /** What points Vigil at all of this: nothing but its configuration does. */
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

export type StageOptions = {
  /** A real key: then Claude thinks, and no scripted model is started. */
  readonly claudeKey?: string
  readonly script?: Script
  readonly world?: Omit<WorldOptions, 'slackWebhookUrl'>
  readonly workspacePort?: number
  /** Shown beside the channels. */
  readonly story?: Story
  /** Limits of Slack's rates; false turns them off. */
  readonly rates?: boolean
  /** Scales the pauses after which Slack sends an event again. */
  readonly retryScale?: number
}

/** The bot whose posts in #alerts are believed. */
const ALERT_BOT = 'Alertmanager'

/** A Slack, a shop with its monitoring and a model, all on this machine. */
export const startStage = async (options: StageOptions = {}): Promise<Stage> => {
  const workspace = await startWorkspace({
    page: (workspace) => page(workspace, undefined, options.story),
    rates: options.rates ?? true,
    ...(options.workspacePort === undefined ? {} : { port: options.workspacePort }),
    ...(options.retryScale === undefined ? {} : { retryScale: options.retryScale }),
  })
  const world = await startWorld({ ...options.world, slackWebhookUrl: workspace.webhookUrl('alerts', ALERT_BOT) })
  const model = options.claudeKey === undefined ? await startModelServer({ script: options.script ?? scriptedModel }) : undefined
  const alerts = workspace.state.channel('alerts')
  const bot = [...workspace.state.bots.values()].find((one) => one.name === ALERT_BOT)
  const env: Record<string, string> = {
    VIGIL_CONFIG: '/dev/null',
    SLACK_BOT_TOKEN: workspace.botToken,
    SLACK_APP_TOKEN: workspace.appToken,
    SLACK_API_URL: workspace.apiUrl,
    VIGIL_SLACK_CHANNEL: alerts?.id ?? '#alerts',
    VIGIL_ALERT_CHANNELS: alerts?.id ?? '#alerts',
    VIGIL_ALERT_BOTS: bot?.id ?? ALERT_BOT,
    VIGIL_PROMETHEUS_ENDPOINT: world.prometheusUrl,
    VIGIL_ALERTMANAGER_ENDPOINT: world.alertmanagerUrl,
    VIGIL_LOKI_ENDPOINT: world.lokiUrl,
    VIGIL_HTTP_PORT: '0',
    VIGIL_ADMIN_PORT: '0',
    VIGIL_HTTP_HOST: '127.0.0.1',
    VIGIL_ADMIN_HOST: '127.0.0.1',
    ...(model === undefined
      ? { VIGIL_CLAUDE_API_KEY: options.claudeKey ?? '' }
      : {
          VIGIL_CLAUDE_API_KEY: model.apiKey,
          VIGIL_CLAUDE_BASE_URL: model.url,
          VIGIL_CLAUDE_MODEL: SCRIPTED_MODEL,
          VIGIL_CLAUDE_SMALL_MODEL: SCRIPTED_MODEL,
        }),
  }
  const close = async (): Promise<void> => {
    await world.close()
    await model?.close()
    await workspace.close()
  }
  return { workspace, world, model, env, close }
}
