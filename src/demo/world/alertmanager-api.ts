import type { AlertmanagerState, HeldAlert, Silence } from './alertmanager.ts'
import { matcherOf, timing } from './alertmanager.ts'
import type { Matcher } from './matcher.ts'
import { matcher, matchesAll, regularExpression, unquote } from './matcher.ts'
import { compareLabels, formatLabels } from './promql/labels.ts'
import type { Answer, Asked, Handle } from './server.ts'

/** Alertmanager's API v2 (0.25) over its state. */
export const alertmanagerApi =
  (world: AlertmanagerWorld): Handle =>
  (asked) => {
    try {
      return answer(world, asked)
    } catch (error) {
      // Go answers a bad expression, filter or body with 400 and the reason as a JSON string.
      if (error instanceof SyntaxError) return json(error.message, 400)
      throw error
    }
  }

const answer = (world: AlertmanagerWorld, asked: Asked): Answer => {
  const { state } = world
  const silence = /^\/api\/v2\/silence\/([^/]+)$/.exec(asked.path)?.[1]
  if (silence !== undefined) return oneSilence(world, asked.method, silence)
  switch (`${asked.method} ${asked.path}`) {
    case 'GET /-/healthy':
    case 'GET /-/ready':
      return { status: 200, body: 'OK' }
    case 'GET /':
      return { status: 200, body: alertsPage(world) }
    case 'GET /api/v2/status':
      return json(statusOf(world))
    case 'GET /api/v2/receivers':
      return json([{ name: state.receiver }])
    case 'GET /api/v2/alerts':
      return json(wanted(world, asked, state.alerts()).map((alert) => describe(world, alert)))
    case 'GET /api/v2/alerts/groups':
      return json(groupsOf(world, asked))
    case 'POST /api/v2/alerts':
      return postAlerts(world, asked.body)
    case 'GET /api/v2/silences':
      return json(state.silences().map((item) => describeSilence(item, world.now())))
    case 'POST /api/v2/silences':
      return postSilence(world, asked.body)
    default:
      return json({ code: 404, message: `path ${asked.path} was not found` }, 404)
  }
}

/** Where the links of Alertmanager's messages lead. */
const alertsPage = ({ state, now }: AlertmanagerWorld): string => {
  const rows = state.alerts().map(({ labels, startsAt }) => `${formatLabels(labels)}  since ${new Date(startsAt).toISOString()}`)
  return [`Simulated Alertmanager, ${new Date(now()).toISOString()}`, '', ...(rows.length > 0 ? rows : ['nothing fires']), ''].join('\n')
}

const json = (body: unknown, status = 200): Answer => ({ status, body: typeof body === 'string' ? JSON.stringify(body) : body })

const describe = ({ state }: AlertmanagerWorld, alert: HeldAlert): unknown => {
  const silencedBy = state.silencedBy(alert.labels)
  return {
    annotations: alert.annotations,
    endsAt: new Date(alert.endsAt).toISOString(),
    fingerprint: alert.fingerprint,
    receivers: [{ name: state.receiver }],
    startsAt: new Date(alert.startsAt).toISOString(),
    status: { inhibitedBy: [], silencedBy, state: silencedBy.length > 0 ? 'suppressed' : 'active' },
    updatedAt: new Date(alert.updatedAt).toISOString(),
    generatorURL: alert.generatorURL,
    labels: alert.labels,
  }
}

const wanted = ({ state }: AlertmanagerWorld, { params }: Asked, alerts: readonly HeldAlert[]): HeldAlert[] => {
  const filters = params.getAll('filter').map(parseFilter)
  const receiver = regularExpression(params.get('receiver') ?? '.*', { anchored: true })
  if (!receiver.test(state.receiver)) return []
  return alerts.filter(({ labels }) => {
    const shown = params.get(state.silencedBy(labels).length > 0 ? 'silenced' : 'active') !== 'false'
    return shown && matchesAll(labels, filters)
  })
}

const groupsOf = (world: AlertmanagerWorld, asked: Asked): unknown =>
  world.state
    .groups()
    .toSorted((a, b) => compareLabels(a.labels, b.labels))
    .flatMap((group) => {
      const alerts = wanted(world, asked, group.alerts)
      if (alerts.length === 0) return []
      return [{ alerts: alerts.map((alert) => describe(world, alert)), labels: group.labels, receiver: { name: world.state.receiver } }]
    })

const parseFilter = (text: string): Matcher => {
  const [, name, op, value = ''] = /^\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/s.exec(text) ?? []
  if (name === undefined || op === undefined) throw new SyntaxError(`bad matcher format: ${text}`)
  return matcher(name, op as Matcher['op'], value.startsWith('"') ? unquote(value) : value)
}

/** Five minutes: Alertmanager's default resolve_timeout, for alerts that come without an end. */
const resolveTimeout = 300_000

