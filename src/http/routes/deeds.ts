import { z } from 'zod'
import { storableText } from '../../alert/sources/alertmanager.ts'
import type { Context } from '../../context.ts'
import { InputError } from '../../errors.ts'
import { deedStatuses, tellDeed } from '../../incident/deed.ts'
import { incidentName } from '../../incident/incident.ts'
import { answer, refuse } from '../answer.ts'
import { checked } from '../failure.ts'
import { isId } from '../id.ts'
import { moment, short } from '../pushed.ts'
import type { Route } from '../route.ts'
import { refusal } from '../schemas.ts'

/** Two machines' clocks need not agree to the second. */
const AHEAD_MS = 60_000

/** Deeds that somebody, or another tool, did outside of Vigil: a word in an incident's timeline, and no action of the catalogue. */
export const deedRoutes = (context: Context): Route[] => [
  {
    method: 'post',
    path: '/api/v1/actions',
    tag: 'Actions',
    summary: 'Tell of something that was done outside of Vigil',
    description:
      'It is shown in the thread of its incident, and investigations and verifications take it into account. It is no action: Vigil neither ' +
      'runs nor verifies it, and it does not appear in the list of actions. The same told again within ten minutes is written once.',
    body: { schema: deedBody, required: true, example },
    answers: {
      202: { description: 'It is in the timeline', schema: deedAnswer },
      400: { description: 'It cannot be used, or several incidents may be meant', schema: refusal },
      404: { description: 'No such incident, or none that is about the target', schema: refusal },
      409: { description: 'Too much was told of this incident', schema: refusal },
    },
    handle: async ({ body }) => {
      const { incident, when, action: deed, by, ...told } = checked(deedBody, body, 'Not a deed (docs/api.md has an example)')
      const at = when === undefined ? context.clock.now() : new Date(when)
      if (at.getTime() > context.clock.now().getTime() + AHEAD_MS)
        throw new InputError('Not a deed (docs/api.md has an example)', ['when: lies in the future; what is only planned is not told here'])
      if (incident != null && !isId(incident) && !/^INC-\d{1,9}$/i.test(incident)) return gone()
      const outcome = await tellDeed(context, { ...told, deed, incident: incident ?? null, by: by ?? null, at })
      if (outcome.told)
        return answer(202, {
          incident: outcome.incident.id,
          name: incidentName(outcome.incident),
          recorded: !outcome.repeated,
        })
      switch (outcome.reason) {
        case 'gone':
          return gone()
        case 'none':
          return refuse(
            404,
            'no_incident',
            `No open incident is about ${told.target}: name one in \`incident\`. Changes without an incident go to /api/v1/context/deploys.`,
          )
        case 'several':
          return refuse(
            400,
            'ambiguous',
            `${outcome.incidents.map((number) => `INC-${number}`).join(', ')} are about ${told.target}: name one in \`incident\`.`,
          )
        case 'full':
          return refuse(409, 'too_many', 'Fifty deeds were told of this incident; no more are taken.')
      }
    },
  },
]

const gone = (): Response => refuse(404, 'not_found', 'There is no incident with this id or name.')

const deedBody = z.strictObject({
  incident: short.nullish().describe('Its id, or INC-7; default: the one open incident that is about the target'),
  target: storableText.trim().min(1).max(200).describe('What it was done to: checkout, shop/checkout'),
  action: storableText.trim().min(1).max(100).describe('What was done, in a word or two: restart'),
  status: z.enum(deedStatuses).default('completed'),
  detail: storableText.trim().max(500).default(''),
  by: storableText.trim().min(1).max(80).nullish().describe('Who, or which tool, did it'),
  when: moment.optional().describe('Default now'),
})

const deedAnswer = z.strictObject({
  incident: z.string(),
  name: z.string().describe('INC-7'),
  recorded: z.boolean().describe('False: the same was told within the last ten minutes'),
})

const example = {
  incident: 'INC-214',
  target: 'shop/checkout',
  action: 'restart',
  status: 'completed',
  detail: 'by hand, after the pool was exhausted',
  by: 'ana',
}
