import { randomBytes } from 'node:crypto'
import type { Press, PressResult } from './contract.ts'
import { stateOf } from './element-state.ts'
import { type Found, findElement } from './find-element.ts'
import { isObject } from './limits/report.ts'
import { wireMessage } from './message.ts'
import { wireView } from './methods/views.ts'
import type { ResponseUrl, Slack } from './slack.ts'
import type { Channel, StoredMessage, User, View } from './state.ts'

/** Sends the `block_actions` of one press. Throws when there is nothing to press there, or not for this person. */
export const press = (slack: Slack, pressed: Press): Promise<PressResult> => {
  const user = personOf(slack, pressed.user)
  if (pressed.viewId !== undefined || pressed.home === true) return pressInView(slack, user, pressed)
  const channel = slack.state.channel(pressed.channel ?? '')
  const message = channel ? slack.state.message(channel.id, pressed.ts ?? '') : undefined
  if (!channel || !message) throw new Error('there is no such message')
  if (message.appId !== slack.state.app.id) throw new Error('this message belongs to another app')
  if ((channel.isPrivate || channel.isIm) && !channel.members.has(user.id)) throw new Error(`${user.name} cannot see this channel`)
  const attached = message.attachments.flatMap((attachment) => (isObject(attachment) ? [attachment['blocks']] : [])).flat()
  const found = findElement([...message.blocks, ...attached], pressed)
  if (!found) throw new Error(`there is no element ${pressed.actionId} in this message`)
  const state = pressedState(found, pressed)
  return send(slack, {
    ...base(slack, user, 'block_actions'),
    ...inMessage(slack, user, { channel, message }),
    state: { values: 'value' in state ? {} : { [found.blockId]: { [pressed.actionId]: state } } },
    actions: [actionOf(slack, found, state)],
  })
}

const pressInView = (slack: Slack, user: User, pressed: Press): Promise<PressResult> => {
  const view = pressed.home === true ? slack.state.homes.get(user.id) : slack.state.views.get(pressed.viewId ?? '')
  if (!view || view.userId !== user.id) throw new Error('there is no such view')
  const found = findElement(view.payload.blocks, pressed)
  if (!found) throw new Error(`there is no element ${pressed.actionId} in this view`)
  const state = pressedState(found, pressed)
  if (!['button', 'overflow'].includes(String(found.element['type']))) keep(view, found, pressed.actionId, state)
  const payload = base(slack, user, 'block_actions', view.id)
  return send(slack, {
    ...payload,
    container: { type: 'view', view_id: view.id },
    view: wireView(slack, view),
    actions: [actionOf(slack, found, state)],
  })
}

const keep = (view: View, found: Found, actionId: string, state: Record<string, unknown>): void => {
  view.values[found.blockId] = { ...view.values[found.blockId], [actionId]: state }
}

/** The fields that every interaction carries; `trigger_id` is good for one view within 3 s. */
export const base = (slack: Slack, user: User, type: string, viewId?: string): Record<string, unknown> => {
  const { team, app } = slack.state
  const triggerId = `${randomBytes(6).toString('hex')}.${team.id}`
  slack.triggers.set(triggerId, { at: Date.now(), used: false, user: user.id, ...(viewId === undefined ? {} : { viewId }) })
  return {
    type,
    user: { id: user.id, username: user.name, name: user.name, team_id: user.teamId },
    api_app_id: app.id,
    token: 'local-verification-token',
    trigger_id: triggerId,
    team: { id: team.id, domain: team.domain },
    enterprise: null,
    is_enterprise_install: false,
  }
}

/** The fields that say which message an interaction came from. */
export const inMessage = (slack: Slack, user: User, at: { channel: Channel; message: StoredMessage }): Record<string, unknown> => {
  const { channel, message } = at
  const thread = message.threadTs === undefined ? {} : { thread_ts: message.threadTs }
  const isEphemeral = message.ephemeralFor !== undefined
  return {
    container: { type: 'message', message_ts: message.ts, channel_id: channel.id, is_ephemeral: isEphemeral, ...thread },
    channel: { id: channel.id, name: channel.isIm ? 'directmessage' : channel.name },
    // Slack sends the whole message only where it is kept.
    ...(isEphemeral ? {} : { message: wireMessage(slack, channel, message) }),
    response_url: responseUrl(slack, {
      channel: channel.id,
      user: user.id,
      ts: message.ts,
      ...(message.threadTs === undefined ? {} : { threadTs: message.threadTs }),
    }),
  }
}

export const responseUrl = (slack: Slack, target: Omit<ResponseUrl, 'at' | 'uses'>): string => {
  const id = randomBytes(12).toString('hex')
  slack.responseUrls.set(id, { ...target, at: Date.now(), uses: 0 })
  return `${slack.settings.url}/respond/${id}`
}

/** Sends one interaction and waits for its acknowledgement. */
export const send = async (
  slack: Slack,
  payload: Record<string, unknown>,
  type: 'interactive' | 'slash_commands' = 'interactive',
): Promise<PressResult> => {
  const start = performance.now()
  const delivery = await slack.interact(type, payload)
  const ms = Math.round(performance.now() - start)
  if (delivery.acked) return { acked: true, ms, payload: delivery.payload }
  const seconds = slack.settings.ackMs / 1000
  return { acked: false, ms, reason: delivery.reason === 'timeout' ? `timed out after ${seconds} s` : 'the app has no connection' }
}

export const personOf = (slack: Slack, idOrName: string): User => {
  const user = slack.state.user(idOrName)
  if (!user) throw new Error(`there is no person ${idOrName}`)
  if (user.deleted) throw new Error(`${user.name} is deactivated`)
  return user
}

const pressedState = (found: Found, pressed: Press): Record<string, unknown> => {
  const { element } = found
  const type = String(element['type'])
  if (type === 'button' || type === 'workflow_button' || type === 'icon_button') return { type, value: element['value'] }
  if (type === 'feedback_buttons') return { type, value: feedbackOf(element, pressed.value)['value'] }
  return stateOf(element, pressed.selectedOptions ?? pressed.selectedOption ?? pressed.value ?? null)
}

const feedbackOf = (element: Record<string, unknown>, value: string | undefined): Record<string, unknown> => {
  const buttons = [element['positive_button'], element['negative_button']].filter(isObject)
  const button = buttons.find((one) => one['value'] === value)
  if (!button) throw new Error(`there is no feedback button with value ${String(value)}`)
  return button
}

const actionOf = (slack: Slack, found: Found, state: Record<string, unknown>): Record<string, unknown> => {
  const { element, blockId } = found
  const shown = element['type'] === 'feedback_buttons' ? feedbackOf(element, String(state['value'])) : element
  const kept = Object.fromEntries(
    ['text', 'style', 'icon', 'url', 'placeholder'].flatMap((key) => (key in shown ? [[key, shown[key]]] : [])),
  )
  return { ...kept, ...state, action_id: element['action_id'], block_id: blockId, action_ts: slack.state.nextTs() }
}
