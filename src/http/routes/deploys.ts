import { z } from 'zod'
import { storableText } from '../../alert/sources/alertmanager.ts'
import type { Context } from '../../context.ts'
import { type PushedDeploy, recordDeploys } from '../../investigation/deploys.ts'
import { answer } from '../answer.ts'
import { allOf, cluster, listOf, moment, sameWithoutVersion, service, short } from '../pushed.ts'
import type { Route } from '../route.ts'

/** Changes of services, told by whoever makes them: a pipeline, Argo CD, a script that flips a flag. */
export const deployRoutes = (context: Context): Route[] => {
  const route: Route = {
    method: 'post',
    path: '/api/v1/context/deploys',
    tag: 'Context',
    summary: 'Tell of deploys and other changes',
    description:
      `Takes one change or a list of at most ${MOST}. 202 means that all of it is stored; a fault in one of them refuses the whole list. The ` +
      'same change told twice (cluster, service, namespace, kind, version or commit, and when) is stored once.',
    body: { schema: deploysBody, required: true, example },
    answers: { 202: { description: 'Stored: what is new, and what was known already', schema: deploysStored } },
    handle: async ({ body }) => {
      const given = allOf(deployBody, body, { most: MOST, faults: FAULTS })
      const deploys = given.map((one) => toDeploy(context, one))
      const { stored, known } = await recordDeploys(context, deploys)
      return answer(202, { accepted: stored.map(told), skipped: known.map((one) => ({ ...told(one), reason: 'duplicate' })) })
    },
  }
  return [route, sameWithoutVersion(route, 'Tell of deploys')]
}

/** One request is one statement. */
const MOST = 500

const FAULTS = { one: 'Not a deploy (docs/context.md has examples)', list: 'Not a list of deploys' }

const deployBody = z.strictObject({
  service,
  commit: short.nullish(),
  author: short.nullish(),
  when: moment.optional().describe('When it went live; default now'),
  version: short.nullish().describe('What went out: v2.14.0, an image tag'),
  previous: short.nullish().describe('What it replaced'),
  namespace: short.nullish(),
  cluster,
  kind: z.enum(['deploy', 'config', 'scale', 'flag']).default('deploy'),
  url: storableText.pipe(z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(2000)).nullish(),
  message: storableText.trim().max(2000).nullish(),
})

const deploysBody = z.union([deployBody, listOf(deployBody, MOST)])

const nullable = z.string().nullable()

const deployTold = z.strictObject({
  cluster: z.string(),
  service: z.string(),
  namespace: nullable,
  kind: z.enum(['deploy', 'config', 'scale', 'flag']),
  version: nullable,
  commit: nullable,
  previous: nullable,
  author: nullable,
  url: nullable,
  message: nullable,
  when: z.iso.datetime(),
})

const deploysStored = z.strictObject({
  accepted: z.array(deployTold),
  skipped: z.array(deployTold.extend({ reason: z.literal('duplicate') })),
})

const toDeploy = ({ clock }: Context, { when, ...given }: z.output<typeof deployBody>) => ({
  cluster: given.cluster ?? null,
  service: given.service,
  kind: given.kind,
  namespace: given.namespace ?? null,
  version: given.version ?? null,
  commit: given.commit ?? null,
  previous: given.previous ?? null,
  author: given.author ?? null,
  url: given.url ?? null,
  message: given.message ?? null,
  at: when === undefined ? clock.now() : new Date(when),
})

const told = ({ at, ...deploy }: PushedDeploy) => ({ ...deploy, when: at.toISOString() })

const example = {
  service: 'checkout',
  version: 'v2.14.0',
  previous: 'v2.13.4',
  commit: 'a39bf2c',
  author: 'alice',
  when: '2026-11-20T21:48:00Z',
}
