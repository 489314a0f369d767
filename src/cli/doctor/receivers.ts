import { parse as parseYaml } from 'yaml'

/** A receiver that a route leads to, as far as Vigil cares. */
export type Receiver = {
  readonly name: string
  readonly slack: readonly { readonly channel: string; readonly sendResolved: boolean }[]
  /** `hidden`: it has a webhook, and Alertmanager (0.26 and later) does not show where it leads. */
  readonly vigil: 'yes' | 'no' | 'hidden'
  /** Of the webhook to Vigil. */
  readonly sendResolved: boolean
}

/** The receivers of Alertmanager's running configuration, in the order of its routes. Undefined when it cannot be read. */
export const receiversOf = (configYaml: string): readonly Receiver[] | undefined => {
  let config: AlertmanagerConfig | null
  try {
    config = parseYaml(configYaml) as AlertmanagerConfig | null
  } catch {
    return undefined
  }
  if (config === null || typeof config !== 'object' || !Array.isArray(config.receivers)) return undefined
  const used = new Set(routed(config.route ?? {}))
  return config.receivers.filter(({ name }) => name !== undefined && used.has(name)).map(receiverOf)
}

const routed = (route: Route): string[] => [
  ...(route.receiver === undefined ? [] : [route.receiver]),
  ...(route.routes ?? []).flatMap(routed),
]

const receiverOf = (receiver: ReceiverConfig): Receiver => {
  const webhooks = receiver.webhook_configs ?? []
  const own = webhooks.find(({ url }) => leadsToVigil(url ?? ''))
  const hidden = webhooks.some(({ url, url_file }) => url === '<secret>' || url_file !== undefined)
  return {
    name: receiver.name ?? '',
    // Alertmanager's defaults: off for Slack, on for webhooks.
    slack: (receiver.slack_configs ?? []).map(({ channel, send_resolved }) => ({
      channel: channel ?? '',
      sendResolved: send_resolved ?? false,
    })),
    vigil: own ? 'yes' : hidden ? 'hidden' : 'no',
    sendResolved: (own ?? webhooks[0])?.send_resolved ?? true,
  }
}

/** By its path: the host is a name that only Alertmanager's network knows. */
const leadsToVigil = (url: string): boolean => URL.canParse(url) && /^(?:\/.*)?\/(?:api\/v1\/)?alerts\/?$/.test(new URL(url).pathname)

type Route = { readonly receiver?: string; readonly routes?: readonly Route[] }
type ReceiverConfig = {
  readonly name?: string
  readonly slack_configs?: readonly { readonly channel?: string; readonly send_resolved?: boolean }[]
  readonly webhook_configs?: readonly { readonly url?: string; readonly url_file?: string; readonly send_resolved?: boolean }[]
}
type AlertmanagerConfig = { readonly route?: Route; readonly receivers?: readonly ReceiverConfig[] }
