import { compare } from '../text/compare.ts'
import { median } from './change.ts'
import { type Departure, departureOf, type Excursion, excursionOf, type Usual } from './departure.ts'
import { kindOf } from './kind.ts'
import { asRates } from './rate.ts'
import type { Series } from './series.ts'

/** A series that left its own past. */
export type Movement = {
  readonly owner: string
  /** The metric with those of its labels that do not say whose it is. */
  readonly kind: string
  /** As asked; a counter as its rate. */
  readonly series: Series
  readonly departure: Departure
  /** 0 to 1: how telling it is, comparable across units. */
  readonly score: number
}

/** All that one owner (a service) has shown. */
export type Moved = {
  readonly owner: string
  /** 0 to 1: how sure it is that something of it left its past. */
  readonly score: number
  /** The strongest first. */
  readonly movements: readonly Movement[]
  /** When the first of its telling movements began, seconds since the epoch. */
  readonly since: number
}

export type Question = {
  /** Seconds since the epoch: what is before is the past. */
  readonly onset: number
  /** Whose series it is; null: nobody's, left out. */
  readonly owner: (series: Series) => string | null
  /** Whom the alert is about, and the metrics that its expression reads. */
  readonly subject?: string | undefined
  readonly alertMetrics?: readonly string[]
}

export type Movements = {
  /** The most telling first. */
  readonly moved: readonly Moved[]
  /** Owners of series that could be measured, moved or not. */
  readonly owners: ReadonlySet<string>
  readonly measured: number
  /** The usual load of each owner, by kind: of those kinds that are called like one. */
  readonly loads: ReadonlyMap<string, ReadonlyMap<string, number>>
}

/** From here on a movement is plain to see: twice as far as ever before. */
const PLAIN = 2

/** Up to here it is as in the past: a maximum is exceeded now and then. */
const NOTHING = 1.5

/**
 * Everyone whose series left their own past around the onset. A series is measured against itself and against what is usual for its kind;
 * what moved in many places tells little of any one of them, and what moves as the alert's own metric does, most.
 */
export const movementsOf = (all: readonly Series[], question: Question): Movements => {
  const candidates = asRates(all).flatMap((series): Candidate[] => {
    const owner = question.owner(series)
    const excursion = owner === null ? null : excursionOf(series.points, question.onset)
    return owner === null || excursion === null ? [] : [{ owner, kind: kindOf(series.labels), series, excursion }]
  })
  const usual = usualOf(candidates)
  const departed = candidates.map((one) => ({ ...one, departure: departureOf(one.excursion, usual.get(one.kind) ?? NO_USUAL) }))
  const weight = weightsOf(departed, question)
  const movements = departed.flatMap((one): Movement[] => {
    const { owner, kind, series, departure } = one
    const score = departure.ratio <= NOTHING ? 0 : (1 - NOTHING / departure.ratio) * weight(one)
    return score > 0 ? [{ owner, kind, series, departure, score }] : []
  })
  const moved = [...Map.groupBy(movements, ({ owner }) => owner)].map(([owner, own]) => movedOne(owner, own))
  return {
    moved: moved.toSorted((a, b) => b.score - a.score || a.since - b.since || compare(a.owner, b.owner)),
    owners: new Set(candidates.map(({ owner }) => owner)),
    measured: candidates.length,
    loads: loadsOf(candidates),
  }
}

type Candidate = { readonly owner: string; readonly kind: string; readonly series: Series; readonly excursion: Excursion }
type Departed = Candidate & { readonly departure: Departure }

const NO_USUAL: Usual = { lasting: 0, newest: 0, level: 0 }

/** How far the series of one kind usually go, as a share of their level: three in four go less far. */
const usualOf = (candidates: readonly Candidate[]): Map<string, Usual> =>
  new Map(
    [...Map.groupBy(candidates, ({ kind }) => kind)].map(([kind, of]) => {
      const excursions = of.map(({ excursion }) => excursion).filter(({ middle }) => middle !== 0)
      const usual = (far: (excursion: Excursion) => number | undefined): number =>
        upper(excursions.flatMap((excursion) => (far(excursion) ?? []) as number | []).map((value) => value))
      return [
        kind,
        {
          lasting: usual(({ lasting, middle }) => (lasting === null ? undefined : lasting.usual / Math.abs(middle))),
          newest: usual(({ newest, middle }) => newest.usual / Math.abs(middle)),
          level: excursions.length === 0 ? 0 : median(excursions.map(({ middle }) => Math.abs(middle))),
        },
      ]
    }),
  )

const upper = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length * UPPER)] ?? 0
const UPPER = 0.75

