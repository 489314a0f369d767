/** Words of one matter: what a sentence calls traffic, its query may call http_requests_total. */
const matters: readonly RegExp[] = [
  /\b(?:traffic|load|throughput|rps|qps|demand|visitors?|http|grpc|requests?|calls?|surge)\b/,
  /\b(?:errors?|fail\w*|5xx|4xx|exceptions?|broken|panics?|unsuccessful|success\w*|refus\w*|reject\w*|availability|fatal)\b/,
  /\b(?:ms|latenc\w*|slow\w*|durations?|p\d\d|percentiles?|quantile|seconds|milliseconds|response times?|delays?|fast\w*|quick\w*|hang\w*|stuck|stall\w*)\b/,
  /\b(?:time[sd]? ?outs?|timing|deadlines?|waits?|waited|waiting)\b/,
  /\b(?:memory|working set|outofmemory|oom\w*|rss|heap|swap|leak\w*|gc|garbage|ram)\b/,
  /\b(?:cpu|cores?|throttl\w*|compute|processor)\b/,
  /\b(?:disks?|filesystems?|inodes?|storage|mount\w*|pvc|rotat\w*)\b/,
  /\b(?:pool\w*|connections?|conn|conns|disconnect\w*|connect(?:s|ed|ing)?|sockets?|acquir\w*|numbackends|pg stat activity)\b/,
  /\b(?:postgres\w*|sql|database|databases|db|datname|quer(?:y|ies)|mongo\w*|mysql|transactions?|pg)\b/,
  /\b(?:locks?|locked|locking|deadlock\w*)\b/,
  /\b(?:restart\w*|crash\w*|evict\w*|back-?off|probe\w*|panic\w*|exit\w*|terminated|killed|running|crashloopbackoff)\b/,
  /\b(?:(?:re)?deploy\w*|releas\w*|roll\w*|revision\w*|build|commit\w*|upgrad\w*|ship\w*|went out|went live|not change|unchanged)\b/,
  /\b(?:queues?|backlog|lag|messages?|consumers?|kafka|rabbit\w*|partitions?)\b/,
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
 * A query, labels and log lines as words: punctuation gone, joined words apart, and beside what they say what people call it (status 503
 * is an error, a quotient a ratio).
 */
export const asWords = (text: string): string => {
  const plain = withAliases(text)
  // Reasons are written together: TaintManagerEviction, FailedMount.
  return `${plain} ${plain.replace(joined, ' ')}`
}

const joined =
  /(?<=[a-z])(?=(?:evict|fail|error|timeout|ready|killed|memory|restart|connect|refused|exceed|pressure|unhealthy|probe|backoff|deploy|scal(?:e|ed|ing)\b))/g

const withAliases = (text: string): string =>
  text
    // A time in a metric's name need not be what it counts.
    .replace(/_seconds_(?:total|count)\b/g, ' ')
    .replace(/\b(?:status|code|response_code|http_status)\s*(?:=~?|:)?\s*"?[45](?=\d\d|xx|\.\.|\[|\\d)/g, ' errors $&')
    .replace(/\b(?:status|code|response_code|http_status)\s*(?:=~?|:)?\s*"?2(?=\d\d|xx|\.\.|\[|\\d)/g, ' success $&')
    .replace(/5\.\.|5\[0-9\]|5\\d/g, ' 5xx ')
    .replace(/\)\s*\/\s*(?=\(|sum)/g, ') ratio rate share ')
    .replace(/dns_\w*requests/g, '$& queries lookups')
    .replace(/[_.=~"'{}[\]():,;/|<>*-]+/g, ' ')
    .replace(/\bpods\b/g, '$& replicas')
    .replace(/\backed\b/g, '$& acknowledged')
    .replace(/\b(?:acked|published|delivered|consumed|processed|handled|served|received|sent)\b/g, '$& throughput')

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
