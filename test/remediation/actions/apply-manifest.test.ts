import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { at } from '../../../src/kubernetes/read.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { approve } from '../../../src/remediation/decide.ts'
import { execute } from '../../../src/remediation/execute.ts'
import { runnerOf } from '../../../src/remediation/runners/index.ts'
import { offerUndo } from '../../../src/remediation/undo.ts'
import { actionContract, offerOf, planWith, run, runningIn } from '../../contracts/action.ts'
import { object } from '../../kubernetes/made.ts'
import { checkout, presser, pressOf, stage } from '../stage.ts'
import { manifestFolder } from './manifest-folder.ts'

const CHECKOUT = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout
  namespace: shop
  labels: { tier: front }
spec:
  replicas: 3
  selector: { matchLabels: { app: checkout } }
  template:
    metadata: { labels: { app: checkout } }
    spec:
      containers:
        - name: app
          image: registry.example/checkout:1.3.9
          resources: { limits: { cpu: 500m, memory: 256Mi } }
`

const params = { kind: 'Deployment', namespace: 'shop', name: 'checkout' }

actionContract({
  kind: 'apply_manifest',
  objects: checkout,
  params,
  entry: { manifests: manifestFolder({ 'checkout.yaml': CHECKOUT }) },
  back: (cluster) => [
    at(cluster.find('Deployment', 'checkout'), 'spec', 'template', 'spec'),
    at(cluster.find('Deployment', 'checkout'), 'metadata', 'labels') ?? {},
  ],
})

const deployment = (container: object, over: object = {}, metadata: object = {}): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'checkout', namespace: 'shop', ...metadata },
    spec: { template: { spec: { containers: [{ name: 'app', ...container }] } }, ...over },
  })

const config = (data: Record<string, string>, metadata: object = {}): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'checkout', namespace: 'shop', uid: 'uid-config', resourceVersion: '5', ...metadata },
    data,
  }) as KubeObject

/** One room for many manifests: the folder is written anew for each. */
const room = async (t: TestContext, objects: KubeObject[], entry: object = {}) => {
  const folder = manifestFolder({})
  const entries = [{ kind: 'apply_manifest', manifests: folder, ...entry }, { kind: 'restart_workload' }]
  const made = await stage(t, { objects, actions: entries })
  const plan = (manifest: string | null, over: object = {}) => {
    if (manifest !== null) writeFileSync(join(folder, 'shop.json'), manifest)
    return planWith(made.context, 'apply_manifest', { kind: 'Deployment', namespace: 'shop', name: 'checkout', ...over })
  }
  const refusal = async (...given: Parameters<typeof plan>): Promise<string> => {
    const planning = await plan(...given)
    return planning.ok ? '' : planning.reason
  }
  return { ...made, folder, plan, refusal, offer: async (...given: Parameters<typeof plan>) => offerOf(await plan(...given)) }
}

/** As the API server keeps account: who set the replicas and the image last. */
const heldBy = (object: KubeObject, manager: string, operation = 'Update'): KubeObject => {
  const fieldsV1 = {
    'f:spec': { 'f:replicas': {}, 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:image': {} } } } } },
  }
  return {
    ...object,
    metadata: { ...object.metadata, managedFields: [{ manager, operation, apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1 }] },
  }
}

test('risk comes from what the API server would make of it, whoever set it before is named, and the diff is on the card', async (t) => {
  const [live, ...rest] = checkout()
  assert.ok(live)
  const { offer, cluster } = await room(t, [heldBy(live, 'kubectl-edit'), ...rest])
  const image = await offer(deployment({ image: 'registry.example/checkout:1.3.9' }))
  assert.equal(image.risk, 'MEDIUM')
  assert.equal(image.title, 'Restore shop/checkout (Deployment) as shop.json says')
  assert.deepEqual(image.change, [
    '- spec.template.spec.containers[app].image: "registry.example/checkout:1.4.0"',
    '+ spec.template.spec.containers[app].image: "registry.example/checkout:1.3.9"',
  ])
  assert.ok(image.notes.includes('Taken from kubectl-edit, who set it last: containers[app].image'), image.notes.join('\n'))
  assert.match(image.command, /^kubectl -n shop apply --server-side --force-conflicts -f shop.json$/)
  const list = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [JSON.parse(deployment({ image: 'registry.example/checkout:1.3.9' })), config({})],
  })
  assert.match((await offer(list)).command, /shop.json # it has other objects too: only Deployment checkout$/)
  const labels = await offer(deployment({ image: 'registry.example/checkout:1.4.0' }, {}, { labels: { tier: 'front' } }))
  assert.deepEqual([labels.risk, labels.change], ['LOW', ['+ metadata.labels.tier: "front"']])
  const registry = await offer(deployment({ image: 'other.example/checkout:1.3.9' }))
  assert.deepEqual([registry.risk, registry.approvals], ['HIGH', 2])
  assert.equal((await offer(deployment({}, { replicas: 0 }))).risk, 'HIGH')
  cluster.put(heldBy(live, 'shop-operator'))
  const program = await offer(deployment({ image: 'registry.example/checkout:1.3.9' }))
  assert.deepEqual([program.risk, program.why], ['HIGH', ['it takes fields from shop-operator, which may write them again']])
})

test('what must not be applied is refused in words', async (t) => {
  const [live, ...rest] = checkout()
  assert.ok(live)
  const { refusal, cluster, folder } = await room(t, [live, ...rest])
  const back = { image: 'registry.example/checkout:1.3.9' }
  assert.match(
    await refusal(deployment({ ...back, securityContext: { privileged: true } })),
    /is forbidden: a pod never gets more rights on its node/,
  )
  assert.match(await refusal(deployment({ ...back, args: ['sh', 'rm -rf /data'] })), /is forbidden: data is never deleted for good/)
  assert.match(
    await refusal(deployment({ ...back, env: [{ name: 'TOKEN', value: 'ghp_0123456789abcdefghijABCDEFGHIJ012345' }] })),
    /is forbidden: credentials never stand/,
  )
  assert.match(
    await refusal(deployment({ image: 'registry.example/checkout:1.4.0' })),
    /is as shop.json says already; what it has beside that is not taken away$/,
  )
  assert.match(await refusal(null, { name: 'cart' }), /^no manifest says how Deployment shop\/cart is to be$/)
  assert.match(await refusal(null, { kind: 'ConfigMap' }), /^no manifest says how ConfigMap/)
  assert.match(await refusal(null, { kind: 'Secret' }), /cannot be done with these parameters/)
  assert.match(await refusal(`{"checkout": `), /^shop.json is not valid JSON: so it is not certain how Deployment checkout is to be$/)
  writeFileSync(join(folder, 'b.json'), deployment(back))
  assert.match(await refusal(deployment(back)), /stands twice: in b.json and in shop.json$/)
  rmSync(join(folder, 'b.json'))
  const marked = (metadata: object): KubeObject => ({ ...live, metadata: { ...live.metadata, ...metadata } })
  cluster.put(marked({ annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/checkout' } }))
  assert.match(
    await refusal(deployment(back)),
    /^Argo CD \(shop\) keeps Deployment shop\/checkout as Git has it: argocd_sync brings it back/,
  )
  cluster.put(marked({ labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } }))
  assert.match(await refusal(deployment(back)), /^Flux \(kustomization shop\) keeps/)
  cluster.put(marked({ ownerReferences: [{ kind: 'Shop', name: 'main' }] }))
  assert.match(await refusal(deployment(back)), /^Shop main made Deployment shop\/checkout and would put it back/)
  cluster.put(heldBy(live, 'kustomize-controller', 'Apply'))
  assert.match(await refusal(deployment(back)), /^kustomize-controller holds .*image and would write it again/)
  cluster.put({ ...live, spec: { ...live.spec, paused: true } })
  assert.match(await refusal(deployment(back)), /is paused: nothing would happen until it is resumed/)
  cluster.remove('Deployment', 'checkout')
  assert.match(await refusal(deployment(back)), /^there is no Deployment shop\/checkout in default, and the entry does not let one be made/)
  assert.deepEqual(cluster.ledger, [])
})

test('under an autoscaler the number of pods is left to it, and said', async (t) => {
  const hpa = object('HorizontalPodAutoscaler', 'shop/checkout', {
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'checkout' }, minReplicas: 2, maxReplicas: 9 },
  })
  const { offer, refusal, cluster } = await room(t, [...checkout(), hpa])
  const made = await offer(deployment({ image: 'registry.example/checkout:1.3.9' }, { replicas: 1 }))
  assert.ok(
    made.notes.some((note) =>
      note.startsWith("The manifest's 1 replicas are left out: HorizontalPodAutoscaler checkout sets them, 2 to 9"),
    ),
  )
  assert.ok(made.change.every((line) => !line.includes('replicas')))
  assert.match(made.command, / -f shop.json # without spec.replicas$/)
  assert.equal(at(made.steps[0]?.request, 'body', 'spec', 'replicas'), undefined)
  const live = cluster.find('Deployment', 'checkout')
  assert.ok(live)
  // What Vigil itself applied once goes when it is not applied any more.
  cluster.put(heldBy(live, 'vigil', 'Apply'))
  assert.match(await refusal(null), /^without its number of pods the manifest would reset what HorizontalPodAutoscaler checkout sets$/)
})

test('a config map is put back by itself alone, and its undo only over what it wrote', async (t) => {
  const made = await room(t, [...checkout(), config({ 'app.yaml': 'retries: 9\nhost: db\n', other: 'x' })])
  const { cluster, plan, context } = made
  writeFileSync(
    join(made.folder, 'shop.json'),
    JSON.stringify(config({ 'app.yaml': 'retries: 3\nhost: db\n' }, { resourceVersion: undefined, uid: undefined })),
  )
  const wanted = { kind: 'ConfigMap', namespace: 'shop', name: 'checkout' }
  const card = await run(made, 'apply_manifest', wanted)
  assert.deepEqual(card.offer.change, ['- data.app.yaml: "retries: 9"', '+ data.app.yaml: "retries: 3"'])
  assert.deepEqual(at(cluster.find('ConfigMap', 'checkout'), 'data'), { 'app.yaml': 'retries: 3\nhost: db\n', other: 'x' })
  const [write] = cluster.ledger
  assert.deepEqual([at(write?.body, 'metadata', 'resourceVersion'), at(write?.body, 'metadata', 'uid')], ['5', 'uid-config'])
  assert.ok(card.offer.undo)
  const live = cluster.find('ConfigMap', 'checkout')
  assert.ok(live)
  assert.equal(await offerUndo(context, card), 'offered')
  const [, undo] = await made.actions()
  assert.ok(undo)
  assert.deepEqual(
    [undo.offer.risk, undo.offer.undo, undo.offer.change],
    ['MEDIUM', null, ['- data.app.yaml: "retries: 3"', '+ data.app.yaml: "retries: 9"']],
  )
  await approve(context, pressOf(undo), presser())
  await execute(context, undo.id, AbortSignal.timeout(20_000))
  assert.equal((await made.action(undo.id)).status, 'succeeded')
  assert.deepEqual(at(cluster.find('ConfigMap', 'checkout'), 'data'), { 'app.yaml': 'retries: 9\nhost: db\n', other: 'x' })
  cluster.put({ ...live, data: { 'app.yaml': 'retries: 4\n', other: 'x' } })
  const late = await planWith(context, card.offer.undo.entry, card.offer.undo.params)
  assert.match(late.ok ? '' : late.reason, /^ConfigMap shop\/checkout was changed again where the manifest changed it/)
  const strange = await plan(null, { ...wanted, take_back: '00000000-0000-4000-8000-000000000000' })
  assert.match(strange.ok ? '' : strange.reason, /^no manifest was applied to ConfigMap shop\/checkout by that action/)
})

test('between the card and the deed: another value stops it, another status alone does not', async (t) => {
  const versioned = config({ a: '1' })
  const made = await room(t, [...checkout(), versioned])
  const { cluster } = made
  const offer = await made.offer(JSON.stringify({ ...versioned, metadata: { name: 'checkout', namespace: 'shop' }, data: { a: '2' } }), {
    kind: 'ConfigMap',
  })
  const go = () => runnerOf('apply')?.run(offer.steps[0]?.request, runningIn(made))
  cluster.put(config({ a: '7' }, { resourceVersion: '6' }))
  assert.deepEqual(await go(), { outcome: 'failed', reason: 'ConfigMap checkout is not as it was when this was shown', mayPass: false })
  cluster.put(heldIn(config({ a: '1' }, { resourceVersion: '6' }), 'somebody'))
  const held = await go()
  assert.match(held?.outcome === 'failed' ? held.reason : '', /^others hold other fields of ConfigMap checkout than was shown$/)
  assert.deepEqual(cluster.ledger, [])
  cluster.put(config({ a: '1' }, { resourceVersion: '9', labels: { by: 'somebody' } }))
  assert.deepEqual(await go(), { outcome: 'done', detail: 'ConfigMap checkout is as the manifest says' })
})

const heldIn = (object: KubeObject, manager: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, managedFields: [{ manager, operation: 'Update', fieldsV1: { 'f:data': { 'f:a': {} } } }] },
})

test('what is missing is made where the entry says so, only if nothing is there, and stays', async (t) => {
  const opened = await room(t, checkout(), { create: true })
  const { offer, cluster, refusal } = opened
  const wanted = { kind: 'ConfigMap' }
  const made = await offer(JSON.stringify(config({ a: '1' }, { uid: undefined, resourceVersion: undefined })), wanted)
  assert.deepEqual(
    [made.title, made.risk, made.undo, made.change],
    ['Make shop/checkout (ConfigMap) as shop.json says', 'MEDIUM', null, ['+ data.a: "1"']],
  )
  assert.ok(made.notes.includes('It cannot be taken back here: what is made stays until somebody deletes it'))
  const go = () => runnerOf('apply')?.run(made.steps[0]?.request, runningIn(opened))
  assert.equal((await go())?.outcome, 'done')
  assert.equal((await go())?.outcome, 'failed', 'it is there now')
  assert.deepEqual(
    cluster.ledger.map(({ method, path }) => [method, path]),
    [['POST', '/api/v1/namespaces/shop/configmaps']],
  )
  cluster.remove('Deployment', 'checkout')
  assert.deepEqual((await offer(deployment({ image: 'registry.example/checkout:1.3.9' }))).risk, 'HIGH')
  assert.match(await refusal(deployment({ image: 'x', securityContext: { privileged: true } })), /is forbidden/)
})
