import { ownerOfPod } from '../../src/kubernetes/names.ts'
import { csvRecords } from './csv.ts'
import { NAMESPACE } from './nezha-written.ts'
import { metricName } from './openmetrics.ts'
import type { Samples } from './recording.ts'

const IDS = ['Time', 'TimeStamp', 'PodName', 'ServiceName']

/** What one metric file holds: a series a column and pod. */
export const columnsOf = (text: string): Samples[] => {
  const rows = csvRecords(text).map((row) => ({ at: timeOf(row), row }))
  return [...Map.groupBy(rows, ({ row }) => row['PodName'] ?? row['ServiceName'] ?? '')].flatMap(([name, all]) =>
    Object.keys(all[0]?.row ?? {})
      .filter((column) => !IDS.includes(column))
      .map((column) => ({
        metric: metricName(column),
        labels: all[0]?.row['PodName'] === undefined ? { service: name, namespace: NAMESPACE } : ofPod(name),
        points: all.flatMap(({ at, row }) => {
          const value = row[column] ?? ''
          return value.trim() === '' || !Number.isFinite(Number(value)) ? [] : [[at, Number(value)] as const]
        }),
      })),
  )
}

const ofPod = (pod: string) => ({ service: ownerOfPod(pod), pod, namespace: NAMESPACE })

/** "2023-01-29 13:50:09.216520488 +0000 UTC m=+18540.29", else the seconds beside it. */
const timeOf = ({ Time: text = '', TimeStamp: stamp = '' }: Readonly<Record<string, string>>): number => {
  const [, day, time, zone] = /^(\S+) (\d\d:\d\d:\d\d)\S* ([+-]\d{4})/.exec(text) ?? []
  const said = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone}`) / 1000
  return Number.isFinite(said) ? said : Number(stamp)
}
