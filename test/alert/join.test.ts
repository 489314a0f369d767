import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Alert } from '../../src/alert/alert.ts'
import { indexed } from '../../src/alert/candidates.ts'
import { type Candidate, decide, type Placed, separation } from '../../src/alert/join.ts'
import { identityOf } from '../../src/incident/incident.ts'

/** Few values of everything, so that generated alerts and incidents often have something in common. */
const some = (prefix: string, n = 3) => fc.integer({ min: 1, max: n }).map((i) => `${prefix}${i}`)
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })

const line = (name: string, service: string | null) => `${name} ${service ?? 'none'} (x)`

const placed: fc.Arbitrary<Placed> = fc
  .record({
    name: some('Name'),
    subject: maybe(some('svc')),
    cluster: some('c', 2),
    fingerprint: some('f', 5),
    status: fc.constantFrom('firing' as const, 'firing' as const, 'resolved' as const),
    groupKey: maybe(some('g')),
    receiver: some('r', 2),
    kind: fc.constantFrom('webhook' as const, 'webhook' as const, 'notice' as const, 'mention' as const),
    post: maybe(some('p')),
    objects: fc.uniqueArray(some('object', 5), { maxLength: 2 }),
  })
  .map(({ name, subject, cluster, fingerprint, status, groupKey, receiver, kind, post, objects }) => {
    const notice = kind === 'notice' ? { subject: line(name, subject), receiver, fingerprints: [] } : null
    const alert: Alert = {
      source: kind === 'notice' ? 'slack-message' : kind === 'mention' ? 'mention' : 'alertmanager',
      status: kind === 'mention' ? 'firing' : status,
      fingerprint: kind === 'mention' ? `mention-${fingerprint}` : fingerprint,
      labels: { alertname: name },
      annotations: {},
      startsAt: new Date(0),
      endsAt: null,
      generatorUrl: null,
      expression: null,
      groupKey: kind === 'webhook' ? groupKey : null,
      receiver,
      groupSubject: kind === 'mention' ? null : line(name, subject),
      confirmed: kind === 'webhook',
      notice,
    }
    return {
      alert,
      cluster,
      subject: kind === 'webhook' ? subject : null,
      objects: kind === 'webhook' ? objects : [],
      post: kind === 'notice' && post !== null ? { channel: 'C', ts: post } : null,
    }
  })

const candidate: fc.Arbitrary<Candidate> = fc
  .record({
    id: fc.uuid(),
    name: some('Name'),
    subject: maybe(some('svc')),
    cluster: some('c', 2),
    group: maybe(some('g')),
    receiver: some('r', 2),
    keyed: fc.boolean(),
    fingerprints: fc.uniqueArray(some('f', 5), { maxLength: 3 }),
    lossy: fc.boolean(),
    cooling: fc.boolean(),
    post: maybe(some('p')),
    explains: fc.uniqueArray(some('object', 5), { maxLength: 2 }),
  })
  .map(({ id, name, subject, cluster, group, receiver, keyed, fingerprints, lossy, cooling, post, explains }) => ({
    incident: {
      id,
      number: 1,
      status: cooling ? ('resolved' as const) : ('open' as const),
      cluster,
      subject,
      alertname: name,
      group_key: group,
      receiver,
      group_subject: line(name, subject),
      join_key: keyed ? identityOf({ cluster, subject, alertname: name }) : null,
      notice_key: null,
      channel: null,
      thread_ts: null,
      anchor: null,
    },
    alerts: new Map(fingerprints.map((one) => [one, 'firing' as const])),
    lines: new Map(),
    lossy: new Set(lossy ? fingerprints.slice(0, 1) : []),
    posts: post === null ? [] : [{ channel: 'C', ts: post, subject: line(name, subject), fingerprints: [] }],
    subjects: new Set<string>(),
    explains: new Set(explains),
    cooling,
  }))

const candidates = fc.array(candidate, { maxLength: 8 })
const apart = fc
  .array(fc.tuple(some('f', 5), some('c', 2), some('svc'), some('Name')), { maxLength: 4 })
  .map(
    (pairs) => new Set(pairs.map(([f, cluster, subject, alertname]) => separation(f, identityOf({ cluster, subject, alertname }) ?? ''))),
  )

