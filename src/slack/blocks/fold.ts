import { cut } from '../../text/cut.ts'

/** What stands before the fold of a concluding message: more is not read at 3 AM, and phones cut it anyway. */
const LINES = 12
const CHARACTERS = 900
/** A piece that is cut shorter says nothing. */
const SHORTEST = 60
/** A single piece must not take the room of all others. */
const LONGEST = 220

/** One line. Parts of one heading follow each other; the heading costs a line of its own. */
export type Part = {
  readonly heading?: string
  readonly text: string
  /** Stays when the text is cut: its E-numbers. */
  readonly tail?: string
  /** 0 goes first when not all fits. */
  readonly rank: number
}

export type Folded = { readonly head: string; readonly body: string; readonly folded: boolean }

/** Chooses what fits into 12 lines and 900 characters beside the head, by rank, and gives it in reading order. */
export const fold = (head: string, parts: readonly Part[]): Folded => {
  let lines = LINES - head.split('\n').length
  let characters = CHARACTERS - head.length
  let folded = false
  const chosen = new Map<Part, string>()
  const headings = new Set<string>()
  for (const part of parts.toSorted((a, b) => a.rank - b.rank)) {
    const heading = part.heading !== undefined && !headings.has(part.heading) ? part.heading : undefined
    const tail = part.tail ?? ''
    const room = characters - (heading === undefined ? 0 : heading.length + 1) - tail.length - 1
    const cost = heading === undefined ? 1 : 2
    const text = cut(part.text, Math.min(room, LONGEST), '…', { mrkdwn: true })
    if (lines < cost || (text !== part.text && Math.min(room, part.text.length) < SHORTEST)) {
      folded = true
      continue
    }
    if (text !== part.text) folded = true
    if (heading !== undefined) headings.add(heading)
    chosen.set(part, text + tail)
    lines -= cost
    characters -= text.length + tail.length + 1 + (heading === undefined ? 0 : heading.length + 1)
  }
  return { head, body: written(parts, chosen), folded }
}

const written = (parts: readonly Part[], chosen: ReadonlyMap<Part, string>): string => {
  const lines: string[] = []
  let heading: string | undefined
  for (const part of parts) {
    const text = chosen.get(part)
    if (text === undefined) continue
    if (part.heading !== undefined && part.heading !== heading) lines.push(part.heading)
    heading = part.heading
    lines.push(text)
  }
  return lines.join('\n')
}
