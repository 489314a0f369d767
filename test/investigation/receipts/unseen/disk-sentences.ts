import type { Receipt } from '../../../../src/investigation/analysis.ts'
import type { Unseen } from './world.ts'

type Statistic = 'last' | 'min' | 'max' | 'mean' | 'change'
const tq5zn = 'recommender-6b7f9c8d4-tq5zn'
const v2ghc = 'recommender-6b7f9c8d4-v2ghc'
const used = (suffix: string, statistic: Statistic, value: number): Receipt => ({
  evidence: 'E1',
  series: { node: `ip-10-40-3-${suffix}` },
  statistic,
  value,
  unit: 'GiB',
})
const usedAt = (at: string, value: number): Receipt => ({
  evidence: 'E1',
  series: { node: 'ip-10-40-3-118' },
  statistic: 'at',
  at,
  value,
  unit: 'GiB',
})
const free = (suffix: string, statistic: Statistic, value: number): Receipt => ({
  evidence: 'E2',
  series: { node: `ip-10-40-3-${suffix}` },
  statistic,
  value,
  unit: '%',
})
const freeAt = (at: string, value: number): Receipt => ({
  evidence: 'E2',
  series: { node: 'ip-10-40-3-118' },
  statistic: 'at',
  at,
  value,
  unit: '%',
})
const logSize = (pod: string, statistic: Statistic, value: number): Receipt => ({
  evidence: 'E3',
  series: { pod },
  statistic,
  value,
  unit: 'GiB',
})
const logSizeAt = (pod: string, at: string, value: number): Receipt => ({
  evidence: 'E3',
  series: { pod },
  statistic: 'at',
  at,
  value,
  unit: 'GiB',
})
const level = (name: string, statistic: Statistic, value: number): Receipt => ({
  evidence: 'E4',
  series: { level: name },
  statistic,
  value,
})
const levelAt = (name: string, at: string, value: number): Receipt => ({
  evidence: 'E4',
  series: { level: name },
  statistic: 'at',
  at,
  value,
})
const missing = (deployment: string, value: number): Receipt => ({ evidence: 'E11', series: { deployment }, statistic: 'last', value })
const evictions: Receipt = { evidence: 'E5', count: 5, matching: 'evicted successfully' }
const firstEvicted: Receipt = {
  evidence: 'E5',
  quote: '2026-07-23T00:26:18.000Z eviction_manager: pod recommender-6b7f9c8d4-tq5zn evicted successfully',
}
const lastEvicted: Receipt = {
  evidence: 'E5',
  quote: '2026-07-23T00:26:54.000Z eviction_manager: pod recommender-6b7f9c8d4-8djrs evicted successfully',
}
const evictedEvent: Receipt = {
  evidence: 'E6',
  quote:
    '00:26:18 pod/recommender-6b7f9c8d4-tq5zn Evicted: The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 8.2Gi. Container recommender was using 20.4Gi, request is 1Gi',
}
const basketEvent: Receipt = {
  evidence: 'E6',
  quote: '00:26:27 pod/basket-5d4c7b9f6-xl8rw Evicted: The node was low on resource: ephemeral-storage. Container basket was using 412Mi',
}
const commit: Receipt = { evidence: 'E7', quote: 'commit 5be20d1  2026-07-22T22:38:47Z  l.brandt' }
const debugOn: Receipt = { evidence: 'E7', quote: '+  LOG_LEVEL: debug' }
const infoBefore: Receipt = { evidence: 'E7', quote: '-  LOG_LEVEL: info' }
const rollout: Receipt = { evidence: 'E8', quote: 'rev 58  2026-07-22T22:41:30Z  ghcr.io/acme/recommender:1.27.0  commit 5be20d1' }
const maxSize: Receipt = { evidence: 'E9', quote: 'containerLogMaxSize: 20Gi' }

