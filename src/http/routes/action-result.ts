import type { Context } from '../../context.ts'
import { resultBody, type Taken, takeResult } from '../../remediation/take-result.ts'
import { reported } from '../action-schemas.ts'
import { answer, refuse } from '../answer.ts'
import { isId } from '../id.ts'
import type { Route } from '../route.ts'
import { idParams, refusal } from '../schemas.ts'

/** The end of an action that a remediator accepted, reported by itself: its signature counts, and not the API's token. */
export const actionResultRoutes = (context: Context): Route[] => [
  {
    method: 'post',
    path: '/api/v1/actions/{id}/result',
    tag: 'Actions',
    summary: 'Report how a call to a remediator ended',
    description:
      'For entries with `callback: true` (docs/runners.md). Signed as the call was, with the same secret; also open where the API is off. ' +
      'The same report again answers 200 again; send it again after 503.',
    params: idParams,
    // As much as is kept of an output, and what JSON makes of it.
    signed: { maxBytes: 256 * 1024 },
    body: { schema: resultBody, required: true, example },
    answers: {
      200: { description: 'It is stored', schema: reported },
      404: { description: 'No such action, or one that nobody reports of', schema: refusal },
      409: { description: 'It is of another action, is not the first, or is not waited for (any more)', schema: refusal },
    },
    handle: async ({ param, raw, header }) => {
      const id = param('id')
      const posted = { action: id, signature: header('x-vigil-signature'), body: raw }
      return told(id, isId(id) ? await takeResult(context, posted) : GONE)
    },
  },
]

const example = {
  id: '019abcde-0000-7000-8000-000000000001',
  digest: 'the digest of the call',
  status: 'succeeded',
  detail: 'the replica is the primary now',
}

const GONE = { taken: false, why: 'gone' } as const

const told = (id: string, taken: Taken): Response => {
  if (taken.taken) return answer(200, { id, status: taken.status, repeated: taken.repeated })
  switch (taken.why) {
    case 'gone':
      return refuse(404, 'not_found', 'There is no action with this id that reports its end.')
    case 'unsigned':
      return refuse(401, 'unsigned', 'This needs the header "X-Vigil-Signature: t=<seconds>,v1=<hex>" (docs/runners.md).')
    case 'wrong':
      return refuse(401, 'invalid_signature', "The signature is not that of these bytes with the secret of the action's entry.")
    case 'expired':
      return refuse(401, 'signature_expired', 'The signature is more than 300 s off: sign again, and look at the clock.')
    case 'of_another':
      return refuse(409, 'of_another', 'Its id and digest must be those of the call: this reports of another.')
    case 'differs':
      return refuse(409, 'reported_already', `It was reported before, otherwise: ${taken.status}. That counts.`)
    case 'not_waiting':
      return refuse(409, 'not_waiting', `The action is ${taken.status}: its end is not waited for.`)
  }
}
