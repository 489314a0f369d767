import { agrees } from '../cover/agree.ts'
import type { Cover } from '../cover/cover.ts'
import type { Mentions } from '../read/mentions.ts'
import type { Quantity } from '../read/quantity.ts'

/**
 * Whether a sentence says of a course what its samples deny, as a reason: "from A to B" of what was never A before it was B, "now A" of what
 * is something else now, "never below A" of what was.
 */
export const againstSamples = (mentions: Mentions, covers: readonly Cover[]): string | null =>
  turned(mentions, covers) ?? notNow(mentions, covers) ?? wentBeyond(mentions, covers)

type Course = NonNullable<Cover['course']>

/** Where in a course a written number is a sample. */
const placesOf = (quantity: Quantity, { points, entry }: Course): number[] =>
  points.flatMap(([, value], index) =>
    agrees({ ...quantity, bound: quantity.bound === null ? null : 'about' }, entry(value)) ? [index] : [],
  )

const hedge = '(?:about |around |roughly |over |nearly |almost |only |just |some )?'
const toward = new RegExp(`^(?:[\\s/]*[\\p{L}/%-]+){0,3}?\\s*(?:→|\\bto\\b)\\s*${hedge}$`, 'iu')

const turned = ({ text, quantities }: Mentions, covers: readonly Cover[]): string | null => {
  for (const [index, one] of quantities.entries()) {
    const next = quantities[index + 1]
    if (!next || !toward.test(text.slice(one.to, next.from))) continue
    const arrow = text.slice(one.to, next.from).includes('→')
    if (!arrow && !new RegExp(`\\bfrom\\s+${hedge}$`, 'i').test(text.slice(0, one.from))) continue
    const both = covers.flatMap(({ course }) => {
      if (!course) return []
      const [a, b] = [placesOf(one, course), placesOf(next, course)]
      return a.length > 0 && b.length > 0 ? [{ first: a[0] ?? 0, last: b.at(-1) ?? 0 }] : []
    })
    if (both.length > 0 && both.every(({ first, last }) => first >= last)) return `it was ${next.text} before it was ${one.text}, not after`
  }
  return null
}

const now = new RegExp(`\\bnow\\b(?: it)?(?: is| are| at| stands at| sits at)?\\s+${hedge}$`, 'i')

const notNow = ({ text, quantities }: Mentions, covers: readonly Cover[]): string | null => {
  const said = quantities.find(({ from }) => now.test(text.slice(0, from)))
  if (!said) return null
  const courses = covers.flatMap(({ course }) => course ?? []).filter((course) => placesOf(said, course).length > 0)
  const isLast = courses.some((course) => placesOf(said, course).includes(course.points.length - 1))
  const quoted = covers.some(
    ({ course, entries }) => course === undefined && entries.some((entry) => entry.from !== 'structure' && agrees(said, entry)),
  )
  return courses.length > 0 && !isLast && !quoted ? `${said.text} is not what it is now` : null
}

const never =
  /\b(?:never|none|neither|nothing|nobody|not once)\b[^,;.]{0,40}?\b(below|under|less than|fewer than|lower than|above|over|more than|beyond|higher than|exceed(?:s|ed)?|past)\s+(?:about |around )?$/i

const wentBeyond = ({ text, quantities }: Mentions, covers: readonly Cover[]): string | null => {
  for (const quantity of quantities) {
    const way = never.exec(text.slice(0, quantity.from))?.[1]?.toLowerCase()
    if (way === undefined) continue
    const down = /below|under|less|fewer|lower/.test(way)
    const all = covers.flatMap(({ course }) => course ?? [])
    const beyond = all.filter((course) => {
      const places = new Set(placesOf(quantity, course))
      if (places.size === 0) return false
      const level = course.points[[...places][0] ?? 0]?.[1] ?? 0
      return course.points.some(([, value], index) => !places.has(index) && (down ? value < level : value > level))
    })
    if (beyond.length > 0) return `it did go ${down ? 'below' : 'above'} ${quantity.text}`
  }
  return null
}
