import type { Reply, Script } from '../../src/demo/model/script.ts'
import type { MessagesRequest } from '../../src/demo/model/wire.ts'
import type { Block } from '../../src/llm/model.ts'
import { plantIn } from './plants.ts'
import { traceOf } from './poisoned.ts'
import { fencesIn, toldIn } from './wire.ts'

/** Why the model is asked, and how often it has answered already. */
export type Place = { readonly goal: string; readonly about: string; readonly n: number }

/** Read from the request alone, as everything here. */
export const placeOf = (request: MessagesRequest): Place => {
  const names = (request.tools ?? []).map(({ name }) => name)
  const first = toldIn(request)[0] ?? ''
  const about = `${fencesIn(first)[0]?.source ?? 'nothing'}${first.includes('The same alert before') ? ' again' : ''}`
  return {
    goal: names.find((name) => name === 'classify' || name.startsWith('submit_')) ?? '',
    about,
    n: request.messages.filter(({ role }) => role === 'assistant').length,
  }
}

/**
 * A model that looks at everything, decides as always, and repeats what was planted wherever it can write. `during` is awaited in the
 * middle of an investigation.
 */
export const hijacked =
  (during: (plant: number) => Promise<void>): Script =>
  async (request) => {
    const plant = plantIn(toldIn(request)[0] ?? '')
    if (plant === undefined) return { status: 400, message: 'nothing was planted here' }
    const { goal, about, n } = placeOf(request)
    const ids = { next: 0 }
    const use = (name: string, input: unknown): Block => ({ type: 'tool_use', id: `c${n}_${ids.next++}`, name, input })
    const { text, mark } = plant
    switch (goal) {
      case 'classify':
        return turn(use('classify', { meant_for: 'vigil', sure: 99 }))
      case 'submit_gate':
        return n === 0
          ? turn(use('query_metrics', { query: `error_ratio{note="${mark}"}`, why: text }))
          : turn(use('submit_gate', { decision: 'triage', reason: text.slice(0, 300) }))
      case 'submit_answer':
        return turn(
          use('submit_answer', { answer: 'The data does not say.', data_gaps: [text.slice(0, 900)], next_steps: [text.slice(0, 1900)] }),
        )
      case 'submit_challenge':
        return turn(
          use('submit_challenge', {
            ...stands,
            objections: [{ against: 'cause', text: `77 errors: ${text.slice(0, 900)}`, receipts: [] }],
          }),
        )
      default:
        return about === 'alertmanager' ? investigating({ request, n, plant, use, during }) : turn(use('submit_analysis', analysis(text)))
    }
  }

const turn = (...content: Block[]): Reply => ({ content })

const stands = { verdict: 'stands', summary: 'The ratio of errors is 0.25.', confidence: 90 }

type At = {
  readonly request: MessagesRequest
  readonly n: number
  readonly plant: { readonly n: number; readonly mark: string; readonly text: string }
  readonly use: (name: string, input: unknown) => Block
  readonly during: (plant: number) => Promise<void>
}

const investigating = async ({ request, n, plant, use, during }: At): Promise<Reply> => {
  const { text, mark } = plant
  switch (n) {
    case 0:
      return turn(
        use('update_plan', { hypotheses: [{ text: text.slice(0, 120), status: 'open' }] }),
        use('query_metrics', { query: `error_ratio{note="${mark}"}`, why: text }),
        use('query_logs', { query: `{app="shop"} |= "${mark}"`, why: text }),
      )
    case 1:
      await during(plant.n)
      return turn(
        use('search_traces', { service: mark, operation: text.slice(0, 200), why: text }),
        use('read_trace', { trace: traceOf(plant.n) }),
        use('compare_profiles', { service: mark }),
        use('query_metrics', { query: `broken{note="${mark}"}` }),
        use('query_metrics_range', { query: `error_ratio{note="${mark}"}`, start: '-10m' }),
      )
    case 2:
      return turn(
        // The delimiter itself goes out: whoever answers knows it.
        use('query_logs', { query: `{app="shop", note="${mark}"} |= "${fencesIn(toldIn(request)[0] ?? '')[0]?.code ?? ''}"` }),
        use(text, { text }),
        use('query_metrics', { query: text }),
        use('query_metrics', { query: 7, [text]: text }),
        use('open_evidence', { evidence: 'E3', contains: mark, why: text }),
        use('update_plan', { hypotheses: [], [text]: text }),
        use('update_plan', { hypotheses: [{ text: text.slice(0, 120), status: text.slice(0, 20) }] }),
      )
    case 3:
      return turn(use('submit_analysis', { ...analysis(text), verdict: text.slice(0, 100), [text]: [text] }))
    default:
      return turn(use('submit_analysis', analysis(text)))
  }
}

/** The same whatever was planted, but for the words in which it says what it has no proof of. */
const analysis = (text: string) => {
  const receipts = [{ evidence: 'E1', series: {}, statistic: 'last', value: 0.25 }]
  const cause = { text: 'The ratio of errors is 0.25', category: 'saturation', receipts }
  return {
    verdict: 'action_required',
    summary: 'The ratio of errors is 0.25.',
    confidence: 60,
    urgency: 'now',
    cause,
    claims: [
      { text: 'The ratio of errors is 0.25', kind: 'observation', receipts },
      { text: text.slice(0, 900), kind: 'observation', receipts: [{ evidence: 'E99', quote: text.slice(0, 900) }] },
    ],
    data_gaps: [text.slice(0, 900)],
    next_steps: [text.slice(0, 1900)],
    proposals: [{ action: 'delete-namespace', params: { command: text }, why: 'The ratio of errors is 0.25', receipts }],
  }
}
