import { sourceNames } from '../../datasources/sources.ts'
import { webhookLines } from '../manifest.ts'
import type { Channel, CheckInput, Line } from './check.ts'
import { forEachCluster } from './clusters.ts'
import { type Receiver, receiversOf } from './receivers.ts'

const part = sourceNames.alertmanager

/** Version, and what its receivers send where: to the channels that are watched, and to Vigil. */
export const checkAlertmanager = forEachCluster('alertmanager', {
  absent: ({ config }) => ({
    level: config.slack.alert_channels.length > 0 ? 'warning' : 'note',
    part,
    text: 'not configured: of alerts that come by Slack, labels and PromQL cannot be recovered',
    mend: 'set VIGIL_ALERTMANAGER_ENDPOINT, such as http://alertmanager:9093',
  }),
  mend: (reason) =>
    /^Alertmanager 40[13]/.test(reason)
      ? 'VIGIL_ALERTMANAGER_TOKEN is missing or wrong'
      : 'check VIGIL_ALERTMANAGER_ENDPOINT (or clusters[].alertmanager), and that it answers from here: curl <endpoint>/-/ready',
  look: async ({ source, input }) => {
    const { version, configYaml } = await source.status(input)
    const receivers = receiversOf(configYaml)
    if (receivers === undefined) return [{ level: 'warning', part, text: `${version}: its configuration cannot be read` }]
    const watched = (await input.channels).filter(({ isWatched }) => isWatched)
    // Without Slack's answer it is not known which channels are meant.
    const unknown = watched.length === 0 && input.config.slack.alert_channels.length > 0
    const lines = receivers.flatMap((receiver) => receiverLines(receiver, watched, input))
    const reached = receivers.some(({ slack, vigil }) => vigil !== 'no' || slack.some((one) => watchedAs(one.channel, watched)))
    return [
      { level: 'ok', part, text: `${version}, ${counted(receivers)}` },
      ...lines,
      ...(reached || unknown ? [] : [unreached(receivers, input)]),
    ]
  },
})

const counted = (receivers: readonly Receiver[]): string => {
  const names = receivers.slice(0, 5).map(({ name }) => `"${name}"`)
  return `${receivers.length === 1 ? 'receiver' : 'receivers'} ${names.join(', ')}${receivers.length > 5 ? ` and ${receivers.length - 5} more` : ''}`
}

const receiverLines = (receiver: Receiver, watched: readonly Channel[], { config }: CheckInput): Line[] => {
  const posts = receiver.slack.flatMap(({ channel, sendResolved }) => {
    const found = watchedAs(channel, watched)
    return found === undefined ? [] : [{ name: found.name, sendResolved }]
  })
  const [post] = posts
  const who = `receiver "${receiver.name}"`
  if (receiver.vigil === 'no' && post === undefined) return []
  if (receiver.vigil === 'no') {
    const silent = posts.every(({ sendResolved }) => !sendResolved) ? ', and never sends "resolved"' : ''
    return [withLines(receiver, `${who} posts to #${post?.name} but not to Vigil${silent}`, config)]
  }
  if (receiver.vigil === 'hidden')
    return [
      {
        level: 'note',
        part,
        text: `${who} has a webhook, and this version hides where it leads${post ? `; it posts to #${post.name}` : ''}`,
      },
    ]
  if (config.api_token === undefined)
    return [
      {
        level: 'fault',
        part,
        text: `${who} sends to Vigil's webhook, but Vigil's API is off`,
        mend: 'set VIGIL_API_TOKEN to the token that the receiver sends',
      },
    ]
  if (!receiver.sendResolved)
    return [
      { level: 'warning', part, text: `${who} sends to Vigil, but not "resolved"`, mend: 'send_resolved: true in its webhook_configs' },
    ]
  return [{ level: 'ok', part, text: `${who} sends to Vigil${post ? ` and posts to #${post.name}` : ''}` }]
}

const withLines = (receiver: Receiver, text: string, config: CheckInput['config']): Line => {
  const token = config.api_token === undefined ? 'set VIGIL_API_TOKEN, and ' : ''
  const resolved = receiver.slack.some(({ sendResolved }) => !sendResolved) ? ', and send_resolved: true to its slack_configs' : ''
  return {
    level: 'warning',
    part,
    text,
    mend: `${token}add the lines below to that receiver${resolved} (vigil manifest alertmanager --receiver ${receiver.name})`,
    block: webhookLines(`http://<vigil>:${config.http.port}/api/v1/alerts`).replace(/^ {4}/gm, ''),
  }
}

const unreached = (receivers: readonly Receiver[], { config }: CheckInput): Line => {
  const [first] = receivers
  const text = 'no receiver sends to Vigil or posts to a channel that is watched: no alert would arrive'
  if (first === undefined) return { level: 'warning', part, text }
  return withLines(first, text, config)
}

/** Alertmanager names a channel with or without #, or by its id. */
const watchedAs = (channel: string, watched: readonly Channel[]): Channel | undefined =>
  watched.find(({ id, name }) => [id, name].includes(channel.replace(/^#/, '')))
