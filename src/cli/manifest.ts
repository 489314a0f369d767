import { readFileSync } from 'node:fs'
import { type Config, loadConfig } from '../config.ts'
import { DEFAULT_CLUSTER } from '../datasources/sources.ts'
import { InputError } from '../errors.ts'
import { grantsOf } from '../remediation/rights.ts'
import type { CommandInput, ExitStatus } from './command.ts'
import { rbacManifest } from './manifest/rbac.ts'

/** Prints what others need to know Vigil: the Slack app's manifest, what a receiver of Alertmanager needs, or what Vigil may read in Kubernetes. */
export const manifest = async (input: CommandInput): Promise<ExitStatus> => {
  const [topic, ...rest] = input.args
  if (topic === undefined && Object.keys(input.flags).length === 0) {
    input.print(slackManifest().trimEnd())
    return 0
  }
  if (topic === 'rbac' && rest.length === 0) {
    const { namespace, cluster, ...flags } = input.flags
    const config = loadConfig({ ...input, flags })
    const of = clusterOf(cluster, config)
    input.print(rbacManifest(namespace || 'vigil', grantsOf(config, of)))
    return 0
  }
  if (topic !== 'alertmanager' || rest.length > 0)
    throw new InputError(
      `vigil manifest prints the Slack app's manifest, vigil manifest alertmanager the lines for Alertmanager, vigil manifest rbac the ` +
        `rights that Vigil needs in Kubernetes; there is no "${input.args.join(' ')}".`,
    )
  input.print(alertmanagerLines({ receiver: input.flags['receiver'] || 'NAME', url: addressOf(input.flags['url']) }))
  return 0
}

const clusterOf = (wanted: string | undefined, { clusters }: Config): string => {
  const known = [DEFAULT_CLUSTER, ...clusters.map(({ name }) => name)]
  if (wanted !== undefined && !known.includes(wanted))
    throw new InputError(`--cluster: ${JSON.stringify(wanted)} is not configured; there is ${known.join(', ')}`)
  return wanted ?? DEFAULT_CLUSTER
}

/** The text of manifest.yml, which stands at the top of the project. */
export const slackManifest = (): string => readFileSync(new URL('../../manifest.yml', import.meta.url), 'utf8')

/** Alertmanager's own names: what a receiver needs so that Vigil hears of every alert, exactly and also when it ends. */
export const alertmanagerLines = ({
  receiver,
  url,
}: {
  receiver: string
  url: string
}): string => `# alertmanager.yml: what the receiver ${JSON.stringify(receiver)} needs beside what it has.
receivers:
  - name: ${JSON.stringify(receiver)}
${webhookLines(url)}
    # Where it posts to Slack already, add these three lines to that slack_configs entry: "resolved" is sent too, and the
    # fingerprints make the message exact, so that Vigil need not look the alerts up.
    slack_configs:
      - channel: '#your-channel'
${slackLines}`

/** The webhook is the truth: labels, fingerprints and the end of an alert arrive whole, and a refusal is sent again. */
export const webhookLines = (url: string): string => `    webhook_configs:
      - url: ${JSON.stringify(url)}
        send_resolved: true
        http_config: { authorization: { type: Bearer, credentials_file: /etc/alertmanager/vigil-api-token } }`

/** Rendered by Alertmanager; read by alert/sources/slack-message. */
export const slackLines = `        send_resolved: true
        callback_id: 'vigil {{ range .Alerts }}{{ .Fingerprint }} {{ end }}'
        footer: 'vigil {{ range .Alerts }}{{ .Fingerprint }} {{ end }}'`

const DEFAULT_URL = 'http://vigil:8080'

/** The address of Vigil, with or without the path. */
const addressOf = (given: string | undefined): string => {
  const text = given === undefined || given === '' ? DEFAULT_URL : given
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InputError(`--url: must be the address of Vigil as Alertmanager reaches it, such as ${DEFAULT_URL}`)
  const url = new URL(text)
  return url.pathname === '/' ? `${url.origin}/api/v1/alerts` : text
}
