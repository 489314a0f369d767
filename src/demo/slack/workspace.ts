import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { Workspace, WorkspaceOptions } from './contract.ts'
import { createDelivery } from './delivery.ts'
import { createFaults } from './faults.ts'
import { closeView, submitView } from './modal.ts'
import { botNamed, peopleOf } from './people.ts'
import { press } from './press.ts'
import { createRates } from './rates.ts'
import { SCOPES, seed } from './seed.ts'
import type { Settings, Slack } from './slack.ts'
import { createSockets } from './sockets.ts'
import { createState } from './state.ts'
import { createTimers } from './timers.ts'
import { answerCall, cut } from './web-api.ts'
import { type Outcome, takeResponse, takeWebhook } from './webhooks.ts'

/** Starts a Slack for one machine on 127.0.0.1. Resolves when it listens; rejects when the port is taken. */
export const startWorkspace = async (options: WorkspaceOptions = {}): Promise<Workspace> => {
  const { slack, faults } = assemble(options)
  const { state, settings, sockets } = slack
  const app = routes(slack)
  const server = createAdaptorServer({ fetch: app.fetch })
  server.on('upgrade', (request, socket) => {
    if (slack.disruption.isDown()) socket.destroy()
    else sockets.accept(request, socket)
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  settings.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const workspace: Workspace = {
    url: settings.url,
    apiUrl: `${settings.url}/api/`,
    botToken: settings.botToken,
    appToken: settings.appToken,
    botUserId: state.app.botUserId,
    botId: state.app.botId,
    appId: state.app.id,
    teamId: state.team.id,
    state,
    faults,
    ...peopleOf(slack),
    webhookUrl: (channel, bot) => webhookUrl(slack, channel, bot),
    press: async (pressed) => press(slack, pressed),
    submitView: (submission) => submitView(slack, submission),
    closeView: (closing) => closeView(slack, closing),
    sendEvent: (event) => slack.event({ event_ts: state.nextTs(), ...event }),
    connections: () => sockets.count(),
    close: async () => {
      sockets.cutAll()
      slack.timers.stop()
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await once(server, 'close')
    },
  }
  if (options.page) app.route('/', options.page(workspace))
  return workspace
}

const assemble = (options: WorkspaceOptions) => {
  const state = createState()
  seed(state, options)
  const timers = createTimers()
  const scale = options.retryScale ?? 1
  const settings: Settings = {
    url: '',
    botToken: options.botToken ?? 'xoxb-local-bot',
    appToken: options.appToken ?? 'xapp-local-app',
    scopes: new Set(options.scopes ?? SCOPES),
    ackMs: (options.ackSeconds ?? 3) * 1000,
    retryScale: scale,
  }
  const sockets = createSockets({ appId: state.app.id, timers, scale })
  const { faults, disruption } = createFaults(sockets)
  const slack: Slack = {
    state,
    settings,
    timers,
    sockets,
    disruption,
    rates: createRates(Number(options.rates ?? true)),
    triggers: new Map(),
    responseUrls: new Map(),
    webhooks: new Map(),
    ...createDelivery({ sockets, state, timers, scale, ackMs: settings.ackMs }),
  }
  return { slack, faults }
}

const routes = (slack: Slack): Hono<{ Bindings: HttpBindings }> => {
  const app = new Hono<{ Bindings: HttpBindings }>()
  const unlessDown = async (c: Context<{ Bindings: HttpBindings }>, take: () => Promise<Outcome>): Promise<Response> => {
    if (slack.disruption.isDown()) return cut(c)
    const { status, text } = await take()
    return new Response(text, { status })
  }
  app.on(['GET', 'POST'], '/api/:method', (c) => answerCall(slack, c))
  app.post('/services/:team/:bot/:id', (c) => unlessDown(c, async () => takeWebhook(slack, c.req.param('id'), await c.req.text())))
  app.post('/respond/:id', (c) => unlessDown(c, async () => takeResponse(slack, c.req.param('id'), await c.req.text())))
  app.post('/upload/:id', (c) =>
    unlessDown(c, async () => {
      const file = slack.state.files.get(c.req.param('id'))
      if (!file) return { status: 404, text: 'not found' }
      file.content = new Uint8Array(await c.req.arrayBuffer())
      return { status: 200, text: `OK - ${file.content.length}` }
    }),
  )
  // A permalink opens the message on the page, as one of Slack's does in its client.
  app.get('/archives/:channel/:message', (c) => {
    const ts = c.req.param('message').replace(/^p(\d+)(\d{6})$/, '$1.$2')
    const message = slack.state.message(c.req.param('channel'), ts)
    return message ? c.redirect(`/c/${c.req.param('channel')}/t/${message.threadTs ?? message.ts}`) : c.notFound()
  })
  return app
}

const webhookUrl = (slack: Slack, channelName: string, bot: string): string => {
  const channel = slack.state.channel(channelName)
  if (!channel) throw new Error(`there is no channel ${channelName}`)
  const { id: botId } = botNamed(slack, bot, { withUser: false })
  const id = randomBytes(12).toString('hex')
  slack.webhooks.set(id, { channel: channel.id, bot: botId })
  return `${slack.settings.url}/services/${slack.state.team.id}/${botId}/${id}`
}
