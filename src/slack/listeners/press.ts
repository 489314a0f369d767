import type { App } from '@slack/bolt'
import { own } from '../../incident/own.ts'
import { split } from '../../incident/split.ts'
import { again } from '../../investigation/again.ts'
import { stop } from '../../investigation/stop.ts'
import { ownedWords } from '../commands/on-it.ts'
import type { Door } from '../door.ts'
import { onPress } from '../press.ts'
import { GONE, OVER } from '../refusals.ts'

/** The buttons that change something: each is one call of a room. */
export const press = (app: App, door: Door): void => {
  onPress(app, door, 'own', ({ value, user }) => owning(door, value, user))
  onPress(app, door, 'stop', ({ value, user }) => stopping(door, value, user))
  onPress(app, door, 'again', ({ value, user }) => againing(door, value, user))
  onPress(app, door, 'not_same', ({ value, user, channel, threadTs }) => {
    const [incident = '', fingerprint = ''] = splitOnce(value)
    const post = channel === null || threadTs === null ? {} : { post: { channel, ts: threadTs } }
    return splitting(door, { incident, fingerprint: fingerprint === '' ? null : fingerprint, ...post }, user)
  })
}

const splitOnce = (value: string): [string, string] => {
  const at = value.indexOf(':')
  return at < 0 ? [value, ''] : [value.slice(0, at), value.slice(at + 1)]
}

export const owning = async ({ context }: Door, incident: string, user: string): Promise<string | null> =>
  ownedWords(await own(context, incident, user))

export const stopping = async ({ context }: Door, incident: string, user: string): Promise<string | null> => {
  const outcome = await stop(context, incident, user)
  if (outcome.stopped) return null
  return outcome.reason === 'not_running'
    ? 'Nothing was changed: no investigation is running.'
    : 'It has been told to conclude already; its analysis comes with what it has.'
}

export const againing = async ({ context }: Door, incident: string, user: string): Promise<string | null> => {
  const outcome = await again(context, incident, user)
  if (outcome.again) return 'Looking again: the progress message of this thread shows it, and the new analysis comes below.'
  switch (outcome.reason) {
    case 'running':
      return 'It is being investigated right now.'
    case 'over':
      return OVER
    case 'gone':
      return GONE
  }
}

export const splitting = async (
  { context }: Door,
  { incident, ...meant }: { incident: string; fingerprint: string | null; post?: { channel: string; ts: string } },
  user: string,
): Promise<string | null> => {
  const outcome = await split(context, incident, { ...meant, user })
  if (outcome.split) return `It is INC-${outcome.number} now, with a thread and an investigation of its own. I will not join the two again.`
  switch (outcome.reason) {
    case 'only_alert':
      return 'Nothing was changed: there is only one alert in this incident, nothing that it could be set apart from.'
    case 'unknown_alert':
      return 'Nothing was changed: that alert is not in this incident any more.'
    case 'over':
      return 'Nothing was changed: it is over.'
    case 'gone':
      return GONE
  }
}
