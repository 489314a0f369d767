import { loadConfig } from '../config.ts'
import { sourceNames } from '../datasources/sources.ts'
import type { CommandInput, ExitStatus } from './command.ts'
import { checkActions } from './doctor/actions.ts'
import { checkAlertmanager } from './doctor/alertmanager.ts'
import { checkBrowser } from './doctor/browser.ts'
import { type Check, type CheckInput, type Line, said } from './doctor/check.ts'
import { checkDatabase } from './doctor/database.ts'
import { checkArgoCd, checkGitHub } from './doctor/deploys.ts'
import { checkHttp } from './doctor/http.ts'
import { checkKubernetes } from './doctor/kubernetes.ts'
import { checkLoki } from './doctor/loki.ts'
import { checkModel } from './doctor/model.ts'
import { checkPrometheus } from './doctor/prometheus.ts'
import { checkPyroscope } from './doctor/pyroscope.ts'
import { report } from './doctor/report.ts'
import { checkSlack } from './doctor/slack.ts'
import { checkTempo } from './doctor/tempo.ts'
import { checkVariables } from './doctor/variables.ts'

/** Checks everything side by side, prints what was found and how to mend it. 1 when something that is configured does not work. */
export const doctor = async (input: CommandInput): Promise<ExitStatus> => {
  const config = loadConfig(input)
  const late = new AbortController()
  const cancel = input.clock.after(PATIENCE_MS, () => late.abort())
  const base = { config, env: input.env, clock: input.clock, fetch: input.fetch, signal: late.signal }
  const slack = checkSlack({ ...base, channels: Promise.resolve([]) })
  const channels = slack.then((found) => found.channels).catch(() => [])
  const found = await Promise.all(checks(slack.then(({ lines }) => lines)).map((one) => run(one, { ...base, channels })))
  cancel()
  const lines = found.flat()
  input.print(report(lines, await channels, config))
  return lines.some(({ level }) => level === 'fault') ? 1 : 0
}

/** What does not answer by then is a fault of its own; the whole must end within 10 s. */
const PATIENCE_MS = 8000

type Named = { readonly part: string; readonly check: Check }

/** The register of checks, in the order in which they are printed. */
const checks = (slackLines: Promise<readonly Line[]>): readonly Named[] => [
  { part: 'Variables', check: checkVariables },
  { part: 'Slack', check: () => slackLines },
  { part: sourceNames.alertmanager, check: checkAlertmanager },
  { part: sourceNames.prometheus, check: checkPrometheus },
  { part: sourceNames.loki, check: checkLoki },
  { part: sourceNames.tempo, check: checkTempo },
  { part: sourceNames.pyroscope, check: checkPyroscope },
  { part: sourceNames.kubernetes, check: checkKubernetes },
  { part: 'Actions', check: checkActions },
  { part: 'Browser', check: checkBrowser },
  { part: sourceNames.github, check: checkGitHub },
  { part: sourceNames.argocd, check: checkArgoCd },
  { part: 'Model', check: checkModel },
  { part: 'Database', check: checkDatabase },
  { part: 'HTTP', check: checkHttp },
]

/** A check that fails by itself, or does not see the signal, is a line like any other. */
const run = async ({ part, check }: Named, input: CheckInput): Promise<readonly Line[]> => {
  const late = Promise.withResolvers<readonly Line[]>()
  const tooLate = (): void => late.resolve([{ level: 'fault', part, text: `gave no answer in ${PATIENCE_MS / 1000} s` }])
  input.signal.addEventListener('abort', tooLate, { once: true })
  const checked = check(input).catch((error: unknown): readonly Line[] => [{ level: 'fault', part, text: said(error) }])
  // The check itself knows better what did not answer, so it gets a moment after the signal.
  return await Promise.race([checked, late.promise.then(async (lines) => Promise.race([checked, pause(input).then(() => lines)]))])
}

const pause = (input: CheckInput): Promise<void> => input.clock.sleep(500)
