import type { TestContext } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { type Loki, loki } from '../../src/datasources/loki.ts'
import type { LogLine } from '../../src/logs/line.ts'
import { saying, serve, type Wire } from './wire.ts'

/** A Loki at the wire that holds these lines: names and values of labels, lines by one `label=~"a|b"` and a window, newest first, cut by the limit. */
export const lokiOf = async (t: TestContext, lines: readonly LogLine[]): Promise<{ loki: Loki; wire: Wire }> => {
  const wire = await serve(t, (asked, response) => saying(answerOf(lines, asked.path, asked.params))(asked, response))
  return { wire, loki: loki({ endpoint: wire.url, fetch, clock: systemClock }) }
}

const answerOf = (lines: readonly LogLine[], path: string, params: Record<string, string>): object => {
  if (path.endsWith('/labels')) return { status: 'success', data: [...new Set(lines.flatMap(({ labels }) => Object.keys(labels)))] }
  const name = /label\/(\w+)\/values/.exec(path)?.[1]
  if (name !== undefined) return { status: 'success', data: [...new Set(lines.flatMap(({ labels }) => labels[name] ?? []))] }
  const { query = '', start = '0', end = '0', limit = '0' } = params
  const matchers = [...query.matchAll(/(\w+)=~?"((?:[^"\\]|\\.)*)"/g)].map(([, label = '', value = '']) => ({
    label,
    is: new RegExp(`^(?:${JSON.parse(`"${value}"`)})$`),
  }))
  const filter = /\|~ ("(?:[^"\\]|\\.)*")/.exec(query)?.[1]
  const words = filter === undefined ? /^/ : new RegExp(String(JSON.parse(filter)).replace('(?i)', ''), 'i')
  const found = lines
    .filter(({ at }) => nanoseconds(at) >= BigInt(start) && nanoseconds(at) < BigInt(end))
    .filter(({ labels, line }) => matchers.every(({ label, is }) => is.test(labels[label] ?? '')) && words.test(line))
    .toSorted((a, b) => (a.at < b.at ? 1 : -1))
    .slice(0, Number(limit))
  const result = found.map(({ at, line, labels }) => ({ stream: labels, values: [[String(nanoseconds(at)), line]] }))
  return { status: 'success', data: { resultType: 'streams', result } }
}

const nanoseconds = (at: string): bigint => BigInt(Date.parse(at)) * 1_000_000n
