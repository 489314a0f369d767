import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Alert } from '../../src/alert/alert.ts'
import { type Context, systemClock } from '../../src/context.ts'
import type { Db } from '../../src/db/connection.ts'
import type { Incident } from '../../src/db/schema.ts'
import { brief } from '../../src/investigation/brief.ts'
import type { Cited, Evidence } from '../../src/investigation/evidence.ts'
import { rules } from '../../src/investigation/rules/index.ts'
import type { Rule, RuleFinding, RuleInput } from '../../src/investigation/rules/rule.ts'
import { testContext } from '../context.ts'
import { assertSameBytes, opensEvidence, recordedOf } from './evidence-opens.ts'
import { shuffled } from './shuffled.ts'
import { unshown } from './stands.ts'

/** What the suite has to know of one rule: something that it finds, and something in which it finds nothing. */
export type RuleWorld = { readonly found: Omit<RuleInput, 'cite'>; readonly nothing: Omit<RuleInput, 'cite'> }

const NOW = new Date('2026-11-20T22:00:00Z')

/** What a rule is given of an alert HighErrorRate of checkout that began 11 minutes ago, without any data source. */
export const ruleInput = (over: Partial<RuleInput> = {}): Omit<RuleInput, 'cite'> => ({
  alert: { labels: { alertname: 'HighErrorRate', severity: 'critical' }, startsAt: new Date('2026-11-20T21:51:00Z') } as unknown as Alert,
  incident: { alertname: 'HighErrorRate', cluster: 'default' } as Incident,
  subject: 'checkout',
  onset: new Date('2026-11-20T21:49:00Z'),
  own: null,
  sources: {},
  db: undefined as unknown as Db,
  clock: { ...systemClock, now: () => NOW },
  signal: new AbortController().signal,
  similar: [],
  deploys: [],
  route: null,
  firedBefore: async () => null,
  surroundings: {
    callGraph: async () => ({ edges: [] }),
    clusterState: async () => null,
    logs: async () => null,
    traces: async () => null,
  },
  ...over,
})

/** Evaluates as the brief does and gives what was cited as well. */
export const evaluate = async (rule: Rule, input: Omit<RuleInput, 'cite'>): Promise<{ findings: RuleFinding[]; cited: Cited[] }> => {
  const cited: Cited[] = []
  const cite = (answer: Cited): Cited => {
    cited.push(answer)
    return answer
  }
  const findings = await rule.evaluate({ ...input, cite })
  for (const { summary, object, evidence } of findings) {
    const all = evidence.map((one, i): Evidence => ({ ...one, id: `E${i + 1}`, at: NOW.toISOString() }))
    const lost = unshown({ summary, object, labels: input.alert.labels ?? {} }, all)
    assert.deepEqual(lost, [], `${rule.id}: ${summary}\n${all.map(({ id, shown }) => `${id}: ${shown}`).join('\n')}`)
  }
  return { findings, cited }
}

type Look = (rule: Rule, world: RuleWorld['found']) => Promise<string>

/** The real brief over a real database at the time of that world. Looks at it with one rule, and gives the incident's id. */
const onStage = async (world: RuleWorld['found'], run: (context: Context, look: Look) => Promise<void>): Promise<void> => {
  const { context, close } = await testContext({}, { clock: world.clock })
  let opened = 0
  const look: Look = async (rule, input) => {
    const id = `incident-${++opened}`
    // What was looked at before is over: the next joins nothing.
    await context.db.updateTable('incident').set({ status: 'resolved' }).execute()
    await context.db.updateTable('alert').set({ open: false }).execute()
    await openIncident(context, { id, world })
    const { needs: _, ...always } = rule
    await brief(context, id, [{ ...always, evaluate: ({ cite }) => rule.evaluate({ ...input, cite }) }])
    return id
  }
  try {
    await run(context, look)
  } finally {
    await close()
  }
}

/** An incident with its alert and a waiting investigation, as an intake leaves them. */
export const openIncident = async (
  { db }: Context,
  { id, world: { alert, subject } }: { id: string; world: Pick<RuleInput, 'alert' | 'subject'> },
): Promise<void> => {
  const { labels, expression = null, startsAt = NOW } = alert
  const alertname = labels['alertname'] ?? 'HighErrorRate'
  const severity = labels['severity'] ?? 'high'
  await db.insertInto('incident').values({ id, title: alertname, severity, cluster: 'default', subject, alertname }).execute()
  await db
    .insertInto('alert')
    .values({
      ...{ id: `alert-${id}`, incident_id: id, fingerprint: id, cluster: 'default', source: 'alertmanager', status: 'firing' },
      ...{ labels: JSON.stringify(labels), annotations: '{}', starts_at: startsAt, expression, confirmed: true },
    })
    .execute()
  await db
    .insertInto('investigation')
    .values({ id: `investigation-${id}`, incident_id: id, number: 1 })
    .execute()
}

/** What every rule of src/investigation/rules owes. */
export const ruleContract = (rule: Rule, { found, nothing }: RuleWorld): void => {
  describe(`the rule ${rule.id}`, () => {
    it('has a file of its name, is registered once, and says in a few words what it looks at', () => {
      assert.ok(readdirSync('src/investigation/rules').includes(`${rule.id}.ts`))
      assert.equal(rules.filter(({ id }) => id === rule.id).length, 1)
      assert.match(rule.looksAt, /^[a-z][\w' ]{3,40}$/)
    })

    it('finds what is there, in one paragraph, with a next look and with evidence that it cites', async () => {
      const { findings, cited } = await evaluate(rule, found)
      assert.ok(findings.length > 0)
      for (const { rule: id, summary, suggestion, evidence } of findings) {
        assert.equal(id, rule.id)
        assert.ok(summary.length > 10 && summary.length < 400 && !summary.includes('\n') && /[.!?]$/.test(summary), summary)
        assert.ok(suggestion.length > 5 && !suggestion.includes('\n'))
        assert.ok(evidence.length > 0 && evidence.every((answer) => cited.includes(answer)))
      }
      for (const { query, shown, source } of cited) assert.ok(query !== '' && shown !== '' && source !== '')
    })

    it('tells nothing that its evidence does not show, all of which opens; the same bytes, whoever answers first in whatever order', async () => {
      await onStage(found, async (context, look) => {
        const plain = await opensEvidence(context, await look(rule, found), found.alert.labels)
        assert.ok(plain.brief.findings.some(({ rule: id }) => id === rule.id))
        for (const seed of [1, 2, 3])
          assertSameBytes(await recordedOf(context, await look(rule, shuffled(found, seed))), plain, `seed ${seed}`)
      })
    })

    it('finds nothing where there is nothing', async () => {
      assert.deepEqual(await evaluate(rule, nothing), { findings: [], cited: [] })
    })

    it('changes nothing of what it was given', async () => {
      const before = JSON.stringify([found.alert, found.incident, found.own, found.similar])
      await evaluate(rule, found)
      assert.equal(JSON.stringify([found.alert, found.incident, found.own, found.similar]), before)
    })
  })
}
