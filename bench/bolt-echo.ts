/** The least that a Slack app can be: Bolt over one socket, which answers each message of another with one of its own. */
import { App, LogLevel, SocketModeReceiver } from '@slack/bolt'

const clientOptions = { slackApiUrl: process.env['SLACK_API_URL'] ?? '' }
const receiver = new SocketModeReceiver({
  appToken: process.env['SLACK_APP_TOKEN'] ?? '',
  logLevel: LogLevel.ERROR,
  installerOptions: { clientOptions },
})
const app = new App({ token: process.env['SLACK_BOT_TOKEN'] ?? '', receiver, clientOptions, logLevel: LogLevel.ERROR })

app.event('message', async ({ event, client }) => {
  if ('thread_ts' in event) return
  await client.chat.postMessage({ channel: event.channel, thread_ts: event.ts, text: 'echo' })
})

await app.start()
console.log('ready')
