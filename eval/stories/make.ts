import type { Dice } from './dice.ts'
import { diceOf } from './dice.ts'
import type { Piece, Story, Told } from './story.ts'
import { callersOf, coursesOf, type Measure, measures, type System, systemOf, usual } from './system.ts'
import { firedAt } from './world.ts'

/** When what happens in a story begins: any moment will do. */
const BEGIN = Date.parse('2026-11-18T14:00:00Z') / 1000

const AUTHORS = ['alice', 'bob', 'chidi', 'dana', 'emre', 'fatou', 'renovate[bot]']

/** How many there are of each in two hundred: a bit over half begin with a deploy, as surveys of incidents have it. */
const KINDS: readonly (readonly [keyof typeof makers, number])[] = [
  ['own deploy', 40],
  ['a deploy and a change of configuration', 14],
  ['canary, then rollback', 12],
  ['a batch of services', 16],
  ['a dependency deployed', 20],
  ['a flag or a scaling', 10],
  ['a deploy of something else', 22],
  ['deploys after the onset', 20],
  ['a leak from before the deploy', 20],
  ['no deploy at all', 8],
  ['deploys long before', 10],
  ['rolled back before the onset', 8],
]

/** Stories with their truth, the same for the same number; the kinds in proportion, mixed. */
export const storiesOf = (count: number): Story[] => {
  const deck = KINDS.flatMap(([kind, share]) => Array.from({ length: share }, () => kind))
  // 200 and 73 have no common divisor: every kind comes early.
  return Array.from({ length: count }, (_, i) => storyOf(deck[(i * 73) % deck.length] ?? 'own deploy', i))
}

/** Some troubles do not reach the service that should have seen them: those are no incidents, and another is made. */
const storyOf = (kind: keyof typeof makers, number: number): Story => {
  for (let attempt = 0; ; attempt += 1) {
    const dice = diceOf(`deploy story ${number}/${attempt}`)
    const system = systemOf(dice)
    const story = { name: `story ${number}`, kind, ...makers[kind]({ dice, system, at: BEGIN + number * 7919 }) }
    if (firedAt(story) !== null) return story
  }
}

type Making = { readonly dice: Dice; readonly system: System; readonly at: number }
type Made = Omit<Story, 'name' | 'kind'>

/** Seconds from a change to what people notice of it: a bad start shows at once, a cold cache, a leak or a rare path takes its time. */
const delayOf = (dice: Dice): number => dice.scaled(10, 25 * 60)

const makers = {
  'own deploy': (making: Making): Made => caused(making, {}),
  'a deploy and a change of configuration': (making: Making): Made => {
    const { dice, at } = making
    const kinds: readonly Told['kind'][] = dice.often(0.5) ? ['deploy', 'config'] : ['config', 'deploy']
    return caused(making, {
      kind: kinds[0] ?? 'deploy',
      more: (service) => [told(dice, service, at - dice.scaled(120, 5 * 3600), { kind: kinds[1] ?? 'config' })],
    })
  },
  'canary, then rollback': (making: Making): Made => {
    const { dice } = making
    // People need some minutes to see it: the rollback comes after the alert.
    return caused(making, {
      more: (service, cause, noticed) => [
        told(dice, service, noticed + dice.between(20, 240), { version: cause.previous, previous: cause.version }),
      ],
    })
  },
  'a batch of services': (making: Making): Made => {
    const { dice, system } = making
    return caused(making, {
      ...(dice.often(0.3) ? { seenBy: 'caller' } : {}),
      more: (service, cause) =>
        system.services
          .filter((other) => other !== service && dice.often(0.5))
          .map((other) => told(dice, other, cause.truly + dice.between(-180, 180), {})),
    })
  },
  'a dependency deployed': (making: Making): Made => caused(making, { seenBy: 'caller' }),
  'a flag or a scaling': (making: Making): Made => caused(making, making.dice.often(0.6) ? { kind: 'flag' } : { kind: 'scale' }),
  'a deploy of something else': (making: Making): Made => {
    const { dice, system, at } = making
    const service = dice.one(system.services)
    const near = new Set([service, ...system.edges.filter(([from]) => from === service).map(([, to]) => to)])
    const others = system.services.filter((other) => !near.has(other))
    return uncaused(making, { service, more: others.slice(0, 3).map((other) => told(dice, other, at - dice.scaled(20, 1800), {})) })
  },
  'deploys after the onset': (making: Making): Made => {
    const { dice, system, at } = making
    const service = dice.one(system.services)
    // Somebody tries to mend it: a fix, a restart by deploy, a rollback.
    return uncaused(making, { service, more: [told(dice, service, at + dice.between(90, 400), {})], forSeconds: 300 })
  },
  'a leak from before the deploy': (making: Making): Made => {
    const { dice, system, at } = making
    const service = dice.one(system.services)
    const measure = dice.one(measures.filter(({ fills }) => fills))
    const long = dice.scaled(40 * 60, 8 * 3600)
    return uncaused(making, { service, measure, long, more: [told(dice, service, at - dice.scaled(30, 0.6 * Math.min(long, 3600)), {})] })
  },
  'no deploy at all': (making: Making): Made => uncaused(making, { everyday: 0 }),
  'deploys long before': (making: Making): Made => {
    const { dice, system, at } = making
    const service = dice.one(system.services)
    return uncaused(making, {
      service,
      everyday: 0,
      more: system.services.map((other) => told(dice, other, at - dice.between(2.5, 20) * 3600, {})),
    })
  },
  'rolled back before the onset': (making: Making): Made => {
    const { dice, system, at } = making
    const service = dice.one(system.services)
    const back = at - dice.scaled(60, 1800)
    const canary = told(dice, service, back - dice.scaled(120, 2400), {})
    return uncaused(making, { service, more: [canary, told(dice, service, back, { version: canary.previous, previous: canary.version })] })
  },
} as const

