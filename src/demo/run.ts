import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startApp } from '../app.ts'
import { loadConfig } from '../config.ts'
import { InputError } from '../errors.ts'
import { startShopCluster } from './kubernetes/shop.ts'
import { startStage } from './stage.ts'
import { tellDeploy } from './tell-deploy.ts'
import { type ScenarioId, scenarios } from './world/scenarios/index.ts'
import type { Scenario } from './world/scenarios/scenario.ts'
import { isSameTemplate, standingAt } from './world/standing.ts'
import type { World } from './world/world.ts'
import { writeConfig } from './write-config.ts'

export type DemoInput = {
  readonly flags: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string | undefined>>
  print(text: string): void
  onStop(stop: () => void): void
}

/** Long enough for the page to be opened, short enough not to be bored. */
const BREAK_AFTER_MS = 4000

/** Over a minute, as the rule would have it in life, nobody waits for the end of what was mended. */
const WINDOW_SECONDS = 20
const FOR_SECONDS = 10

/** The demo's own, on this machine alone. */
const TOKEN = 'token-of-the-demo'

/** The whole story on this machine: a workspace to open in a browser, a shop that breaks, and Vigil itself between them. */
export const runDemo = async ({ flags, env, print, onStop }: DemoInput): Promise<0> => {
  if (flags['scenario'] === '') {
    print(scenarioList())
    return 0
  }
  const scenario = scenarioOf(flags['scenario'])
  const claudeKey = env['ANTHROPIC_API_KEY'] ?? env['VIGIL_CLAUDE_API_KEY']
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-demo-'))
  print('Starting a Slack workspace, a shop with Prometheus, Alertmanager and Loki, and Vigil. A few seconds …')
  const stage = await startStage({
    ...(claudeKey === undefined || claudeKey === '' ? {} : { claudeKey }),
    ...(flags['port'] === undefined ? {} : { workspacePort: Number(flags['port']) }),
    world: { rule: { forSeconds: FOR_SECONDS, windowSeconds: WINDOW_SECONDS } },
    story: { ...scenarios[scenario], name: scenario },
  })
  const cluster = await startShopCluster(stage.world)
  const config = loadConfig({
    env: {
      ...stage.env,
      VIGIL_CONFIG: writeConfig(dataDir, stage, cluster),
      VIGIL_DATA_DIR: dataDir,
      VIGIL_LOG_LEVEL: env['VIGIL_LOG_LEVEL'] ?? 'error',
      VIGIL_RECOVERY_SECONDS: '5',
      VIGIL_API_TOKEN: TOKEN,
    },
    flags: {},
  })
  const app = await startApp(config)
  const channel = stage.workspace.state.channel('alerts')
  print(`
  Open   ${stage.workspace.url}/c/${channel?.name ?? 'alerts'}

  ${scenario}: ${scenarios[scenario].title}.
  ${scenarios[scenario].hint}.

  The alert comes in about ${Math.round(BREAK_AFTER_MS / 1000)} s; Vigil answers in its thread.
  ${stage.model === undefined ? 'Claude does the thinking, with your key.' : 'A scripted model plays the thinking part (no ANTHROPIC_API_KEY is set); its messages say so.'}
  Mention it there, for instance: @vigil why is checkout slow?
  Press Enter here when somebody else is to mend the shop, Enter again to break it anew. Ctrl-C ends the demo.
  Other stories: npx vigil demo --scenario lists them.
`)
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  onStop(stop)
  const told = () => void tellDeploy(stage.world, { port: app.ports.api, token: TOKEN })
  const { isBroken, breakShop, toggle } = hands(stage.world, scenario, { print, told })
  const timer = setTimeout(() => isBroken() || breakShop(), BREAK_AFTER_MS)
  const lines = createInterface({ input: process.stdin })
  lines.on('line', toggle)
  await stopped
  clearTimeout(timer)
  lines.close()
  await app.close(2000)
  await cluster.close()
  await stage.close()
  rmSync(dataDir, { recursive: true, force: true })
  return 0
}

type Heard = { print(text: string): void; told(): void }

/** What the one before the terminal can do to the shop. */
const hands = (world: World, id: ScenarioId, { print, told }: Heard) => {
  const scenario: Scenario = scenarios[id]
  const isBroken = (): boolean => {
    const last = world.scenario()
    return last !== undefined && last.healedAt === undefined
  }
  const breakShop = (): void => {
    world.break(id)
    told()
  }
  const toggle = (): void => {
    if (isBroken()) {
      const isToBeMended = isSetSo(world, scenario)
      world.heal()
      print(`  ${isToBeMended ? `${scenario.mended}: watch the thread.` : 'What was approved has mended it. Enter again breaks it anew.'}`)
      return
    }
    breakShop()
    const alertAt = (world.scenario()?.startedAt.getTime() ?? 0) + (scenario.onsetSeconds + FOR_SECONDS) * 1000
    print(`  The shop is broken; the alert comes in about ${Math.max(1, Math.round((alertAt - Date.now()) / 1000))} s.`)
  }
  return { isBroken, breakShop, toggle }
}

const scenarioOf = (name: string | undefined): ScenarioId => {
  if (name === undefined) return 'bad-deploy'
  if (Object.hasOwn(scenarios, name)) return name as ScenarioId
  throw new InputError(`There is no scenario "${name}". There are:\n\n${scenarioList()}`)
}

/** Whether what broke it still stands; where nothing was set, or something else mends it, it does. */
const isSetSo = (world: World, { sets, mends }: Scenario): boolean => {
  const is = standingAt(world.shop().changes)
  return sets === undefined || mends !== undefined || isSameTemplate({ ...is, ...sets.to }, is)
}

/** Every scenario with what breaks, and what a person may do about it. */
const scenarioList = (): string =>
  Object.values(scenarios)
    .map(({ id, title, hint }) => `  ${id.padEnd(17)}${title}.\n${' '.repeat(19)}${hint}.`)
    .join('\n')
