import { mended, nothing } from '../curve.ts'
import { type Change, isSameTemplate, standingAt } from '../standing.ts'
import type { Born, Scenario } from './scenario.ts'

/** An empty cache takes so long to fill what its pod has to spare, seconds. */
const FILLS = 4 * 86_400
/** A killed process loads its cache anew and is full again after so long. */
const LIFE = 40
/** Nobody watches the demo for longer than the pauses of so many kills take: most of an hour. */
const MOST_KILLS = 14
/** Between two runs, as kubelet does it: 10 s, 20 s … at most 300 s. */
const pauseAfter = (kills: number): number => Math.min(300, 10 * 2 ** kills)

/**
 * checkout keeps every order in a cache without a bound, and the cache in a volume that lives as long as its pod. After four days it no longer
 * fits: pods are killed for memory, load it again and are killed again. New pods begin with an empty one: that helps, for some days.
 */
export const memoryLeak: Scenario = {
  id: 'memory-leak',
  title: 'A cache of checkout without a bound outgrows its memory, and its pods are killed again and again',
  hint: 'Approve the restart: the thread turns green. But read the card first: it hides a leak, which comes back',
  mended: 'Somebody replaced the pods',
  onsetSeconds: 75,
  mends: { restartedBy: 'somebody' },
  effects: ({ from, until, changes }) => {
    const end = Math.min(until ?? Number.POSITIVE_INFINITY, replacedAt(from, changes))
    const isFull = (pod: Born): boolean => !pod.isBaseline && pod.from < from && pod.standing.memoryMib <= 512
    const errors = mended(
      [
        [from + 20, 0],
        [from + 55, 0.16],
      ],
      Number.isFinite(end) ? end : undefined,
    )
    return {
      // Orders that a pod held are asked for at the others while it is away.
      errors: (pod) => (pod.from < from ? errors : nothing),
      code: '503',
      traffic: nothing,
      slowness: nothing,
      pressure: nothing,
      hoard: (pod) => (seconds, startedAt) => {
        if (pod.from >= from) return (seconds - pod.from) / FILLS
        // It grew over the days; after each kill it is loaded again.
        return startedAt <= from ? Math.max(0, 1 - (from - seconds) / FILLS) : 0.5 + (0.5 * (seconds - startedAt)) / LIFE
      },
      kills: (pod) => {
        if (!isFull(pod)) return []
        const kills: { from: number; until: number }[] = []
        // Not all at once: each began to fill when it was made.
        let at = from + 20 + (Number.parseInt(pod.name.replaceAll(/[^a-z0-9]/g, '').slice(-3), 36) % 12) * 3
        while (kills.length < MOST_KILLS && at < end) {
          const back = at + pauseAfter(kills.length)
          kills.push({ from: at, until: back })
          at = back + LIFE
        }
        return kills
      },
      failure: (chance) =>
        `cannot allocate ${Math.round(2 + chance * 6)} MiB for the order cache (${41_000 + Math.round(chance * 900)} entries, no bound)`,
      onStart: () => `msg="loaded order cache from /var/cache/orders" entries=41212 size_mib=231 max_entries=0`,
    }
  },
}

/** When the last pod with a full cache has been replaced, by whatever made new ones. */
const replacedAt = (from: number, changes: readonly Change[]): number => {
  const before = standingAt(changes, from)
  const change = changes.find(({ at, to }) => at > from && !isSameTemplate(to, before))
  return change === undefined ? Number.POSITIVE_INFINITY : change.at + change.pace * before.pods
}
