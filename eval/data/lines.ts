import type { ShopLogs } from '../../src/demo/world/logs.ts'
import type { Labels } from '../../src/series/series.ts'
import type { Line, Written } from './recording.ts'
import { idOf, type Stretch, stretchesOf } from './repeat.ts'

type Entry = { readonly labels: Labels; readonly nanoseconds: bigint; readonly line: string }

/** What a Loki holds of a recording, a second at a time. */
export const linesOf = (written: Written): ShopLogs => {
  const stretches = stretchesOf(written).filter(({ lines }) => lines.length > 0)
  // All copies are of the same lines: one index serves them.
  const indexes = new Map([...new Set(stretches.map(({ lines }) => lines))].map((lines) => [lines, Map.groupBy(lines, secondOf)]))
  const streams = new Map([...indexes.keys()].flat().map(({ labels }) => [JSON.stringify(labels), labels]))
  const from = Math.min(...stretches.map((one) => secondOf(one.lines[0]) + one.shift))
  const to = Math.max(...stretches.map((one) => secondOf(one.lines.at(-1)) + one.shift)) + 1
  return {
    streams: () => [...streams.values()].map((labels) => ({ labels, from, to })),
    second: (second, wanted) =>
      stretches.flatMap((one) =>
        (indexes.get(one.lines)?.get(second - one.shift) ?? []).filter(({ labels }) => wanted(labels)).map((line) => moved(line, one)),
      ),
  }
}

const secondOf = (line: Line | undefined): number => (line === undefined ? 0 : Number(line.nanoseconds / 1_000_000_000n))

const moved = ({ labels, nanoseconds, line, trace }: Line, { copy, shift }: Stretch): Entry => ({
  labels,
  nanoseconds: nanoseconds + BigInt(shift) * 1_000_000_000n,
  line: copy === 0 || trace === '' ? line : line.replaceAll(trace, idOf(trace, copy)),
})
