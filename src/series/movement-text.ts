import { cut } from '../text/cut.ts'
import { amount } from '../text/number.ts'
import type { Departure } from './departure.ts'
import type { Movement } from './movement.ts'

/** "latency_p99 0.0312 → 1.03 since 02:30:00 UTC". */
export const movementText = ({ kind, departure }: Movement): string =>
  `${cut(kind, 80)} ${changeText(departure)} since ${clockText(departure.since)}`

/** One line of the table that findings and the tool show: who, what, from where to where, since when, and how unusual that is. */
export const movementLine = (one: Movement): string => `${one.owner}: ${movementText(one)}, ${farText(one.departure)}`

const changeText = ({ before, after }: Departure): string => `${amount(before)} → ${amount(after)}`

/** Above twenty it is not counted: a series that was constant went infinitely far. */
const farText = ({ ratio }: Departure): string =>
  ratio >= 20 ? 'over 20 times as far as ever before' : `${ratio.toFixed(1)} times as far as ever before`

/** "02:30:00 UTC"; times outside of what a Date holds occur in broken series. */
export const clockText = (seconds: number): string => {
  const date = new Date(Math.round(seconds * 1000))
  return Number.isNaN(date.getTime()) ? `${seconds} s` : `${date.toISOString().slice(11, 19)} UTC`
}