type Causing = {
  readonly kind?: Told['kind']
  readonly seenBy?: 'caller'
  readonly more?: (service: string, cause: Told, noticed: number) => Told[]
}

/** Something changed, and this broke it. */
const caused = ({ dice, system, at }: Making, { kind = 'deploy', seenBy, more }: Causing): Made => {
  const called = system.services.filter((service) => callersOf(system, service).length > 0)
  const service = dice.one(seenBy === 'caller' ? called : system.services)
  const measure = dice.one(seenBy === 'caller' ? measures.filter(({ fills }) => !fills) : measures)
  const cause = told(dice, service, at, { kind })
  const delay = delayOf(dice)
  const level = dice.between(...measure.broken)
  // What fills does so from the change on and is over the limit after the delay; the rest breaks then, within a minute or so.
  const pieces: Piece[] = measure.fills
    ? [{ at, over: (delay * (level - usual(measure))) / (measure.limit - usual(measure)), by: level - usual(measure) }]
    : [{ at: at + delay, over: dice.between(5, 90), by: level }]
  const alerting = seenBy === 'caller' ? dice.one(callersOf(system, service)) : service
  const forSeconds = dice.one([0, 60, 120, 300])
  const noticed = at + delay + forSeconds
  return {
    ...coursesOf(dice, system, { service, measure, pieces, by: level }),
    deploys: newestFirst([
      ...everyday(dice, system, { at, perDay: dice.between(0.2, 3) }),
      cause,
      ...(more?.(service, cause, noticed) ?? []),
    ]),
    alert: alertOf(alerting, measure, forSeconds),
    cause,
  }
}

type Uncaused = {
  readonly service?: string
  readonly measure?: Measure
  /** Seconds that it takes to cross the limit; without: at once. */
  readonly long?: number
  readonly more?: readonly Told[]
  readonly everyday?: number
  readonly forSeconds?: number
}

/** Something broke by itself, and what changed has nothing to do with it. `at`: when the limit is crossed. */
const uncaused = ({ dice, system, at }: Making, given: Uncaused): Made => {
  const { service = dice.one(system.services), measure = dice.one(measures), long, more = [] } = given
  const level = dice.between(...measure.broken)
  const over = long === undefined ? dice.between(5, 90) : (long * (level - usual(measure))) / (measure.limit - usual(measure))
  const pieces: Piece[] = [{ at: at - (long ?? 0), over, by: level - (long === undefined ? 0 : usual(measure)) }]
  return {
    ...coursesOf(dice, system, { service, measure, pieces, by: level }),
    deploys: newestFirst([...everyday(dice, system, { at, perDay: given.everyday ?? dice.between(0.2, 3) }), ...more]),
    alert: alertOf(service, measure, given.forSeconds ?? dice.one([0, 60, 120, 300])),
    cause: null,
  }
}

const alertOf = (service: string, { alert, metric, limit }: Measure, forSeconds: number): Story['alert'] => ({
  name: alert,
  service,
  metric,
  limit,
  forSeconds,
})

const newestFirst = (all: readonly Told[]): Told[] =>
  all.toSorted((a, b) => b.at.getTime() - a.at.getTime() || (a.service < b.service ? -1 : 1))

/** What is deployed on any day, at any time of the day before and a little after. */
const everyday = (dice: Dice, { services }: System, { at, perDay }: { at: number; perDay: number }): Told[] =>
  services.flatMap((service) => {
    const count = Math.floor(perDay + dice.between(0, 1))
    return Array.from({ length: count }, () =>
      told(dice, service, at - dice.between(0, 86_400), { kind: dice.often(0.8) ? 'deploy' : 'config' }),
    )
  })

/** A change as it is reported: some name all of it, some little, and every fifth reporter's clock is off by up to a minute. */
const told = (dice: Dice, service: string, truly: number, over: Partial<Told>): Told => {
  const [minor, patch] = [dice.whole(1, 60), dice.whole(0, 30)]
  const skew = dice.often(0.2) ? dice.between(-60, 60) : dice.between(-2, 2)
  return {
    service,
    namespace: null,
    kind: 'deploy',
    version: `v1.${minor}.${patch + 1}`,
    previous: `v1.${minor}.${patch}`,
    commit: dice.often(0.7) ? dice.whole(0x1000000, 0xfffffff).toString(16) : null,
    author: dice.often(0.9) ? dice.one(AUTHORS) : null,
    url: null,
    source: 'pushed',
    truly,
    at: new Date(Math.round(truly + skew) * 1000),
    ...over,
  }
}
