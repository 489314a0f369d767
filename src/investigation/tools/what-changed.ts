import { z } from 'zod'
import { type Nearby, nearby, type Place, selectorOf } from '../../datasources/nearby.ts'
import { parseMoment } from '../../datasources/time.ts'
import { type Movement, type Movements, movementsOf } from '../../series/movement.ts'
import { movementLine } from '../../series/movement-text.ts'
import { ownersOf } from '../../series/owner.ts'
import { compare } from '../../text/compare.ts'
import { asking } from './asking.ts'
import { refused } from './failure.ts'
import { questionText, shownText } from './shown.ts'
import type { Tool, ToolAnswer } from './tool.ts'

const input = z.object({
  namespace: z.string().optional().describe('All series of this namespace. This or a service must be given.'),
  service: z.string().optional().describe('The service whose series are looked at; with a namespace, only its own rows are shown.'),
  label: z
    .string()
    .regex(/^[a-zA-Z_]\w*$/)
    .default('service')
    .describe('The label that names the service: service, app, job.'),
  at: z.string().describe('When it began: RFC 3339 (2026-11-20T21:51:00Z) or relative to now (-20m).'),
  why: z.string().optional().describe('The question in a few plain words, for the people who watch: "What moved first".'),
})

type Input = z.infer<typeof input>

/** Rows that the model sees; each is a series that it may ask about again. */
const maxRows = 20
/** Of one service: the rest of its series tells the same. */
const maxOfOne = 5

export const whatChanged: Tool<Input> = {
  name: 'what_changed',
  description:
    'Compares every series of a namespace or service with its own past and ranks those that left it around a moment: before → after, since ' +
    'when, and how many times farther than ever. Counters are rates. Use it to find out who moved first, before asking for single metrics. ' +
    'Six hours of past at most; 0 rows mean that no metric stood out, which faults of code often do not.',
  input,
  needs: 'prometheus',
  question: ({ why, service, namespace }) => questionText(why, `What changed in ${service ?? namespace ?? 'the metrics'}`),
  run: (asked, context) => {
    const place = placeOf(asked)
    const query = selectorOf(place)
    return asking('prometheus', context, query, async (prometheus) => {
      const now = context.clock.now()
      const onset = parseMoment(asked.at, now)
      if (place.namespace === null && place.services.length === 0) return refused(query, 'neither a namespace nor a service is named')
      if (!onset) return refused(query, `the time ${asked.at} is neither RFC 3339 nor relative (-1h)`)
      if (onset.getTime() >= now.getTime()) return refused(query, `the time ${onset.toISOString()} is not before now`)
      const found = await nearby(prometheus, place, { onset, now, signal: context.signal })
      const owner = ownersOf(found.series, asked.label)
      const movements = movementsOf(found.series, { onset: onset.getTime() / 1000, owner })
      return answerOf(asked, found, { movements, link: prometheus.link(found.selector, found) })
    })
  },
}

const placeOf = ({ namespace, service, label }: Input): Place => ({
  namespace: namespace === undefined || namespace === '' ? null : namespace,
  label,
  services: service === undefined || service === '' ? [] : [service],
})

type Compared = { readonly movements: Movements; readonly link: string }

const answerOf = ({ service, namespace, at }: Input, found: Nearby, { movements, link }: Compared): ToolAnswer => {
  const { moved, measured, owners } = movements
  const shown = service === undefined || namespace === undefined ? moved : moved.filter(({ owner }) => owner === service)
  const rows = shown.flatMap((one) => one.movements.slice(0, maxOfOne)).toSorted(byScore)
  const kept = rows.slice(0, maxRows)
  const notes = [
    `${rows.length} of ${measured} series left their own past around ${at}, of ${shown.length} of ${owners.size} services. Before → after, counters per second, the most telling first.`,
    `${found.total} series were there; those without a past before ${at} cannot be compared.`,
  ]
  if (rows.length > kept.length) notes.push(`Truncated: the first ${kept.length} of ${rows.length}. Ask for one service.`)
  else if (!found.complete) notes.push('Incomplete: a cap or a part of the data source cut the series that were compared.')
  return {
    ok: true,
    summary: rows.length === 0 ? 'nothing stands out' : `${rows.length} series moved`,
    cited: {
      source: 'prometheus',
      query: found.selector,
      range: { from: found.from.toISOString(), to: found.to.toISOString() },
      output: { kind: 'series', series: kept.map(({ series }) => series) },
      shown: shownText(notes, kept.map(movementLine), 'series'),
      complete: found.complete && rows.length === kept.length,
      link,
    },
  }
}

/** Who began first of those that are equally telling. */
const byScore = (a: Movement, b: Movement): number =>
  b.score - a.score || a.departure.since - b.departure.since || compare(a.owner, b.owner) || compare(a.kind, b.kind)
