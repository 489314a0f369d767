import type { Dice } from './dice.ts'
import type { Course, Piece, Story } from './story.ts'

/** What is measured of every service, what is usual, and how bad it gets when it breaks. */
export type Measure = {
  readonly metric: string
  readonly alert: string
  readonly base: readonly [number, number]
  readonly noise: number
  readonly limit: number
  readonly broken: readonly [number, number]
  /** Grows for as long as something is wrong, where the others are wrong at once. */
  readonly fills: boolean
}

export const measures: readonly Measure[] = [
  { metric: 'app_error_ratio', alert: 'HighErrorRate', base: [0.001, 0.012], noise: 0.15, limit: 0.05, broken: [0.08, 0.7], fills: false },
  { metric: 'app_latency_p99_seconds', alert: 'SlowRequests', base: [0.08, 0.4], noise: 0.1, limit: 1, broken: [1.4, 8], fills: false },
  { metric: 'app_queue_messages', alert: 'QueueGrows', base: [20, 200], noise: 0.2, limit: 1000, broken: [1500, 9000], fills: true },
  {
    metric: 'app_memory_used_ratio',
    alert: 'MemoryAlmostFull',
    base: [0.45, 0.65],
    noise: 0.01,
    limit: 0.9,
    broken: [0.95, 1.05],
    fills: true,
  },
]

export const usual = ({ base: [low, high] }: Measure): number => (low + high) / 2

const NAMES = [
  'web',
  'api',
  'checkout',
  'cart',
  'payments',
  'ledger',
  'search',
  'catalogue',
  'users',
  'mail',
  'stock',
  'pricing',
  'shipping',
  'reviews',
  'ads',
]

export type System = { readonly services: readonly string[]; readonly edges: readonly (readonly [string, string])[] }

/** Services in layers: each calls one to four of those behind it. */
export const systemOf = (dice: Dice): System => {
  const first = dice.whole(0, NAMES.length - 1)
  const services = [...NAMES.slice(first), ...NAMES.slice(0, first)].slice(0, dice.whole(6, 12))
  const edges = services.flatMap((from, i) => {
    const behind = services.slice(i + 1)
    const called = new Set(Array.from({ length: Math.min(behind.length, dice.whole(1, 4)) }, () => dice.one(behind)))
    return [...called].map((to) => [from, to] as const)
  })
  return { services, edges }
}

export const callersOf = ({ edges }: System, service: string): string[] => edges.filter(([, to]) => to === service).map(([from]) => from)
const calledFrom = ({ edges }: System, service: string): string[] => edges.filter(([from]) => from === service).map(([, to]) => to)

/** What goes wrong: where, how it shows, and when. */
export type Trouble = { readonly service: string; readonly measure: Measure; readonly pieces: readonly Piece[]; readonly by: number }

/** Every service with its everyday values; the trouble where it is, and among those who call it later and less. */
export const coursesOf = (dice: Dice, system: System, trouble: Trouble): Pick<Story, 'courses' | 'calls'> => {
  const struck = new Map<string, { readonly share: number; readonly late: number }>([[trouble.service, { share: 1, late: 0 }]])
  const spreads = !trouble.measure.fills
  for (const service of system.services.toReversed()) {
    const from = calledFrom(system, service).flatMap((to) => struck.get(to) ?? [])
    const worst = from.toSorted((a, b) => b.share - a.share)[0]
    if (spreads && worst !== undefined && !struck.has(service))
      struck.set(service, { share: worst.share * dice.between(0.3, 0.95), late: worst.late + dice.between(1, 15) })
  }
  const courses = system.services.flatMap((service) =>
    measures.map((measure): Course => {
      // The trouble is told in steps from the usual value.
      const base = service === trouble.service && measure === trouble.measure ? usual(measure) : dice.between(...measure.base)
      const here = measure === trouble.measure ? struck.get(service) : undefined
      const pieces = here === undefined ? [] : trouble.pieces.map((piece) => shifted(piece, here))
      return { metric: measure.metric, service, base, noise: base * measure.noise, pieces }
    }),
  )
  const calls = system.edges.map(([from, to]) => {
    const here = trouble.measure.metric === 'app_error_ratio' ? struck.get(to) : undefined
    return { from, to, rate: dice.between(2, 80), failed: here === undefined ? [] : trouble.pieces.map((piece) => shifted(piece, here)) }
  })
  return { courses, calls }
}

const shifted = (piece: Piece, { share, late }: { share: number; late: number }): Piece => ({
  ...piece,
  at: piece.at + late,
  by: piece.by * share,
})
