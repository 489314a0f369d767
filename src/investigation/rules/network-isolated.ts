import type { Around } from '../../kubernetes/around.ts'
import { isolationTroubles, mayBeIsolated } from '../../kubernetes/isolation.ts'
import { podsOf } from '../../kubernetes/owners.ts'
import { isLive } from '../../kubernetes/pods.ts'
import { textAt } from '../../kubernetes/read.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** Lines of the subject's log that are worth reading for a word about connections. */
const LINES = 60

/** A network policy that keeps the alert's pods from their callers, from what they call or from DNS. */
export const networkIsolated: Rule = {
  id: 'network-isolated',
  looksAt: 'network policies',
  needs: ['kubernetes'],
  evaluate: (input) =>
    findingsOf('network-isolated', input, async ({ around, onset }) => {
      if (!mayBeIsolated(around)) return []
      const { edges } = await input.surroundings.callGraph().catch(() => ({ edges: [] }))
      const given = { around, onset, edges }
      const quiet = isolationTroubles({ ...given, isHeard: false })
      // A policy that is new speaks for itself; an old one needs a sign that something is kept away now.
      const isOld = quiet.length > 0 && quiet.every(({ weight }) => weight < 0.9)
      return isOld && (await isHeard(around)) ? isolationTroubles({ ...given, isHeard: true }) : quiet
    }),
}

/** Connections that end in nothing, in the words of Go, Java, Node, Python and of name lookups. */
const FAILS =
  /i\/o timeout|connect(?:ion)? timed? ?out|ETIMEDOUT|EHOSTUNREACH|no route to host|EAI_AGAIN|no such host|name resolution|UnknownHostException|connect timeout|deadline exceeded/i

/** Whether the subject's log speaks of it. A log that cannot be read is no sign, and takes nothing from what the objects say. */
const isHeard = async ({ state, concerned }: Around): Promise<boolean> => {
  const pods = concerned.objects.flatMap((workload) => podsOf(state, workload).filter(isLive).slice(0, 1)).slice(0, 2)
  const logs = await Promise.all(
    pods.map((pod) =>
      state
        .logs(
          {
            namespace: pod.metadata.namespace ?? 'default',
            pod: pod.metadata.name,
            container: textAt(pod, 'spec', 'containers', 0, 'name'),
          },
          { previous: false, lines: LINES },
        )
        .catch(() => []),
    ),
  )
  return logs.flat().some((line) => FAILS.test(line))
}
