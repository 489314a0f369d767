/** What is scarce or broken, as far as generic words in the names of the metrics that moved tell; null where they do not. */
export const categoryOf = (kinds: readonly string[]): MovedCategory | null => {
  for (const kind of kinds) {
    const found = WORDS.find(([words]) => words.test(kind))
    if (found !== undefined) return found[1]
  }
  return null
}

export type MovedCategory = 'memory' | 'saturation' | 'disk' | 'queue' | 'network'

/** Names are of words between `_`, or of words in capitals: cpu_seconds, CpuUsage. */
const word = (words: string): RegExp => new RegExp(`(^|_|[a-z])(${words})(?![a-z])|(^|_)(${words.toLowerCase()})`)

const WORDS: readonly (readonly [RegExp, MovedCategory])[] = [
  [word('Oom|Memory|Heap|Rss|Swap|Gc'), 'memory'],
  [word('Throttl|Cpu|Thread|Pool|Fds|Connections|Semaphore|Saturation|Load1'), 'saturation'],
  [word('Disk|Filesystem|Fs|Iops|Io|Inode|Volume'), 'disk'],
  [word('Queue|Lag|Backlog|Pending'), 'queue'],
  [word('Network|Packet|Packets|Retrans|Drop|Dropped|Tcp|Dns'), 'network'],
]
