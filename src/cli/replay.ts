import { readFileSync } from 'node:fs'
import { loadConfig } from '../config.ts'
import { systemRandom } from '../context.ts'
import { openDatabase } from '../db/connection.ts'
import { InputError } from '../errors.ts'
import { compare } from '../investigation/replay/compare.ts'
import { redactedRecord, writeRecorded } from '../investigation/replay/file.ts'
import { loadRecorded, type Recorded } from '../investigation/replay/recorded.ts'
import { type Rerun, rerun, type Trial } from '../investigation/replay/rerun.ts'
import { createModels } from '../llm/models.ts'
import { createLog } from '../telemetry/log.ts'
import { createTelemetry } from '../telemetry/telemetry.ts'
import { usd } from '../text/number.ts'
import { redactorFor } from '../text/redactor-for.ts'
import { VERSION } from '../version.ts'
import type { CommandInput, ExitStatus } from './command.ts'
import { readRecording, shipped } from './replay/recording.ts'

/** Stored or exported investigations against a changed prompt, model or check: prints what is different. 1 when something got worse. */
export const replay = async (input: CommandInput): Promise<ExitStatus> => {
  const { file, recorded: isShipped, prompt, model, export: exporting, raw, json, ...rest } = input.flags
  const config = loadConfig({ ...input, flags: withoutOwn(rest) })
  const recorded = isShipped !== undefined ? readRecording(shipped) : file !== undefined ? readRecording(file) : await stored(input, config)
  if (recorded.length === 0)
    throw new InputError('There is no such investigation that ended with an analysis of a model. `--last 20` takes the newest.')
  if (exporting !== undefined) {
    const kept = recorded.map((one) => (raw === undefined ? redactedRecord(one, redactorFor(config, one.incident.id).redact) : one))
    input.print(writeRecorded(kept))
    return 0
  }
  const telemetry = createTelemetry(VERSION)
  const needs = { config, clock: input.clock, random: systemRandom(input.clock), log: createLog({ log_level: 'silent' }), telemetry }
  const trial = trialOf({
    prompt,
    model,
    models: createModels(config, { fetch: input.fetch, clock: input.clock, onCall: telemetry.modelCalled }),
  })
  const results = []
  for (const one of recorded) {
    const again = await rerun(needs, one, trial, redactorFor(config, one.incident.id).redact)
    results.push({
      id: one.id,
      incident: `INC-${one.incident.number}`,
      alert: `${one.incident.alertname} in ${one.incident.cluster}`,
      rating: one.rating,
      ...compare(one, again),
      before: one.ended,
      now: again,
    })
  }
  if (json !== undefined) input.print(JSON.stringify(results, null, 1))
  else input.print([...report(results), ...(isShipped === undefined ? [] : wantedSo(results))].join('\n'))
  return results.some(({ judged }) => judged === 'regression') ? 1 : 0
}

const OWN = ['incident', 'investigation', 'last']
const withoutOwn = (flags: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(flags).filter(([name]) => !OWN.includes(name)))

const stored = async ({ flags }: CommandInput, config: ReturnType<typeof loadConfig>): Promise<Recorded[]> => {
  const database = await openDatabase({ url: config.database_url, dataDir: config.data_dir })
  try {
    const { incident, investigation, last = '10' } = flags
    if (investigation !== undefined) return await loadRecorded(database.db, { investigation })
    if (incident !== undefined)
      return await loadRecorded(database.db, { incident: numberOf(incident.replace(/^INC-/i, ''), '--incident INC-7') })
    return await loadRecorded(database.db, { last: numberOf(last, '--last 20') })
  } finally {
    await database.close()
  }
}

const numberOf = (text: string, example: string): number => {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new InputError(`"${text}" is no number of it; for example ${example}`)
  return number
}

type Wanted = { prompt: string | undefined; model: string | undefined; models: ReturnType<typeof createModels> }

/** A changed prompt has to be sent, so it needs a model; without either what was handed in is checked again. */
const trialOf = ({ prompt, model, models }: Wanted): Trial => {
  if (prompt === undefined && model === undefined) return {}
  const chosen = models.named(model ?? 'main')
  if (chosen === undefined)
    throw new InputError(`There is no model ${model ?? 'main'}: VIGIL_CLAUDE_API_KEY or VIGIL_OPENAI_MODEL (docs/models.md)`)
  return { model: chosen, ...(prompt === undefined ? {} : { system: promptIn(prompt) }) }
}

const promptIn = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new InputError(`--prompt ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

type Result = ReturnType<typeof compare> & { incident: string; alert: string; rating: string | null; before: Recorded['ended']; now: Rerun }

/** Told last, so that nobody has to look up how the set is made. */
const wantedSo = (results: readonly Result[]): string[] =>
  results.every(({ judged }) => judged === 'same') ? [] : ['Is it meant to be so? npx vigil eval --record eval/recorded.json.gz']

const report = (results: readonly Result[]): string[] => {
  const count = (judged: Result['judged']): number => results.filter((one) => one.judged === judged).length
  return [
    ...results.map(({ incident, alert, judged, changes, before, now, rating }) =>
      [
        `${judged.padEnd(10)} ${incident} ${alert}${rating === null ? '' : ` (rated ${rating})`}`,
        ...changes.map((change) => `           ${change}`),
        ...(now.missed.length === 0
          ? []
          : [`           ${now.missed.length} questions were not recorded: ${now.missed.slice(0, 3).join(', ')}`]),
        `           calls ${before.calls} -> ${now.calls}, tokens ${before.tokens} -> ${now.tokens}, ${usd(before.usd)} -> ${usd(now.usd)}, ${before.seconds.toFixed(0)} s -> ${now.seconds.toFixed(0)} s`,
      ].join('\n'),
    ),
    ...unsentIn(results),
    `${results.length} replayed: ${count('same')} same, ${count('changed')} changed, ${count('better')} rated bad and different now, ${count('regression')} regressions`,
  ]
}

/** Without a model only the receipts, tools and rules of now are tried. */
const unsentIn = (results: readonly Result[]): string[] => {
  const unsent = [...new Set(results.flatMap(({ now }) => now.unsent))]
  return unsent.length === 0 ? [] : [`a model is told otherwise now, and was not asked (--model NAME): ${unsent.join(', ')}`]
}
