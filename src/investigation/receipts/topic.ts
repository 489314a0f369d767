import type { Cover } from './cover.ts'
import { entriesFor } from './covering.ts'
import type { Mentions } from './mentions.ts'

/** Words of one matter: what a sentence calls traffic, its query may call http_requests_total. */
const matters: readonly RegExp[] = [
  /\b(?:traffic|load|throughput|rps|qps|demand|visitors?|http|grpc|requests?|calls?|surge)\b/,
  /\b(?:errors?|fail\w*|5xx|4xx|exceptions?|broken|panics?|unsuccessful|success\w*|refus\w*|reject\w*|availability|fatal)\b/,
  /\b(?:ms|latenc\w*|slow\w*|durations?|p\d\d|percentiles?|quantile|seconds|milliseconds|response times?|delays?|fast\w*|quick\w*|hang\w*|stuck|stall\w*)\b/,
  /\b(?:time[sd]? ?outs?|timing|deadlines?|waits?|waited|waiting)\b/,
  /\b(?:memory|outofmemory|oom\w*|rss|heap|swap|leak\w*|bytes|gc|garbage|ram)\b/,
  /\b(?:cpu|cores?|throttl\w*|compute|processor)\b/,
  /\b(?:disks?|filesystems?|inodes?|storage|mount\w*|pvc|rotat\w*)\b/,
  /\b(?:pool\w*|connections?|conn|conns|sockets?|acquir\w*|numbackends|pg stat activity)\b/,
  /\b(?:postgres\w*|sql|database|databases|db|datname|quer(?:y|ies)|mongo\w*|mysql|locks?|transactions?|pg)\b/,
  /\b(?:restart\w*|crash\w*|evict\w*|back-?off|probe\w*|exit\w*|terminated|killed|running|crashloopbackoff)\b/,
  /\b(?:(?:re)?deploy\w*|releas\w*|roll\w*|revision\w*|build|commit\w*|upgrad\w*|ship\w*|went out|went live)\b/,
  /\b(?:queues?|backlog|lag|consumers?|kafka|rabbit\w*|partitions?)\b/,
  /\b(?:network|dns|packets?|resolv\w*|tcp)\b/,
  /\b(?:tls|certificates?|cert|handshake|x509|ssl)\b/,
  /\b(?:cache\w*|redis|memcached|lookups?|hit (?:rate|ratio)|miss(?:es|ed)?|keyspace)\b/,
  /\b(?:ready|readiness|unready|notready)\b/,
  /\b(?:replicas?|scal(?:e|ed|es|ing)|autoscal\w*|hpa)\b/,
  /\b(?:open files|files?|fds?|descriptors?|nofile|ulimit)\b/,
  /\b(?:auth\w*|tokens?|login\w*|credentials?|permission\w*|forbidden|unauthorized|unauthorised|password)\b/,
  /\b(?:throttl\w*|rate[ -]?limit\w*|429|quota|too many requests)\b/,
]

/**
 * The words of a sentence and of its receipts must meet somewhere; a reason when they speak of different matters. Only for sentences
 * that no number, time or quotation ties to their receipts: of these the other checks see whether the receipts are the right ones.
 */
