import { readFileSync } from 'node:fs'
import { csvRows } from './csv.ts'
import { metricName } from './openmetrics.ts'
import { median } from './petshop-threshold.ts'

export type Column = { readonly service: string; readonly metric: string; readonly values: readonly (number | null)[] }
/** `times` in seconds since the epoch. */
export type Table = { readonly times: readonly number[]; readonly columns: readonly Column[] }

/** Three heads (service, metric, statistic), one line with the name of the time's column, then the samples. */
export const tableOf = (file: string): Table => {
  const [services = [], metrics = [], statistics = [], , ...rows] = csvRows(readFileSync(file, 'utf8'))
  const columns = services.slice(1).map(
    (service, at): Column => ({
      service,
      metric: columnMetric(metrics[at + 1] ?? '', statistics[at + 1] ?? ''),
      values: rows.map((row) => numberOf(row[at + 1])),
    }),
  )
  return { times: rows.map(([time]) => Number(time)), columns }
}

const numberOf = (text: string | undefined): number | null =>
  text === undefined || text.trim() === '' || !Number.isFinite(Number(text)) ? null : Number(text)

/** `latency`, `p90`: `latency_p90`. */
export const columnMetric = (metric: string, statistic: string): string => metricName(`${metric}_${statistic}`).toLowerCase()

export const valuesOf = ({ columns }: Table, { node, metric }: { node: string; metric: string }): readonly (number | null)[] =>
  columns.find((one) => one.service === node && one.metric === metric)?.values ?? []

export const rowsOf = ({ times, columns }: Table, from: number, to: number): Table => ({
  times: times.slice(from, to),
  columns: columns.map((one) => ({ ...one, values: one.values.slice(from, to) })),
})

/** Seconds between samples. */
export const intervalOf = ({ times }: Table): number => median(times.slice(1).map((time, at) => time - (times[at] ?? time))) ?? 300
