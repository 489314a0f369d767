/** Everything that the local Slack workspace knows, in memory. The Web API, the people and the page change it; listeners hear of each change. */
export const createState = (options: StateOptions = {}): State => {
  const listeners = new Set<(change: Change) => void>()
  const counters = new Map<string, number>()
  let lastMicros = 0

  const nextTs = (): string => {
    // Slack's `ts` is unique in its channel and sorts by time: microseconds that never repeat.
    lastMicros = Math.max(lastMicros + 1, Math.round((options.now?.() ?? Date.now()) * 1000))
    return `${Math.floor(lastMicros / 1e6)}.${String(lastMicros % 1e6).padStart(6, '0')}`
  }
  const nextId = (prefix: string): string => {
    const next = (counters.get(prefix) ?? 0) + 1
    counters.set(prefix, next)
    return `${prefix}${String(next).padStart(8, '0')}`
  }

  const state: State = {
    team: options.team ?? { id: 'T0VIGIL01', name: 'Acme', domain: 'acme' },
    app: options.app ?? { id: 'A0VIGIL01', name: 'vigil', botId: 'B0VIGIL01', botUserId: 'U0VIGIL01' },
    users: new Map(),
    channels: new Map(),
    bots: new Map(),
    usergroups: new Map(),
    views: new Map(),
    homes: new Map(),
    statuses: new Map(),
    files: new Map(),
    calls: [],
    nextTs,
    nextId,
    channel: (idOrName) => byIdOrName(state.channels, idOrName),
    user: (idOrName) => byIdOrName(state.users, idOrName),
    bot: (idOrName) => byIdOrName(state.bots, idOrName),
    message: (channel, ts) => state.channels.get(channel)?.messages.find((message) => message.ts === ts && message.deleted !== true),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    changed: (change) => {
      for (const listener of [...listeners]) listener(change)
    },
  }
  return state
}

const byIdOrName = <T extends { id: string; name: string }>(map: ReadonlyMap<string, T>, idOrName: string): T | undefined => {
  const name = idOrName.replace(/^[#@]/, '')
  return map.get(idOrName) ?? [...map.values()].find((candidate) => candidate.name === name)
}

export type StateOptions = {
  team?: Team
  app?: AppIdentity
  /** Milliseconds since the epoch; defaults to the machine's clock. */
  now?: () => number
}

export type State = {
  team: Team
  app: AppIdentity
  users: Map<string, User>
  channels: Map<string, Channel>
  bots: Map<string, Bot>
  usergroups: Map<string, Usergroup>
  /** Open modals by view id. Those of one person with the same `rootId` are a stack; the newest is on top. */
  views: Map<string, View>
  /** The app's home, by user id. */
  homes: Map<string, View>
  /** What the app says it is doing ("is thinking…"), by `channel:thread_ts`. */
  statuses: Map<string, string>
  files: Map<string, StoredFile>
  /** Every Web API call with its answer, oldest first. */
  calls: Call[]
  nextTs(): string
  nextId(prefix: string): string
  /** Each of these takes an id or a name, with or without `#` and `@`. */
  channel(idOrName: string): Channel | undefined
  user(idOrName: string): User | undefined
  bot(idOrName: string): Bot | undefined
  /** Undefined when it never was or was deleted. */
  message(channelId: string, ts: string): StoredMessage | undefined
  /** Returns the function that unsubscribes. */
  subscribe(listener: (change: Change) => void): () => void
  changed(change: Change): void
}

export type Change =
  | { type: 'message'; channel: string; ts: string; threadTs?: string }
  | { type: 'channel'; channel: string }
  | { type: 'status'; channel: string; threadTs: string }
  | { type: 'view'; userId: string; viewId: string }
  | { type: 'home'; userId: string }
  | { type: 'call'; call: Call }

export type Team = { id: string; name: string; domain: string }
export type AppIdentity = { id: string; name: string; botId: string; botUserId: string }

export type User = {
  id: string
  name: string
  realName: string
  isBot: boolean
  deleted: boolean
  isRestricted: boolean
  isStranger: boolean
  teamId: string
  tz: string
}

/** An app's bot. One without `userId` posts through incoming webhooks in the old shape: subtype `bot_message`, no user. */
export type Bot = { id: string; name: string; appId: string; userId?: string }

export type Usergroup = { id: string; name: string; handle: string; users: string[]; disabled: boolean }

export type Channel = {
  id: string
  name: string
  isPrivate: boolean
  isIm: boolean
  isExtShared: boolean
  /** Ids of users, bot users among them. */
  members: Set<string>
  /** Oldest first; replies stand among the others and carry `threadTs`. Deleted ones stay, marked. */
  messages: StoredMessage[]
}

export type StoredMessage = {
  ts: string
  /** The parent's `ts`, on replies alone. */
  threadTs?: string
  user?: string
  botId?: string
  appId?: string
  subtype?: string
  /** Display name that overrides the bot's, as incoming webhooks may send it. */
  username?: string
  text: string
  blocks: unknown[]
  attachments: unknown[]
  metadata?: unknown
  /** `ts` of the last edit. */
  edited?: string
  reactions: { name: string; users: string[] }[]
  deleted?: boolean
  /** Only this user sees it. Slack keeps no such message in its history. */
  ephemeralFor?: string
  icon?: string
  files?: StoredFile[]
}

export type View = {
  id: string
  userId: string
  /** The modal (or home) as the app sent it, blocks with their `block_id`s and elements with their `action_id`s filled in. */
  payload: ViewPayload
  rootId: string
  previousId?: string
  hash: string
  externalId?: string
  /** What the app answered to the last submission: message by `block_id`. */
  errors?: Record<string, string>
  /** What the person has filled in so far: `block_id` -> `action_id` -> state. */
  values: Record<string, Record<string, unknown>>
}

export type ViewPayload = {
  type: string
  callback_id?: string
  title?: { type: string; text: string }
  submit?: { type: string; text: string }
  close?: { type: string; text: string }
  blocks: unknown[]
  private_metadata?: string
  notify_on_close?: boolean
  clear_on_close?: boolean
  external_id?: string
}

export type StoredFile = { id: string; name: string; title: string; mimetype: string; size: number; content: Uint8Array }

/** `at` in milliseconds since the epoch; `status` is the HTTP status, 0 when the connection was cut or left hanging by a fault. */
export type Call = { at: number; method: string; body: Record<string, unknown>; status: number; answer: unknown }
