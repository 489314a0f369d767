import type { Config } from '../../config.ts'

type Notify = Config['slack']['notify']

/**
 * The one live mention that a new message may carry: the owner, where `slack.notify` asks for that kind of news or for the
 * incident's severity. Empty otherwise.
 */
export const calls = (notify: Notify, news: { kind: Notify['on'][number] | null; severity: string; owner: string | null }): string => {
  if (news.owner === null || !isUser(news.owner) || !notify.mention.includes('owner')) return ''
  const asked = (news.kind !== null && notify.on.includes(news.kind)) || notify.severity.includes(news.severity)
  return asked ? ` <@${news.owner}>` : ''
}

/** A person's name inside a message that is only ever edited to it: an edit notifies nobody. */
export const named = (user: string | null): string => (user !== null && isUser(user) ? `<@${user}>` : 'somebody')

/** A user or a group whom a person has asked to be called; anything else calls nobody. */
export const calling = (id: string): string => (isUser(id) ? `<@${id}>` : /^S[A-Z0-9]{2,20}$/.test(id) ? `<!subteam^${id}>` : 'somebody')

const isUser = (id: string): boolean => /^[UW][A-Z0-9]{2,20}$/.test(id)
