import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { AppOverrides } from '../src/app.ts'
import type { Script } from '../src/demo/model/script.ts'
import { type ModelServer, startModelServer } from '../src/demo/model/server.ts'
import type { Workspace } from '../src/demo/slack/contract.ts'
import { startWorkspace } from '../src/demo/slack/workspace.ts'
import { serve, type Wire } from './datasources/wire.ts'
import { channelOf } from './thread.ts'
import { type RunningVigil, startVigil } from './vigil.ts'

export type Answering = Parameters<typeof serve>[1]

export type Surrounded = RunningVigil & {
  readonly model: ModelServer
  /** Prometheus, Loki, Tempo and Pyroscope in one. */
  readonly source: Wire
  readonly workspace: Workspace
  /** The id of #alerts, where everything is said. */
  readonly channel: string
}

export type Surroundings = {
  readonly script: Script
  readonly answer: Answering
  readonly env?: Readonly<Record<string, string>>
  readonly overrides?: AppOverrides
  /** What vigil.yaml says of #alerts, where its defaults are not what is tried. */
  readonly alertChannel?: Readonly<Record<string, unknown>>
  /** What else vigil.yaml says. */
  readonly file?: Readonly<Record<string, unknown>>
}

/** The whole product between a scripted model, one server in the place of every data source, and a Slack: all that it hears is the test's. */
export const surrounded = async (t: TestContext, given: Surroundings): Promise<Surrounded> => {
  const { script, answer, env = {}, overrides = {}, alertChannel, file } = given
  const model = await startModelServer({ script })
  const source = await serve(t, answer)
  const workspace = await startWorkspace({ rates: false })
  const channel = channelOf(workspace).id
  const vigil = await startVigil(
    {
      SLACK_BOT_TOKEN: workspace.botToken,
      SLACK_APP_TOKEN: workspace.appToken,
      SLACK_API_URL: workspace.apiUrl,
      VIGIL_SLACK_CHANNEL: channel,
      ...(alertChannel === undefined ? { VIGIL_ALERT_CHANNELS: channel } : {}),
      ...(alertChannel === undefined && file === undefined
        ? {}
        : {
            VIGIL_CONFIG: written({
              ...file,
              ...(alertChannel === undefined ? {} : { slack: { alert_channels: [{ channel, ...alertChannel }] } }),
            }),
          }),
      VIGIL_PROMETHEUS_ENDPOINT: source.url,
      VIGIL_LOKI_ENDPOINT: source.url,
      VIGIL_TEMPO_ENDPOINT: source.url,
      VIGIL_PYROSCOPE_ENDPOINT: source.url,
      VIGIL_CLAUDE_API_KEY: model.apiKey,
      VIGIL_CLAUDE_BASE_URL: model.url,
      ...env,
    },
    overrides,
  )
  t.after(async () => {
    await vigil.close()
    await workspace.close()
    await model.close()
  })
  return { ...vigil, model, source, workspace, channel }
}

/** JSON is YAML. */
const written = (config: object): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'vigil-config-')), 'vigil.yaml')
  writeFileSync(path, JSON.stringify(config))
  return path
}
