import { ofStatements } from '../statements.ts'

/** What a remediator reports of a call that it only accepted at first. */
export const callback = ofStatements(['alter table action add column callback jsonb'])
