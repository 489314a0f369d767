import type { Series } from '../../../series/series.ts'
import type { Receipt } from '../../analysis.ts'
import { momentsIn } from '../read/moments.ts'
import { linesAt, quoteIn } from '../read/passage.ts'
import type { Cover, Prepared } from './cover.ts'
import { windowsOf } from './cover-parts.ts'
import { departure } from './departure.ts'
import { matching, selectSeries } from './recompute.ts'

/** When something began, in milliseconds since the epoch; `resolution` is how far off the data may be. `known` is false where it may have begun earlier. */
export type Began = { readonly at: number; readonly resolution: number; readonly known: boolean }

/**
 * When what a receipt points at began, computed from the stored answer: the first departure of its series from the level before, the
 * first of its lines, the first time on its line of text. Null where the evidence knows no beginning.
 */
export const beganBy = (receipt: Receipt, prepared: Prepared, cover: Cover): Began | null => {
  const { output, range, complete } = prepared.evidence
  switch (output.kind) {
    case 'series': {
      const labels = 'statistic' in receipt ? receipt.series : undefined
      const all = 'quote' in receipt ? quotedSeries(output.series, cover) : selectSeries(output.series, labels)
      const [one] = all
      // A rate over five minutes may show a step up to five minutes late.
      const window = 1000 * Math.max(0, ...windowsOf(prepared.evidence.query.replace(/\boffset\s+\S+/g, '')))
      const left = one && all.length === 1 ? departure(one) : null
      return left && { at: left.at, resolution: left.step + window, known: left.known }
    }
    case 'lines': {
      const text = 'quote' in receipt ? receipt.quote : 'count' in receipt ? receipt.matching : null
      const times = text === null ? [] : matching(prepared.items(), text).flatMap(({ at }) => at ?? [])
      if (times.length === 0) return null
      const at = times.reduce((a, b) => Math.min(a, b))
      const opened = Date.parse(range?.from ?? '')
      return { at, resolution: SECOND, known: complete && !(at - opened < MINUTE) }
    }
    case 'objects':
    case 'text':
      return 'quote' in receipt ? written(receipt.quote, prepared) : null
  }
}

const SECOND = 1000
const MINUTE = 60 * SECOND

/** The first time on the lines that a quote stands on. */
const written = (quote: string, { shown, times }: Prepared): Began | null => {
  const found = quoteIn(shown.whole, quote)
  const [at] = found?.at ?? []
  if (!found || at === undefined || found.at.length > 1) return null
  const line = linesAt(shown, at, found.text.length).join(' ').toUpperCase()
  const near = times.at(-1)?.at ?? 0
  const moments = momentsIn(line).filter(({ precision }) => precision <= MINUTE)
  const first = moments.reduce((least, moment) => Math.min(least, moment.resolve(near)), Number.POSITIVE_INFINITY)
  return Number.isFinite(first) ? { at: first, resolution: 2 * Math.max(...moments.map(({ precision }) => precision)), known: true } : null
}

const quotedSeries = (all: readonly Series[], { slopes }: Cover): readonly Series[] => {
  const [slope] = slopes
  if (!slope) return []
  return all.filter(({ labels }) => Object.values(labels).every((value) => slope.names.has(value.toLowerCase())))
}
