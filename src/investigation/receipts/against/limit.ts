import type { Cover, Entry } from '../cover/cover.ts'
import type { GivenCover } from '../cover/covering.ts'
import type { Mentions } from '../read/mentions.ts'

/**
 * Whether a sentence puts what was measured on the wrong side of the alert's limit, as a reason: "140 ms below the limit" of what is
 * above it. Only for the metric that the alert itself is about.
 */
export const besideLimit = ({ text }: Mentions, covers: readonly Cover[], given: GivenCover): string | null => {
  const said = side(text)
  const [limit] = given.entries
  if (said === null || !limit) return null
  const measured = covers
    .filter(({ context }) => given.metrics.length > 0 && given.metrics.every((metric) => context.includes(metric)))
    .flatMap(({ entries }) =>
      entries.filter(({ from, statistic, place }) => from === 'statistic' && statistic !== 'change' && place !== 'first'),
    )
  const sides = measured.flatMap((entry) => compare(entry, limit))
  if (sides.length === 0 || sides.some((above) => above === (said === 'above'))) return null
  return `it says ${said} the limit, but ${measured[0]?.says} and ${limit.says}`
}

const above =
  /\b(?:above|over|beyond|exceed(?:s|ed|ing)?|past|higher than|greater than|more than|breach\w*|cross(?:es|ed|ing)?|violat\w*|in excess of|outside)\b(?:[^,;.]|\.\d){0,40}?\b(?:limit|threshold|target|SLO|budget)\b/i
const below =
  /\b(?:below|under|beneath|within|less than|lower than|inside|short of|meets?|respects?)\b(?:[^,;.]|\.\d){0,40}?\b(?:limit|threshold|target|SLO|budget)\b/i

const side = (text: string): 'above' | 'below' | null => {
  const [up, down] = [above.exec(text), below.exec(text)]
  const found = up && down ? null : (up ?? down)
  if (!found || /\b(?:was|were|before|previously|until|had been|would|could|if|back)\b/i.test(text)) return null
  const negated = /(?:\b(?:not|never|no longer)|n't)\s+(?:\w+\s+){0,3}$/i.test(text.slice(0, found.index))
  return (up !== null) === negated ? 'below' : 'above'
}

const compare = (entry: Entry, limit: Entry): boolean[] =>
  entry.bases.flatMap((one) =>
    limit.bases.filter(({ dimension, base }) => dimension === one.dimension && base !== one.base).map(({ base }) => one.base > base),
  )
