import { loadConfig } from '../config.ts'
import { InputError } from '../errors.ts'
import { redactedRecord } from '../investigation/replay/file.ts'
import { createModels } from '../llm/models.ts'
import { redactorFor } from '../text/redactor-for.ts'
import type { CommandInput, ExitStatus } from './command.ts'
import { writeRecording } from './replay/recording.ts'

/** The recorded incidents of eval/ through the real loop: with the scripted model, a configured one, or by the rules alone. 1 below the bars. */
export const evalCommand = async (input: CommandInput): Promise<ExitStatus> => {
  if (input.flags['data'] !== undefined) return await evalData(input)
  const { cases: names, model, 'rules-only': rulesOnly, record, json, ...flags } = input.flags
  const config = loadConfig({ ...input, flags })
  const { evaluate } = await import('../../eval/main.ts')
  const chosen =
    model === undefined ? undefined : createModels(config, { fetch: input.fetch, clock: input.clock, onCall: () => undefined }).named(model)
  if (model !== undefined && chosen === undefined)
    throw new InputError(`There is no model ${model}: VIGIL_CLAUDE_API_KEY or VIGIL_OPENAI_MODEL (docs/models.md)`)
  const result = await evaluate({
    ...(names === undefined ? {} : { names: names.split(',').map((name) => name.trim()) }),
    ...(chosen === undefined ? {} : { model: chosen }),
    rulesOnly: rulesOnly !== undefined,
  })
  if (record !== undefined)
    writeRecording(
      record,
      result.recorded.map((one) => redactedRecord(one, redactorFor(config, one.incident.id).redact)),
    )
  input.print(json === undefined ? result.report : JSON.stringify(result.rows, null, 1))
  return result.passed ? 0 : 1
}

/** The first look, no model, on recordings of real systems: `--data DIR`. */
const evalData = async (input: CommandInput): Promise<ExitStatus> => {
  const { data: directory = '', only, limit, history, json } = input.flags
  const { evaluateData } = await import('../../eval/data/main.ts')
  const { report, rows, passed } = await evaluateData({
    directory,
    ...(only === undefined ? {} : { only }),
    ...(limit === undefined ? {} : { limit: wholeNumber('limit', limit) }),
    ...(history === undefined ? {} : { history: wholeNumber('history', history) }),
  })
  input.print(json === undefined ? report : JSON.stringify(rows, null, 1))
  return passed ? 0 : 1
}

const wholeNumber = (flag: string, text: string): number => {
  if (!/^\d{1,6}$/.test(text)) throw new InputError(`--${flag} ${text}: a whole number is wanted`)
  return Number(text)
}
