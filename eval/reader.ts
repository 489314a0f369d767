import type { MessagesRequest } from '../src/demo/model/wire.ts'

type Labels = Readonly<Record<string, string>>
type Receipt = Readonly<Record<string, unknown>>

/** One sentence with its receipts, as it is handed in. */
export type Sentence = { readonly text: string; readonly kind: 'observation' | 'inference'; readonly receipts: readonly Receipt[] }

/** What the tools answered, in the order of the questions. It makes sentences of what stands there, and knows no number of its own. */
export type Reader = {
  /** The newest value of a series; undefined where there is none. */
  last(question: number, labels?: Labels): number | undefined
  /** "… is 12.4, it was 0.02": the newest value against the mean of the window before. Empty where it is not in the answer. */
  moved(question: number, what: string, labels?: Labels): Sentence[]
  /** "…: 41 now", of something that did not move. */
  calm(question: number, what: string, labels?: Labels): { text: string; receipts: Receipt[] }[]
  /** Words that stand in an answer, found by a pattern. */
  find(question: number, pattern: RegExp): { readonly match: RegExpExecArray; readonly receipt: Receipt } | undefined
  /** "The logs say …" with words that stand there. */
  says(question: number, pattern: RegExp): Sentence[]
  evidence(question: number): string
}

export const readerOf = (request: MessagesRequest): Reader => {
  const answers = answersOf(request)
  const of = (question: number) => answers[question] ?? { evidence: 'E0', text: '' }
  const rowOf = (question: number, labels: Labels = {}) =>
    of(question)
      .text.split('\n')
      .find(
        (row) =>
          /\blast -?[\d.]|} -?[\d.]/.test(row) && Object.entries(labels).every(([name, value]) => row.includes(`${name}="${value}"`)),
      )
  const last = (question: number, labels?: Labels) => {
    const found = /\blast (-?[\d.e+-]+)|} (-?[\d.e+-]+)$/.exec(rowOf(question, labels) ?? '')
    return found === null ? undefined : Number(found[1] ?? found[2])
  }
  const statistic = (question: number, value: number, labels: Labels | undefined): Receipt => ({
    evidence: of(question).evidence,
    ...(labels === undefined ? {} : { series: labels }),
    statistic: 'last',
    value,
  })
  const find = (question: number, pattern: RegExp) => {
    const { evidence, text } = of(question)
    const match = pattern.exec(text)
    return match === null ? undefined : { match, receipt: { evidence, quote: match[0] } }
  }
  return {
    last,
    moved: (question, what, labels) => {
      const value = last(question, labels)
      const before = /window before mean (-?[\d.e+-]+)/.exec(rowOf(question, labels) ?? '')
      if (value === undefined || before === null) return []
      const receipts = [statistic(question, value, labels), { evidence: of(question).evidence, quote: before[0] }]
      return [{ text: `${what} is ${value}, it was ${before[1]}`, kind: 'observation', receipts }]
    },
    calm: (question, what, labels) => {
      const value = last(question, labels)
      return value === undefined ? [] : [{ text: `${what}: ${value} now`, receipts: [statistic(question, value, labels)] }]
    },
    find,
    says: (question, pattern) => {
      const found = find(question, pattern)
      return found === undefined ? [] : [{ text: `The logs say "${found.match[0]}"`, kind: 'observation', receipts: [found.receipt] }]
    },
    evidence: (question) => of(question).evidence,
  }
}

/** The answer inside each fence, as text, with the number of its evidence. */
const answersOf = (request: MessagesRequest): { evidence: string; text: string }[] =>
  request.messages.flatMap(({ content }) =>
    typeof content === 'string'
      ? []
      : content.flatMap((block) => {
          if (block.type !== 'tool_result') return []
          const text = typeof block.content === 'string' ? block.content : ''
          const json = /<data-[^>]*>\n([\s\S]*?)\n<\/data-/.exec(text)?.[1]
          const data: unknown = json === undefined ? undefined : JSON.parse(json)
          const answer = typeof data === 'object' && data !== null && 'answer' in data ? String(data.answer) : text
          return [{ evidence: /^E\d+/.exec(text)?.[0] ?? 'E0', text: answer }]
        }),
  )
