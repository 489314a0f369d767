import { type Html, html } from './html.ts'

/**
 * A Slack date token. The server writes it in UTC; the page's script writes it again in the reader's zone, from the attributes.
 * Formats: docs.slack.dev/messaging/formatting-message-text#date-formatting
 */
export const dateToken = (seconds: number, format: string, fallback: string): Html => {
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime())) return html`${fallback}`
  return html`<time datetime="${date.toISOString()}" data-format="${format}" title="${fallback}">${formatted(date, format)}</time>`
}

const formatted = (date: Date, format: string): string =>
  format.replace(/\{([a-z_]+)\}/g, (whole, name: string) => {
    const options = formats[name.replace(/_pretty$/, '')]
    if (name.startsWith('date_num')) return date.toISOString().slice(0, 10)
    return options === undefined ? whole : new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(date)
  })

const formats: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  date: { day: 'numeric', month: 'long', year: 'numeric' },
  date_short: { day: 'numeric', month: 'short', year: 'numeric' },
  date_long: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  date_slash: { day: '2-digit', month: '2-digit', year: 'numeric' },
  time: { hour: '2-digit', minute: '2-digit' },
  time_secs: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  ago: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
}
