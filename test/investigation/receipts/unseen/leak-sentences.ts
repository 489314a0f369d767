import type { Receipt } from '../../../../src/investigation/analysis.ts'
import type { Unseen } from './world.ts'

type Statistic = 'last' | 'min' | 'max' | 'mean' | 'change'

const of =
  (evidence: string, series: Record<string, string>) =>
  (statistic: Statistic, value: number, unit?: string): Receipt => ({
    evidence,
    series,
    statistic,
    value,
    ...(unit === undefined ? {} : { unit }),
  })
const quote = (evidence: string, words: string): Receipt => ({ evidence, quote: words })

const xk2mq = { pod: 'recommender-7c9d8b6f4-xk2mq' }
const b7rlv = { pod: 'recommender-7c9d8b6f4-b7rlv' }
const n4zpt = { pod: 'recommender-7c9d8b6f4-n4zpt' }
const wq9jd = { pod: 'recommender-7c9d8b6f4-wq9jd' }

const peaks = [
  of('E1', xk2mq)('max', 1.989, 'GiB'),
  of('E1', b7rlv)('max', 1.988, 'GiB'),
  of('E1', n4zpt)('max', 1.99, 'GiB'),
  of('E1', wq9jd)('max', 1.988, 'GiB'),
]
const restarts = [of('E3', xk2mq)('last', 3), of('E3', b7rlv)('last', 4), of('E3', n4zpt)('last', 3), of('E3', wq9jd)('last', 4)]
const old = of('E2', { version: 'v3.7.4' })
const started: Receipt = { evidence: 'E6', count: 14, matching: 'recommender started' }
const release = quote('E4', 'revision 42 created 2026-03-11T18:43:51Z image registry.shop.internal/discovery/recommender:v3.8.0')
const complete = quote('E4', 'recommender:v3.8.0, complete at 18:47:26Z, 4/4 replicas')
const sameLimits = quote('E4', 'resources (the same in revisions 41 and 42): requests cpu=500m memory=1Gi, limits memory=2Gi')
const limit = quote('E4', 'limits memory=2Gi')
const commit = quote('E10', '4f1c2aa featurecache: replace the LRU by a plain map, to get rid of lock contention')
const lru = quote('E10', 'store := lru.New[uint64, Features](50_000)')
const plainMap = quote('E10', 'store := xsync.NewMap[uint64, Features]()')
const lastKill = quote(
  'E5',
  '02:49:03 recommender-7c9d8b6f4-b7rlv container recommender terminated reason=OOMKilled exitCode=137, restart 4',
)
const killBefore = quote(
  'E5',
  '02:35:01 recommender-7c9d8b6f4-wq9jd container recommender terminated reason=OOMKilled exitCode=137, restart 4',
)
const put = quote('E11', 'discovery/featurecache.(*Store).Put 58 MiB 861 MiB')
const total = quote('E11', 'total 524 MiB 1330 MiB')
const rate = (statistic: Statistic, value: number): Receipt => ({ evidence: 'E9', statistic, value })
const errors = of('E7', { app: 'recommender' })
const storefront = of('E7', { app: 'storefront' })

