import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Alert } from '../../src/alert/alert.ts'
import { systemClock } from '../../src/context.ts'
import type { Db } from '../../src/db/connection.ts'
import type { Incident } from '../../src/db/schema.ts'
import type { Cited } from '../../src/investigation/evidence.ts'
import { rules } from '../../src/investigation/rules/index.ts'
import type { Rule, RuleFinding, RuleInput } from '../../src/investigation/rules/rule.ts'

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
  return { findings: await rule.evaluate({ ...input, cite }), cited }
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

    it('gives the same bytes for the same input', async () => {
      assert.equal(JSON.stringify(await evaluate(rule, found)), JSON.stringify(await evaluate(rule, found)))
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
