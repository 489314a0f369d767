import assert from 'node:assert/strict'
import type { KnownBlock } from '@slack/types'
import { incidentsOf, saidBy, settled, type slackDoor, stock, until } from './door.ts'

export type Made = Awaited<ReturnType<typeof slackDoor>>

export const button = (actionId: string, value: string) => ({
  type: 'button' as const,
  action_id: actionId,
  value,
  text: { type: 'plain_text' as const, text: actionId },
})

/** An incident from an alert post, and a card of Vigil in its thread with the buttons that its messages carry. */
export const incidentWithCard = async (made: Made, elements: (incident: string) => object[]) => {
  const { context, post, workspace, clients, alerts } = made
  await post(stock('[FIRING:1] HighErrorRate checkout'))
  const incident = await until(async () => (await incidentsOf(context))[0], 'an incident')
  const blocks = elements(incident.id).map((block) => block as KnownBlock)
  await clients.progress.chat.postMessage({ channel: alerts, thread_ts: incident.thread_ts!, text: 'card', blocks })
  const card = saidBy(workspace, alerts)[0]!
  const press = async (user: string, actionId: string, more: { value?: string; selectedOption?: string } = {}) => {
    const result = await workspace.press({ user, actionId, channel: alerts, ts: card.ts, ...more })
    assert.equal(result.acked, true)
    await settled(context)
  }
  return {
    incident,
    press,
    id: (name: string) => workspace.state.user(name)!.id,
    told: () => saidBy(workspace, alerts).filter((m) => m.ephemeralFor),
  }
}

export const actions = (...elements: object[]) => ({ type: 'actions', elements })
