import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../../../src/config.ts'
import { InputError } from '../../../src/errors.ts'
import type { Planned, Reading } from '../../../src/remediation/actions/action.ts'
import { catalogue } from '../../../src/remediation/catalogue.ts'
import { hasSandbox } from '../../../src/remediation/runners/sandbox.ts'
import { configOf } from '../runners/running.ts'

const RESTART = `{ kind: restart_unit, runner: command, argv: [/usr/bin/systemctl, restart, '{unit}', '--lines={lines}'],
  params: { unit: { pattern: '[a-z-]{1,20}' }, lines: { type: integer, min: 1, max: 9 } }, target: 'shop/{unit}', targets: ['shop/*'] `

const faultsOf = (yaml: string, env: Readonly<Record<string, string>> = {}): readonly string[] => {
  try {
    configOf(`actions: [${yaml}]`, env)
  } catch (error) {
    if (error instanceof InputError) return error.faults
    throw error
  }
  assert.fail('the configuration was taken')
}

const own = (config: Config) => {
  const [enabled] = catalogue(config, 'default')
  assert.ok(enabled)
  return enabled.action
}

const planned = (config: Config, params: unknown): Promise<Planned> => own(config).prepare(params, {} as Reading, 'id')

test('a command is shown as it will run, with its parameters in their places', async () => {
  const config = configOf(`actions: [${RESTART} }]`)
  const { title, change, steps, command, notes, why, undo, risk } = await planned(config, { unit: 'web', lines: 3 })
  assert.equal(title, 'Restart unit: shop/web')
  assert.deepEqual(change, ['+ /usr/bin/systemctl restart web --lines=3'])
  assert.equal(command, '/usr/bin/systemctl restart web --lines=3')
  const argv = ['/usr/bin/systemctl', 'restart', 'web', '--lines=3']
  assert.deepEqual(steps, [{ runner: 'command', request: { entry: 'restart_unit', params: { unit: 'web', lines: 3 }, argv } }])
  assert.deepEqual(own(config).target({ unit: 'web', lines: 3 }), { kind: 'service', namespace: 'shop', name: 'web' })
  assert.match(notes.join(), /could not be tried beforehand.*a person must find out/)
  assert.match(why.join(), hasSandbox() ? /sandbox, without network/ : /no sandbox: bubblewrap is not installed/)
  assert.equal(undo, null)
  assert.equal(risk, 'MEDIUM')
})

test('parameters outside the bounds of the entry are refused, each with its name', () => {
  const action = own(configOf(`actions: [${RESTART} }]`))
  const refused: [unknown, RegExp][] = [
    [{ unit: 'web', lines: 10 }, /lines/],
    [{ unit: 'web', lines: 0 }, /lines/],
    [{ unit: 'web', lines: 1.5 }, /lines/],
    [{ unit: 'web', lines: '3' }, /lines/],
    [{ unit: 'web;id', lines: 3 }, /unit: is not as the entry allows it/],
    [{ unit: '-web', lines: 3 }, /unit: .*must not begin with a dash/],
    [{ unit: 'wéb', lines: 3 }, /unit/],
    [{ unit: '', lines: 3 }, /unit/],
    [{ lines: 3 }, /unit/],
    [{ unit: 'web', lines: 3, shell: 'x' }, /shell/],
    [{ unit: ['web'], lines: 3 }, /unit/],
    [null, /parameters/],
  ]
  for (const [params, says] of refused)
    assert.throws(
      () => action.parse(params),
      (error) => error instanceof InputError && says.test(error.message),
      JSON.stringify(params),
    )
})

test('whatever a pattern allows, a text with a dash in front, a line break, a path upwards or a disguise is refused', () => {
  const action = own(
    configOf(
      "actions: [{ kind: k, runner: command, argv: [/usr/bin/true, '{name}'], params: { name: { pattern: '(?s:.*)' } }, targets: ['*'] }]",
    ),
  )
  for (const name of [
    '-x',
    '--x',
    'a\nb',
    'a\0b',
    'a\rb',
    'a\u001bb',
    '../x',
    'a/../b',
    'a\u202eb',
    'a\u200bb',
    'ｗｅｂ',
    'nginх',
    '\ud800',
  ])
    assert.throws(() => action.parse({ name }), InputError, JSON.stringify(name))
  assert.deepEqual(action.parse({ name: 'a; id $(id)' }), { name: 'a; id $(id)' })
})

test('what takes it back is the entry that undo names, with the parameters that it knows', async () => {
  const start =
    "{ kind: start_unit, runner: command, argv: [/usr/bin/systemctl, start, '{unit}'], params: { unit: { pattern: '[a-z]+' } }, target: '{unit}', targets: ['*'] }"
  const config = configOf(`actions: [${RESTART}, undo: start_unit, idempotent: true, risk: LOW }, ${start}]`)
  const { undo, risk } = await planned(config, { unit: 'web', lines: 3 })
  assert.deepEqual(undo, { entry: 'start_unit', params: { unit: 'web' } })
  // Only what can be repeated and taken back may be called low.
  assert.equal(risk, 'LOW')
  assert.equal((await planned(configOf(`actions: [${RESTART}, risk: LOW }]`), { unit: 'web', lines: 3 })).risk, 'MEDIUM')
})

