import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import type { KubeObject } from '../../src/kubernetes/state.ts'
import { firstBroken } from '../../src/remediation/audit.ts'
import { giveUpExecution } from '../../src/remediation/execute.ts'
import { freeze, unfreeze } from '../../src/remediation/freeze.ts'
import { forgetGroups } from '../../src/slack/groups.ts'
import { mutateOffer } from '../remediation/stage.ts'
import { approveStage } from './approve-stage.ts'
import { until, wordsOf } from './door.ts'

test('whoever may not approve is told why, alone, with who may and the command; the card and the cluster stay as they are', async (t) => {
  const made = await approveStage(t, { entry: { risk: 'HIGH' } })
  const { workspace, clients, context, cluster, press, forged, sealed } = made
  const { action, message } = await made.card()
  const before = JSON.stringify(message.blocks)
  const id = (name: string) => workspace.state.user(name)!.id
  const other = workspace.state.channel('general')!.id
  const cases: [name: string, run: () => Promise<string>, said: RegExp][] = [
    [
      'in no group that may',
      () => press('bob', message),
      /Not approved, nothing was changed: this needs payments-oncall \(ana, tom, .*\); you are not in it\./,
    ],
    ['a guest, though in the group', () => press('kim', message), /guests of the workspace decide nothing\. May approve: payments-oncall/],
    ['of another workspace', () => press('zoe', message), /works only for people of the workspace that Vigil is installed in/],
    [
      'a bot',
      async () => {
        workspace.state.user('dan')!.isBot = true
        const said = await press('dan', message)
        workspace.state.user('dan')!.isBot = false
        return said
      },
      /a bot decides nothing/,
    ],
    [
      'who edited it',
      async () => {
        await context.db
          .updateTable('action')
          .set({ edited_by: id('ana') })
          .execute()
        return press('ana', message)
      },
      /you edited this, and HIGH risk is decided by others\. May approve too: payments-oncall \(tom/,
    ],
    [
      'who asked for it',
      async () => {
        await context.db
          .updateTable('action')
          .set({ edited_by: null, requested_by: id('ana') })
          .execute()
        const said = await press('ana', message)
        await context.db.updateTable('action').set({ requested_by: null }).execute()
        return said
      },
      /you asked for this, and HIGH risk is decided by others/,
    ],
    [
      'Slack does not say who it is',
      async () => {
        workspace.faults.failNext('users.info', 503)
        return press('tom', message)
      },
      /Slack did not say whether you may\. Press again, or run it yourself:.*kubectl .*rollout undo deployment\/checkout/s,
    ],
    [
      'Slack does not say who is in the group',
      async () => {
        forgetGroups(clients)
        workspace.faults.failNext('usergroups.users.list', 'cut_before')
        return press('tom', message)
      },
      /Slack did not say whether you may/,
    ],
    [
      'Slack does not say whether the channel is shared',
      async () => {
        workspace.faults.failNext('conversations.info', 503)
        return press('tom', message)
      },
      /Slack did not say whether you may/,
    ],
    [
      'another digest in the value',
      async () => press('ana', await forged(`${action.id}:1:${'f'.repeat(64)}`)),
      /what this button carries.*is not what was shown/,
    ],
    [
      'another version in the value',
      async () => press('ana', await forged(`${action.id}:2:${action.digest}`)),
      /a newer offer stands, version 1/,
    ],
    ['its own value on another message', async () => press('ana', await forged(sealed(action))), /not on the action's own message/],
    ['no value that is one', async () => press('ana', await forged('approve everything')), /I do not know this action any more/],
    [
      'an action that is none',
      async () => press('ana', await forged(`${'0'.repeat(36)}:1:${action.digest}`)),
      /I do not know this action any more/,
    ],
    [
      'another channel than the incident’s',
      async () => press('ana', await forged(sealed(action), { channel: other })),
      /belongs to an incident of another channel/,
    ],
    [
      'a row that was changed behind our back',
      async () => {
        await mutateOffer(made, action.id, (offer) => ({ ...offer, approvals: 0, risk: 'LOW' }))
        const said = await press('ana', message)
        await mutateOffer(made, action.id, () => ({ ...action.offer }))
        return said
      },
      /what is stored, is not what was shown/,
    ],
    [
      'while frozen',
      async () => {
        await freeze(context, id('tom'), 'DB migration until 04:00')
        const said = await press('ana', message)
        await unfreeze(context, id('tom'))
        return said
      },
      /Not run, nothing was changed: Vigil is frozen since .* by tom \(\\?"DB migration until 04:00/,
    ],
  ]
  for (const [name, run, said] of cases) {
    const words = await run()
    assert.match(words, said, name)
    assert.match(words, /nothing was changed/, name)
    if (!/of another workspace|no value|is none|another channel/.test(name))
      assert.match(words, /"action_id":"copy_command"/, `${name}: a way on`)
    assert.equal(await made.statusOf(action), 'awaiting_approval', name)
    assert.equal(cluster.ledger.length, 0, name)
  }
  await until(() => JSON.stringify(message.blocks) === before, 'the card is as it was, the freeze taken back')
  assert.equal(await firstBroken(context.db), null)
})

test('in a channel shared with another organisation nothing is decided, by nobody, unless its entry says so', async (t) => {
  const channels = [{ name: 'alerts', isExtShared: true }, { name: 'general' }]
  const closed = await approveStage(t, { workspace: { channels } })
  const { action, message } = await closed.card()
  assert.match(await closed.press('ana', message), /this channel is shared with another organisation.*`shared: true`/)
  assert.match(await closed.press('zoe', message), /works only for people of the workspace/)
  assert.equal(await closed.statusOf(action), 'awaiting_approval')
  assert.equal(closed.cluster.ledger.length, 0)
})

test('where its entry says so a shared channel decides', async (t) => {
  const channels = [{ name: 'alerts', isExtShared: true }, { name: 'general' }]
  const alert_channels = [{ channel: '#alerts', bots: [], mode: 'watch' as const, shared: true, reveal: false }]
  const open = await approveStage(t, { workspace: { channels }, slack: { alert_channels } })
  const { action, message } = await open.card()
  await open.workspace.press({ user: 'ana', actionId: 'approve', channel: open.alerts, ts: message.ts })
  await until(async () => (await open.statusOf(action)) === 'succeeded', 'it ran')
  assert.equal(open.cluster.ledger.length, 1)
})

test('an approved rollback runs once, live on its card; a second press is told who was first; what helped is told once', async (t) => {
  const made = await approveStage(t, { remediation: { verify_seconds: 4 } })
  const { workspace, context, cluster, press, alerts, incident, prometheus } = made
  const { action, message } = await made.card()
  const value = made.sealed(action)
  await workspace.press({ user: 'ana', actionId: 'approve', channel: alerts, ts: message.ts })
  await until(async () => (await made.statusOf(action)) === 'succeeded', 'it ran')
  assert.match(await press('tom', await made.forged(value)), /Already decided: ana approved it.* It runs once\./)
  await until(() => wordsOf(message).includes('Checking whether it helped'), 'the card shows that it is being checked')
  assert.doesNotMatch(wordsOf(message), /"action_id":"approve"/)
  prometheus.state.value = 0.002
  const fresh = setInterval(() => {
    prometheus.state.newest = new Date()
  }, 100)
  t.after(() => clearInterval(fresh))
  const outcome = await made.message(`${incident}:action:1:outcome`)
  assert.match(outcome.text, /^Worked: /)
  await until(() => wordsOf(message).includes('It worked'), 'the card says it too')
  assert.equal((await context.db.selectFrom('incident').select('status').executeTakeFirstOrThrow()).status, 'resolved')
  const keys = (await context.db.selectFrom('message').select('key').execute()).map(({ key }) => key)
  assert.ok(!keys.includes(`${incident}:outcome`), 'and no other message says it again')
  assert.equal(cluster.ledger.length, 1)
})

test('of fifty presses at once over two replicas one decides, everybody else is told who, and it runs once', async (t) => {
  const made = await approveStage(t, { replicas: 2 })
  const { action, message } = await made.card()
  const presses = Array.from({ length: 50 }, (_, i) =>
    made.workspace.press({ user: ['ana', 'tom'][i % 2]!, actionId: 'approve', channel: made.alerts, ts: message.ts }),
  )
  assert.ok((await Promise.all(presses)).every(({ acked }) => acked))
  await until(async () => (await made.statusOf(action)) === 'succeeded', 'it ran')
  await until(() => made.told().length === 49, '49 are told')
  assert.ok(made.told().every((one) => /^Already decided: (ana|tom) approved it|You have approved this already/.test(one.text)))
  assert.equal(made.cluster.ledger.length, 1)
})

test('HIGH takes two: the first is told that one more is needed, the second lets it run', async (t) => {
  const made = await approveStage(t, { entry: { risk: 'HIGH' } })
  const { action, message } = await made.card()
  assert.match(
    await made.press('ana', message),
    /Counted, nothing runs yet: HIGH risk takes 2 people, you are the first\. May approve too: payments-oncall \(tom/,
  )
  await until(() => wordsOf(message).includes('1 of 2'), 'the card says so')
  assert.match(await made.press('ana', message), /You have approved this already, it counts once/)
  assert.equal(made.cluster.ledger.length, 0)
  await made.workspace.press({ user: 'tom', actionId: 'approve', channel: made.alerts, ts: message.ts })
  await until(async () => (await made.statusOf(action)) === 'succeeded', 'it ran')
  assert.equal(made.cluster.ledger.length, 1)
})

test('at its end and after it an offer does nothing; checked again it is offered anew, with a version and a digest of its own', async (t) => {
  const made = await approveStage(t)
  const { action, message } = await made.card()
  await made.context.db
    .updateTable('action')
    .set({ expires_at: sql`vigil_now()` as never })
    .execute()
  const said = await made.press('ana', message)
  assert.match(said, /This offer ended at .*, nothing was changed\./)
  assert.match(said, /"action_id":"offer_anew"/)
  assert.equal(await made.statusOf(action), 'expired')
  const old = await made.forged(made.sealed(action))
  assert.match(await made.press('ana', old), /This offer ended/)
  await until(() => wordsOf(message).includes('This offer ended'), 'the card says so')
  // Whoever sees it may have it checked again: that decides nothing.
  await made.workspace.press({ user: 'bob', actionId: 'offer_anew', channel: made.alerts, ts: message.ts })
  await until(() => wordsOf(message).includes('v2 `'), 'a new version stands')
  const anew = await made.action(action.id)
  assert.deepEqual([anew.status, anew.version, anew.edited_by], ['awaiting_approval', 2, null])
  assert.notEqual(anew.digest, action.digest)
  assert.match(await made.press('ana', old), /a newer offer stands, version 2/)
  assert.equal(made.cluster.ledger.length, 0)
  await made.workspace.press({ user: 'ana', actionId: 'approve', channel: made.alerts, ts: message.ts })
  await until(async () => (await made.statusOf(action)) === 'succeeded', 'it ran')
  assert.equal(made.cluster.ledger.length, 1)
})

test('a changed target is told to whoever approved, with a way to have it checked again', async (t) => {
  const made = await approveStage(t)
  const { action, message } = await made.card()
  const live = made.cluster.find('Deployment', 'checkout')
  made.cluster.put({ ...live!, metadata: { ...live!.metadata, generation: 8 } })
  await made.workspace.press({ user: 'ana', actionId: 'approve', channel: made.alerts, ts: message.ts })
  const outcome = await made.message(`${made.incident}:action:1:outcome`)
  assert.match(outcome.text, /^Not run: Roll back shop\/checkout/)
  assert.equal(await made.statusOf(action), 'changed')
  assert.equal(made.cluster.ledger.length, 0)
  await made.workspace.press({ user: 'ana', actionId: 'offer_anew', channel: made.alerts, ts: outcome.ts })
  await until(() => wordsOf(message).includes('v2 `'), 'it is offered anew on what is live now')
})

const modalOf = async (made: Awaited<ReturnType<typeof approveStage>>, callback: string) =>
  until(() => [...made.workspace.state.views.values()].find(({ payload }) => payload.callback_id === callback), `the modal ${callback}`)

test('who is refused may call whoever may decide: one mention in the thread, once for each card, and nobody whose word would not count', async (t) => {
  const made = await approveStage(t, { entry: { risk: 'HIGH' } })
  const { context, workspace, alerts, press } = made
  const id = (name: string) => workspace.state.user(name)!.id
  await context.db
    .updateTable('incident')
    .set({ owner: id('ana') })
    .execute()
  const { action, message } = await made.card()
  assert.match(await press('bob', message), /"text":"Ask ana"/)
  const offered = made.told().at(-1)!
  assert.match(await press('ana', message), /"text":"Ask them"/, 'ana herself has approved: the others are meant')
  const sealed = made.sealed(action)
  const asking = (whom: string, of = sealed) => made.forged(`${of}:${whom}`, { action: 'ask_approver' })
  for (const [who, whom, said] of [
    ['kim', id('tom'), /guests of the workspace decide nothing/],
    ['zoe', id('tom'), /works only for people of the workspace/],
    ['bob', id('bob'), /their word would not count/],
    ['bob', id('ana'), /their word would not count/],
    ['bob', 'S0OTHER', /their word would not count/],
  ] as const)
    assert.match(await press(who, await asking(whom), 'ask_approver'), said, `${who} ${whom}`)
  assert.match(await press('bob', await asking(id('tom'), `${action.id}:7:${action.digest}`), 'ask_approver'), /a newer offer stands/)
  assert.match(await press('bob', { ts: offered.ts }, 'ask_approver'), /their word would not count any more/, 'ana has approved since')
  const key = `${made.incident}:action:1:asked`
  const called = await asking(id('tom'))
  await workspace.press({ user: 'bob', actionId: 'ask_approver', channel: alerts, ts: called.ts })
  const mention = await made.message(key)
  assert.match(wordsOf(mention), new RegExp(`🙋 <@${id('tom')}> bob asks you to decide: \\*Roll back shop/checkout.*risk \\*HIGH\\*`))
  assert.match(await press('bob', called, 'ask_approver'), /Asked already: by bob .*Once is enough/)
  assert.doesNotMatch(await press('bob', message), /ask_approver/, 'no second mention is offered')
  await workspace.press({ user: 'tom', actionId: 'approve', channel: alerts, ts: message.ts })
  await until(async () => (await made.statusOf(action)) === 'succeeded', 'it ran')
  assert.match(await press('bob', called, 'ask_approver'), /does not wait for anybody any more/)
  assert.equal(await firstBroken(context.db), null)
})

test('whether a lost action was done is said by one press of somebody who may, on its own message; the second is told who was first', async (t) => {
  const made = await approveStage(t)
  const { context, workspace, alerts, press } = made
  const { action, message } = await made.card()
  await context.db
    .updateTable('action')
    .set({ status: 'executing', started_at: sql`vigil_now()` as never })
    .execute()
  await giveUpExecution(context, action.id, new Error('no answer'))
  const question = await made.message(`${made.incident}:action:1:unknown`)
  const other = await made.forged(made.sealed(action), { action: 'was_done' })
  assert.match(await press('bob', question, 'was_done'), /Not noted, nothing was changed: this needs payments-oncall \(ana, tom/)
  assert.match(await press('zoe', question, 'was_done'), /works only for people of the workspace/)
  assert.match(await press('ana', other, 'was_done'), /not on the action's own message/)
  assert.equal(await made.statusOf(action), 'outcome_unknown')
  await workspace.press({ user: 'ana', actionId: 'was_not_done', channel: alerts, ts: question.ts })
  await until(() => wordsOf(question).includes('It was not done'), 'the question has its answer')
  await until(() => /\*It was not done\*, as ana found/.test(wordsOf(message)), 'and so has the card')
  assert.match(await press('tom', other, 'was_done'), /Already said: ana found .* that it was not done\. Nothing was changed\./)
  await workspace.press({ user: 'bob', actionId: 'offer_anew', channel: alerts, ts: question.ts })
  assert.match((await made.message(`${made.incident}:action:2`)).text, /^Approve\? Roll back shop\/checkout/)
  assert.equal(made.cluster.ledger.length, 0)
})

test('reject asks for the reason, which the card shows; without one it is rejected all the same', async (t) => {
  const made = await approveStage(t)
  const { action, message } = await made.card()
  await made.workspace.press({ user: 'tom', actionId: 'reject', channel: made.alerts, ts: message.ts })
  const modal = await modalOf(made, 'reject_action')
  await made.workspace.submitView({ viewId: modal.id, user: 'tom', values: { reason: { text: 'the <!channel> schema moved' } } })
  await until(async () => (await made.statusOf(action)) === 'rejected', 'it is rejected')
  await until(() => /\*Rejected\* by tom .*: the &lt;!channel&gt; schema moved/.test(wordsOf(message)), 'the card says by whom and why')
  assert.match(await made.press('ana', await made.forged(made.sealed(action))), /Already decided: tom rejected it.* Nothing was changed\./)
  assert.match(
    await made.press('ana', await made.forged(made.sealed(action), { action: 'offer_anew' }), 'offer_anew'),
    /Not offered anew, nothing was changed: it went on/,
  )
  assert.equal(made.cluster.ledger.length, 0)
})

test('somebody who may not approve may not reject either, and their words are not kept', async (t) => {
  const made = await approveStage(t)
  const { action, message } = await made.card()
  await made.workspace.press({ user: 'bob', actionId: 'reject', channel: made.alerts, ts: message.ts })
  const modal = await modalOf(made, 'reject_action')
  await made.workspace.submitView({ viewId: modal.id, user: 'bob', values: { reason: { text: null } } })
  const said = await until(() => made.told()[0], 'bob is told')
  assert.match(said.text, /Not rejected, nothing was changed: this needs payments-oncall/)
  assert.equal(await made.statusOf(action), 'awaiting_approval')
})

test('an edit is planned and checked like any offer, is a new version, and of HIGH risk not approved by who made it', async (t) => {
  const made = await approveStage(t, { entry: { risk: 'HIGH' } })
  const { action, message } = await made.card()
  const edit = async (user: string, revision: string) => {
    const { version, digest } = await made.action(action.id)
    await made.workspace.press({
      user,
      actionId: 'action_more',
      channel: made.alerts,
      ts: message.ts,
      selectedOption: `edit:${action.id}:${version}:${digest}`,
    })
    const modal = await modalOf(made, 'edit_action')
    const values = { namespace: { value: 'shop' }, name: { value: 'checkout' }, revision: { value: revision } }
    await made.workspace.submitView({ viewId: modal.id, user, values })
  }
  await edit('ana', '9')
  await until(
    () => made.told().some(({ text }) => /Not edited, nothing was changed: .*no revision 9/.test(text)),
    'there is no such revision',
  )
  await edit('bob', '1')
  await until(() => made.told().some(({ text }) => /Not edited, nothing was changed: this needs payments-oncall/.test(text)), 'bob may not')
  assert.equal((await made.action(action.id)).version, 1)
  await edit('ana', '1')
  await until(() => wordsOf(message).includes('v2 `'), 'a new version stands')
  const edited = await made.action(action.id)
  assert.deepEqual([edited.edited_by, edited.offer.params['revision']], [made.workspace.state.user('ana')!.id, 1])
  assert.match(await made.press('ana', message), /you edited this, and HIGH risk is decided by others/)
  assert.equal(made.cluster.ledger.length, 0)
})

test('the command and everything that is hashed are one press away, for whoever may not approve as well', async (t) => {
  const made = await approveStage(t)
  const before = made.cluster.find('ReplicaSet', 'checkout-old1') as KubeObject & { spec: { template: { spec: { containers: object[] } } } }
  const containers = before.spec.template.spec.containers.map((one) => ({ ...one, env: [{ name: 'DB_PASSWORD', value: 'hunter2horse' }] }))
  const template = { ...before.spec.template, spec: { ...before.spec.template.spec, containers } }
  made.cluster.put({ ...before, spec: { ...before.spec, template } })
  const { action, message } = await made.card()
  const open = async (option: string) => {
    await made.workspace.press({ user: 'bob', actionId: 'action_more', channel: made.alerts, ts: message.ts, selectedOption: option })
    const view = await until(() => [...made.workspace.state.views.values()][0], 'a modal')
    await made.workspace.closeView({ viewId: view.id, user: 'bob' })
    return JSON.stringify(view.payload)
  }
  assert.match(await open(`command:${action.id}`), /kubectl -n shop rollout undo deployment\/checkout --to-revision=1/)
  const whole = await open(`whole:${action.id}`)
  assert.ok(whole.includes(action.digest))
  assert.match(whole, /\\"method\\": \\"PATCH\\"/)
  assert.match(JSON.stringify(action.offer.steps), /hunter2horse/, 'it runs as it is')
  assert.match(whole, /\[redacted:password\]/)
  assert.ok(!JSON.stringify([whole, message]).includes('hunter2horse'), 'and nobody reads it in Slack')
})

test('freeze is one word for any colleague and stands on every card that waits, in status and at home; unfreeze is not for all', async (t) => {
  const made = await approveStage(t)
  const { workspace, alerts, context, thread } = made
  const { action, message } = await made.card()
  const us = workspace.botUserId
  const ask = async (user: string, text: string): Promise<string> => {
    const { ts } = await workspace.say({ channel: alerts, user, text: `<@${us}> ${text}`, threadTs: thread })
    const key = `answer:${alerts}:${ts}`
    return wordsOf(await made.message(key))
  }
  assert.match(await ask('kim', 'freeze'), /Not frozen, nothing was changed: only people of this workspace, no guests/)
  assert.match(await ask('bob', 'unfreeze'), /nothing is frozen/)
  assert.match(await ask('bob', 'freeze DB migration <until> 04:00'), /\*Frozen\.\* No action runs, anywhere/)
  await until(
    () => /🧊 \*Frozen\* since .* by bob \(DB migration &lt;until&gt; 04:00\)/.test(wordsOf(message)),
    'the card that waits says it',
  )
  assert.match(await ask('tom', 'freeze me too'), /Frozen already since .* by bob \(DB migration/)
  assert.match(await ask('tom', 'status'), /🧊 \*Frozen\* since .* by bob/)
  await workspace.openHome('tom')
  const home = await until(() => workspace.state.homes.get(workspace.state.user('tom')!.id), 'the home')
  assert.match(JSON.stringify(home.payload.blocks), /Frozen\* since/)
  assert.match(await made.press('ana', message), /Vigil is frozen since/)
  assert.match(await ask('tom', 'unfreeze'), /Not changed, it stays frozen: bob, who froze, may/)
  assert.match(await ask('bob', 'unfreeze'), /\*Not frozen any more\.\*/)
  await until(() => !wordsOf(message).includes('Frozen'), 'the card does not say it any more')
  assert.equal(await made.statusOf(action), 'awaiting_approval')
  assert.equal(made.cluster.ledger.length, 0)
  assert.deepEqual(
    (await context.db.selectFrom('audit').select('what').where('what', 'like', '%freeze').orderBy('id').execute()).map(({ what }) => what),
    ['freeze', 'unfreeze'],
  )
})

test('those of slack.approvers unfreeze too, unless Slack does not say who they are', async (t) => {
  const made = await approveStage(t, { slack: { approvers: { users: ['U0NOBODY'], usergroups: [] } } })
  const { workspace, alerts, context } = made
  const tom = workspace.state.user('tom')!.id
  context.config.slack.approvers.users.push(tom)
  await freeze(context, workspace.state.user('bob')!.id, '')
  const say = async () => {
    const { ts } = await workspace.say({ channel: alerts, user: 'tom', text: `<@${workspace.botUserId}> unfreeze`, threadTs: made.thread })
    return wordsOf(await made.message(`answer:${alerts}:${ts}`))
  }
  workspace.faults.failNext('users.info', 503, 2)
  assert.match(await say(), /it stays frozen: Slack did not say whether you may/)
  workspace.faults.clear()
  assert.match(await say(), /Not frozen any more/)
})

/** Samples keep coming, with whatever value there is. */
const alive = (t: TestContext, { prometheus }: Awaited<ReturnType<typeof approveStage>>): void => {
  const fresh = setInterval(() => {
    prometheus.state.newest = new Date()
  }, 100)
  t.after(() => clearInterval(fresh))
}

test('what got worse has its undo right below: one press by another person takes it back, once', async (t) => {
  const made = await approveStage(t, { remediation: { verify_seconds: 4 } })
  const { action, message } = await made.card()
  alive(t, made)
  await made.workspace.press({ user: 'ana', actionId: 'approve', channel: made.alerts, ts: message.ts })
  await until(async () => (await made.statusOf(action)) === 'succeeded', 'it ran')
  made.prometheus.state.value = 0.31
  const outcome = await made.message(`${made.incident}:action:1:outcome`)
  assert.match(outcome.text, /^Worse: /)
  const undo = await made.message(`${made.incident}:action:2`)
  assert.ok(Number(undo.ts) > Number(outcome.ts), 'below it')
  assert.match(wordsOf(undo), /↩ \*Undo: Roll back shop\/checkout to revision 2/)
  assert.match(undo.text, /^Undo\? Roll back shop\/checkout to revision 2/)
  assert.match(await made.press('bob', undo), /Not approved, nothing was changed: this needs payments-oncall/)
  assert.equal(made.cluster.ledger.length, 1)
  await made.workspace.press({ user: 'tom', actionId: 'approve', channel: made.alerts, ts: undo.ts })
  await until(() => made.cluster.ledger.length === 2, 'it is taken back')
})

test('what did not help can be taken back by a card that anybody of the workspace asks for, once', async (t) => {
  const made = await approveStage(t)
  const { action, message } = await made.card()
  alive(t, made)
  await made.workspace.press({ user: 'ana', actionId: 'approve', channel: made.alerts, ts: message.ts })
  await until(async () => (await made.statusOf(action)) === 'succeeded', 'it ran')
  const outcome = await made.message(`${made.incident}:action:1:outcome`)
  assert.match(outcome.text, /^No change: /)
  assert.match(
    await made.press('kim', outcome, 'offer_undo'),
    /Not offered anew, nothing was changed: guests of the workspace decide nothing/,
  )
  const old = await made.forged(made.sealed(action), { action: 'offer_undo' })
  await made.workspace.press({ user: 'bob', actionId: 'offer_undo', channel: made.alerts, ts: outcome.ts })
  const undo = await made.message(`${made.incident}:action:2`)
  assert.match(wordsOf(undo), /Undo now/)
  assert.match(await made.press('bob', old, 'offer_undo'), /an undo of this stands in the thread already/)
  assert.equal(made.cluster.ledger.length, 1, 'asking for it does nothing')
})

test('what is approved and has not begun is taken back by whoever may approve, and never runs', async (t) => {
  const made = await approveStage(t)
  const { action } = await made.card()
  await made.context.db.updateTable('action').set({ status: 'approved' }).execute()
  const cancel = await made.forged(made.sealed(action), { action: 'cancel_action' })
  assert.match(await made.press('bob', cancel, 'cancel_action'), /Not taken back, nothing was changed: this needs payments-oncall/)
  await made.workspace.press({ user: 'tom', actionId: 'cancel_action', channel: made.alerts, ts: cancel.ts })
  await until(async () => (await made.statusOf(action)) === 'cancelled', 'it is taken back')
  const message = await made.message(`${made.incident}:action:1`)
  await until(() => /\*Taken back\* by tom/.test(wordsOf(message)), 'the card says so')
  assert.match(await made.press('ana', cancel, 'cancel_action'), /Already decided: tom took it back/)
  assert.equal(made.cluster.ledger.length, 0)
})

test('who is in a group is asked once a minute, and anew when Slack says that it changed', async (t) => {
  const made = await approveStage(t)
  const { workspace, group } = made
  const { action, message } = await made.card()
  const asked = () => workspace.state.calls.filter(({ method }) => method === 'usergroups.users.list').length
  const bob = workspace.state.user('bob')!.id
  await made.press('bob', message)
  const once = asked()
  workspace.state.usergroups.get(group)!.users.push(bob)
  await made.press('bob', message)
  assert.equal(asked(), once)
  workspace.sendEvent({ type: 'subteam_members_changed', subteam_id: group, team_id: 'T1' })
  await until(async () => {
    await workspace.press({ user: 'bob', actionId: 'approve', channel: made.alerts, ts: message.ts }).catch(() => undefined)
    return (await made.statusOf(action)) !== 'awaiting_approval'
  }, 'bob may now')
})

test('an offer that was copied under another id, or pressed with another one’s digest, is not that offer', async (t) => {
  const made = await approveStage(t)
  const { action } = await made.card()
  const row = await made.action(action.id)
  const copy = '01900000-0000-7000-8000-00000000beef'
  await made.context.db
    .insertInto('action')
    .values({ ...row, id: copy, number: 2, offer: JSON.stringify(row.offer), baseline: null, watch: null } as never)
    .execute()
  assert.match(await made.press('ana', await made.forged(`${copy}:1:${action.digest}`)), /is not what was shown/)
  assert.equal(await made.statusOf(action), 'awaiting_approval')
  assert.equal(made.cluster.ledger.length, 0)
})

test('from a refusal the command is one press away', async (t) => {
  const made = await approveStage(t)
  const { message } = await made.card()
  await made.press('bob', message)
  const refused = made.told()[0]!
  await made.workspace.press({ user: 'bob', actionId: 'copy_command', channel: made.alerts, ts: refused.ts })
  const view = await until(() => [...made.workspace.state.views.values()][0], 'the modal')
  assert.match(JSON.stringify(view.payload), /kubectl -n shop rollout undo deployment\/checkout/)
})
