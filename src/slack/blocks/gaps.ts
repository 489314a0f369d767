import type { Brief } from '../../incident/timeline.ts'
import { gapsInShort } from '../../text/gaps.ts'
import { line } from './text.ts'

/** "Could not see: …", each cause once, within so many characters; how many more there are is said. Nothing where all was seen. */
export const gapsLine = ({ gaps, late = [] }: Brief, hosts: readonly string[], room: number): string[] => {
  const all = [...gapsInShort(gaps), ...gapsInShort(late.map(({ gap }) => gap)).map((gap) => again(gap))]
  return all.length === 0 ? [] : [`Could not see: ${fitting(all, hosts, room)}`]
}

/** "traces (no answer of Tempo in 2 s, asking again)". */
const again = (gap: string): string => (gap.endsWith(')') ? `${gap.slice(0, -1)}, asking again)` : `${gap}, asking again`)

/** As many as fit, each whole, the first in any case. */
const fitting = (gaps: readonly string[], hosts: readonly string[], room: number): string => {
  const shown: string[] = []
  for (const gap of gaps) {
    const text = line(gap, hosts, 180)
    if (shown.length > 0 && [...shown, text].join(' · ').length > room) break
    shown.push(text)
  }
  const more = gaps.length - shown.length
  return `${shown.join(' · ')}${more === 0 ? '' : ` · and ${more} more under Why?`}`
}
