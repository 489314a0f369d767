import assert from 'node:assert/strict'
import { test } from 'node:test'
import { budgetsOver, deliverersOf, resizerOf, scalerOf } from '../../src/kubernetes/ownership.ts'
import { object } from './made.ts'

const of = (metadata: Readonly<Record<string, unknown>>) => deliverersOf(object('Deployment', 'shop/checkout', { metadata }))

const ARGO = 'argocd.argoproj.io/tracking-id'

test('who delivers an object is told by the marks that they leave on this very object', () => {
  const cases: readonly (readonly [Readonly<Record<string, unknown>>, readonly object[]])[] = [
    [{ annotations: { [ARGO]: 'shop:apps/Deployment:shop/checkout' } }, [{ by: 'Argo CD', name: 'shop', putsBack: true }]],
    // Copied along with the annotations of another object.
    [{ annotations: { [ARGO]: 'shop:apps/Deployment:shop/other' } }, []],
    [{ annotations: { [ARGO]: 'shop:/Service:shop/checkout' } }, []],
    [{ labels: { 'argocd.argoproj.io/instance': 'shop' } }, [{ by: 'Argo CD', name: 'shop', putsBack: true }]],
    // Everybody's label, unless Argo CD left another mark.
    [{ labels: { 'app.kubernetes.io/instance': 'shop' } }, []],
    [
      { labels: { 'app.kubernetes.io/instance': 'shop' }, annotations: { 'argocd.argoproj.io/sync-wave': '1' } },
      [{ by: 'Argo CD', name: 'shop', putsBack: true }],
    ],
    [
      { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } },
      [{ by: 'Flux', name: 'kustomization apps', putsBack: true, heedsMark: true }],
    ],
    [
      {
        labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' },
        annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' },
      },
      [{ by: 'Flux', name: 'kustomization apps', putsBack: false, heedsMark: true }],
    ],
    [
      { labels: { 'helm.toolkit.fluxcd.io/name': 'shop', 'app.kubernetes.io/managed-by': 'Helm' } },
      [{ by: 'Flux', name: 'release shop', putsBack: true }],
    ],
    [
      { labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { 'meta.helm.sh/release-name': 'shop-v2' } },
      [{ by: 'Helm', name: 'shop-v2', putsBack: false }],
    ],
    [{}, []],
  ]
  for (const [metadata, expected] of cases) assert.deepEqual(of(metadata), expected, JSON.stringify(metadata))
})

const workload = object('Deployment', 'shop/checkout')
const scaler = (namespace: string, kind: string, name: string, metadata = {}) =>
  object('HorizontalPodAutoscaler', `${namespace}/a`, { metadata, spec: { scaleTargetRef: { kind, name }, maxReplicas: 5 } })

test('an autoscaler is of a workload by kind, name and namespace, and KEDA made it where it says so', () => {
  assert.equal(scalerOf(workload, [scaler('shop', 'StatefulSet', 'checkout'), scaler('ads', 'Deployment', 'checkout')]), null)
  const found = scalerOf(workload, [scaler('shop', 'Deployment', 'checkout')])
  assert.deepEqual([found?.min, found?.max, found?.keda], [1, 5, null])
  const labelled = scaler('shop', 'Deployment', 'checkout', { labels: { 'scaledobject.keda.sh/name': 'queue' } })
  assert.equal(scalerOf(workload, [labelled])?.keda, 'queue')
})

test('a vertical autoscaler that only recommends sets nothing', () => {
  const resizer = (updateMode?: string) =>
    object('VerticalPodAutoscaler', 'shop/a', {
      spec: { targetRef: { kind: 'Deployment', name: 'checkout' }, ...(updateMode === undefined ? {} : { updatePolicy: { updateMode } }) },
    })
  assert.equal(resizerOf(workload, [resizer('Off')]), null)
  assert.ok(resizerOf(workload, [resizer()]))
  assert.ok(resizerOf(workload, [resizer('Initial')]))
})

test('a budget covers pods of its own namespace that its selector fits', () => {
  const budget = (id: string, selector: unknown) => object('PodDisruptionBudget', id, { spec: { selector } })
  const pods = { namespace: 'shop', labels: { app: 'checkout', tier: 'web' } }
  const fits = budget('shop/a', { matchExpressions: [{ key: 'tier', operator: 'In', values: ['web'] }] })
  assert.deepEqual(
    budgetsOver(pods, [fits, budget('shop/b', { matchLabels: { app: 'ads' } }), budget('ads/c', { matchLabels: { app: 'checkout' } })]),
    [fits],
  )
})
