import type { Given } from './check.ts'
import type { Cover, Entry } from './cover/cover.ts'
import { basesOf, windowsOf } from './cover/cover-parts.ts'
import type { GivenCover } from './cover/covering.ts'
import { coveredNames, formsOf } from './read/names.ts'
import { fold } from './read/passage.ts'
import { scaleOf } from './read/units.ts'
import { quantitiesIn } from './read/written.ts'

/**
 * What a sentence may say without a receipt, because Vigil itself found it out: the alert's labels and object, the names, windows and
 * threshold of its expression, its onset and its start.
 */
export const coverGiven = ({ alert, now }: Given): GivenCover => {
  const names = coveredNames(fold(`${Object.values(alert.labels).join(' \n ')} \n ${alert.expression ?? ''}`))
  for (const name of [...Object.values(alert.labels), ...(alert.object ? [alert.object.name, alert.object.namespace ?? ''] : [])]) {
    for (const form of formsOf(fold(name))) names.add(form)
  }
  const limits: Entry[] = alert.threshold === undefined ? [] : [limit(alert.threshold, alert.expression ?? '')]
  const times = [
    { at: Date.parse(alert.startsAt), of: 'startsAt' as const },
    { at: Date.parse(alert.onset ?? ''), of: 'onset' as const },
    { at: now.getTime(), of: 'now' as const },
  ]
  return {
    names,
    entries: limits,
    times: times.filter(({ at }) => Number.isFinite(at)),
    windows: windowsOf(alert.expression ?? ''),
    metrics: metricsOf(alert.expression ?? ''),
    symptom: coverText(`${alert.labels.alertname ?? ''} ${alert.expression ?? ''}`.replace(/\p{Ll}(?=\p{Lu})/gu, '$& ')),
  }
}

/** Names of metrics have an underscore, as labels inside of braces may have. */
const metricsOf = (expression: string): string[] => [
  ...new Set(
    fold(expression.replace(/\{[^}]*\}|\b(?:by|without|on)\s*\([^)]*\)/g, ' ')).match(/\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b(?!\s*\()/g) ?? [],
  ),
]

const limit = (threshold: number, expression: string): Entry => ({
  from: 'limit',
  evidence: 'alert',
  ...basesOf(threshold, scaleOf(expression), null, [threshold]),
  query: metricsOf(expression).join(' '),
  ...(/\b(?:i?rate)\s*\(/.test(expression) && !/\*\s*(?:60|3600)\b/.test(expression) ? { rate: true as const } : {}),
  names: new Set(),
  says: `the alert's limit is ${threshold}`,
})

/** What a text covers by merely standing there: the parameters of a proposal, which are checked on their own against the catalogue. */
export const coverText = (text: string): Cover => ({
  entries: quantitiesIn(text).map(({ value }) => ({
    from: 'label',
    evidence: 'proposal',
    ...basesOf(value, null, null, [value]),
    names: new Set(),
    says: `the proposal says ${value}`,
  })),
  implied: [],
  times: [],
  names: coveredNames(fold(text)),
  together: [],
  own: [],
  passages: [fold(text)],
  windows: [],
  slopes: [],
  shows: 'presence',
  context: fold(text),
})