const postAlerts = ({ state, now }: AlertmanagerWorld, body: string): Answer => {
  const alerts = JSON.parse(body) as readonly Partial<Record<string, unknown>>[]
  if (!Array.isArray(alerts) || alerts.some(({ labels }) => typeof labels !== 'object' || labels === null))
    return json({ code: 602, message: 'alerts.labels in body is required' }, 422)
  state.receive(
    alerts.map(({ labels, annotations, startsAt, endsAt, generatorURL }) => ({
      labels: labels as Record<string, string>,
      annotations: (annotations ?? {}) as Record<string, string>,
      startsAt: typeof startsAt === 'string' ? Date.parse(startsAt) : now(),
      endsAt: typeof endsAt === 'string' ? Date.parse(endsAt) : now() + resolveTimeout,
      generatorURL: typeof generatorURL === 'string' ? generatorURL : '',
    })),
  )
  return { status: 200, body: '' }
}

type PostedSilence = {
  readonly matchers: readonly { name: string; value: string; isRegex: boolean; isEqual?: boolean }[]
  readonly startsAt: string
  readonly endsAt: string
  readonly createdBy: string
  readonly comment: string
}

const postSilence = ({ state, now }: AlertmanagerWorld, body: string): Answer => {
  const posted = JSON.parse(body) as PostedSilence
  const missing = (['matchers', 'startsAt', 'endsAt', 'createdBy', 'comment'] as const).find((name) => posted[name] === undefined)
  if (missing !== undefined) return json({ code: 602, message: `silence.${missing} in body is required` }, 422)
  const endsAt = Date.parse(posted.endsAt)
  if (endsAt < now()) return json("failed to create silence: end time can't be in the past", 400)
  if (posted.matchers.length === 0) return json('failed to create silence: silence invalid: at least one matcher required', 400)
  const matchers = posted.matchers.map(matcherOf)
  const { createdBy, comment } = posted
  return json({ silenceID: state.silence({ matchers, startsAt: Date.parse(posted.startsAt), endsAt, createdBy, comment }) })
}

const oneSilence = ({ state, now }: AlertmanagerWorld, method: string, id: string): Answer => {
  const found = state.silences().find((silence) => silence.id === id)
  if (found === undefined) return { status: 404, body: '' }
  if (method !== 'DELETE') return json(describeSilence(found, now()))
  state.expire(id)
  return { status: 200, body: '' }
}

const describeSilence = (silence: Silence, now: number): unknown => ({
  id: silence.id,
  status: { state: now < silence.startsAt ? 'pending' : now < silence.endsAt ? 'active' : 'expired' },
  updatedAt: new Date(silence.updatedAt).toISOString(),
  comment: silence.comment,
  createdBy: silence.createdBy,
  endsAt: new Date(silence.endsAt).toISOString(),
  matchers: silence.matchers.map(({ name, op, value }) => ({ isEqual: !op.startsWith('!'), isRegex: op.endsWith('~'), name, value })),
  startsAt: new Date(silence.startsAt).toISOString(),
})

const statusOf = ({ startedAt, state, webhookUrl, slack }: AlertmanagerWorld): unknown => ({
  cluster: { peers: [], status: 'disabled' },
  config: { original: configYaml(state, { webhookUrl, slack }) },
  uptime: new Date(startedAt).toISOString(),
  versionInfo: {
    branch: 'HEAD',
    buildDate: '20261101-00:00:00',
    buildUser: 'vigil-demo',
    goVersion: 'go1.19.8',
    revision: 'simulated',
    version: '0.25.0',
  },
})

const configYaml = (
  { receiver, groupBy }: AlertmanagerState,
  { webhookUrl, slack }: { webhookUrl: string | undefined; slack: boolean },
): string =>
  [
    'global:',
    '  resolve_timeout: 5m',
    ...(slack ? ['  slack_api_url: <secret>'] : []),
    'route:',
    `  receiver: ${receiver}`,
    '  group_by:',
    ...groupBy.map((name) => `  - ${name}`),
    '  continue: false',
    `  group_wait: ${timing.groupWait / 1000}s`,
    `  group_interval: ${timing.groupInterval / 1000}s`,
    `  repeat_interval: ${timing.repeatInterval / 3_600_000}h`,
    'receivers:',
    `- name: ${receiver}`,
    ...(slack ? ['  slack_configs:', '  - send_resolved: true', '    api_url: <secret>', "    channel: '#alerts'"] : []),
    ...(slack ? [`    title: '{{ template "slack.default.title" . }}'`, `    text: '{{ template "slack.default.text" . }}'`] : []),
    ...(webhookUrl === undefined
      ? []
      : [
          '  webhook_configs:',
          '  - send_resolved: true',
          '    http_config:',
          '      authorization:',
          '        type: Bearer',
          '        credentials: <secret>',
          `    url: ${webhookUrl}`,
          '    max_alerts: 0',
        ]),
    'templates: []',
    '',
  ].join('\n')

type AlertmanagerWorld = {
  readonly state: AlertmanagerState
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  now(): number
  readonly slack: boolean
  readonly webhookUrl: string | undefined
}
