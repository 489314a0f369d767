import type { PressResult, ViewValues } from './contract.ts'
import { initialStateOf, isEmpty, stateOf } from './element-state.ts'
import { isObject } from './limits/report.ts'
import { isRefusal, payloadOf, replaceView, showView, stackOf, wireView } from './methods/views.ts'
import { base, personOf, send } from './press.ts'
import type { Slack } from './slack.ts'
import type { View } from './state.ts'

/** A person submits a modal. As in Slack's client nothing is sent while a required input is empty; then the app's acknowledgement decides what is shown. */
export const submitView = async (slack: Slack, submission: { viewId: string; user: string; values?: ViewValues }): Promise<PressResult> => {
  const { view, user } = viewOf(slack, submission)
  view.values = { ...view.values, ...valuesOf(view, submission.values ?? {}) }
  view.errors = missingIn(view)
  if (Object.keys(view.errors).length > 0) {
    slack.state.changed({ type: 'view', userId: user.id, viewId: view.id })
    return { acked: false, reason: Object.values(view.errors).join(' '), ms: 0 }
  }
  const payload = { ...base(slack, user, 'view_submission', view.id), view: wireView(slack, view), response_urls: [] }
  const result = await send(slack, payload)
  return result.acked ? { ...result, ...follow(slack, view, result.payload) } : result
}

/** A person closes a modal: the app hears of it only where the view asked for that. */
export const closeView = async (slack: Slack, closing: { viewId: string; user: string }): Promise<PressResult> => {
  const { view, user } = viewOf(slack, closing)
  drop(slack, [view])
  if (view.payload.notify_on_close !== true) return { acked: true, ms: 0 }
  return send(slack, { ...base(slack, user, 'view_closed'), view: wireView(slack, view), is_cleared: view.payload.clear_on_close === true })
}

const viewOf = (slack: Slack, named: { viewId: string; user: string }) => {
  const user = personOf(slack, named.user)
  const view = slack.state.views.get(named.viewId)
  if (!view || view.userId !== user.id) throw new Error('there is no such view')
  return { view, user }
}

/** What the acknowledgement says: nothing closes the view, `clear` the whole stack, `errors` keeps it, `update` and `push` show another. */
const follow = (slack: Slack, view: View, answer: unknown): { acked: boolean; reason?: string } => {
  const response = isObject(answer) ? answer : {}
  switch (response['response_action']) {
    case 'errors':
      view.errors = response['errors'] as Record<string, string>
      slack.state.changed({ type: 'view', userId: view.userId, viewId: view.id })
      return { acked: true }
    case 'clear':
      drop(slack, stackOf(slack, view))
      return { acked: true }
    case 'update':
    case 'push': {
      const payload = payloadOf(response['view'], 'modal')
      if (isRefusal(payload)) return { acked: false, reason: `${payload.error}: ${JSON.stringify(payload['errors'])}` }
      if (response['response_action'] === 'update') replaceView(slack, view, payload)
      else showView(slack, { payload, userId: view.userId, below: view })
      return { acked: true }
    }
    default:
      drop(slack, [view])
      return { acked: true }
  }
}

const drop = (slack: Slack, views: readonly View[]): void => {
  for (const view of views) {
    slack.state.views.delete(view.id)
    slack.state.changed({ type: 'view', userId: view.userId, viewId: view.id })
  }
}

const inputsOf = (view: View) =>
  view.payload.blocks.filter(isObject).flatMap((block) => {
    const element = block['element']
    return block['type'] === 'input' && isObject(element) ? [{ block, element, blockId: String(block['block_id']) }] : []
  })

const valuesOf = (view: View, given: ViewValues): View['values'] =>
  Object.fromEntries(
    inputsOf(view).map(({ element, blockId }) => {
      const actionId = String(element['action_id'])
      const typed = given[blockId]?.[actionId]
      const kept = view.values[blockId]?.[actionId]
      return [blockId, { [actionId]: typed === undefined ? (kept ?? initialStateOf(element)) : stateOf(element, typed) }]
    }),
  )

const missingIn = (view: View): Record<string, string> =>
  Object.fromEntries(
    inputsOf(view).flatMap(({ block, element, blockId }) => {
      const state = view.values[blockId]?.[String(element['action_id'])]
      if (block['optional'] === true || (isObject(state) && !isEmpty(state))) return []
      return [[blockId, 'Please complete this required field.']]
    }),
  )
