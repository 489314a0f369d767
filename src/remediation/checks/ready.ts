import { z } from 'zod'
import { numberAt } from '../../kubernetes/read.ts'
import { bad, type Check, type CheckResult, check, good, unknown } from './check.ts'

const input = z.strictObject({
  kind: z.literal('ready'),
  /** "shop/checkout" */
  workload: z.string().regex(/^[a-z0-9-]+\/[a-z0-9.-]+$/, 'must be <namespace>/<name>'),
  of: z.enum(['Deployment', 'StatefulSet']).default('Deployment'),
})

const own: Check<z.infer<typeof input>> = {
  kind: 'ready',
  input,
  run: async ({ workload, of }, { sources: { kubernetes }, signal }): Promise<CheckResult> => {
    if (kubernetes === undefined) return unknown(`${workload}: the Kubernetes API is not configured`)
    const [namespace = '', name = ''] = workload.split('/')
    const found = await kubernetes.get(of, { namespace, name, signal })
    if (found === null) return bad(`there is no ${of} ${workload}`)
    const wanted = numberAt(found, 'spec', 'replicas') ?? 1
    const ready = numberAt(found, 'status', 'readyReplicas') ?? 0
    const text = `${workload}: ${ready} of ${wanted} pods ready`
    return ready >= wanted ? good(text) : bad(text)
  },
}

export const ready = check(own)