export const offTopic = (mentions: Mentions, covers: readonly Cover[]): string | null => {
  if (covers.length === 0 || anchored(mentions, covers)) return null
  const classes = mentions.classes.map(({ of, text }) => (of === 'quantile' ? ' latency' : /^[45]/.test(text) ? ' errors' : '')).join('')
  const said = mattersOf(`${mentions.words.toLowerCase()}${classes}`)
  const context = covers
    .map((cover) => cover.context)
    .join(' ')
    // A time in a metric's name need not be what it counts; pods are replicas of something.
    .replace(/_seconds_(?:total|count)\b/g, ' ')
    .replace(/\bpods?\b/g, '$& replicas')
    .replace(/\b(?:status|code|response_code|http_status)\s*(?:=~?|:)?\s*"?[45](?=\d\d|xx|\.\.|\[|\\d)/g, ' errors $&')
    .replace(/\b(?:status|code|response_code|http_status)\s*(?:=~?|:)?\s*"?2(?=\d\d|xx|\.\.|\[|\\d)/g, ' success $&')
    .replace(/5\.\.|5\[0-9\]|5\\d/g, ' 5xx ')
    .replace(/[_.=~"'{}[\]():,;/|<>*-]+/g, ' ')
  const shown = new Set(mattersOf(context))
  const met = said.filter((matter) => shown.has(matter)).length
  const stems = new Set(contentWords(context).map(stem))
  const words = new Set(
    contentWords(mentions.words.toLowerCase())
      .map(stem)
      .filter((word) => stems.has(word)),
  )
  // Of a matter that is not known, one word at least must meet.
  if (said.length === 0) return words.size > 0 || tied(mentions, covers) ? null : elsewhere
  // More than half of what it speaks of; half is enough with two of its words, or with a number or a time that fits.
  if (met * 2 > said.length || (met * 2 === said.length && (words.size >= 2 || hinted(mentions, covers)))) return null
  return elsewhere
}

const elsewhere = 'its receipts speak of another matter; cite evidence about what it says'

/** A number of at least two digits that a receipt says, a quotation, or a word of the receipt that is a name (OutOfMemory). A time or a single digit happens to fit too often. */
const anchored = ({ quoted, quantities, names }: Mentions, covers: readonly Cover[]): boolean => {
  const entries = covers
    .flatMap((cover) => cover.entries)
    .filter(({ from }) => from === 'statistic' || from === 'count' || from === 'quote')
  const digits = (value: number): number =>
    String(value)
      .replace(/\D/g, '')
      .replace(/^0+|0+$/g, '').length
  const cited = covers.flatMap(({ quote, absent }) => [quote ?? '', absent ?? ''])
  if (names.some(({ text, kind }) => kind === 'other' && cited.some((words) => words.includes(text.toLowerCase())))) return true
  return (
    quoted.length > 0 ||
    quantities.some((quantity) => digits(quantity.value) >= 2 && quantity.step > 0 && entriesFor(quantity, entries).length > 0)
  )
}

/** By anything at all that the other checks have looked at: a number, a time, or a name that a receipt has by itself. */
const tied = ({ quantities, moments, names }: Mentions, covers: readonly Cover[]): boolean =>
  quantities.length + moments.length > 0 || names.some(({ text }) => covers.some((cover) => cover.names.has(text.toLowerCase())))

const hinted = ({ moments, quantities }: Mentions, covers: readonly Cover[]): boolean => {
  const entries = covers.flatMap((cover) => cover.entries).filter(({ from }) => from !== 'structure' && from !== 'label')
  const times = covers.flatMap((cover) => cover.times).filter(({ place }) => place !== 'window')
  return (
    quantities.some((quantity) => entriesFor(quantity, entries).length > 0) ||
    moments.some((moment) => times.some(({ at }) => moment.fits(at)))
  )
}

/** Which matters a text speaks of. */
export const mattersOf = (text: string): number[] => matters.flatMap((pattern, index) => (pattern.test(text) ? [index] : []))

const stop = new Set(
  'the and for with from that this than then are was were has have had its their into only also over under more most less not all any but out per each both been being still while when after before since until'.split(
    ' ',
  ),
)

/** The words of a text that carry its matter. */
export const contentWords = (text: string): string[] => (text.match(/[\p{L}]{3,}/gu) ?? []).filter((word) => !stop.has(word))

/** A word without its commonest endings: good enough to see that "timeouts" and "timed out" meet. */
export const stem = (word: string): string =>
  word
    .toLowerCase()
    .replace(/[ -]/g, '')
    .replace(/^timed?s?out.*|^timingout$/, 'timeout')
    .replace(/(?:ations?|ions?|ings?|ed|es|s|ment|ly|e)$/, '')
    .replace(/(.)\1$/, '$1')