/** How much a movement of a kind says about its owner, 0 to 1. */
const weightsOf = (departed: readonly Departed[], { subject, alertMetrics = [] }: Question): ((one: Departed) => number) => {
  const ofAlert = ({ series }: Departed): boolean => alertMetrics.includes(series.labels['__name__'] ?? '')
  const kin = new Map(
    departed
      .filter(({ owner, departure }) => owner === subject && departure.ratio > PLAIN)
      .map(({ kind, departure }) => [kind, departure.direction]),
  )
  const shares = sharesOf(departed)
  const unusual = unusualOf(departed)
  const still = new Set(
    [...Map.groupBy(departed.filter(ofAlert), ({ owner }) => owner)].flatMap(([owner, of]) =>
      of.every(({ departure }) => departure.ratio < PLAIN) ? [owner] : [],
    ),
  )
  return (one) => {
    const { owner, kind, departure } = one
    const direction = kin.get(kind)
    const isKin = direction === departure.direction
    const kinship = direction === undefined ? plainWeight(kind) : !isKin ? CONTRARY : ofAlert(one) ? 1 : Math.max(KIN, plainWeight(kind))
    // Of one kind alone few series are looked at, so chance finds less: a short past is believed sooner.
    const trust = isKin && ofAlert(one) ? departure.trust ** 0.3 : departure.trust
    const often = isKin && ofAlert(one) ? 1 : 1 - Math.min(0.8, 2 * Math.max(0, unusual(one) - OFTEN))
    const crowd = 1 - Math.min(0.8, Math.max(0, (shares.get(kind) ?? 0) - CROWD))
    return kinship * trust * crowd * often * (still.has(owner) ? STILL : 1)
  }
}

/** One in so many of its kind goes that far in any hour: where more do, that is how they are. */
const OFTEN = 0.2
/** Shares of the middle above this are told apart no more: what overflows does so by any power of ten. */
const FARTHEST = 8

/** How many others of its kind went as far in their past, as a share of their middle: 0 to 1. */
const unusualOf = (departed: readonly Departed[]): ((one: Departed) => number) => {
  const kinds = new Map(
    [...Map.groupBy(departed, ({ kind }) => kind)].map(([kind, of]) => [
      kind,
      of
        .map(({ excursion }) =>
          Math.min(FARTHEST, shareOf(Math.max(excursion.lasting?.usual ?? 0, excursion.newest.usual), excursion.middle)),
        )
        .toSorted((a, b) => a - b),
    ]),
  )
  return ({ kind, departure: { before, after } }) => {
    const usual = kinds.get(kind) ?? []
    const far = Math.min(FARTHEST, shareOf(Math.abs(after - before), before))
    return usual.length < FEW ? 0 : usual.filter((one) => one >= far).length / usual.length
  }
}

const shareOf = (far: number, middle: number): number => (middle === 0 ? (far === 0 ? 0 : FARTHEST) : far / Math.abs(middle))

/** The subject moved in it too, the same way. */
const KIN = 0.8
/** The subject moved in it the other way. */
const CONTRARY = 0.3
/** It has what the alert is about, and there it is as ever. */
const STILL = 0.7
/** Trouble spreads to so many; more is weather. */
const CROWD = 0.3

/** Load comes from callers, so it says little about who is at fault. */
const plainWeight = (kind: string): number => (LOAD.test(kind) ? 0.4 : 0.7)
const LOAD = /(^|_)(requests?|ops|workload|calls|qps|rps|hits|messages|bytes|packets|connections)(_|$|\{)/i

const loadsOf = (candidates: readonly Candidate[]): Map<string, Map<string, number>> => {
  const loads = new Map<string, Map<string, number>>()
  for (const { owner, kind, excursion } of candidates) {
    if (!LOAD.test(kind)) continue
    const own = loads.get(owner) ?? new Map<string, number>()
    loads.set(owner, own.set(kind, (own.get(kind) ?? 0) + Math.abs(excursion.middle)))
  }
  return loads
}

/** Of each kind: how many of those who have it moved in it. */
const sharesOf = (departed: readonly Departed[]): Map<string, number> =>
  new Map(
    [...Map.groupBy(departed, ({ kind }) => kind)].map(([kind, of]) => {
      const owners = new Set(of.map(({ owner }) => owner)).size
      const moved = new Set(of.filter(({ departure }) => departure.ratio > PLAIN).map(({ owner }) => owner)).size
      return [kind, owners < FEW ? 0 : moved / owners]
    }),
  )
const FEW = 5

/** Series of one owner are no independent witnesses: each further kind counts for less. */
const movedOne = (owner: string, own: readonly Movement[]): Moved => {
  const movements = own.toSorted((a, b) => b.score - a.score || compare(a.kind, b.kind) || compare(keyOf(a), keyOf(b)))
  const [first = 0, second = 0, third = 0] = [...Map.groupBy(movements, ({ kind }) => kind).values()].map(([head]) => head?.score ?? 0)
  const telling = movements.filter((one) => one.score >= 0.6 * first)
  return {
    owner,
    score: 1 - (1 - first) * (1 - 0.4 * second) * (1 - 0.2 * third),
    movements,
    since: telling.reduce((least, { departure }) => Math.min(least, departure.since), Number.POSITIVE_INFINITY),
  }
}

const keyOf = ({ series }: Movement): string => JSON.stringify(Object.entries(series.labels))
