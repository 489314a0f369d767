/** Nothing that the API says may be kept by a cache or taken for another type. */
const PRIVATE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

export const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response =>
  Response.json(body, { status, headers: { ...PRIVATE, ...headers } })

/** Every error of the API has this shape. `code` is for programs, `message` for people and says how to mend it. */
export const refuse = (status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}): Response =>
  answer(status, { error: { code, message } }, headers)
