import type { MessagesRequest } from './model/wire.ts'

/** How the ids of calls begin that note a plan. */
export const NOTED = 'toolu_plan'

/** What a tool answered: the number of its evidence, and the text inside its fence. */
export type Answered = { evidence: string; text: string }

/** All answers of a history to questions, in order; a noted plan is none. */
export const answersIn = (request: MessagesRequest): Answered[] =>
  request.messages.flatMap((message) =>
    typeof message.content === 'string'
      ? []
      : message.content.flatMap((block) => {
          if (block.type !== 'tool_result' || block.tool_use_id?.startsWith(NOTED)) return []
          const text = typeof block.content === 'string' ? block.content : JSON.stringify(block.content)
          return [{ evidence: /^E\d+/.exec(text)?.[0] ?? '', text: unfenced(text) }]
        }),
  )

/** The answer inside the fence, as text. */
const unfenced = (text: string): string => {
  const json = /<data-[^>]*>\n([\s\S]*)\n<\/data-/.exec(text)?.[1]
  if (json === undefined) return text
  const data: unknown = JSON.parse(json)
  return typeof data === 'object' && data !== null && 'answer' in data ? String(data.answer) : json
}
