import type { Span } from '../../src/traces/span.ts'

export type Matches = (span: Span, trace: readonly Span[]) => boolean

/**
 * The part of TraceQL that asks for spans by conditions that all hold: `{ resource.service.name = "cart" && duration > 200ms }`, with a
 * `| select(…)` that changes nothing here. Text: why it is not understood.
 */
export const readTraceQl = (query: string): Matches | string => {
  const [, inside] = /^\s*\{(.*)\}\s*(?:\|\s*select\([^)]*\)\s*)?$/s.exec(query) ?? []
  if (inside === undefined || /[{}]/.test(inside.replaceAll(STRING, ''))) return `not one pair of braces: ${query}`
  const conditions = split(inside).map((text) => conditionOf(text.trim()))
  const fault = conditions.find((one) => typeof one === 'string')
  if (fault !== undefined) return fault
  return (span, trace) => conditions.every((one) => typeof one === 'function' && one(span, trace))
}

const STRING = /"(?:[^"\\]|\\.)*"|`[^`]*`/g

/** At `&&` outside strings; without anything between the braces there is no condition. */
const split = (text: string): string[] => {
  const masked = text.replaceAll(STRING, (found) => 'x'.repeat(found.length))
  const parts: string[] = []
  let from = 0
  for (let at = masked.indexOf('&&'); at >= 0; at = masked.indexOf('&&', from)) {
    parts.push(text.slice(from, at))
    from = at + 2
  }
  return [...parts, text.slice(from)].filter((part) => part.trim() !== '')
}

const OPERATORS: Readonly<Record<string, (a: string | number, b: string | number) => boolean>> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '=~': (a, b) => new RegExp(`^(?:${b})$`).test(String(a)),
  '!~': (a, b) => !new RegExp(`^(?:${b})$`).test(String(a)),
}

const rootOf = (trace: readonly Span[]): Span | undefined => trace.find(({ parent }) => parent === null)

/** Intrinsics by their old names and the scoped ones of Tempo 2.6; durations in milliseconds. */
const FIELDS: Readonly<Record<string, (span: Span, trace: readonly Span[]) => string | number>> = {
  'resource.service.name': ({ service }) => service,
  '.service.name': ({ service }) => service,
  name: ({ name }) => name,
  'span:name': ({ name }) => name,
  kind: ({ kind }) => kind,
  'span:kind': ({ kind }) => kind,
  status: ({ error }) => (error === null ? 'unset' : 'error'),
  'span:status': ({ error }) => (error === null ? 'unset' : 'error'),
  duration: ({ start, end }) => end - start,
  'span:duration': ({ start, end }) => end - start,
  rootServiceName: (_, trace) => rootOf(trace)?.service ?? '',
  'trace:rootService': (_, trace) => rootOf(trace)?.service ?? '',
  rootName: (_, trace) => rootOf(trace)?.name ?? '',
  'trace:rootName': (_, trace) => rootOf(trace)?.name ?? '',
  traceDuration: (_, trace) => Math.max(...trace.map(({ end }) => end)) - Math.min(...trace.map(({ start }) => start)),
  'trace:duration': (_, trace) => Math.max(...trace.map(({ end }) => end)) - Math.min(...trace.map(({ start }) => start)),
}

const conditionOf = (text: string): Matches | string => {
  if (text === 'true') return () => true
  const [, name = '', operator = '', literal = ''] = /^([a-zA-Z.:_]+)\s*(=~|!~|!=|>=|<=|=|>|<)\s*(.+)$/s.exec(text) ?? []
  const field = FIELDS[name]
  const compare = OPERATORS[operator]
  const wanted = literalOf(literal)
  if (field === undefined || compare === undefined || wanted === undefined) return `unknown condition ${text}`
  return (span, trace) => compare(field(span, trace), wanted)
}

const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

const literalOf = (text: string): string | number | undefined => {
  if (/^"(?:[^"\\]|\\.)*"$/.test(text)) return JSON.parse(text) as string
  if (/^`[^`]*`$/.test(text)) return text.slice(1, -1)
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)]
  if (parts.length > 0 && parts.map(([all]) => all).join('') === text)
    return parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (UNITS[unit] ?? 0), 0)
  return /^[a-z]+$/.test(text) ? text : undefined
}
