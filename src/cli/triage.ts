import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createReceive } from '../alert/receive.ts'
import { sources } from '../alert/sources/index.ts'
import { clusterOf } from '../alert/subject.ts'
import { loadConfig } from '../config.ts'
import { type Clock, type Context, systemRandom } from '../context.ts'
import { openSources } from '../datasources/index.ts'
import { openDatabase } from '../db/connection.ts'
import { migrate } from '../db/migrate.ts'
import { InputError } from '../errors.ts'
import { evidenceOf } from '../incident/evidence.ts'
import { briefNow, timelineOf } from '../incident/timeline.ts'
import { amend } from '../investigation/amend.ts'
import { brief } from '../investigation/brief.ts'
import { investigate } from '../investigation/investigate.ts'
import { createModels } from '../llm/models.ts'
import { openQueue } from '../queue/queue.ts'
import { createLog } from '../telemetry/log.ts'
import { createTelemetry } from '../telemetry/telemetry.ts'
import { VERSION } from '../version.ts'
import type { CommandInput, ExitStatus } from './command.ts'
import { type Fired, findFired } from './triage/find-alert.ts'
import { analysisText, briefText } from './triage/print.ts'

/**
 * Looks at one alert, present or past, from the terminal, without Slack: the same rules, and with a model the same investigation, on a
 * database that is gone afterwards. 1 when nothing could be said.
 */
export const triage = async (input: CommandInput): Promise<ExitStatus> => {
  const { alert: name, at, match, 'rules-only': rulesOnly, json, ...flags } = input.flags
  if (name === undefined) throw new InputError('Which alert? For example: vigil triage --alert HighErrorRate --at 2026-11-20T03:00:00Z')
  const config = loadConfig({ ...input, flags })
  const matchers = match === undefined ? [] : match.split(/,(?=\s*\w+\s*(?:=|!))/).map((one) => one.trim())
  const cluster = clusterOf(config, { alertname: name, ...Object.fromEntries(matchers.flatMap(equal)) })
  const { prometheus } = openSources(config, input)(cluster)
  if (prometheus === undefined) throw new InputError(`No Prometheus is configured for ${cluster}: VIGIL_PROMETHEUS_ENDPOINT=http://…`)
  const fired = await findFired(prometheus, { name, matchers, at: at === undefined ? null : momentOf(at), now: input.clock.now() })
  input.note(
    `${name}${fired.others > 0 ? ` (${fired.others} more of that name; --match 'service="…"' takes another)` : ''}, firing since ${fired.startsAt.toISOString()}`,
  )
  return withContext(input, config, fired, async (context) => {
    const incident = await opened(context, fired)
    await brief(context, incident)
    await amend(context, incident)
    const look = briefNow(await timelineOf(context.db, incident))
    if (look === undefined) return 1
    const evidence = await evidenceOf(context.db, incident)
    if (json === undefined) input.print(briefText(look, evidence))
    const analysed = rulesOnly === undefined ? await investigated(input, context, incident) : null
    if (json !== undefined) input.print(JSON.stringify({ brief: look, evidence, analysis: analysed?.analysis ?? null }, null, 1))
    else if (analysed !== null) input.print(`\n${analysed.text}`)
    return 0
  })
}

const equal = (matcher: string): [string, string][] => {
  const [, label, value] = /^(\w+)\s*=\s*"([^"]*)"$/.exec(matcher) ?? []
  return label === undefined || value === undefined ? [] : [[label, value]]
}

const momentOf = (text: string): Date => {
  const at = new Date(/^\d+$/.test(text) ? Number(text) * 1000 : text)
  if (Number.isNaN(at.getTime())) throw new InputError(`--at ${text} is no time: 2026-11-20T03:00:00Z, or seconds since 1970`)
  return at
}

/** Everything a step needs, at the time of the alert: what is asked of the sources ends there. */
const withContext = async (
  input: CommandInput,
  config: ReturnType<typeof loadConfig>,
  fired: Fired,
  run: (context: Context) => Promise<ExitStatus>,
): Promise<ExitStatus> => {
  const back = input.clock.now().getTime() - fired.at.getTime()
  const clock: Clock = { ...input.clock, now: () => new Date(input.clock.now().getTime() - back) }
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-triage-'))
  const log = createLog({ log_level: 'silent' })
  const database = await openDatabase({ url: undefined, dataDir })
  try {
    await migrate(database.db)
    const queue = await openQueue({ database, url: undefined, log, clock })
    const telemetry = createTelemetry(VERSION)
    const { fetch } = input
    const models = createModels(config, { fetch, clock, onCall: telemetry.modelCalled })
    const base = { config, clock, random: systemRandom(clock), fetch, log, telemetry, db: database.db, queue, models }
    try {
      return await run({ ...base, sources: openSources(config, { fetch, clock }) })
    } finally {
      await queue.stop(1000)
    }
  } finally {
    await database.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

const opened = async (context: Context, { labels, startsAt }: Fired): Promise<string> => {
  const alerts = sources.alertmanager.parse({ alerts: [{ status: 'firing', labels, annotations: {}, startsAt: startsAt.toISOString() }] })
  const { accepted, skipped } = await createReceive(context)({ alerts, post: null, asked: null })
  const incident = accepted[0]?.incident
  if (incident === undefined) throw new InputError(`This alert is left alone: ${skipped[0]?.reason ?? 'it cannot be read'}`)
  return incident
}

const investigated = async (input: CommandInput, context: Context, incident: string) => {
  if (context.models.main === undefined) return null
  input.note(`Investigating, at most ${context.config.budgets.investigation.seconds} s …`)
  await investigate(context, incident, new AbortController().signal)
  const row = await context.db.selectFrom('investigation').selectAll().where('incident_id', '=', incident).executeTakeFirstOrThrow()
  if (row.analysis === null) return null
  const seconds = row.ended_at === null || row.started_at === null ? 0 : (row.ended_at.getTime() - row.started_at.getTime()) / 1000
  const spent = { calls: row.tool_calls, tokens: row.tokens_in + row.tokens_out, usd: row.usd, seconds }
  return { analysis: row.analysis, text: analysisText(row.analysis, spent) }
}
