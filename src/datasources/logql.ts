import { parser } from '@grafana/lezer-logql'
import type { SyntaxNode } from '@lezer/common'
import { type Matcher, selective, unquote } from './matcher.ts'
import { near } from './syntax.ts'

type LogqlLimits = { readonly characters: number; readonly lineFilters: number; readonly stages: number }

type GuardedLogql = { readonly ok: true; readonly matchers: readonly Matcher[] } | { readonly ok: false; readonly reason: string }

/**
 * Says whether a LogQL query from a model or a person may be asked: a log query (no metric query) that parses, with a selective
 * matcher in its stream selector. The reason of a refusal is for who wrote it and says how to mend it. Source of the limits:
 * SAFETY 3 "query cost"; each filter and stage runs over every line that is read.
 */
export const guardLogql = (query: string, limits: Partial<LogqlLimits> = {}): GuardedLogql => {
  const caps = { ...defaults, ...limits }
  if (query.length > caps.characters) return refuse(`the query has ${query.length} characters, at most ${caps.characters} are allowed`)
  const counts = new Map<string, number>()
  let errorAt: number | undefined
  let selector: SyntaxNode | undefined
  parser.parse(query).iterate({
    enter: (ref) => {
      if (ref.type.isError) errorAt ??= ref.from
      if (ref.name === 'Selector') selector ??= ref.node
      counts.set(ref.name, (counts.get(ref.name) ?? 0) + 1)
    },
  })
  const count = (...names: string[]): number => names.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0)
  if (errorAt !== undefined) return refuse(`this is not LogQL, from ${near(query, errorAt)}`)
  if (count('MetricExpr') > 0) return refuse('this is a metric query: ask for the lines, such as {app="checkout"} |= "error"')
  if (!selector) return refuse('the query has no stream selector, such as {app="checkout"}')
  if (count('LineFilter', 'OrFilter') > caps.lineFilters)
    return refuse(`more than ${caps.lineFilters} line filters: use one |~ with alternatives`)
  if (count('PipelineStage') > caps.stages) return refuse(`more than ${caps.stages} pipeline stages`)
  const matchers = matchersOf(query, selector)
  if (matchers.some(selective)) return { ok: true, matchers }
  return refuse(`${query.slice(selector.from, selector.to)} would read every stream: name a label with its value, such as {app="checkout"}`)
}

const defaults: LogqlLimits = { characters: 4000, lineFilters: 20, stages: 30 }

const refuse = (reason: string): GuardedLogql => ({ ok: false, reason })

const matchersOf = (query: string, selector: SyntaxNode): Matcher[] => {
  const matchers: Matcher[] = []
  selector.cursor().iterate((ref) => {
    if (ref.name !== 'Matcher') return
    const parts = [ref.node.getChild('Identifier'), ref.node.firstChild?.nextSibling, ref.node.getChild('String')]
    const [label = '', operator = '', value = ''] = parts.map((part) => (part ? query.slice(part.from, part.to) : ''))
    if (operator !== '=' && operator !== '!=' && operator !== '=~' && operator !== '!~') return
    matchers.push({ label, operator, value: unquote(value) ?? '' })
  })
  return matchers
}