export const leakSentences: Unseen['trueSentences'] = [
  [
    'Since v3.8.0 went out at 18:44, memory in each recommender pod climbs to the 2 GiB limit, the container is OOMKilled and the climb starts over. The release replaced the bounded feature cache with a plain map that never evicts.',
    release,
    limit,
    ...peaks,
    lastKill,
    lru,
    plainMap,
    quote('E6', 'evicted=0'),
  ],
  [
    'Commit 4f1c2aa in v3.8.0 swapped the LRU, which was capped at 50,000 entries, for a plain map without a bound, so the feature cache grows until the kernel kills the container.',
    commit,
    lru,
    plainMap,
    of('E8', xk2mq)('max', 1889125),
    lastKill,
  ],
  [
    'Working-set memory of all four pods is a sawtooth: a climb to just under 2 GiB, then a drop to 612 MiB.',
    ...peaks,
    of('E1', xk2mq)('min', 612, 'MiB'),
    of('E1', b7rlv)('min', 612, 'MiB'),
    of('E1', n4zpt)('min', 612, 'MiB'),
    of('E1', wq9jd)('min', 612, 'MiB'),
  ],
  ['The four pods have been restarted 14 times between them since the release.', ...restarts, started],
  ['b7rlv and wq9jd have restarted four times each, xk2mq and n4zpt three times each.', ...restarts],
  ['The most recent OOM kill hit recommender-7c9d8b6f4-b7rlv at 02:49:03, about 13 minutes after the alert fired.', lastKill],
  ['recommender-7c9d8b6f4-wq9jd was OOMKilled for the fourth time at 02:35, one minute before the alert fired.', killBefore],
  [
    'All recent terminations are OOM kills with exit code 137, not crashes of the application itself.',
    { evidence: 'E5', count: 5, matching: 'reason=OOMKilled exitCode=137' },
  ],
  [
    'Under v3.7.4 memory was flat: it stayed between 657 and 679 MiB for more than 12 hours before the release.',
    old('min', 657.1, 'MiB'),
    old('max', 678.9, 'MiB'),
  ],
  [
    'The previous version needed about 668 MiB on average and never exceeded 679 MiB, i.e. roughly a third of the limit.',
    old('mean', 667.9, 'MiB'),
    old('max', 678.9, 'MiB'),
    limit,
  ],
  [
    'With v3.8.0 the peak is about three times what v3.7.4 ever used (1.99 GiB versus 679 MiB).',
    peaks[2] as Receipt,
    old('max', 678.9, 'MiB'),
  ],
  ['The memory limit was not lowered with the release: both revisions request 1 GiB and are limited to 2 GiB.', sameLimits],
  ['Revision 42 was rolled out to all 4 replicas between 18:43:51 and 18:47:26.', release, complete],
  ['The rollout completed at 18:47, almost eight hours before the alert.', complete],
  ['xk2mq is the next to go: it stands at 1.82 GiB, which is 91 % of its limit.', of('E1', xk2mq)('last', 1.825, 'GiB'), limit],
  [
    'At 03:00 n4zpt is at 1.56 GiB and xk2mq at 1.82 GiB, whereas b7rlv and wq9jd, both restarted within the last half hour, are still below 1 GiB.',
    of('E1', n4zpt)('last', 1.56, 'GiB'),
    of('E1', xk2mq)('last', 1.825, 'GiB'),
    of('E1', b7rlv)('last', 0.725, 'GiB'),
    of('E1', wq9jd)('last', 0.897, 'GiB'),
    lastKill,
    killBefore,
  ],
  [
    'The feature cache in xk2mq holds 1.67 million entries, more than 30 times the former cap of 50,000.',
    of('E8', xk2mq)('last', 1666000),
    lru,
  ],
  [
    'Each pod dies when its cache reaches roughly 1.89 million entries.',
    of('E8', xk2mq)('max', 1889125),
    of('E8', b7rlv)('max', 1888264),
    of('E8', n4zpt)('max', 1889791),
    of('E8', wq9jd)('max', 1887726),
    lastKill,
  ],
  [
    'The number of cached entries falls to zero with each restart and rises again, in step with memory.',
    of('E8', xk2mq)('min', 0),
    of('E8', xk2mq)('max', 1889125),
    of('E1', xk2mq)('min', 612, 'MiB'),
    of('E1', xk2mq)('max', 1.989, 'GiB'),
  ],
  [
    'Not a single entry has been evicted: all 196 cache statistics lines report evicted=0.',
    { evidence: 'E6', count: 196, matching: 'evicted=0' },
  ],
  [
    'The cache of wq9jd held 312,451 entries at 02:54, only 19 minutes after it had started empty.',
    quote(
      'E6',
      '2026-03-12T02:54:12.000Z {pod="recommender-7c9d8b6f4-wq9jd"} level=info msg="feature cache stats" entries=312451 evicted=0',
    ),
    killBefore,
  ],
  ['In the heap profile featurecache.(*Store).Put grew from 58 MiB to 861 MiB, nearly fifteenfold.', put],
  [
    'Of the 1330 MiB of heap in use under v3.8.0, 861 MiB (about 65 %) belong to the feature cache; a day earlier it was 58 of 524 MiB.',
    put,
    total,
  ],
  ['Practically all of the heap growth (803 of 806 MiB) comes from the feature cache.', put, total],
  ['The heap more than doubled against the same time yesterday, from 524 to 1330 MiB.', total],
  [
    'Not the model: the ALS model takes 359 MiB now and took 361 MiB under v3.7.4.',
    quote('E11', 'discovery/model.LoadALS 361 MiB 359 MiB'),
  ],
  [
    'HTTP buffers can be ruled out as well, since they are unchanged at about 21 MiB.',
    quote('E11', 'net/http.newBufioReader 22 MiB 21 MiB'),
  ],
  ['Not caused by traffic: the request rate stayed between 403 and 421 req/s throughout.', rate('min', 403.1), rate('max', 421)],
  [
    'Load is flat at about 412 requests per second, so the pods are not filling up because more users arrived.',
    rate('mean', 412),
    rate('min', 403.1),
    rate('max', 421),
  ],
  [
    'Node memory pressure is ruled out: each of the three nodes has had at least 18 GiB available all night, so the kills come from the container limit.',
    of('E12', { node: 'gke-prod-n2-4f61' })('min', 18.36, 'GiB'),
    of('E12', { node: 'gke-prod-n2-9ac3' })('min', 22.07, 'GiB'),
    of('E12', { node: 'gke-prod-n2-e07b' })('min', 21.39, 'GiB'),
    limit,
    lastKill,
  ],
  ['The lowest available memory on gke-prod-n2-4f61 was 18.4 GiB.', of('E12', { node: 'gke-prod-n2-4f61' })('min', 18.36, 'GiB')],
  [
    'Right after a restart the recommender answers about 4.1 % of its requests with a 5xx, compared with 0.02 % now.',
    errors('max', 4.12, '%'),
    errors('last', 0.0221, '%'),
    of('E3', wq9jd)('change', 4),
  ],
  [
    '5xx responses from the recommender peaked at 4.12 % and are back to 0.02 % now.',
    errors('max', 4.12, '%'),
    errors('last', 0.0221, '%'),
  ],
  ["Customers hardly notice: the storefront's error ratio never rose above 0.13 %.", storefront('max', 0.13, '%')],
  [
    "While the recommender's error ratio spiked to 4.1 %, the storefront stayed between 0.09 % and 0.13 %.",
    errors('max', 4.12, '%'),
    storefront('min', 0.09, '%'),
    storefront('max', 0.13, '%'),
  ],
  [
    'The recommender itself warned "heap above 90% of container limit" 14 times, the first time at 20:42.',
    { evidence: 'E6', count: 14, matching: 'heap above 90% of container limit' },
    quote('E6', 'level=warn msg="heap above <*> of container limit" limit_mib=<*> (2026-03-11T20:42:24Z to 2026-03-12T02:47:24Z)'),
  ],
  [
    'The last such warning came from b7rlv at 02:47:24, less than two minutes before it was killed.',
    quote('E6', '2026-03-12T02:47:24.000Z {pod="recommender-7c9d8b6f4-b7rlv"} level=warn msg="heap above 90% of container limit"'),
    lastKill,
  ],
  [
    'The first restart was logged at 20:44:09, two hours after the release.',
    quote('E6', 'level=info msg="recommender started" version=<*> model=<*> took=<*> (2026-03-11T20:44:09Z to 2026-03-12T02:49:09Z)'),
    release,
  ],
  [
    'wq9jd was the first to restart, at 20:44, followed by b7rlv at 20:46, xk2mq at 20:52 and n4zpt at 21:00.',
    of('E3', wq9jd)('change', 4),
    of('E3', b7rlv)('change', 4),
    of('E3', xk2mq)('change', 3),
    of('E3', n4zpt)('change', 3),
  ],
  [
    'All 14 starts in the log carry version v3.8.0; a container is back within eight seconds or so (took=7.8s).',
    { evidence: 'E6', count: 14, matching: 'version=v3.8.0' },
    quote('E6', 'took=7.8s'),
  ],
  ['No Go panics have been logged since the new pods came up.', { evidence: 'E6', absent: 'panic' }],
  [
    'The logs contain nothing about timeouts or refused connections.',
    { evidence: 'E6', absent: 'timeout' },
    { evidence: 'E6', absent: 'refused' },
  ],
  [
    'The other two commits in the release only log the model version at start and bump golangci-lint to 2.9.1.',
    quote('E10', '9b07d3e ranking: log the model version at start'),
    quote('E10', 'c5510fe ci: bump golangci-lint to 2.9.1'),
  ],
  ['The change was made to get rid of lock contention in the LRU.', commit],
  [
    'v3.7.4 had been running since 4 March, and on its last day its memory was flat at 657 to 679 MiB.',
    quote('E4', 'revision 41 created 2026-03-04T10:15:33Z image registry.shop.internal/discovery/recommender:v3.7.4'),
    old('min', 657.1, 'MiB'),
    old('max', 678.9, 'MiB'),
  ],
  [
    'Before the release a pod held steady at around 0.65 GiB; after it, memory rises by about 1.4 GiB in roughly two hours until the limit is hit.',
    old('mean', 0.652, 'GiB'),
    of('E1', xk2mq)('min', 612, 'MiB'),
    of('E1', xk2mq)('max', 1.989, 'GiB'),
    limit,
  ],
]
