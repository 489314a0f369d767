import type { TestContext } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { type Tempo, tempo } from '../../src/datasources/tempo.ts'
import type { Span } from '../../src/traces/span.ts'
import { saying, serve, type Wire } from './wire.ts'

/** A Tempo at the wire that holds these traces, by id; a search knows the service, `status = error` and the window. */
export const tempoOf = async (t: TestContext, traces: Readonly<Record<string, readonly Span[]>>): Promise<{ tempo: Tempo; wire: Wire }> => {
  const wire = await serve(t, (asked, response) => saying(answerOf(traces, asked.path, asked.params))(asked, response))
  return { wire, tempo: tempo({ endpoint: wire.url, fetch, clock: systemClock }) }
}

const answerOf = (traces: Readonly<Record<string, readonly Span[]>>, path: string, params: Record<string, string>): object => {
  const id = /\/traces\/(\w+)$/.exec(path)?.[1]
  if (id !== undefined) return { batches: (traces[id] ?? []).map(batchOf) }
  const { q = '', start = '0', end = '0', limit = '0' } = params
  const service = /service\.name = "([^"]*)"/.exec(q)?.[1]
  const found = Object.entries(traces)
    .map(([name, spans]) => ({ name, spans, began: Math.min(...spans.map((span) => span.start)) }))
    .filter(({ began }) => began >= Number(start) * 1000 && began < Number(end) * 1000)
    .filter(({ spans }) => spans.some((span) => span.service === service && (!q.includes('status = error') || span.error !== null)))
    .slice(0, Number(limit))
  return {
    traces: found.map(({ name, spans, began }) => ({
      traceID: name,
      rootServiceName: spans[0]?.service,
      rootTraceName: spans[0]?.name,
      startTimeUnixNano: String(began * 1e6),
      durationMs: Math.max(...spans.map((span) => span.end)) - began,
    })),
    metrics: {},
  }
}

const batchOf = ({ id, parent, service, name, kind, start, end, error, peer }: Span) => ({
  resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
  scopeSpans: [
    {
      spans: [
        {
          spanId: id,
          ...(parent === null ? {} : { parentSpanId: parent }),
          name,
          kind: `SPAN_KIND_${kind.toUpperCase()}`,
          startTimeUnixNano: String(start * 1e6),
          endTimeUnixNano: String(end * 1e6),
          status: error === null ? {} : { code: 2, message: error },
          attributes:
            peer === undefined
              ? []
              : [
                  { key: 'server.address', value: { stringValue: peer.name } },
                  ...(peer.kind === 'database' ? [{ key: 'db.system', value: { stringValue: 'postgresql' } }] : []),
                ],
        },
      ],
    },
  ],
})
