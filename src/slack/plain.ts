import { clean } from '../text/clean.ts'

/** What a person typed, as words: Slack's tokens (`<@U1>`, `<#C1|name>`, `<url|label>`) and entities taken apart. */
export const plainOf = (mrkdwn: string): string =>
  clean(
    mrkdwn
      .replace(/<[@#!][^<>|]*\|([^<>]*)>/g, '$1')
      .replace(/<@[^<>]*>|<![^<>]*>/g, ' ')
      .replace(/<#([^<>]*)>/g, '$1')
      .replace(/<([a-z][a-z0-9+.-]*:[^<>|]*)(?:\|[^<>]*)?>/gi, '$1')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&'),
  )
    .replace(/[ \t]+/g, ' ')
    .trim()

/** The message that a link of this workspace names, or null. */
export const linkedMessage = (text: string, workspace: string): { channel: string; ts: string } | null => {
  const host = URL.parse(workspace)?.host
  for (const [address] of text.matchAll(/https?:\/\/[^\s<>|]+/g)) {
    const url = URL.parse(address)
    const found = /^\/archives\/([CGD][A-Z0-9]+)\/p(\d{10})(\d{6})$/.exec(url?.pathname ?? '')
    if (url?.host === host && found?.[1] !== undefined) return { channel: found[1], ts: `${found[2]}.${found[3]}` }
  }
  return null
}
