import { createHash, timingSafeEqual } from 'node:crypto'
import { refuse } from './answer.ts'

/** The refusal of a request whose Authorization header does not carry the token; undefined when it does. */
export type Authorise = (header: string | undefined) => Response | undefined

/** Without a token in the configuration the API is off. Both sides are hashed, so that neither content nor length shows in the time. */
export const createAuthorise = (token: string | undefined): Authorise => {
  if (token === undefined) return () => refuse(403, 'api_off', 'The API is off: set VIGIL_API_TOKEN to a token of at least 16 characters.')
  const expected = digest(token)
  return (header) => {
    const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1]
    if (given === undefined) {
      return refuse(401, 'unauthorized', 'This needs the header "Authorization: Bearer <VIGIL_API_TOKEN>".', {
        'www-authenticate': 'Bearer',
      })
    }
    if (timingSafeEqual(digest(given), expected)) return undefined
    return refuse(401, 'invalid_token', 'The token is not the one of this Vigil (VIGIL_API_TOKEN).', {
      'www-authenticate': 'Bearer error="invalid_token"',
    })
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
