import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/state.ts'
import type { FaultCase } from './faults/case.ts'
import * as mended from './faults/index.ts'
import * as unseen from './faults2/index.ts'
import { judge, score } from './score.ts'

const all: readonly FaultCase[] = [...mended.all, ...unseen.all]
const faults: readonly FaultCase[] = [...mended.faults, ...unseen.faults]

const id = (c: FaultCase): string => `${c.name}/${c.variant}`
const text = (x: unknown): string => JSON.stringify(x)

test('every case has a name of its own and every fault of the first set stands in two clusters', () => {
  assert.equal(new Set(all.map(id)).size, all.length)
  const byName = Map.groupBy(mended.faults, (c) => c.name)
  assert.ok(byName.size >= 64)
  assert.ok(mended.faults.length >= 128)
  assert.ok(mended.all.filter((c) => c.expected === null).length >= 32)
  for (const [name, variants] of byName)
    assert.deepEqual(
      variants.map((v) => v.variant),
      ['a', 'b'],
      name,
    )
})

test('the second set has faults of every group of the first, each once, and none of its names', () => {
  const group = (c: FaultCase): string => c.name.split('-')[0] ?? ''
  assert.ok(unseen.faults.length >= 40)
  assert.equal(new Set(unseen.faults.map((c) => c.name)).size, unseen.faults.length)
  assert.ok(unseen.all.filter((c) => c.expected === null).length >= 12)
  assert.deepEqual([...new Set(unseen.faults.map(group))].toSorted(), [...new Set(mended.faults.map(group))].toSorted())
  const first = new Set(mended.all.map((c) => c.name))
  assert.deepEqual(
    unseen.all.map((c) => c.name).filter((name) => first.has(name)),
    [],
  )
})

test('nothing in a cluster is later than the moment at which somebody looks', () => {
  const future = new Set(['notAfter', 'renewalTime', 'deletionTimestamp'])
  const late = (key: string, value: unknown, now: number): string[] => {
    if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value))
      return Date.parse(value) > now && !future.has(key) ? [`${key} ${value}`] : []
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value).flatMap(([k, v]) => late(k, v, now))
  }
  for (const c of all) {
    assert.deepEqual(
      c.objects.flatMap((o) => late('', o, Date.parse(c.now)).map((x) => `${o.kind} ${o.metadata.name} ${x}`)),
      [],
      id(c),
    )
    assert.ok(Date.parse(c.alert.startsAt) <= Date.parse(c.now), id(c))
  }
})

test('no object has a twin, an event ends after it began, a container starts after its pod', () => {
  for (const c of all) {
    const keys = c.objects.map((o) => `${o.kind} ${o.metadata.namespace}/${o.metadata.name}`)
    assert.deepEqual(
      keys.filter((k, i) => keys.indexOf(k) !== i),
      [],
      id(c),
    )
    const addresses = c.objects.filter((o) => o.kind === 'Pod' && o.status?.['podIP'] !== undefined).map((o) => o.status?.['podIP'])
    assert.equal(new Set(addresses).size, addresses.length, id(c))
    const uids = c.objects.map((o) => String(o.metadata.uid))
    assert.equal(new Set(uids).size, uids.length, id(c))
    const born = new Map(
      c.objects.map((o) => [`${o.kind} ${o.metadata.namespace}/${o.metadata.name}`, Date.parse(String(o.metadata.creationTimestamp))]),
    )
    for (const e of c.objects.filter((o) => o.kind === 'Event')) {
      const on = e['involvedObject'] as { kind: string; namespace?: string; name: string }
      const began = Date.parse(String(e['firstTimestamp'] ?? e['eventTime']))
      assert.ok(began >= (born.get(`${on.kind} ${on.namespace}/${on.name}`) ?? 0), `${id(c)} ${text(e)}`)
      const first = e['firstTimestamp'] ?? e['eventTime']
      const last = e['lastTimestamp'] ?? (e['series'] as { lastObservedTime: string } | undefined)?.lastObservedTime ?? first
      assert.ok(Date.parse(String(first)) <= Date.parse(String(last)), `${id(c)} ${text(e)}`)
      assert.ok(String(e['message']).length > 5 && String(e['message']).length <= 1024, `${id(c)} ${text(e)}`)
    }
    for (const p of c.objects.filter((o) => o.kind === 'Pod')) {
      const born = Date.parse(String(p.metadata.creationTimestamp))
      for (const t of text(p.status).matchAll(/"(?:startedAt|finishedAt)":"(2[^"]+)"/g))
        assert.ok(Date.parse(t[1]!) >= born, `${id(c)} ${p.metadata.name} ${t[0]}`)
    }
  }
})

