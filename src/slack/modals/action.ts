import type { Context } from '../../context.ts'
import { redactorFor } from '../../text/redactor-for.ts'
import { bullets, divider, head, paragraphOf, preformatted, type SheetKind, words } from './sheet.ts'

const find = ({ db }: Context, id: string) => db.selectFrom('action').selectAll().where('id', '=', id).executeTakeFirst()

/** `<action>`: what a person would type to do the same, fit to be copied. */
export const command: SheetKind = async (context, address) => {
  const found = await find(context, address)
  if (found === undefined) return null
  const { offer } = found
  return {
    title: 'The same by hand',
    blocks: [
      words(offer.title),
      ...preformatted(offer.command),
      ...(offer.command.includes('kubectl ') ? [words(contextWords(offer.cluster))] : []),
      words('Vigil does not run this text. It is what its own steps come to, for your own terminal.'),
      ...(found.status === 'awaiting_approval' ? [words('Done by hand? Then press Reject, so that it is not done twice.')] : []),
    ],
  }
}

/** The wrong cluster is the worst that such a line can do. */
const contextWords = (cluster: string): string =>
  cluster === 'default'
    ? 'It changes the cluster of your present context: see `kubectl config current-context` first.'
    : `\`--context\` has the cluster's name in Vigil's configuration: your own context for ${cluster} may be called otherwise.`

/** `<action>`: everything that its digest is made over. */
export const action: SheetKind = async (context, address) => {
  const found = await find(context, address)
  if (found === undefined) return null
  const { offer, digest } = found
  const { redact } = redactorFor(context.config, found.incident_id)
  const json = (value: unknown) => preformatted(redact(JSON.stringify(value, null, 2)))
  const { users, usergroups } = offer.approvers
  const fact = (name: string, value: string) => paragraphOf([{ text: `${name}  `, bold: true }, { text: value }])
  return {
    title: `Action ${found.number}, version ${found.version}`,
    blocks: [
      head(offer.title),
      ...preformatted(offer.change.join('\n')),
      fact('Risk', `${offer.risk}; ${offer.approvals === 1 ? 'one person approves' : `${offer.approvals} different people approve`}`),
      ...bullets([...offer.why, ...offer.notes]),
      fact('May approve (Slack ids)', [...users, ...usergroups].join(', ') || 'nobody is configured'),
      fact('Where', `${offer.cluster}: ${offer.target.kind} ${[offer.target.namespace, offer.target.name].filter(Boolean).join('/')}`),
      fact(
        'Takes at most',
        `${offer.timeout} s; ${offer.idempotent ? 'a failed try is repeated' : 'sent once'}${offer.dryRun ? '; dry run, nothing is executed' : ''}`,
      ),
      ...(offer.undo === null ? [fact('Undo', 'none')] : [fact('Undo', `${offer.undo.entry} ${JSON.stringify(offer.undo.params)}`)]),
      divider,
      head('The steps, as they run'),
      ...json(offer.steps),
      head('What must still be so then'),
      ...json(offer.preconditions),
      head('By hand'),
      ...preformatted(offer.command),
      words('What looks like a secret is not shown; it runs, and is in the digest, as it is.'),
      fact('Digest', digest),
    ],
  }
}
