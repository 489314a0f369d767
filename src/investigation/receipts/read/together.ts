import type { Quantity } from './quantity.ts'

/** "Over 41 minutes" is as often how long it took as more than that. */
export const during = (quantity: Quantity): Quantity =>
  quantity.bound === 'over' && quantity.readings.some(({ dimension }) => dimension === 'time') ? { ...quantity, bound: 'least' } : quantity

/** "4m30s" and "1 h 20 min" are one duration. */
export const joinDurations = (found: readonly Quantity[], text: string): Quantity[] => {
  const joined: Quantity[] = []
  for (const quantity of found) {
    const last = joined.at(-1)
    const big = last?.readings.find((reading) => reading.dimension === 'time')
    const small = quantity.readings.find((reading) => reading.dimension === 'time')
    if (last && big && small && small.factor < big.factor && /^(\s|,?\sand\s)?$/.test(text.slice(last.to, quantity.from))) {
      const value = (last.value * big.factor) / small.factor + quantity.value
      joined[joined.length - 1] = { ...quantity, from: last.from, text: text.slice(last.from, quantity.to), value, bound: last.bound }
    } else joined.push(quantity)
  }
  return joined
}

/** "from 40 to 310 ms": the first number has the second one's unit. */
export const inheritUnits = (found: readonly Quantity[], text: string): Quantity[] =>
  found.map((quantity, index) => {
    const next = found[index + 1]
    const last = found[index - 1]
    const isBare = (quantity.form === 'number' || quantity.form === 'word') && quantity.readings.length === 0
    // "50 days, the other for 54.5".
    if (
      isBare &&
      last?.form === 'number' &&
      last.readings.length > 0 &&
      /^[,;]?\s+(?:\S+\s+){0,3}(?:for|at|is|with|has|to|in|under|over|,)\s+(?:about\s+)?$/.test(text.slice(last.to, quantity.from)) &&
      /^\s*(?:[.,;)]|$)/.test(text.slice(quantity.to))
    )
      return { ...quantity, readings: last.readings, inherited: true }
    if (!next || next.readings.length === 0 || !isBare) return quantity
    const between = text.slice(quantity.to, next.from)
    return /^\s*(?:to|→|->|-|and|or|vs\.?|versus|against|up to|then)\s*(?:about |only |just )?$/i.test(between)
      ? { ...quantity, readings: next.readings, inherited: true }
      : quantity
  })