const ofAlert = (one: Candidate, { alert }: Placed) => one.alerts.has(alert.fingerprint)
const ofGroup = (one: Candidate, { alert }: Placed) =>
  alert.groupKey !== null && one.incident.group_key === alert.groupKey && one.incident.receiver === alert.receiver
const ofIdentity = (one: Candidate, { alert, cluster, subject }: Placed) =>
  subject !== null && one.incident.join_key === identityOf({ cluster, subject, alertname: alert.labels['alertname'] ?? '' })
const isApart = (one: Candidate, { alert }: Placed, separations: ReadonlySet<string>) =>
  separations.has(separation(alert.fingerprint, identityOf(one.incident) ?? one.incident.id))

const always = (check: (given: { placed: Placed; all: Candidate[]; separations: ReadonlySet<string> }) => void) =>
  fc.assert(
    fc.property(placed, candidates, apart, (one, all, separations) => check({ placed: one, all, separations })),
    { numRuns: 3000 },
  )

test('an open incident that has the fingerprint comes before every other reason', () => {
  always((given) => {
    const own = given.all.find((one) => !one.cooling && ofAlert(one, given.placed))
    if (own === undefined) return
    const decision = decide(given.placed, given.all, given.separations)
    assert.equal(decision.to, given.placed.alert.status === 'resolved' ? 'resolve' : 'join')
    assert.ok('candidate' in decision && decision.candidate === own)
  })
})

test('then its group and receiver, then its cluster, subject and name, then whose suspect explains it, then one that cools down, else a new one', () => {
  always((given) => {
    const { placed: one, all, separations } = given
    if (one.alert.status === 'resolved' || one.alert.source !== 'alertmanager') return
    const decision = decide(one, all, separations)
    const open = all.filter((each) => !each.cooling)
    if (open.some((each) => ofAlert(each, one) || each.lossy.size > 0)) return
    const free = open.filter((each) => !isApart(each, one, separations))
    const group = free.find((each) => ofGroup(each, one))
    const same = free.find((each) => ofIdentity(each, one))
    const explaining = free.find((each) => each.incident.cluster === one.cluster && one.objects.some((object) => each.explains.has(object)))
    const cold = all.some((each) => each.cooling && (ofAlert(each, one) || (ofIdentity(each, one) && !isApart(each, one, separations))))
    if (group !== undefined) assert.deepEqual(decision, { to: 'join', candidate: group, reason: 'same_group' })
    else if (same !== undefined) assert.deepEqual(decision, { to: 'join', candidate: same, reason: 'same_subject' })
    else if (explaining !== undefined) assert.deepEqual(decision, { to: 'join', candidate: explaining, reason: 'explained' })
    else if (cold) assert.equal(decision.to, 'reopen')
    else if (!all.some((each) => each.lossy.size > 0)) assert.equal(decision.to, 'open')
  })
})

test('what a person set apart is only ever joined by its own fingerprint', () => {
  always((given) => {
    const decision = decide(given.placed, given.all, given.separations)
    if (!('candidate' in decision) || ofAlert(decision.candidate, given.placed)) return
    assert.ok(!isApart(decision.candidate, given.placed, given.separations))
  })
})

test('a question joins nothing and reopens nothing', () => {
  always((given) => {
    if (given.placed.alert.source !== 'mention') return
    assert.equal(decide(given.placed, given.all, given.separations).to, 'open')
  })
})

test('a resolved notice never opens, joins or reopens', () => {
  always((given) => {
    if (given.placed.alert.status !== 'resolved') return
    assert.ok(['resolve', 'skip'].includes(decide(given.placed, given.all, given.separations).to))
  })
})

test('joins what is open and reopens what cools down, never the other way round', () => {
  always((given) => {
    const decision = decide(given.placed, given.all, given.separations)
    if ('candidate' in decision) assert.equal(decision.candidate.cooling, decision.to === 'reopen')
  })
})

test('an alert of another cluster, service or name joins by fingerprint, group or message alone', () => {
  always((given) => {
    const decision = decide(given.placed, given.all, given.separations)
    if (decision.to === 'join' && decision.reason === 'same_subject') assert.ok(ofIdentity(decision.candidate, given.placed))
  })
})

test('the index gives the same decision as a look at every candidate', () => {
  always((given) => {
    const near = indexed(given.all).near(given.placed)
    assert.deepEqual(decide(given.placed, near, given.separations), decide(given.placed, given.all, given.separations))
  })
})
