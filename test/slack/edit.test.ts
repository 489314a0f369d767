import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadConfig } from '../../src/config.ts'
import type { StoredAction } from '../../src/db/schema.ts'
import { isRefusal, payloadOf } from '../../src/demo/slack/methods/views.ts'
import { actions } from '../../src/remediation/actions/index.ts'
import { editedParams, editModal } from '../../src/slack/modals/edit.ts'
import { offer } from './acts.ts'

type Property = { type?: string; enum?: unknown[]; minimum?: number }

const sample = ({ type, enum: choices, minimum }: Property): unknown => {
  if (choices !== undefined) return choices[0]
  if (type === 'integer' || type === 'number') return Math.max(minimum ?? 1, 1)
  return type === 'boolean' ? true : 'checkout'
}

const rowOf = (kind: string, params: object, bounds: object = {}) => {
  const config = {
    ...loadConfig({ env: { VIGIL_CONFIG: '/dev/null' }, flags: {} }),
    actions: [{ kind, params: bounds, targets: ['shop/*', '*'], automatic: false, verify: [] }],
  } as unknown as ReturnType<typeof loadConfig>
  const action = {
    id: 'a1',
    version: 1,
    cluster: 'default',
    entry: kind,
    offer: offer({ entry: kind, kind, params: params as never }),
  } as StoredAction
  return { context: { config }, action }
}

/** What a person sends who changes nothing: what stands in the inputs. */
const untouched = (view: NonNullable<ReturnType<typeof editModal>>) =>
  Object.fromEntries(
    view.blocks.flatMap((block) => {
      if (block.type !== 'input') return []
      const { element } = block as unknown as {
        element: { action_id: string; initial_value?: string; initial_option?: { value: string } }
      }
      return [
        [
          block.block_id ?? '',
          { [element.action_id]: { value: element.initial_value ?? null, selected_option: element.initial_option ?? null } },
        ],
      ]
    }),
  )

describe('the window in which an action is edited', () => {
  for (const { kind, schema } of actions)
    it(`asks for what ${kind} takes, filled with what stands, and gives the same back where nothing is changed`, () => {
      const { properties = {} } = schema as { properties?: Record<string, Property> }
      const params = Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, sample(property)]))
      const { context, action } = rowOf(kind, params)
      const view = editModal(context, action, '{}')
      assert.ok(view)
      const taken = payloadOf(view, 'modal')
      assert.ok(!isRefusal(taken), JSON.stringify(taken))
      assert.deepEqual(editedParams(context, untouched(view), action), params)
    })

  it("offers the entry's own values as a choice, keeps what is left empty out, and numbers as numbers", () => {
    const { context, action } = rowOf(
      'scale_workload',
      { kind: 'Deployment', namespace: 'shop', name: 'checkout', replicas: 4 },
      { replicas: { type: 'integer', values: [2, 4, 8] } },
    )
    const view = editModal(context, action, '{}')
    const input = view?.blocks.find((block) => block.type === 'input' && block.block_id === 'replicas') as {
      element: { type: string; options: { value: string }[] }
    }
    assert.deepEqual([input.element.type, input.element.options.map(({ value }) => value)], ['static_select', ['2', '4', '8']])
    const sent = {
      replicas: { value: { selected_option: { value: '8' } } },
      name: { value: { value: '  ' } },
      namespace: { value: { value: 'shop' } },
    }
    assert.deepEqual(editedParams(context, sent, action), { replicas: 8, namespace: 'shop' })
    assert.equal(
      editedParams(context, { replicas: { value: { value: '8; rm -rf /' } } }, action)['replicas'],
      '8; rm -rf /',
      'for the action to refuse',
    )
  })

  it('is none for what the catalogue does not know any more', () => {
    const { action } = rowOf('scale_workload', {})
    assert.equal(editModal({ config: loadConfig({ env: { VIGIL_CONFIG: '/dev/null' }, flags: {} }) }, action, '{}'), null)
  })
})