test('an approval of an entry does not hold for the entry after it was changed', async () => {
  const before = await planned(configOf(`actions: [${RESTART} }]`), { unit: 'web', lines: 3 })
  const after = await planned(configOf(`actions: [${RESTART}, network: true }]`), { unit: 'web', lines: 3 })
  assert.notDeepEqual(before.preconditions, after.preconditions)
})

test('entries that are not bounded or do not fit together are faults that say how to mend them', () => {
  const entry = (fields: string) => `{ ${fields.startsWith('kind: ') ? '' : 'kind: k, '}targets: ['*'], ${fields} }`
  const cases: [string, RegExp][] = [
    [
      "runner: command, argv: [/usr/bin/true, '{name}'], params: { name: {} }",
      /actions\.0\.params\.name: is text without bounds; give it values, or a pattern/,
    ],
    [
      "runner: command, argv: [/usr/bin/true, '{name}'], params: { name: { type: integer, min: 1 } }",
      /a number without bounds; give it min and max/,
    ],
    ["runner: command, argv: [/usr/bin/true, '{name}'], params: { name: { pattern: '(' } }", /no regular expression/],
    ["runner: command, argv: [systemctl, '{name}'], params: { name: { values: [a] } }", /absolute path of the program/],
    ["runner: command, argv: ['/usr/bin/{name}'], params: { name: { values: [a] } }", /which no parameter may change/],
    ['runner: command, argv: [/usr/../bin/true], target: a', /absolute path of the program/],
    ["runner: command, argv: [/bin/sh, -c, 'restart {name}'], params: { name: { values: [a] } }", /must not hand a parameter to a shell/],
    ["runner: command, argv: [/usr/bin/true, '{unit}'], target: a", /placeholder \{unit\}, which is not among params/],
    ['runner: command, argv: [/usr/bin/true], params: { name: { values: [a] }, other: { values: [b] } }', /params\.other: is used nowhere/],
    ['runner: command, argv: [/usr/bin/true]', /actions\.0\.target: is missing/],
    ['runner: command, target: a', /argv: is missing/],
    ['runner: command, argv: [/usr/bin/true], target: a, url: http://a', /url: is not read with runner: command/],
    ['argv: [/usr/bin/true]', /argv: is read with runner only/],
    ['kind: apply_manifest', /manifests: is missing; it is the folder/],
    ['kind: restart_workload, create: true', /create: is read with kind: apply_manifest only/],
    ['runner: command, argv: [/usr/bin/true], target: a, manifests: ./m', /manifests: is read with kind: apply_manifest only/],
    ['runner: command, argv: [/usr/bin/true], target: a, env: [VIGIL_API_TOKEN]', /VIGIL_API_TOKEN is Vigil's own/],
    ['runner: command, argv: [/usr/bin/true], target: a, env: [SLACK_BOT_TOKEN]', /SLACK_BOT_TOKEN is Vigil's own/],
    ['runner: command, argv: [/usr/bin/true], target: a, env: [LD_PRELOAD]', /LD_PRELOAD is Vigil's own/],
    ['runner: command, argv: [/usr/bin/true], target: a, env: [SHOP_TOKEN]', /SHOP_TOKEN is not set/],
    [
      'verify: [{ kind: command, argv: [/usr/bin/true], env: [SLACK_BOT_TOKEN] }]',
      /actions\.0\.verify\.0\.env: SLACK_BOT_TOKEN is Vigil's own/,
    ],
    ["verify: [{ kind: browser, steps: [{ fill: '#p', variable: SHOP_LOGIN }] }]", /verify\.0\.steps\.0\.variable: SHOP_LOGIN is not set/],
    ['runner: http, target: a', /url: is missing/],
    ['runner: command, argv: [/usr/bin/true], target: a, callback: true', /callback: is not read with runner: command/],
    ['runner: http, target: a, url: https://a/?x=1, secret: S', /no "\?"/],
    ['runner: http, target: a, url: https://a', /secret: is missing/],
    ['runner: http, target: a, url: https://a, secret: SHOP_SECRET', /SHOP_SECRET is not set/],
    ['runner: http, target: a, url: https://a, secret: SHORT', /at least 16 characters/],
    ['runner: http, target: a, url: https://a, secret: VIGIL_API_TOKEN', /Vigil's own/],
    ['runner: http, target: a, url: https://a, secret: /no/such/file', /cannot be read/],
    ["runner: http, target: a, url: https://a, secret: 'the secret itself!'", /never the secret itself/],
    ['runner: job, argv: [/x], target: a', /image: is missing.*namespace: is missing/s],
  ]
  for (const [fields, says] of cases)
    assert.match(faultsOf(entry(fields), { SHORT: 'short', SLACK_APP_TOKEN: '' }).join('\n'), says, fields)
})

test('what a secret or a credential is never stands in a fault', () => {
  const faults = faultsOf("{ kind: k, runner: http, target: a, targets: ['*'], url: https://a, secret: SHORT }", {
    SHORT: 'hush-hush',
  }).join()
  assert.doesNotMatch(faults, /hush/)
})
