import { troubled } from '../trouble.ts'

/**
 * The data of each server-sent event, up to `[DONE]` or the end. Comments (OpenRouter keeps connections alive with them) and the names of
 * events are passed over. Throws TransientError past 10 MB.
 */
export async function* dataOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  let size = 0
  let data: string[] = []
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > LONGEST) throw troubled('broken', 'The answer was longer than 10 MB')
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
      if (line !== '' || data.length === 0) continue
      yield data.join('\n')
      data = []
    }
  }
  // Some servers do not end their last event with an empty line.
  if (rest.startsWith('data:')) data.push(rest.slice(5).replace(/^ /, ''))
  if (data.length > 0) yield data.join('\n')
}

const LONGEST = 10_000_000
