import { clean } from './clean.ts'
import { cut } from './cut.ts'

/**
 * Text that Slack shows letter by letter: `&`, `<`, `>` as entities, so that no `<!…>`, `<@…>`, `<#…>` or link comes alive, and the four words
 * that a client would still turn into a call to everyone set apart ("@ channel"). Keeps `*`, `_`, `~` and backticks: they can dress a
 * text but not do harm. Not idempotent: escape once, last.
 */
export const escapeMrkdwn = (text: string): string => quieted(entities(text))

/**
 * Text by a model or by people, as mrkdwn in which nothing foreign can be clicked. Cleaned, escaped; links (bare, `<url|label>`,
 * `[label](url)`, images) stay links only where their host is listed, in the URL's normal form, never as written.
 *
 * Everything else becomes `` `hxxps://host/path` ``: code, so that no client links it, and the spelling under which the trade knows a
 * URL that is not to be clicked; a reader still sees where it led and can copy it. Zero-width characters inside the URL would look nicer and break
 * what is copied. Hosts that cannot lie outside (`checkout`, `db.svc.cluster.local`, 10.1.2.3) keep their `http`, in code: they occur in commands
 * that a reader pastes.
 *
 * Slack links bare domains ("example.com") by itself: **set `verbatim: true` on the text object**, and `unfurl_links: false` on the message.
 * `hosts`: "grafana.corp" (any port) or "grafana.corp:3000".
 */
export const mrkdwnText = (text: string, options: { readonly hosts: readonly string[] }): string =>
  quieted(render(clean(text), new Set(options.hosts.map((host) => host.toLowerCase()))))

/**
 * A text for the top-level `text` of a message, which phones show: one line, no mrkdwn, no emoji codes, no links, nothing alive, at most `max`
 * characters with its entities (Slack reads `text` as mrkdwn, so `&`, `<`, `>` stay escaped).
 */
export const plainText = (text: string, max = 110): string => {
  const bare = clean(text)
    .replace(SLACK_LINK, (_, url: string, label?: string) => label || url)
    .replace(MARKDOWN_LINK, (_, label: string, url: string) => label || url)
    .replace(URL_IN_TEXT, (url) => defanged(url))
    .replace(EMOJI_CODE, '')
    .replace(/`/g, '')
    .replace(/(?<![\w*~])([*~]{1,2})(?=\S)([^*~\n]{1,300})(?<=\S)\1(?![\w*~])/g, '$2')
    .replace(/\s+/g, ' ')
    .trim()
  return cut(escapeMrkdwn(bare), max, '…', { mrkdwn: true })
}

const CODE = /```[\s\S]*?```|`[^`\n]+`/

const SLACK_LINK = /<([a-z][a-z0-9+.-]{0,20}:[^|<>\s]{1,3000})(?:\|([^<>\n]{0,300}))?>/gi

const MARKDOWN_LINK =
  /!?\[([^[\]\n]{0,300})\]\([ ]?<?([^\s<>()]{1,2000}(?:\([^\s<>()]{0,200}\)[^\s<>()]{0,500})?)>?(?:[ ]{1,3}["'(][^"\n]{0,300}["')])?[ ]?\)/g

// Schemes that a client opens on a click. Others (postgres://, grpc://) are never linked. http counts even inside a word: clients differ there.
const URL_IN_TEXT =
  /https?:\/\/[^\s<>"'`|]{1,3000}|(?<![a-z0-9])(?:(?:ftp|slack|mailto|tel|javascript|data|file):(?:\/\/)?|www\.)[^\s<>"'`|]{1,3000}/gi

const TOKENS = new RegExp([CODE, SLACK_LINK, MARKDOWN_LINK, URL_IN_TEXT].map(({ source }) => source).join('|'), 'gi')

const EMOJI_CODE = /(?<![\w:]):[a-z][a-z0-9_+-]{1,40}:(?![\w:])/g

const render = (text: string, hosts: ReadonlySet<string>): string => {
  let shown = ''
  let from = 0
  for (const match of text.matchAll(TOKENS)) {
    shown += entities(text.slice(from, match.index))
    const [token, slackUrl, slackLabel, markdownLabel, markdownUrl] = match
    if (token.startsWith('`')) shown += entities(token.replace(URL_IN_TEXT, defanged))
    else if (slackUrl !== undefined) shown += link(slackUrl, slackLabel ?? '', hosts)
    else if (markdownUrl !== undefined) shown += link(markdownUrl, markdownLabel ?? '', hosts)
    else shown += bareLink(token, hosts)
    from = match.index + token.length
  }
  return shown + entities(text.slice(from))
}

const bareLink = (token: string, hosts: ReadonlySet<string>): string => {
  const url = token.replace(/[.,;:!?)\]}*_~]+$/, '')
  // "data: 12 rows" and "file:" are words; without a scheme's slashes only those that a click would run stay suspicious.
  const isWord = !/^(?:www\.|\w+:\/\/|mailto:|tel:\+?\d|javascript:|data:\w+\/)/i.test(url)
  return (isWord ? entities(url) : link(url, '', hosts)) + entities(token.slice(url.length))
}

const link = (url: string, label: string, hosts: ReadonlySet<string>): string => {
  const target = allowed(url, hosts)
  if (target === undefined) return label.trim() === '' ? inCode(url) : `${inertLabel(label)} (${inCode(url)})`
  const name = entities(label.replace(/[|`]/g, ' ').trim())
  // `|` ends the address, and a raw `@channel` in it would be set apart later.
  const address = entities(target.href).replaceAll('|', '%7C').replaceAll('@', '%40')
  return name === '' || name === entities(target.href) ? `<${address}>` : `<${address}|${name}>`
}

// A label with a slash could grow into a new link with the words before it: "htt[p://evil.example](x)".
const inertLabel = (label: string): string => {
  const text = entities(label.replace(URL_IN_TEXT, defanged).replaceAll('`', ''))
  return text.includes('/') ? `“${text}”` : text
}

const inCode = (url: string): string => `\`${entities(defanged(url.replaceAll('`', '%60')))}\``

const allowed = (url: string, hosts: ReadonlySet<string>): URL | undefined => {
  const target = URL.parse(url)
  if (!target || !/^https?:$/.test(target.protocol) || target.username !== '' || target.password !== '') return undefined
  return hosts.has(target.hostname) || hosts.has(target.host) ? target : undefined
}

const defanged = (url: string): string => {
  const target = URL.parse(url)
  const isOne = url.indexOf('://') === url.lastIndexOf('://')
  if (isOne && target && /^https?:$/.test(target.protocol) && target.username === '' && isInside(target.hostname)) return url
  return url.replace(/http(?=s?:\/\/)/gi, 'hxxp').replace(/(?<![a-z0-9])www\./gi, 'www[.]')
}

/** Names that the public DNS does not resolve, and private addresses (RFC 1918, 3927, 6762, 8375; loopback). */
const isInside = (host: string): boolean =>
  /^(?:[a-z0-9-]+|.+\.(?:svc|local|internal|localhost|lan|home\.arpa)|(?:10|127)\.[\d.]+|192\.168\.[\d.]+|169\.254\.[\d.]+|172\.(?:1[6-9]|2\d|3[01])\.[\d.]+|\[::1\])$/.test(
    host,
  )

const entities = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const quieted = (text: string): string => text.replace(/@(?=(?:channel|here|everyone|group)\b)/gi, '@ ')
