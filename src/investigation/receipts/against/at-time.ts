import type { Point } from '../../../series/series.ts'
import { agrees, entriesFor } from '../cover/agree.ts'
import type { Cover, Entry } from '../cover/cover.ts'
import { wordsBefore } from '../read/around.ts'
import type { Mentions } from '../read/mentions.ts'
import type { Moment } from '../read/moments.ts'
import type { Quantity } from '../read/quantity.ts'
import { clauseAt, down, up } from '../read/verbs.ts'
import { meantBy } from './subject.ts'

/** Whether a value with a time ("480 until 14:24", "at 14:10 it was 480") is none of the samples there, as a reason. */
export const valueAtTime = ({ text, quantities, moments }: Mentions, covers: readonly Cover[]): string | null => {
  for (const moment of moments) {
    const moved = changedElsewhere(moment, text, covers)
    if (moved !== null) return moved
    const said = valueWith(moment, text, quantities)
    if (!said || /\b(?:passed|crossed|reached)\s*$/i.test(wordsBefore(text, said.quantity.from, 12))) continue
    const measured = covers.filter((cover) =>
      cover.course?.points.some(([, value]) => agrees(said.quantity, cover.course?.entry(value) ?? none)),
    )
    const elsewhere = covers.some((cover) => !measured.includes(cover) && entriesFor(said.quantity, cover.entries).length > 0)
    if (measured.length === 0 || elsewhere) continue
    if (!measured.some((cover) => holdsThen(said, moment, cover)))
      return `${said.quantity.text} was not the value ${said.word} ${moment.text}`
  }
  return null
}

/** "increased at 14:28" of what stepped at 14:24; "as at 15:00" of the last sample itself. A slope may be said to rise at any time of it. */
const changedElsewhere = (moment: Moment, text: string, covers: readonly Cover[]): string | null => {
  const clause = clauseAt(text, moment.from - 1)
  const before = wordsBefore(text, moment.from, 24)
  const verb = clause.search(up) >= 0 || clause.search(down) >= 0
  const [cover, other] = meantBy(
    clause,
    covers.filter(({ course }) => course !== undefined),
  )
  const points = cover?.course?.points ?? []
  const last = points.at(-1)
  if (!cover || other || !last || covers.some(({ shows }) => shows !== 'value')) return null
  const at = moment.resolve(last[0] * 1000)
  if (/\b(?:as|than) (?:at|it was at)\s*$/i.test(before))
    return Math.abs(at - last[0] * 1000) < 60_000 ? `${moment.text} is the time of the later value` : null
  if (!verb || !/\b(?:at|around)\s*(?:about |around )?$/i.test(before)) return null
  const steps = cover.times.filter(({ place }) => place === 'point').map((time) => time.at)
  const values = points.map(([, value]) => value).filter(Number.isFinite)
  const range =
    values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) - values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const sudden = values.some((value, index) => index > 0 && Math.abs(value - (values[index - 1] ?? value)) > range / 2)
  if (!sudden || steps.length === 0) return null
  if (steps.some((step) => Math.abs(step - at) <= 120_000 + moment.precision))
    return turnedThen(clause, at, { points, step: 120 + moment.precision / 1000 })
  return `it did not change at ${moment.text} but at ${new Date(steps[0] ?? 0).toISOString().slice(11, 19)}`
}

/** Of a spike, which rises and falls, the time tells which one is meant. */
const turnedThen = (clause: string, at: number, { points, step }: { points: readonly Point[]; step: number }): string | null => {
  const [rises, falls] = [clause.search(up) >= 0, clause.search(down) >= 0]
  if (rises === falls || /\b(?:not|never|no|without)\b|n't\b/i.test(clause)) return null
  const before = points.findLast(([seconds]) => seconds < at / 1000 - step)?.[1]
  const after = points.find(([seconds]) => seconds > at / 1000 + step)?.[1]
  if (before === undefined || after === undefined || before === after) return null
  return after > before === rises ? null : `it went ${after > before ? 'up' : 'down'} then`
}

const none: Entry = { from: 'label', bases: [], evidence: '', numerals: [], bare: false, names: new Set(), says: '' }

type Said = { readonly quantity: Quantity; readonly word: string }

const preposition = /\b(until|till|before|by|since|after|at|around|from)\s*(?:about |around )?$/i

/** The one number that stands beside a time in its clause. */
const valueWith = (moment: Moment, text: string, quantities: readonly Quantity[]): Said | null => {
  const word = preposition.exec(wordsBefore(text, moment.from, 20))?.[1]?.toLowerCase()
  if (word === undefined) return null
  const left = Math.max(...[';', '. ', ' but ', ' while ', ' and ', ', '].map((mark) => text.lastIndexOf(mark, moment.from)), 0)
  const ends = [';', '. ', ' but ', ' while ', ' and ', ', '].map((mark) => text.indexOf(mark, moment.to + 1)).filter((at) => at >= 0)
  const right = Math.min(...ends, text.length)
  const within = quantities.filter(
    ({ from, to, readings }) =>
      from >= left &&
      to <= right &&
      !readings.some(({ dimension }) => dimension === 'time' && /^\s*(?:before|after|later|earlier|ago)/.test(text.slice(to))),
  )
  const [quantity, other] = within
  const changing = text.slice(left, right).search(up) >= 0 || text.slice(left, right).search(down) >= 0
  return quantity && !other && !changing && quantity.form === 'number' ? { quantity, word } : null
}

const holdsThen = ({ quantity, word }: Said, moment: Moment, { course }: Cover): boolean => {
  if (!course) return false
  const first = course.points[0]?.[0] ?? 0
  const last = course.points.at(-1)?.[0] ?? first
  const at = moment.resolve(last * 1000)
  const slack = Math.max(60_000, ((last - first) / Math.max(1, course.points.length - 1)) * 1000, moment.precision) * 1.5
  const there = course.points.filter(([seconds]) => {
    const time = seconds * 1000
    if (/until|till/.test(word)) return time < at && time >= at - slack
    if (word === 'before') return time < at
    if (word === 'since') return time > at && time <= at + slack
    if (/after|from/.test(word)) return time > at
    return word === 'by' ? time < at + slack : Math.abs(time - at) <= slack
  })
  return there.length === 0 || there.some(([, value]) => agrees(quantity, course.entry(value)))
}
