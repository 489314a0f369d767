import type { NewChannel, Person, WorkspaceOptions } from './contract.ts'
import type { State } from './state.ts'

/** Fills a new workspace with the app's bot, people, channels and user groups. */
export const seed = (state: State, options: WorkspaceOptions): void => {
  const { app, team } = state
  state.bots.set(app.botId, { id: app.botId, name: app.name, appId: app.id, userId: app.botUserId })
  const flags = { isBot: true, deleted: false, isRestricted: false, isStranger: false }
  state.users.set(app.botUserId, { id: app.botUserId, name: app.name, realName: 'Vigil', ...flags, teamId: team.id, tz: 'Etc/UTC' })
  for (const person of options.people ?? PEOPLE) addPerson(state, person)
  for (const channel of options.channels ?? CHANNELS) addChannel(state, channel)
  for (const group of options.usergroups ?? []) {
    const id = state.nextId('S0')
    const users = group.users.map((name) => idOf(state, name))
    state.usergroups.set(id, { id, name: group.name ?? group.handle, handle: group.handle, users, disabled: false })
  }
}

/** What `manifest.yml` asks for. */
export const SCOPES = [
  'app_mentions:read',
  'channels:history',
  'channels:read',
  'groups:history',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'chat:write',
  'commands',
  'reactions:read',
  'reactions:write',
  'usergroups:read',
  'users:read',
  'files:write',
  'metadata.message:read',
  'assistant:write',
  'channels:join',
]

const PEOPLE: readonly Person[] = [
  { name: 'ana', realName: 'Ana Costa', tz: 'Europe/Lisbon' },
  { name: 'tom', realName: 'Tom Becker', tz: 'Europe/Berlin' },
  { name: 'kim', realName: 'Kim Lee', tz: 'Asia/Seoul', isRestricted: true },
  { name: 'eve', realName: 'Eve Adams', tz: 'America/New_York', deleted: true },
]

const CHANNELS: readonly NewChannel[] = [
  { name: 'alerts' },
  { name: 'general', app: false },
  { name: 'oncall', isPrivate: true, members: ['ana', 'tom'] },
]

const addPerson = (state: State, person: Person): void => {
  const id = state.nextId('U0')
  state.users.set(id, {
    id,
    name: person.name,
    realName: person.realName ?? person.name,
    isBot: false,
    deleted: person.deleted === true,
    isRestricted: person.isRestricted === true,
    isStranger: person.isStranger === true,
    teamId: person.isStranger === true ? 'T0OTHER01' : state.team.id,
    tz: person.tz ?? 'Etc/UTC',
  })
}

const addChannel = (state: State, channel: NewChannel): void => {
  const id = state.nextId('C0')
  const everybody = [...state.users.values()].filter((user) => !user.isBot && !user.deleted).map((user) => user.id)
  const members = channel.members?.map((name) => idOf(state, name)) ?? everybody
  const isExtShared = channel.isExtShared === true
  state.channels.set(id, {
    id,
    name: channel.name,
    isPrivate: channel.isPrivate === true,
    isIm: false,
    isExtShared,
    members: new Set(channel.app === false ? members : [...members, state.app.botUserId]),
    messages: [],
  })
}

const idOf = (state: State, name: string): string => {
  const user = state.user(name)
  if (!user) throw new Error(`there is no person ${name}`)
  return user.id
}