test('every owner is there, with its uid', () => {
  for (const c of all) {
    for (const o of c.objects) {
      for (const ref of o.metadata.ownerReferences ?? []) {
        const found = c.objects.find(
          (x) =>
            x.kind === ref.kind &&
            x.metadata.name === ref.name &&
            (x.metadata.namespace === undefined || x.metadata.namespace === o.metadata.namespace),
        )
        assert.equal(found?.metadata.uid, ref.uid, `${id(c)} ${o.kind} ${o.metadata.name} -> ${ref.kind} ${ref.name}`)
      }
    }
  }
})

test('every pod that was put on a node finds it, and no node has more than it can hold', () => {
  for (const c of all) {
    const nodes = new Map(c.objects.filter((o) => o.kind === 'Node').map((o) => [o.metadata.name, o]))
    const pods = c.objects.filter((o) => o.kind === 'Pod' && o.spec?.['nodeName'] !== undefined)
    const missing = pods.filter((p) => !nodes.has(String(p.spec?.['nodeName'])))
    assert.deepEqual(
      missing.map((p) => p.metadata.name),
      [],
      id(c),
    )
    for (const [name, node] of nodes) {
      const here = pods.filter((p) => p.spec?.['nodeName'] === name && !['Failed', 'Succeeded'].includes(String(p.status?.['phase'])))
      const allocatable = node.status?.['allocatable'] as Record<string, string>
      for (const resource of ['cpu', 'memory']) {
        const used = here.reduce((sum, p) => sum + requested(p, resource), 0)
        assert.ok(used <= amount(allocatable[resource]!), `${id(c)} ${name} ${resource} ${used}`)
      }
      assert.ok(here.length <= Number(allocatable['pods']), `${id(c)} ${name} pods`)
    }
  }
})

const amount = (q: string): number => {
  const unit: Record<string, number> = { m: 1e-3, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 }
  const found = /^([\d.]+)([a-zA-Z]*)$/.exec(q)
  return Number(found?.[1]) * (unit[found?.[2] ?? ''] ?? 1)
}

const requested = (p: KubeObject, resource: string): number =>
  ((p.spec?.['containers'] ?? []) as { resources?: { requests?: Record<string, string> } }[]).reduce(
    (sum, c) => sum + amount(c.resources?.requests?.[resource] ?? '0'),
    0,
  )

test('every log belongs to a container that is there', () => {
  for (const c of all) {
    for (const key of Object.keys(c.logs)) {
      const [namespace, name, container] = key.split('/')
      const found = c.objects.find((o) => o.kind === 'Pod' && o.metadata.namespace === namespace && o.metadata.name === name)
      const containers = [
        ...((found?.spec?.['containers'] ?? []) as { name: string }[]),
        ...((found?.spec?.['initContainers'] ?? []) as { name: string }[]),
      ]
      assert.ok(
        containers.some((x) => x.name === container),
        `${id(c)} ${key}`,
      )
    }
  }
})

test('what the alert names is there, and so is what is to be found, unless its absence is the fault', () => {
  const kinds: Record<string, string> = {
    pod: 'Pod',
    deployment: 'Deployment',
    statefulset: 'StatefulSet',
    daemonset: 'DaemonSet',
    node: 'Node',
    job_name: 'Job',
    horizontalpodautoscaler: 'HorizontalPodAutoscaler',
    persistentvolumeclaim: 'PersistentVolumeClaim',
    poddisruptionbudget: 'PodDisruptionBudget',
  }
  for (const c of all) {
    const here = unseen.all.includes(c) ? { ...kinds, ingress: 'Ingress', service: 'Service' } : kinds
    for (const [label, kind] of Object.entries(here)) {
      const name = c.alert.labels[label]
      if (name !== undefined)
        assert.ok(
          c.objects.some((o) => o.kind === kind && o.metadata.name === name),
          `${id(c)} ${label}=${name}`,
        )
    }
    if (c.expected === null) continue
    const accepted = [c.expected.object, ...c.expected.alsoAcceptable]
    assert.ok(
      accepted.some((a) => c.objects.some((o) => o.kind === a.kind && o.metadata.name === a.name && o.metadata.namespace === a.namespace)),
      `${id(c)} ${text(accepted)}`,
    )
  }
})

