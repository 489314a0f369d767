import type { Reply } from '../../src/demo/model/script.ts'
import type { ModelReply } from '../contracts/model.ts'

/** A reply of the contract as the fakes' scripts write it. */
export const wireReply = (reply: ModelReply): Reply => {
  const hello = { content: [{ type: 'text', text: 'Hello, this is a long enough text.' }] } as const
  if (typeof reply === 'object') return reply
  switch (reply) {
    case 'overloaded':
      return { status: 529 }
    case 'rate limited for 7 s':
      return { status: 429, retryAfter: 7 }
    case 'server error':
      return { status: 500 }
    case 'cut':
      return { cutAfterEvents: 2, turn: hello }
    case 'error in the stream':
      return { errorEvent: 'overloaded_error' }
    case 'silence':
      return { silence: 5000 }
    case 'broken tool input':
      return { brokenJson: true }
    case 'refused key':
      return { status: 401 }
    case 'refused request':
      return { status: 400 }
  }
}
