import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { Workspace } from '../contract.ts'
import { actSchema, perform } from './acts.ts'
import { document } from './layout.ts'
import { live } from './live.ts'
import type { Chosen, Shortcut, Story, Visit } from './visit.ts'

/**
 * The web page of the local workspace: channels, threads, modals, and everything a person can do in them. A thread has its own address, `/c/alerts/t/<ts>?as=<user id>`.
 * Give it to `startWorkspace` as its `page`.
 */
export const page = (
  workspace: Workspace,
  shortcuts: readonly Shortcut[] = [{ name: 'Triage with Vigil', callbackId: 'triage' }],
  story?: Story,
): Hono => {
  const chosen: Chosen = new Map()
  const visitOf = visits(workspace, { chosen, shortcuts, story })
  const app = new Hono()

  app.use(async (request, next) => {
    await next()
    // The last fence: should a message ever break out of its place, the browser still loads and runs nothing of it.
    request.header('content-security-policy', policy)
    request.header('x-content-type-options', 'nosniff')
    request.header('referrer-policy', 'no-referrer')
  })
  app.get('/', (request) => request.redirect(`/c/${firstChannel(workspace)}`))
  app.get('/static/:file', async (request) => {
    const type = files[request.req.param('file')]
    if (type === undefined) return request.notFound()
    const body = await readFile(join(import.meta.dirname, 'static', request.req.param('file')), 'utf8')
    return request.body(body, 200, { 'content-type': type, 'cache-control': 'no-cache' })
  })
  app.get('/dm', (request) => {
    const me = visitOf(request, firstChannel(workspace), undefined)?.me
    return me === undefined ? request.notFound() : request.redirect(`/c/${workspace.directChannel(me.id)}?as=${me.id}`)
  })
  app.get('/events', (request) => {
    const visit = visitOf(request, request.req.query('channel') ?? '', request.req.query('thread'))
    return visit === undefined ? request.notFound() : live(request, visit)
  })
  const show = (request: Context, channel: string, thread?: string): Response => {
    const visit = visitOf(request, channel, thread)
    if (visit === undefined) return request.text('There is no such channel or thread, or it is not for you.', 404)
    // For addresses that do not say who looks: a message's permalink is one.
    setCookie(request, 'as', visit.me.id, { httpOnly: true, sameSite: 'Lax' })
    return request.html(document(visit, eventsPath(visit)).html)
  }
  app.get('/home', async (request) => {
    const visit = visitOf(request, firstChannel(workspace), undefined)
    if (visit !== undefined) await workspace.openHome(visit.me.id)
    return show(request, firstChannel(workspace))
  })
  app.get('/c/:channel', (request) => show(request, request.req.param('channel')))
  app.get('/c/:channel/t/:ts', (request) => show(request, request.req.param('channel'), request.req.param('ts')))
  app.post('/act', async (request) => {
    if (!isOwnScript(request)) return request.json({ ok: false, reason: 'only this page may do that' }, 403)
    const act = actSchema.safeParse(await request.req.json().catch(() => undefined))
    if (!act.success) return request.json({ ok: false, reason: 'the page sent something that cannot be read' }, 400)
    return request.json(await perform(workspace, chosen, act.data))
  })
  return app
}

/** Who looks at what, read from an address. Undefined when it names nothing that is there, or nothing this person may see. */
const visits =
  ({ state }: Workspace, own: Pick<Visit, 'chosen' | 'shortcuts' | 'story'>) =>
  (request: Context, channelName: string, threadTs: string | undefined): Visit | undefined => {
    const people = [...state.users.values()].filter((user) => !user.isBot && !user.deleted)
    const me = people.find((user) => user.id === (request.req.query('as') ?? getCookie(request, 'as'))) ?? people[0]
    const channel = state.channel(channelName)
    if (me === undefined || channel === undefined) return undefined
    if ((channel.isPrivate || channel.isIm) && !channel.members.has(me.id)) return undefined
    if (threadTs !== undefined && state.message(channel.id, threadTs) === undefined) return undefined
    const home = request.req.path === '/home' || request.req.query('home') === '1'
    return { state, me, channel, threadTs, home, ...own }
  }

const eventsPath = (visit: Visit): string => {
  const query = new URLSearchParams({ as: visit.me.id, channel: visit.channel.id })
  if (visit.threadTs !== undefined) query.set('thread', visit.threadTs)
  if (visit.home) query.set('home', '1')
  return `/events?${query}`
}

const firstChannel = ({ state }: Workspace): string =>
  [...state.channels.values()].find((channel) => !channel.isPrivate && !channel.isIm)?.name ?? ''

/** Other pages in the same browser can post here too, but not with this type, and not without naming themselves. */
const isOwnScript = (request: Context): boolean => {
  const origin = request.req.header('origin')
  const isJson = request.req.header('content-type')?.startsWith('application/json') === true
  return isJson && (origin === undefined || (URL.canParse(origin) && new URL(origin).host === request.req.header('host')))
}

const files: Readonly<Record<string, string>> = { 'page.js': 'text/javascript; charset=utf-8', 'page.css': 'text/css; charset=utf-8' }

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
