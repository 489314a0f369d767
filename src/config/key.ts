import { z } from 'zod'

/** What the schema says of a scalar key beside its type: where else it may be set, and what it is for. */
export type KeyMeta = {
  /** The `VIGIL_*` variable; the flag is the same in lower case with dashes: VIGIL_HTTP_PORT is --http-port. */
  variable: `VIGIL_${string}`
  /** Conventional names that are honoured when the variable is absent. */
  also?: readonly string[]
  /** Never printed; may also come from the file that `<variable>_FILE` names. */
  secret?: boolean
  doc: string
}

/** Only a type: zod keeps the meta with the schema object that it is given to, so it comes last. */
export const key = <S extends z.ZodType>(schema: S, meta: KeyMeta): S => schema.meta(meta as unknown as Record<string, unknown>)

export const url = z.url({ protocol: /^https?$/, error: 'must be a URL that starts with http:// or https://' })
export const text = z.string().min(1, 'must not be empty')
export const list = z.array(text)

/** A label matcher as Alertmanager writes it: name="value", !=, =~, !~. */
export const matcher = z
  .string()
  .regex(/^\s*[a-zA-Z_][a-zA-Z0-9_]*\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^\s"]+)\s*$/, {
    error: 'must be a matcher such as team="payments" or severity=~"critical|page"',
  })
  .refine((written) => compiles(written), 'has a pattern that is no regular expression')

/** A pattern that cannot be read would otherwise be found by the first alert. */
const compiles = (written: string): boolean => {
  const pattern = /[=!]~\s*"?(.*?)"?\s*$/s.exec(written)?.[1]
  if (pattern === undefined) return true
  try {
    return Boolean(new RegExp(pattern))
  } catch {
    return false
  }
}

export const approvers = z.strictObject({
  users: list.default([]).describe('Slack user ids that may approve'),
  usergroups: list.default([]).describe('Slack user groups whose members may approve'),
})
