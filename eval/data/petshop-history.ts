import { intervalOf, rowsOf, type Table } from './petshop-table.ts'
import { median } from './petshop-threshold.ts'

type Asked = {
  readonly normal: Table
  readonly own: Table
  /** The first row of the issue that may be wrong. */
  readonly from: number
  readonly rows: number
}

/**
 * What stood in Prometheus before the issue: normal operation up to its first sample. It was recorded months later, when some services had
 * another level; each series is therefore brought to the level that it has in the samples before the fault.
 */
export const history = ({ normal, own, from, rows }: Asked): Table => {
  const interval = intervalOf(own)
  const part = rowsOf(normal, Math.max(0, normal.times.length - rows), normal.times.length)
  const first = own.times[0] ?? 0
  const levels = new Map(
    own.columns.map(({ service, metric, values }) => [
      `${service} ${metric}`,
      median(values.slice(0, from).flatMap((value) => value ?? [])),
    ]),
  )
  return {
    times: part.times.map((_, at) => first - (part.times.length - at) * interval),
    columns: part.columns.map((column) => {
      const level = levels.get(`${column.service} ${column.metric}`)
      const usual = median(column.values.flatMap((value) => value ?? []))
      const scale = level === undefined || usual === undefined || usual === 0 || level / usual <= 0 ? 1 : level / usual
      return { ...column, values: column.values.map((value) => (value === null ? null : value * scale)) }
    }),
  }
}
