import { isObject } from '../limits/report.ts'
import { faultsOf } from '../limits.ts'
import { withIds } from '../post.ts'
import type { Slack } from '../slack.ts'
import type { View, ViewPayload } from '../state.ts'
import { type Answer, type Body, type Method, type Refusal, refuse, refuseWith, textOf } from './method.ts'

const TRIGGER_MS = 3_000

/** https://docs.slack.dev/surfaces/modals : a stack holds three views. */
const MOST_IN_STACK = 3

const open = (slack: Slack, body: Body): Answer => {
  const payload = payloadOf(body['view'], 'modal')
  if (isRefusal(payload)) return payload
  const user = useTrigger(slack, body)
  if (typeof user !== 'string') return user
  const view = showView(slack, { payload, userId: user })
  return isRefusal(view) ? view : { ok: true, view: wireView(slack, view) }
}

const push = (slack: Slack, body: Body): Answer => {
  const payload = payloadOf(body['view'], 'modal')
  if (isRefusal(payload)) return payload
  const trigger = slack.triggers.get(textOf(body, 'trigger_id') ?? '')
  const user = useTrigger(slack, body)
  if (typeof user !== 'string') return user
  const below = slack.state.views.get(trigger?.viewId ?? '')
  if (!below) return refuse('not_found')
  const view = showView(slack, { payload, userId: user, below })
  return isRefusal(view) ? view : { ok: true, view: wireView(slack, view) }
}

const update = (slack: Slack, body: Body): Answer => {
  const externalId = textOf(body, 'external_id')
  const found = externalId
    ? [...slack.state.views.values()].find((view) => view.externalId === externalId)
    : slack.state.views.get(textOf(body, 'view_id') ?? '')
  if (!found) return refuse('not_found')
  const hash = textOf(body, 'hash')
  if (hash !== undefined && hash !== found.hash) return refuse('hash_conflict')
  const payload = payloadOf(body['view'], 'modal')
  if (isRefusal(payload)) return payload
  return { ok: true, view: wireView(slack, replaceView(slack, found, payload)) }
}

const publish = (slack: Slack, body: Body): Answer => {
  const userId = textOf(body, 'user_id') ?? ''
  if (!slack.state.users.has(userId)) return refuse('user_not_found')
  const payload = payloadOf(body['view'], 'home')
  if (isRefusal(payload)) return payload
  const known = slack.state.homes.get(userId)
  const hash = textOf(body, 'hash')
  if (known && hash !== undefined && hash !== known.hash) return refuse('hash_conflict')
  const id = known?.id ?? slack.state.nextId('V')
  const blocks = withIds(slack, payload.blocks)
  const view: View = { id, rootId: id, userId, payload: { ...payload, blocks }, hash: hashOf(slack), values: {} }
  slack.state.homes.set(userId, view)
  slack.state.changed({ type: 'home', userId })
  return { ok: true, view: wireView(slack, view) }
}

/** Opens a view, or lays it on top of `below`. */
export const showView = (slack: Slack, shown: { payload: ViewPayload; userId: string; below?: View }): View | Refusal => {
  const { payload, userId, below } = shown
  const { state } = slack
  const externalId = payload.external_id
  if (externalId && [...state.views.values()].some((view) => view.externalId === externalId)) return refuse('duplicate_external_id')
  if (below && stackOf(slack, below).length >= MOST_IN_STACK) return refuse('push_limit_reached')
  // Slack's client shows one stack at a time: a newly opened modal takes the place of what was there.
  if (!below) for (const other of [...state.views.values()]) if (other.userId === userId) state.views.delete(other.id)
  const id = state.nextId('V')
  const view: View = {
    id,
    userId,
    payload: { ...payload, blocks: withIds(slack, payload.blocks) },
    rootId: below?.rootId ?? id,
    hash: hashOf(slack),
    values: {},
    ...(below ? { previousId: below.id } : {}),
    ...(externalId ? { externalId } : {}),
  }
  state.views.set(id, view)
  state.changed({ type: 'view', userId, viewId: id })
  return view
}

export const replaceView = (slack: Slack, view: View, payload: ViewPayload): View => {
  view.payload = { ...payload, blocks: withIds(slack, payload.blocks) }
  view.hash = hashOf(slack)
  delete view.errors
  slack.state.changed({ type: 'view', userId: view.userId, viewId: view.id })
  return view
}

/** The payload as a view, or what Slack says against it: `invalid_arguments` with the faults, `view_too_large`. */
export const payloadOf = (value: unknown, type: 'modal' | 'home'): ViewPayload | Refusal => {
  if (!isObject(value)) return refuseWith('invalid_arguments', ['missing required field: view [json-pointer:/view]'])
  const faults = faultsOf(value)
  if (value['type'] !== type) faults.push(`must be ${type} [json-pointer:/view/type]`)
  if (faults.some((one) => one.includes('250KB'))) return refuse('view_too_large')
  return faults.length > 0 ? refuseWith('invalid_arguments', faults) : (value as ViewPayload)
}

export const isRefusal = (value: object): value is Refusal => 'ok' in value && value.ok === false

/** All views of the stack, the lowest first. */
export const stackOf = (slack: Slack, view: View): View[] => [...slack.state.views.values()].filter((other) => other.rootId === view.rootId)

/** A view as the API and the interactions carry it. */
export const wireView = (slack: Slack, view: View): Record<string, unknown> => ({
  callback_id: '',
  title: null,
  close: null,
  submit: null,
  private_metadata: '',
  clear_on_close: false,
  notify_on_close: false,
  external_id: '',
  ...view.payload,
  id: view.id,
  team_id: slack.state.team.id,
  app_id: slack.state.app.id,
  app_installed_team_id: slack.state.team.id,
  bot_id: slack.state.app.botId,
  root_view_id: view.rootId,
  previous_view_id: view.previousId ?? null,
  hash: view.hash,
  state: { values: view.values },
})

/** The user whose press it was; each trigger opens one view. */
const useTrigger = (slack: Slack, body: Body): string | Refusal => {
  const trigger = slack.triggers.get(textOf(body, 'trigger_id') ?? '')
  if (!trigger) return refuse('invalid_trigger_id')
  if (trigger.used) return refuse('exchanged_trigger_id')
  if (Date.now() - trigger.at > TRIGGER_MS) return refuse('expired_trigger_id')
  trigger.used = true
  return trigger.user
}

const hashOf = (slack: Slack): string => `${slack.state.nextTs()}.hash`

export const viewMethods: Readonly<Record<string, Method>> = {
  'views.open': { run: open },
  'views.push': { run: push },
  'views.update': { run: update },
  'views.publish': { run: publish },
}
