import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Analysis, Receipt, SubmittedAnalysis } from '../../../src/investigation/analysis.ts'
import { checkAnalysis } from '../../../src/investigation/receipts/check.ts'
import * as cache from './cache.ts'
import * as pool from './evidence.ts'
import * as lag from './lag.ts'
import * as login from './login.ts'
import { isStillTrue, type Lie, liesOf, type Telling, type World } from './mutations.ts'
import { trueSentences } from './sentences.ts'

/** Whole analyses of true sentences, in which one sentence is a lie. What is shown as a finding is all that people act on. */
const worlds: readonly World[] = [{ ...pool, trueSentences }, lag, cache, login]

type Place = 'cause' | 'claims' | 'ruled_out' | 'proposals'
const places: readonly Place[] = ['cause', 'claims', 'ruled_out', 'proposals']

const sentence = ([text, ...receipts]: Telling): { text: string; receipts: Receipt[] } => ({ text, receipts })

/** An analysis that is true throughout. */
const honest = (told: readonly Telling[]): SubmittedAnalysis => {
  const [cause, ...rest] = told.map(sentence)
  return {
    verdict: 'action_required',
    summary: '',
    confidence: 95,
    urgency: 'now',
    cause: { ...cause!, category: 'unknown' },
    chain: [],
    claims: rest.slice(0, 3).map((one) => ({ ...one, kind: 'observation' as const })),
    ruled_out: rest.slice(3, 5),
    data_gaps: [],
    next_steps: [],
    proposals: [{ action: 'rollback', params: {}, why: rest[5]!.text, receipts: rest[5]!.receipts }],
  }
}

const withLie = (true_: SubmittedAnalysis, place: Place, { text, receipts }: Lie): SubmittedAnalysis => {
  const lie = { text, receipts: [...receipts] }
  switch (place) {
    case 'cause':
      return { ...true_, cause: { ...lie, category: 'unknown' } }
    case 'claims':
      return { ...true_, claims: [...true_.claims.slice(1), { ...lie, kind: 'observation' }] }
    case 'ruled_out':
      return { ...true_, ruled_out: [lie, ...true_.ruled_out.slice(1)] }
    case 'proposals':
      return { ...true_, proposals: [{ action: 'rollback', params: {}, why: text, receipts: lie.receipts }] }
  }
}

/** Everything that is shown as found out. */
const shown = ({ summary, cause, claims, ruled_out, proposals }: Analysis): readonly string[] => [
  summary,
  cause?.text ?? '',
  ...claims.map(({ text }) => text),
  ...ruled_out.map(({ text }) => text),
  ...proposals.map(({ why }) => why),
]

/** A proposal's reason may use all that the analysis proved, so only those lies are told there that no evidence of it could bear out. */
const fits = (place: Place, lie: Lie): boolean => place !== 'proposals' || lie.kind === 'no receipt'

test('of more than 2,000 analyses with one lie in each, none shows it, and each says that something had no proof', () => {
  const made = new Map<string, number>()
  const failures: string[] = []
  for (const world of worlds) {
    const lies = liesOf(world).filter((lie) => !isStillTrue(lie))
    // Most lies are exchanged receipts; the others all take part, of these every so many-th.
    const rare = lies.filter(({ kind }) => kind !== 'exchange')
    const picked = [
      ...rare.filter((_, index) => index % Math.ceil(rare.length / 445) === 0),
      ...lies.filter((_, index) => index % Math.ceil(lies.length / 165) === 0),
    ]
    picked.slice(0, 660).forEach((lie, index) => {
      const wanted = places[index % places.length]!
      const place = fits(wanted, lie) ? wanted : places[Math.floor(index / 4) % 3]!
      const told = Array.from({ length: 7 }, (_, at) => world.trueSentences[(index * 7 + at) % world.trueSentences.length]!)
      if (told.some(([text]) => text === lie.text)) return
      const { analysis } = checkAnalysis(withLie(honest(told), place, lie), world.evidence, world.given)
      made.set(`${lie.kind} as ${place}`, (made.get(`${lie.kind} as ${place}`) ?? 0) + 1)
      const fault = shown(analysis).includes(lie.text)
        ? 'shown'
        : !analysis.unsupported.includes(lie.text)
          ? 'not set apart'
          : analysis.confidence > 70 || analysis.confidence_why === null
            ? 'confidence not lowered'
            : place === 'cause' && (analysis.cause !== null || analysis.verdict !== 'inconclusive')
              ? 'the cause stayed'
              : null
      if (fault) failures.push(`${fault}: ${lie.kind} as ${place}: ${lie.text}`)
    })
  }
  const all = [...made.values()].reduce((sum, count) => sum + count, 0)
  console.log(`${all} analyses with a lie: ${[...made].map(([kind, count]) => `${kind} ${count}`).join(', ')}`)
  assert.ok(all >= 2000, `${all}`)
  for (const kind of ['number', 'entity', 'time', 'negation', 'exchange', 'value', 'quote', 'no receipt', 'unit', 'order'])
    assert.ok(
      [...made.keys()].some((key) => key.startsWith(kind)),
      kind,
    )
  assert.deepEqual(failures, [])
})

test('the same analyses without a lie lose nothing and keep the confidence', () => {
  for (const world of worlds) {
    for (let from = 0; from + 7 <= world.trueSentences.length; from += 7) {
      const { analysis, failures } = checkAnalysis(honest(world.trueSentences.slice(from, from + 7)), world.evidence, world.given)
      assert.deepEqual(failures, [])
      assert.equal(analysis.confidence, 95)
      assert.equal(analysis.confidence_why, null)
    }
  }
})
