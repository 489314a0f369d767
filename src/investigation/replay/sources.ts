import type { Sources } from '../../datasources/sources.ts'
import { PermanentError } from '../../errors.ts'
import { questionKey } from '../calls.ts'
import type { Evidence } from '../evidence.ts'
import type { Tool, ToolAnswer } from '../tools/tool.ts'
import type { Recorded } from './recorded.ts'

const NOT_RECORDED = 'this question was not asked when it was recorded'

/** The tools as they were offered, answering from what is recorded; what was never asked is a data gap. `missed` is told each such question. */
export const recordedTools = (recorded: Recorded, tools: readonly Tool[], missed: (question: string) => void): readonly Tool[] => {
  const answers = new Map<string, ToolAnswer>()
  for (const { tool, input, evidence, error } of recorded.answers) {
    const key = questionKey({ tools }, { type: 'tool_use', id: '', name: tool, input })
    const found = recorded.evidence.find(({ id }) => id === evidence)
    if (key === undefined) continue
    if (found !== undefined) answers.set(key, { ok: true, summary: 'recorded', cited: citedOf(found) })
    else if (error !== null && !answers.has(key)) answers.set(key, { ok: false, error, gap: 'no answer then' })
  }
  return tools.map((tool) => ({
    ...tool,
    run: async (input) => {
      const key = questionKey({ tools }, { type: 'tool_use', id: '', name: tool.name, input })
      const answer = key === undefined ? undefined : answers.get(key)
      if (answer !== undefined) return answer
      missed(tool.question(input))
      return { ok: false, error: `Not asked: ${NOT_RECORDED}.`, gap: NOT_RECORDED }
    },
  }))
}

const citedOf = ({ id: _id, at: _at, ...cited }: Evidence) => cited

/** Data sources that know what is recorded and nothing else, so that a changed tool can be run over it. */
export const recordedSources = (recorded: Recorded): Sources => {
  const find = (source: string, query: string, isInstant: boolean): Evidence => {
    const found = recorded.evidence.findLast(
      (one) => one.source === source && one.query === query && (one.range?.from === null) === isInstant,
    )
    if (found === undefined) throw new PermanentError(`${source}: ${NOT_RECORDED}`)
    return found
  }
  const seriesOf = ({ output, complete }: Evidence) => {
    const series = output.kind === 'series' ? output.series : []
    return { series, complete, total: series.length }
  }
  const unasked = () => Promise.reject(new PermanentError(NOT_RECORDED))
  return {
    prometheus: {
      endpoint: '',
      instant: async (query) => seriesOf(find('prometheus', query, true)),
      range: async (query, { to }) => {
        const found = find('prometheus', query, false)
        // The window before and the day before were not kept.
        if (Math.abs(Date.parse(found.range?.to ?? '') - to.getTime()) > 5 * 60_000) throw new PermanentError(NOT_RECORDED)
        return seriesOf(found)
      },
      rules: unasked,
      version: unasked,
      link: () => '',
    },
    loki: {
      endpoint: '',
      lines: async (query) => {
        const { output, complete } = find('loki', query, false)
        return { lines: output.kind === 'lines' ? output.lines : [], complete }
      },
      labelNames: unasked,
    },
  }
}
