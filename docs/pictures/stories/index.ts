import { beside, high, left, low, medium, refused, running, unknown, verified, worse } from './acting.ts'
import { harmless, inconclusive, partial } from './concluded.ts'
import { badDeploy, dependencyDown, nothing, outOfMemory, storm } from './first.ts'
import { gated, spent, tried, waiting } from './held.ts'
import { failedOver, failover } from './ladder.ts'
import type { Story } from './parts.ts'
import { challenged, followUp } from './talk.ts'

/** Threads that the demo does not show by itself: each drawn from its timeline, as Vigil draws every thread. */
export const stories: readonly Story[] = [
  badDeploy,
  outOfMemory,
  dependencyDown,
  nothing,
  storm,
  partial,
  inconclusive,
  harmless,
  followUp,
  failover,
  failedOver,
  gated,
  waiting,
  spent,
  challenged('weakened'),
  tried,
  medium,
  low,
  high,
  refused,
  running,
  unknown,
  verified,
  worse,
  beside,
  left,
]
