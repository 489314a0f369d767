import { createRedactor, type Redactor } from './redact.ts'

type Lists = { readonly redaction: { readonly allow: readonly RegExp[]; readonly deny: readonly RegExp[] } }

/** The redactor of one incident as it is configured. Everything that leaves Vigil, or is stored for people, passes one of these. */
export const redactorFor = ({ redaction }: Lists, incident: string): Redactor =>
  createRedactor({ key: incident, allow: redaction.allow, deny: redaction.deny })
