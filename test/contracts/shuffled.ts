import { setImmediate as turn } from 'node:timers/promises'
import { inOrder } from '../../src/investigation/cluster-state.ts'
import type { RuleInput } from '../../src/investigation/rules/rule.ts'
import type { KubeObject } from '../../src/kubernetes/state.ts'

type World = Omit<RuleInput, 'cite'>

/** The same world whose sources answer late and in another order, and whose series, objects, calls, traces and deploys come in another one. */
export const shuffled = (world: World, seed: number): World => {
  const chance = chanceOf(seed)
  const answered = <T extends object>(one: T): T => answering(one, chance) as T
  return {
    ...world,
    deploys: mixed(world.deploys, chance),
    sources: Object.fromEntries(Object.entries(world.sources).map(([name, source]) => [name, answered(source)])),
    surroundings: answered(world.surroundings),
    firedBefore: answered({ ask: world.firedBefore }).ask,
  }
}

/** Numbers in [0, 1) that follow from the seed alone (the generator of Lehmer, with Park's and Miller's constants). */
export const chanceOf = (seed: number): (() => number) => {
  let state = (seed * 7919 + 1) % 2_147_483_647
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

export const mixed = <T>(all: readonly T[], chance: () => number): T[] =>
  all
    .map((one) => ({ one, at: chance() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one)

const answering = (source: object, chance: () => number): object =>
  Object.fromEntries(
    Object.entries(source).map(([name, value]) => [
      name,
      typeof value !== 'function'
        ? typeof value === 'object' && value !== null && !Array.isArray(value)
          ? answering(value, chance)
          : value
        : (...args: unknown[]) => {
            const given: unknown = Reflect.apply(value, source, args)
            return given instanceof Promise ? late(given, chance) : given
          },
    ]),
  )

/** What a source gives in no order of its own; points of a series, lines of a log and what a reader has ranked keep theirs. */
const UNORDERED = ['series', 'edges', 'objects', 'known', 'unread', 'traces', 'deploys']

const late = async (answer: Promise<unknown>, chance: () => number): Promise<unknown> => {
  for (let turns = Math.floor(chance() * 12); turns > 0; turns--) await turn()
  const given = await answer
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [
      key,
      UNORDERED.includes(key) && Array.isArray(value) ? reordered(key, value, chance) : value,
    ]),
  )
}

/** Objects are in the order of their reader, whatever order the API gives them in. */
const reordered = (key: string, all: readonly unknown[], chance: () => number): readonly unknown[] =>
  key === 'objects' ? inOrder(mixed(all, chance) as KubeObject[]) : mixed(all, chance)
