import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runStories } from '../../eval/stories/main.ts'
import { storiesOf } from '../../eval/stories/make.ts'
import { recentDeploy } from '../../src/investigation/rules/recent-deploy.ts'

test('of deploy stories with confounders the deploy that began it is named, and no other', async () => {
  const { n, precision, recall, failures } = await runStories(60)
  assert.equal(n, 60)
  assert.ok(precision >= 0.95, failures.join('\n'))
  assert.ok(recall >= 0.9, failures.join('\n'))
})

test('a rule that blames the last deploy of anybody, or nobody, is found out', async () => {
  const silent = { ...recentDeploy, evaluate: async () => [] }
  const rash = {
    ...recentDeploy,
    evaluate: (input: Parameters<typeof recentDeploy.evaluate>[0]) =>
      recentDeploy.evaluate({
        ...input,
        onset: input.clock.now(),
        own: input.own === null ? null : { ...input.own, expression: 'nothing to be asked' },
        deploys: input.deploys.map((one) => ({ ...one, service: input.subject ?? '' })),
      }),
  }
  const [none, any] = [await runStories(100, [silent]), await runStories(100, [rash])]
  assert.equal(none.recall, 0)
  assert.ok(any.precision < 0.8, String(any.precision))
})

test('stories are the same every time, of every kind, and what began them was there before the alert', () => {
  const stories = storiesOf(200)
  const kinds = Object.groupBy(stories, ({ kind }) => kind)
  assert.deepEqual(JSON.stringify(storiesOf(5)), JSON.stringify(stories.slice(0, 5)))
  assert.equal(Object.keys(kinds).length, 12)
  assert.ok(Object.values(kinds).every((all = []) => all.length >= 8))
  assert.equal(stories.filter(({ cause }) => cause !== null).length, 112)
  assert.ok(stories.every(({ cause, deploys }) => cause === null || deploys.includes(cause)))
})
