import type { Brief, Stored } from '../incident/timeline.ts'
import type { ThreadState } from './thread-state.ts'

/**
 * A later message of the alert source about the same problem. `about`: what was known when it came, or else when the rules first
 * answered, so that its reply never needs an edit; `answered`: under it stands a reply of the incident that it belonged to before.
 */
export type LaterPost = { readonly channel: string; readonly ts: string; readonly about: string | null; readonly answered: boolean }

export const postedAgain = (
  posts: readonly LaterPost[],
  { channel, ts, answered = false }: Extract<Stored, { type: 'posted_again' }>,
  about: string | null,
): readonly LaterPost[] => [...posts, { channel, ts, about, answered }]

/** What came before the rules had said anything is answered with what they say. */
export const firstTold = ({ posts }: ThreadState, brief: Brief): Pick<ThreadState, 'brief' | 'posts'> => ({
  brief,
  posts: posts.map((post) => (post.about === null ? { ...post, about: brief.headline } : post)),
})

/** What is left to an incident that has become a part of another: the replies that it gave. */
export const becamePart = (state: ThreadState, { into, cause, told, answered }: Extract<Stored, { type: 'merged' }>): ThreadState => ({
  ...state,
  merged: { number: into.number, cause, told: told ?? state.brief !== null },
  posts: answered === undefined ? state.posts : state.posts.filter((post) => !post.answered && answered.includes(post.ts)),
})
