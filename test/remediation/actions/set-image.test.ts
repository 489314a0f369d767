import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at } from '../../../src/kubernetes/read.ts'
import { actionContract, offerOf, planWith } from '../../contracts/action.ts'
import { checkout, stage } from '../stage.ts'

const params = { kind: 'Deployment', namespace: 'shop', name: 'checkout', container: 'app', image: 'registry.example/checkout:1.3.9' }

actionContract({
  kind: 'set_image',
  objects: checkout,
  params,
  back: (cluster) => at(cluster.find('Deployment', 'checkout'), 'spec', 'template', 'spec'),
})

test('an image that it never ran is refused, unless the entry names it', async (t) => {
  const strange = { ...params, image: 'registry.example/checkout:1.5.0' }
  const bare = await stage(t, { actions: [{ kind: 'set_image' }] })
  const refused = await planWith(bare.context, 'set_image', strange)
  assert.match(refused.ok ? '' : refused.reason, /^shop\/checkout never ran registry.example\/checkout:1.5.0/)
  const image = { type: 'string', pattern: 'registry\\.example/checkout:1\\.\\d+\\.\\d+' }
  const { context } = await stage(t, { actions: [{ kind: 'set_image', params: { image } }] })
  const offer = offerOf(await planWith(context, 'set_image', strange))
  assert.equal(offer.risk, 'HIGH')
  const other = await planWith(context, 'set_image', { ...params, image: 'registry.example/miner:1.5.0' })
  assert.equal(other.ok ? '' : other.reason, 'image is not as set_image allows it')
})
