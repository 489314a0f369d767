import { z } from 'zod'
import { deliveredDeploys } from '../../datasources/deploys.ts'
import { isSameService, mergedDeploys } from '../../deploys/merge.ts'
import { deployWords } from '../../deploys/words.ts'
import { failed, refused } from './failure.ts'
import { questionText, shownText, why } from './shown.ts'
import type { Tool, ToolContext } from './tool.ts'
import { end, type Window, windowOf } from './window.ts'

const input = z.object({
  service: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Only changes of this service, as alerts name it. Without it: of all, as far as they were pushed.'),
  start: z.string().default('-24h').describe('From when: RFC 3339 or relative (-24h). At most 7 days before end.'),
  end,
  why,
})

type Input = z.infer<typeof input>

const maxWindowSeconds = 7 * 86_400

export const listDeploys: Tool<Input> = {
  name: 'list_deploys',
  description:
    'Deploys, configuration changes, scaling and feature flags of a service or of all: what was pushed to Vigil, and what GitHub and Argo CD ' +
    'know where they are configured. Rollouts that only Kubernetes knows: rollout_history.',
  input,
  needs: null,
  question: ({ why, service }) => questionText(why, `deploys${service === undefined ? '' : ` of ${service}`}`),
  run: async (asked, context) => {
    const query = `deploys of ${asked.service ?? 'all services'} from ${asked.start} until ${asked.end}`
    const window = windowOf(asked, context.clock.now(), maxWindowSeconds)
    if (typeof window === 'string') return refused(query, window)
    try {
      const { deploys, complete } = await found(asked, window, context)
      const notes = [
        `${deploys.length} changes from ${window.from.toISOString()} until ${window.to.toISOString()}, the newest first`,
        ...(complete ? [] : [`Truncated: only the newest ${MOST} that were pushed. Name a service, or less time.`]),
      ]
      const lines = deploys.map((one) => context.redact(`${one.at.toISOString()} ${deployWords(one)} (${one.kind}, ${one.source})`))
      return {
        ok: true,
        summary: `${deploys.length} ${deploys.length === 1 ? 'change' : 'changes'}`,
        cited: {
          source: 'vigil',
          query,
          range: { from: window.from.toISOString(), to: window.to.toISOString() },
          output: { kind: 'objects', objects: deploys.map((one) => ({ name: one.service, ...one, at: one.at.toISOString() })) },
          shown: shownText(notes, lines, 'changes'),
          complete,
        },
      }
    } catch (error) {
      return failed('what tells of deploys', query, error)
    }
  },
}

/** What is read of pushed deploys at most. */
const MOST = 500

const found = async ({ service }: Input, { from, to }: Window, { deploys, sources, signal }: ToolContext) => {
  const pushed = (await deploys?.({ from, to, limit: MOST })) ?? []
  const delivered = service === undefined ? [] : await Promise.all(deliveredDeploys(sources, { services: [service], from, signal }))
  const all = mergedDeploys([...pushed, ...delivered.flat()]).filter(
    (one) => one.at >= from && one.at <= to && (service === undefined || isSameService(one, { service, namespace: null })),
  )
  return { deploys: all, complete: pushed.length < MOST }
}
