/** When something runs by its cron expression: times of the day (milliseconds into it) and distances (seconds). */
export type Schedules = { readonly clocks: readonly number[]; readonly every: readonly number[] }

/** The cron expressions of a text, of five fields: `0 12 * * *` is noon, and a step of 15 in the first field a quarter of an hour. */
export const schedulesIn = (text: string): Schedules => {
  const clocks: number[] = []
  const every: number[] = []
  for (const [, minute = '', hour = ''] of text.matchAll(cron)) {
    const step = /^\*\/(\d+)$/.exec(minute)?.[1]
    if (step !== undefined) every.push(Number(step) * 60)
    const hours = /^\*\/(\d+)$/.exec(hour)?.[1]
    if (hours !== undefined) every.push(Number(hours) * 3600)
    if (minute === '*') every.push(60)
    else if (hour === '*') every.push(3600)
    if (!/^\d+$/.test(minute)) continue
    for (const one of hour.split(',')) if (/^\d+$/.test(one)) clocks.push((Number(one) * 60 + Number(minute)) * 60_000)
  }
  return { clocks, every }
}

const field = '(?:\\*(?:\\/\\d{1,2})?|\\d{1,2}(?:[-,]\\d{1,2})*(?:\\/\\d{1,2})?)'
const cron = new RegExp(`(?<![\\w*])(${field}) (${field}) ${field} ${field} ${field}(?![\\w*/])`, 'g')
