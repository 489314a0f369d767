import { z } from 'zod'
import { key } from './key.ts'

/** A text, or a pattern between slashes, as a regular expression. `written` says how a plain text becomes one. */
const pattern = (written: (text: string) => string) =>
  z
    .string()
    .min(1, 'must not be empty')
    .transform((text, context): RegExp => {
      const [, source, flags = ''] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? []
      try {
        return source === undefined ? new RegExp(written(text), 'iu') : new RegExp(source, flags)
      } catch (error) {
        // What is denied may be confidential, so the pattern itself is not repeated.
        const fault = error instanceof Error ? error.message : String(error)
        context.addIssue(`is no regular expression: ${fault.slice(fault.lastIndexOf(': ') + 1).trim()}`)
        return z.NEVER
      }
    })

/** What the redactor is told beyond what it knows by itself. */
export const redaction = z.strictObject({
  allow: key(z.array(pattern((text) => `^${RegExp.escape(text)}$`)).default([]), {
    variable: 'VIGIL_REDACTION_ALLOW',
    doc: 'Values that stay although they look personal or random: texts (the whole value, any case) or /patterns/; never secrets that their form or name tells',
  }),
  deny: key(z.array(pattern((text) => RegExp.escape(text))).default([]), {
    variable: 'VIGIL_REDACTION_DENY',
    doc: 'What is always withheld, as `[redacted:denied]`: texts (wherever they stand, any case) or /patterns/',
  }),
})
