import type { Loki } from '../../datasources/loki.ts'
import type { Prometheus, SeriesAnswer } from '../../datasources/prometheus.ts'
import { TransientError } from '../../errors.ts'
import type { Point, Series } from '../../series/series.ts'
import type { Evidence } from '../evidence.ts'

/** How all say that a stored investigation holds no answer to a question. */
export const NOT_RECORDED = 'this question was not asked when it was recorded'

/** A Prometheus that answers from one stored answer, whatever it is asked: the tool that asks is the one that asked then. */
export const prometheusOf = (evidence: Evidence): Prometheus => {
  const { output, range, complete, link = '' } = evidence
  const series = output.kind === 'series' ? output.series : []
  const total = Number(/^(\d+) series/.exec(evidence.shown)?.[1] ?? series.length)
  return {
    ...silent,
    instant: async () => ({ series, complete, partial: false, total }),
    range: async (_query, { from, to }) => {
      const back = (Date.parse(range?.from ?? range?.to ?? '') - from.getTime()) / 1000
      // A tool that compares asks for the same length further back; anything else is the window itself.
      if (!(back >= 1)) return { series, complete, partial: false, total }
      const seconds = (to.getTime() - from.getTime()) / 1000
      return meansOf(evidence, series, Math.abs(back - seconds) < 1 ? 'window before' : 'a day before')
    },
    link: () => link,
  }
}

/** A Loki that answers from one stored answer. */
export const lokiOf = ({ output, shown }: Evidence): Loki => ({
  endpoint: '',
  lines: async () => ({ lines: output.kind === 'lines' ? output.lines : [], complete: !/^Truncated: /m.test(shown) }),
  labelNames: async () => [],
  labelValues: async () => [],
})

/** A Prometheus that answers what the rules asked then, each question by its own words. */
export const prometheusOfAll = (stored: readonly Evidence[]): Prometheus => {
  const asked = (query: string, isInstant: boolean, from?: Date): Evidence => {
    const same = stored.filter(
      (one) => one.source === 'prometheus' && one.query === query && ((one.range?.from ?? null) === null) === isInstant,
    )
    // Several rules may ask one expression, each for its own time.
    const found = same.find(({ range }) => range?.from === from?.toISOString()) ?? same[0]
    if (found === undefined) throw new TransientError(NOT_RECORDED)
    return found
  }
  return {
    ...silent,
    instant: async (query, options) => prometheusOf(asked(query, true)).instant(query, options),
    range: async (query, { from, to }) => {
      const { output, complete } = asked(query, false, from)
      const isWithin = ([seconds]: Point): boolean => seconds * 1000 >= from.getTime() && seconds * 1000 <= to.getTime()
      const series = output.kind === 'series' ? output.series.map((one) => ({ ...one, points: one.points.filter(isWithin) })) : []
      return { series, complete, partial: false, total: series.length }
    },
  }
}

/** A Loki that answers what the rules asked then. */
export const lokiOfAll = (stored: readonly Evidence[]): Loki => ({
  endpoint: '',
  lines: async (query, options) => {
    const found = stored.find((one) => one.source === 'loki' && one.query === query)
    if (found === undefined) throw new TransientError(NOT_RECORDED)
    return lokiOf(found).lines(query, options)
  },
  labelNames: async () => [],
  labelValues: async () => [],
})

/** In the place of what is not there: whoever uses it is told that the answer is not recorded. */
export const unrecorded = <T extends object>(): T =>
  new Proxy({} as T, {
    get: (_target, name) => {
      // Whatever is awaited is first looked at for being a promise.
      if (name === 'then') return undefined
      throw new TransientError(NOT_RECORDED)
    },
  })

/** A question of which no answer was kept. */
export const unrecordedCall = (): Promise<never> => Promise.reject(new TransientError(NOT_RECORDED))

const silent: Prometheus = {
  endpoint: '',
  instant: unrecordedCall,
  range: unrecordedCall,
  rules: unrecordedCall,
  labelValues: unrecordedCall,
  labelNames: unrecordedCall,
  metadata: unrecordedCall,
  version: unrecordedCall,
  link: () => '',
}

/** Of the past that a series was compared with only the mean was kept, in what was shown; it is all that is made of it again. */
const meansOf = ({ shown }: Evidence, series: readonly Series[], name: string): SeriesAnswer => {
  const notes = shown.split('\n').flatMap((line) => /(?:window|a day) before (?:mean|no samples).*/.exec(line)?.[0] ?? [])
  if (!notes.some((note) => note.includes(name))) throw new TransientError(NOT_RECORDED)
  // What has fewer than two points is shown without a note.
  const compared = series.filter(({ points }) => points.filter(([, value]) => Number.isFinite(value)).length > 1)
  const found = compared.flatMap(({ labels }, at): Series[] => {
    const mean = new RegExp(`${name} mean (-?[\\d.]+(?:e[+-]?\\d+)?)`).exec(notes[at] ?? '')?.[1]
    return mean === undefined ? [] : [{ labels, points: [[0, Number(mean)]] }]
  })
  return { series: found, complete: true, partial: false, total: found.length }
}
