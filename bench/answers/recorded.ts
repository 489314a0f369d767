/** One answer of a data source as it comes over the wire, and what of it decides the incident. */
export type Recorded = {
  readonly name: string
  readonly tool: 'query_logs' | 'query_metrics' | 'query_metrics_range'
  readonly input: Readonly<Record<string, unknown>>
  readonly body: string
  /** Must be found in what the model is shown. */
  readonly decisive: RegExp
}

/** When every answer was given. */
export const NOW = new Date('2026-11-20T04:00:00Z')

const seconds = NOW.getTime() / 1000

export const lokiBody = (stream: Record<string, string>, lines: readonly string[]): string =>
  JSON.stringify({
    status: 'success',
    data: {
      resultType: 'streams',
      result: [{ stream, values: lines.map((line, n) => [String(BigInt(seconds - n * 3) * 1_000_000_000n + BigInt(n * 7919)), line]) }],
      stats,
    },
  })

export const matrixBody = (courses: readonly (readonly [Record<string, string>, (minute: number) => number])[], points: number): string =>
  JSON.stringify({
    status: 'success',
    data: {
      resultType: 'matrix',
      result: courses.map(([metric, course]) => ({
        metric,
        values: Array.from({ length: points }, (_, n) => [seconds - (points - 1 - n) * 60, String(course(n))]),
      })),
    },
  })

export const vectorBody = (samples: readonly (readonly [Record<string, string>, number])[]): string =>
  JSON.stringify({
    status: 'success',
    data: { resultType: 'vector', result: samples.map(([metric, value]) => ({ metric, value: [seconds, String(value)] })) },
  })

/** What Loki adds to each answer. */
const stats = {
  summary: {
    bytesProcessedPerSecond: 18_812_771,
    linesProcessedPerSecond: 91_221,
    totalBytesProcessed: 412_221,
    totalLinesProcessed: 1999,
    execTime: 0.0219,
    queueTime: 0.0001,
    subqueries: 0,
    totalEntriesReturned: 200,
    splits: 2,
    shards: 2,
  },
  querier: {
    store: {
      totalChunksRef: 18,
      totalChunksDownloaded: 18,
      chunksDownloadTime: 1_902_771,
      chunk: { headChunkBytes: 0, headChunkLines: 0, decompressedBytes: 412_221, decompressedLines: 1999, compressedBytes: 81_223 },
    },
  },
}
