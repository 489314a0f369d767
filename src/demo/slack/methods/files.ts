import { post } from '../post.ts'
import type { Slack } from '../slack.ts'
import type { StoredFile } from '../state.ts'
import { type Answer, type Body, channelOf, isMember, listOf, type Method, refuse, textOf } from './method.ts'

const getUploadUrl = (slack: Slack, body: Body): Answer => {
  const name = textOf(body, 'filename') ?? ''
  const size = Number(textOf(body, 'length') ?? 0)
  if (name === '' || !(size > 0)) return refuse('invalid_arguments')
  const id = slack.state.nextId('F')
  slack.state.files.set(id, { id, name, title: name, mimetype: 'application/octet-stream', size, content: new Uint8Array() })
  return { ok: true, file_id: id, upload_url: `${slack.settings.url}/upload/${id}` }
}

const completeUpload = (slack: Slack, body: Body): Answer => {
  const files: StoredFile[] = []
  for (const named of listOf(body, 'files') ?? []) {
    const { id, title } = named as { id?: string; title?: string }
    const file = slack.state.files.get(id ?? '')
    if (!file || file.content.length === 0) return refuse('file_not_found')
    if (title !== undefined) file.title = title
    files.push(file)
  }
  if (files.length === 0) return refuse('invalid_arguments')
  if (textOf(body, 'channel_id') === undefined) return { ok: true, files: files.map(wireFile) }
  const channel = channelOf(slack, body, 'channel_id')
  if (!channel) return refuse('channel_not_found')
  if (!isMember(slack, channel)) return refuse('not_in_channel')
  const { app } = slack.state
  const threadTs = textOf(body, 'thread_ts')
  post(slack, channel, {
    user: app.botUserId,
    botId: app.botId,
    appId: app.id,
    subtype: 'file_share',
    text: textOf(body, 'initial_comment') ?? '',
    files,
    ...(threadTs === undefined ? {} : { threadTs }),
  })
  return { ok: true, files: files.map(wireFile) }
}

const wireFile = ({ content: _, ...file }: StoredFile): Record<string, unknown> => file

export const fileMethods: Readonly<Record<string, Method>> = {
  'files.getUploadURLExternal': { scope: 'files:write', run: getUploadUrl },
  'files.completeUploadExternal': { scope: 'files:write', run: completeUpload },
}
