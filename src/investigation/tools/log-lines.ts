import { cluster, type Template } from '../../logs/cluster.ts'
import type { LogLine } from '../../logs/line.ts'
import type { Labels } from '../../series/series.ts'
import { labelText } from '../../series/text.ts'
import { clean } from '../../text/clean.ts'
import { cut } from '../../text/cut.ts'

type Redact = (text: string) => string

/** A stack trace's head fits; what is longer is a dump, of which the whole is in the stored output. */
const maxLineCharacters = 600
/** More than the longest key, so that what is cut to be shown holds no half of one. */
const maxReadCharacters = 12_000
/** So few lines are read faster than what is said of them. */
const FEW = 12
/** Kinds that are shown: the most frequent, and of the others the rarest, which are where the news is. */
const FREQUENT = 6
const RARE = 5
/** The newest lines as they are, in their order. */
const NEWEST = 3
const EXAMPLE = 220
const TEMPLATE = 110

/**
 * Log lines as a model reads them, newest first: few as they are; many as the statements of the programs that wrote them, each with its count,
 * its first and last time and an example, and then the newest three. Nothing that is shown is made up: every example is a line.
 */
export const linesText = (lines: readonly LogLine[], redact: Redact): string[] => {
  const shared = sharedLabels(lines)
  const whole = (line: LogLine, most = maxLineCharacters): string => lineText(line, shared, { redact, most })
  if (lines.length <= FEW) return lines.map((line) => whole(line))
  const kinds = cluster(lines)
  const frequent = kinds.slice(0, FREQUENT)
  const rare = kinds.slice(FREQUENT).slice(-RARE)
  const left = kinds.length - frequent.length - rare.length
  return [
    `${kinds.length} ${kinds.length === 1 ? 'kind' : 'kinds'} of lines (count, first to last; <*> stands for what differs; then an example):`,
    ...[...frequent, ...rare].map((kind) => kindText(kind, (line) => whole(line, EXAMPLE), redact)),
    ...(left > 0 ? [`  … ${left} more kinds`] : []),
    `The newest ${NEWEST}:`,
    ...lines.slice(0, NEWEST).map((line) => whole(line, EXAMPLE)),
  ]
}

const kindText = ({ count, text, first, last, example }: Template, whole: (line: LogLine) => string, redact: Redact): string => {
  if (count === 1) return `  1 × ${whole(example)}`
  const template = cut(redact(oneLine(text)), TEMPLATE)
  const head = `  ${count} × ${template} (${toSeconds(first)} to ${toSeconds(last)})`
  // Where nothing differs the template is the line.
  return text.includes('<*>') ? `${head}\n    ${whole(example)}` : head
}

/** Sources give up to nine digits; for a first and a last time the second is enough. */
const toSeconds = (at: string): string => at.replace(/\.\d+(?=Z$)/, '')

const oneLine = (text: string): string => clean(text).replaceAll(/\s+/g, ' ')

type Shown = { readonly redact: Redact; readonly most: number }

const lineText = ({ at, line, labels }: LogLine, shared: Labels, { redact, most }: Shown): string => {
  const own = Object.entries(labels).filter(([name]) => shared[name] === undefined)
  const from = own.length > 0 ? `${labelText(Object.fromEntries(own))} ` : ''
  // A line break inside a line is indented, so that no line can pass for another one.
  return `${at} ${from}${cut(redact(clean(line.slice(0, maxReadCharacters))), most).replaceAll(/\r?\n|\r/g, '\n    ')}`
}

/** Labels that all lines have alike: they stand once. */
export const sharedLabels = (lines: readonly LogLine[]): Labels => {
  const [first, ...rest] = lines
  return Object.fromEntries(
    Object.entries(first?.labels ?? {}).filter(([name, value]) => rest.every(({ labels }) => labels[name] === value)),
  )
}