export const diskSentences: Unseen['trueSentences'] = [
  [
    'Disk use on ip-10-40-3-118 rose from 58 GiB at 22:42 to a peak of 91.7 GiB at 00:26.',
    usedAt('2026-07-22T22:42:00Z', 58),
    used('118', 'max', 91.7),
  ],
  ['In under two hours the node filled up by almost 34 GiB.', usedAt('2026-07-22T22:42:00Z', 58), used('118', 'max', 91.7)],
  [
    'Free space bottomed out at 8.3 % at 00:26, down from 42 % in the evening.',
    free('118', 'min', 8.3),
    freeAt('2026-07-22T22:42:00Z', 42),
  ],
  [
    'At 00:11, when the page went out, 13.2 % was free (86.8 GiB used).',
    freeAt('2026-07-23T00:11:00Z', 13.2),
    usedAt('2026-07-23T00:11:00Z', 86.8),
  ],
  [
    'Free space crossed the 15 % line between 00:05 (15.1 %) and 00:06 (14.8 %).',
    freeAt('2026-07-23T00:05:00Z', 15.1),
    freeAt('2026-07-23T00:06:00Z', 14.8),
  ],
  [
    'By midnight usage had reached 83 GiB; an hour and eighteen minutes earlier it was 58.',
    usedAt('2026-07-23T00:00:00Z', 83.3),
    usedAt('2026-07-22T22:42:00Z', 58),
  ],
  ['The disk grew by about 15.5 GiB between 22:42 and 23:30.', usedAt('2026-07-22T22:42:00Z', 58), usedAt('2026-07-22T23:30:00Z', 73.5)],
  [
    'The evictions gave back some 20 GiB: 91.7 GiB at 00:26, 71 GiB at 00:27.',
    used('118', 'max', 91.7),
    usedAt('2026-07-23T00:27:00Z', 71),
  ],
  [
    'It is not over: since 00:27 the node has filled again from 71 to 75.4 GiB.',
    usedAt('2026-07-23T00:27:00Z', 71),
    used('118', 'last', 75.4),
  ],
  ['24.6 % is free at 01:00, less than the 29 % right after the evictions.', free('118', 'last', 24.6), freeAt('2026-07-23T00:27:00Z', 29)],
  [
    'The neighbours are fine: node 121 is unchanged at 55 GiB and 126 hovers around 49 GiB.',
    used('121', 'last', 55),
    used('121', 'change', 0),
    used('126', 'mean', 49),
  ],
  ['ip-10-40-3-126 never used more than 49.3 GiB.', used('126', 'max', 49.3)],
  [
    'ip-10-40-3-121 has 45 % of its disk free, nearly twice as much as the affected node has now.',
    free('121', 'last', 45),
    free('118', 'last', 24.6),
  ],
  [
    'Log files of recommender-6b7f9c8d4-tq5zn swelled from 0.4 to 20.2 GiB by 00:26.',
    logSizeAt(tq5zn, '2026-07-22T22:42:00Z', 0.4),
    logSize(tq5zn, 'max', 20.2),
  ],
  [
    'The logs of tq5zn vanished with the pod: 20.2 GiB at 00:26, zero a minute later.',
    logSizeAt(tq5zn, '2026-07-23T00:26:00Z', 20.2),
    logSizeAt(tq5zn, '2026-07-23T00:27:00Z', 0),
  ],
  [
    'A second writer, v2ghc, is still running and sits at 18.8 GiB of logs.',
    logSize(v2ghc, 'last', 18.8),
    { evidence: 'E10', quote: '2026-07-23T00:59:59.500Z DEBUG scorer candidate=50809' },
  ],
  [
    'v2ghc added 4.4 GiB of logs between 00:27 and 01:00, which is all of what the disk has grown since.',
    logSizeAt(v2ghc, '2026-07-23T00:27:00Z', 14.4),
    logSize(v2ghc, 'last', 18.8),
    usedAt('2026-07-23T00:27:00Z', 71),
    used('118', 'last', 75.4),
  ],
  [
    'Over the three hours the logs of v2ghc grew by 18.4 GiB, to 47 times their original size.',
    logSize(v2ghc, 'change', 18.4),
    logSize(v2ghc, 'last', 18.8),
    logSize(v2ghc, 'min', 0.4),
  ],
  [
    'Just before the evictions two recommender pods held about 34.5 GiB of logs, more than a third of the 91.7 GiB in use.',
    logSizeAt(tq5zn, '2026-07-23T00:26:00Z', 20.2),
    logSizeAt(v2ghc, '2026-07-23T00:26:00Z', 14.3),
    used('118', 'max', 91.7),
  ],
  ['basket is a bystander; its logs never exceeded 0.4 GiB.', logSize('basket-5d4c7b9f6-xl8rw', 'max', 0.4)],
  [
    'Debug messages of the recommender jumped from none to 9.4k per second at 22:42.',
    levelAt('debug', '2026-07-22T22:41:00Z', 0),
    levelAt('debug', '2026-07-22T22:42:00Z', 9415),
  ],
  ['Still 9,200 debug lines/s at 01:00, as against 63 at level info.', level('debug', 'last', 9204), level('info', 'last', 63)],
  ['The info level did not move (59–65 per second), so this is not more traffic.', level('info', 'min', 59), level('info', 'max', 65)],
  [
    'At the peak (23:14) the recommender wrote 9,600 debug messages a second.',
    level('debug', 'max', 9600),
    levelAt('debug', '2026-07-22T23:14:00Z', 9600),
  ],
  ['The debug stream outnumbers the info stream roughly 150 to 1.', level('debug', 'last', 9204), level('info', 'last', 63)],
  ['The kubelet evicted five pods within 36 seconds, from 00:26:18 to 00:26:54.', evictions, firstEvicted, lastEvicted],
  [
    'First to go was recommender-6b7f9c8d4-tq5zn at 00:26:18, the one with the biggest logs.',
    firstEvicted,
    logSize(tq5zn, 'max', 20.2),
    logSizeAt(v2ghc, '2026-07-23T00:26:00Z', 14.3),
  ],
  ['Two of the five evicted pods belong to the recommender.', evictions, { evidence: 'E5', count: 2, matching: 'pod recommender' }],
  [
    'The eviction manager began to reclaim ephemeral-storage at 00:25:52, 26 s before the first pod was evicted.',
    { evidence: 'E5', quote: '2026-07-23T00:25:52.000Z eviction_manager: attempting to reclaim resourceName="ephemeral-storage"' },
    firstEvicted,
  ],
  [
    'Image garbage collection ran four times and freed 0 bytes each time.',
    { evidence: 'E5', count: 4, matching: 'image_gc_manager' },
    { evidence: 'E5', count: 4, matching: 'freed=0 bytes' },
  ],
  [
    'Image GC first complained at 00:11:14, at 87 % usage against a high threshold of 85 %.',
    {
      evidence: 'E5',
      quote:
        '2026-07-23T00:11:14.000Z image_gc_manager: disk usage on image filesystem is over the high threshold, usage=87 highThreshold=85',
    },
  ],
  ['tq5zn was using 20.4 GiB when it was evicted, some twenty times its request of 1 GiB.', evictedEvent],
  [
    'When the kubelet stepped in, 8.2 GiB were available, below the soft threshold of 10 GiB.',
    evictedEvent,
    { evidence: 'E9', quote: 'evictionSoft: nodefs.available<10%' },
  ],
  ['basket-5d4c7b9f6-xl8rw was evicted at 00:26:27 although it used only 412 MiB.', basketEvent],
  [
    'Collateral damage: basket, search-api and mailer each lost a pod.',
    basketEvent,
    { evidence: 'E6', quote: '00:26:36 pod/search-api-79bd6f5c-mm2kt Evicted' },
    { evidence: 'E6', quote: '00:26:45 pod/mailer-84f6d9b7c-c9vhp Evicted' },
  ],
  [
    'None of the five evictions mentions OOM; all of them name ephemeral-storage.',
    { evidence: 'E6', absent: 'OOM' },
    { evidence: 'E6', count: 5, matching: 'low on resource: ephemeral-storage' },
  ],
  [
    'Commit 5be20d1 switched LOG_LEVEL from info to debug for the recommender in production.',
    commit,
    infoBefore,
    debugOn,
    { evidence: 'E7', quote: 'values-prod.yaml' },
  ],
  [
    'The change went live as revision 58 at 22:41:30; the disk started to fill within two minutes.',
    rollout,
    usedAt('2026-07-22T22:42:00Z', 58),
    { evidence: 'E1', series: { node: 'ip-10-40-3-118' }, statistic: 'at', at: '2026-07-22T22:43:00Z', value: 58.3, unit: 'GiB' },
    levelAt('debug', '2026-07-22T22:42:00Z', 9415),
  ],
  [
    'l.brandt committed it at 22:38:47 UTC, "to chase missing recommendations".',
    commit,
    { evidence: 'E7', quote: 'recommender: debug logging to chase missing recommendations' },
  ],
  [
    'The image did not change: revisions 57 and 58 both run recommender:1.27.0.',
    rollout,
    { evidence: 'E8', quote: 'rev 57  2026-07-16T09:12:04Z  ghcr.io/acme/recommender:1.27.0' },
  ],
  [
    'Rotation does not protect the node, since one container may keep 5 log files of 20 GiB each.',
    maxSize,
    { evidence: 'E9', quote: 'containerLogMaxFiles: 5' },
  ],
  [
    'Soft eviction starts under 10 % free after five minutes, hard eviction under 5 %; the latter was never reached (minimum 8.3 %).',
    { evidence: 'E9', quote: 'evictionSoft: nodefs.available<10%  gracePeriod 5m' },
    { evidence: 'E9', quote: 'evictionHard: nodefs.available<5%' },
    free('118', 'min', 8.3),
  ],
  [
    'Inodes are not the problem, with 93 % free throughout.',
    { evidence: 'E12', statistic: 'min', value: 93, unit: '%' },
    { evidence: 'E12', statistic: 'max', value: 93, unit: '%' },
  ],
  [
    'Two recommender replicas are still unavailable, plus one each of basket and mailer; search-api has none.',
    missing('recommender', 2),
    missing('basket', 1),
    missing('mailer', 1),
    missing('search-api', 0),
  ],
  [
    'Each debug line of the scorer carries a payload of 4 KiB (payload=4096B).',
    { evidence: 'E10', quote: 'payload=4096B' },
    { evidence: 'E10', count: 600, matching: 'payload=4096B' },
    { evidence: 'E10', count: 600, matching: 'DEBUG scorer' },
  ],
  [
    'Cause: 5be20d1 turned on debug logging in the recommender, whose log files then ate the disk of ip-10-40-3-118 (20.2 GiB in tq5zn, 18.8 GiB in v2ghc).',
    commit,
    debugOn,
    logSize(tq5zn, 'max', 20.2),
    logSize(v2ghc, 'last', 18.8),
  ],
  [
    'Debug logs of the recommender filled ip-10-40-3-118 until five pods were evicted at 00:26. v2ghc keeps writing, so the disk will fill again unless the log level is reverted.',
    level('debug', 'last', 9204),
    evictions,
    firstEvicted,
    logSize(v2ghc, 'last', 18.8),
  ],
]
