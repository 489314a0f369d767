import assert from 'node:assert/strict'
import { test } from 'node:test'
import { showAll, tokensOfRounds } from '../../bench/context.ts'

test('of twenty recorded answers the model is shown a tenth at most in all, and the decisive line of each', async () => {
  const all = await showAll()
  assert.equal(all.length, 20)
  for (const { name, shown, decisive } of all) assert.match(shown, decisive, name)
  const [shown, raw] = [all.reduce((sum, one) => sum + one.shown.length, 0), all.reduce((sum, one) => sum + one.body.length, 0)]
  assert.ok(shown <= 0.1 * raw, `${shown} of ${raw}: ${all.map(({ name, ratio }) => `${name} ${ratio.toFixed(2)}`).join(', ')}`)
})

test('eight rounds cost at most two fifths of the tokens that sending everything anew would cost', async () => {
  const { aware, resent } = await tokensOfRounds()
  assert.ok(aware <= 0.4 * resent, `${aware} of ${resent}`)
})