test('a service of the second set points to a port that its pods declare, unless that is the fault', () => {
  type Ports = { ports?: { name?: string; containerPort: number }[] }[]
  for (const c of unseen.all) {
    for (const one of c.objects.filter((o) => o.kind === 'Service' && o.spec?.['selector'] !== undefined)) {
      const selector = Object.entries(one.spec?.['selector'] as Record<string, string>)
      const chosen = c.objects.filter(
        (o) =>
          o.kind === 'Pod' && o.metadata.namespace === one.metadata.namespace && selector.every(([k, v]) => o.metadata.labels?.[k] === v),
      )
      const declared = chosen.map((p) => ((p.spec?.['containers'] ?? []) as Ports).flatMap((x) => x.ports ?? []))
      const [port] = (one.spec?.['ports'] ?? []) as { targetPort: unknown }[]
      const fits = declared.every((ports) => ports.some((x) => x.name === port?.targetPort || x.containerPort === port?.targetPort))
      assert.ok(fits || c.expected?.object.name === one.metadata.name, `${id(c)} ${one.metadata.namespace}/${one.metadata.name}`)
    }
  }
})

test('in the second set no pod is older than its node and no alert began before its subject was there', () => {
  for (const c of unseen.all) {
    const born = (o: KubeObject | undefined): number => Date.parse(String(o?.metadata.creationTimestamp))
    for (const p of c.objects.filter((o) => o.kind === 'Pod' && o.spec?.['nodeName'] !== undefined)) {
      const on = c.objects.find((o) => o.kind === 'Node' && o.metadata.name === p.spec?.['nodeName'])
      assert.ok(born(p) >= born(on), `${id(c)} ${p.metadata.namespace}/${p.metadata.name}`)
    }
    const began = Date.parse(c.alert.startsAt) - 1000 * c.alert.for
    const subject = c.alert.labels['pod'] ?? c.alert.labels['deployment'] ?? c.alert.labels['statefulset'] ?? c.alert.labels['job_name']
    const oldest = c.objects.filter((o) => o.metadata.name === subject).map(born)
    assert.ok(
      oldest.every((at) => at <= began),
      `${id(c)} ${subject}`,
    )
  }
})

test('no cluster is lonely: nodes, other workloads and ordinary events stand in each', () => {
  for (const c of all) {
    const count = (kind: string): number => c.objects.filter((o) => o.kind === kind).length
    assert.ok(count('Node') >= 3, id(c))
    assert.ok(count('Deployment') >= 5, id(c))
    assert.ok(count('Pod') >= 12, id(c))
    assert.ok(count('Event') >= 3, `${id(c)} ${count('Event')}`)
    assert.equal(count('Secret'), 0, id(c))
  }
})

test('the words of a cause match no empty text and nothing that says nothing', () => {
  for (const c of faults) {
    assert.ok((c.expected?.cause.length ?? 0) > 0, id(c))
    for (const words of c.expected?.cause ?? [])
      for (const empty of ['', 'Something is wrong here.', 'The alert fires.']) assert.ok(!words.test(empty), `${id(c)} ${words}`)
  }
})

test('a suspect is judged by its object and its words', async () => {
  const one = faults[0]!
  const object = one.expected!.object
  assert.equal(judge(one, []).outcome, 'silent')
  assert.equal(judge(one, [{ object, summary: 'Out of memory.' }]).outcome, 'exact')
  assert.equal(judge(one, [{ object, summary: 'Its image is missing.' }]).missed, 'cause')
  assert.equal(judge(one, [{ object: { kind: 'Node', name: object.name }, summary: 'Out of memory.' }]).missed, 'object')
  assert.equal(judge(one, [{ summary: 'Out of memory.' }]).outcome, 'wrong')
  assert.equal(judge({ ...one, expected: null }, [{ object, summary: 'Out of memory.' }]).outcome, 'accused')
  const lines: string[] = []
  const result = await score(
    [one, { ...one, expected: null }],
    async (c) => (c.expected === null ? [] : [{ object, summary: 'OOM' }]),
    (line) => lines.push(line),
  )
  assert.deepEqual([result.exactShare, result.rightShare, result.accused, result.healthy], [1, 1, 0, 1])
  assert.match(lines.at(-1)!, /exact 1 of 1 faults \(100\.0 %\)/)
})
