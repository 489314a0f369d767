import { ofStatements } from '../statements.ts'

/** Emptying the audit trail is no deletion of rows, and is refused as well. */
export const auditTruncate = ofStatements([
  'create trigger audit_not_emptied before truncate on audit for each statement execute function audit_is_append_only()',
])
