import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editsOf, reversed, stands } from '../../src/kubernetes/edits.ts'
import { graveIn, loosenedBy } from '../../src/kubernetes/loosened.ts'
import { LAST_APPLIED, MARK } from '../../src/kubernetes/mark.ts'

type Fields = Record<string, unknown>

const pods = (container: Fields, pod: Fields = {}, spec: Fields = {}): Fields => ({
  spec: {
    replicas: 4,
    ...spec,
    template: { spec: { containers: [{ name: 'app', image: 'registry.example/checkout:1.3.9', ...container }], ...pod } },
  },
})
const app = { readinessProbe: { httpGet: { port: 8080 } }, resources: { limits: { memory: '256Mi' } } }
const before = pods(app)

test('edits name every place that changes, and lead back', () => {
  const was = {
    metadata: { labels: { a: '1' }, annotations: { [MARK]: 'x', [LAST_APPLIED]: '{}' }, uid: 'u' },
    data: { 'a/b': 'x', gone: 'y' },
    status: {},
  }
  const is = { metadata: { annotations: { [MARK]: 'z', 'x~y': '2' } }, data: { 'a/b': 'z' }, status: { ready: 1 } }
  const edits = editsOf(was, is)
  assert.deepEqual(edits, [
    { path: '/data/a~1b', was: 'x', is: 'z' },
    { path: '/data/gone', was: 'y' },
    { path: '/metadata/annotations/x~0y', is: '2' },
    { path: '/metadata/labels/a', was: '1' },
  ])
  assert.deepEqual(reversed(reversed(edits)), edits)
  assert.ok(stands(was, edits, 'was') && stands(is, edits, 'is') && stands(was, reversed(edits), 'is'))
  assert.ok(!stands(was, edits, 'is') && !stands({ ...is, data: { 'a/b': 'other' } }, edits, 'is'))
  assert.deepEqual(editsOf({ spec: { a: [1], b: 1, c: { d: 1 } } }, { spec: { c: { d: 1 }, b: 1, a: [1, 2] } }), [
    { path: '/spec/a', was: [1], is: [1, 2] },
  ])
})

const RIGHTS = /^a pod never gets more rights on its node/
const GUARD = /^no authentication, firewall, right, limit or guard is ever switched off/

test('a manifest that widens what pods may do, or takes a guard away, is never applied', () => {
  const unconfined = { seccompProfile: { type: 'Unconfined' } }
  const dropped = { securityContext: { capabilities: { drop: ['ALL'] }, runAsNonRoot: true, allowPrivilegeEscalation: false } }
  const budget = (spec: Fields): Fields => ({ spec })
  const ingress = (over: Fields, annotations: Fields = {}): Fields => ({ metadata: { annotations }, spec: { rules: [], ...over } })
  const auth = { 'nginx.ingress.kubernetes.io/auth-type': 'basic' }
  const cases: readonly (readonly [string, Fields, Fields, RegExp])[] = [
    ['Deployment', before, pods({ ...app, securityContext: { privileged: true } }), RIGHTS],
    ['Deployment', before, pods({ ...app, securityContext: { allowPrivilegeEscalation: true } }), RIGHTS],
    ['Deployment', before, pods({ ...app, securityContext: { capabilities: { add: ['NET_ADMIN'] } } }), RIGHTS],
    ['Deployment', before, pods({ ...app, securityContext: { runAsUser: 0 } }), RIGHTS],
    ['Deployment', before, pods(app, { hostNetwork: true }), RIGHTS],
    ['Deployment', before, pods(app, { hostPID: true }), RIGHTS],
    ['Deployment', before, pods(app, { securityContext: unconfined }), RIGHTS],
    ['Deployment', before, pods(app, { volumes: [{ name: 'v', hostPath: { path: '/' } }] }), RIGHTS],
    [
      'Deployment',
      pods(app, { volumes: [{ name: 'v', emptyDir: {} }] }),
      pods(app, { volumes: [{ name: 'v', hostPath: { path: '/' } }] }),
      RIGHTS,
    ],
    ['DaemonSet', pods(dropped), pods({}), RIGHTS],
    ['DaemonSet', pods(dropped), pods({ securityContext: { ...dropped.securityContext, capabilities: { drop: ['CHOWN'] } } }), RIGHTS],
    ['CronJob', { spec: { jobTemplate: before } }, { spec: { jobTemplate: pods(app, { hostIPC: true }) } }, RIGHTS],
    [
      'Deployment',
      before,
      {
        spec: {
          ...(before['spec'] as Fields),
          template: { spec: { containers: [{ name: 'side', image: 'x', securityContext: { privileged: true } }, { name: 'app' }] } },
        },
      },
      RIGHTS,
    ],
    ['Deployment', before, pods(app, { terminationGracePeriodSeconds: 0 }), /^nothing is killed before/],
    ['StatefulSet', before, pods(app, {}, { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } }), /^data is never deleted/],
    ['PodDisruptionBudget', budget({ minAvailable: 2 }), budget({ minAvailable: 1 }), GUARD],
    ['PodDisruptionBudget', budget({ maxUnavailable: '10%' }), budget({ maxUnavailable: '50%' }), GUARD],
    ['PodDisruptionBudget', budget({ minAvailable: 2 }), budget({ maxUnavailable: 1 }), GUARD],
    [
      'PodDisruptionBudget',
      budget({ selector: { matchLabels: { a: '1' } } }),
      budget({ selector: { matchLabels: { a: '1', b: '2' } } }),
      GUARD,
    ],
    ['Service', budget({ ports: [] }), budget({ ports: [], externalIPs: ['10.0.0.1'] }), /never takes addresses/],
    ['Service', budget({ loadBalancerSourceRanges: ['10.0.0.0/8'] }), budget({}), GUARD],
    ['Ingress', ingress({ tls: [{ hosts: ['a'] }] }), ingress({}), GUARD],
    ['Ingress', ingress({}, auth), ingress({}), GUARD],
    [
      'Ingress',
      ingress({}, { 'nginx.ingress.kubernetes.io/limit-rps': '5' }),
      ingress({}, { 'nginx.ingress.kubernetes.io/limit-rps': '0' }),
      GUARD,
    ],
  ]
  for (const [kind, was, is, why] of cases) assert.match(loosenedBy(kind, editsOf(was, is)) ?? '', why, `${kind}: ${JSON.stringify(is)}`)
})

test('what was so before, tightens, or is new without rights of its own, is not forbidden', () => {
  const privileged = pods({ ...app, securityContext: { privileged: true } })
  const fine: readonly (readonly [string, Fields, Fields])[] = [
    ['Deployment', privileged, pods({ ...app, image: 'registry.example/checkout:1.4.0', securityContext: { privileged: true } })],
    ['Deployment', privileged, before],
    ['Deployment', before, pods({ ...app, securityContext: { capabilities: { drop: ['ALL'] }, runAsNonRoot: true } })],
    ['PodDisruptionBudget', { spec: { minAvailable: 1 } }, { spec: { minAvailable: 2 } }],
    ['PodDisruptionBudget', {}, { spec: { minAvailable: 1, selector: { matchLabels: { a: '1' } } } }],
    ['Service', {}, { spec: { loadBalancerSourceRanges: ['10.0.0.0/8'] } }],
    ['ConfigMap', { data: { a: '1' } }, { data: { a: '2' } }],
  ]
  for (const [kind, was, is] of fine) assert.equal(loosenedBy(kind, editsOf(was, is)), null, `${kind}: ${JSON.stringify(is)}`)
  assert.match(loosenedBy('Deployment', editsOf({}, privileged)) ?? '', RIGHTS, 'a new one with rights is forbidden')
})

test('what two people must look at is told', () => {
  const grave = (is: Fields, was = before, kind = 'Deployment') => graveIn(kind, editsOf(was, is), false).join('; ')
  assert.equal(grave(pods({ ...app, image: 'registry.example/checkout:1.4.0' })), '')
  assert.equal(
    grave(pods({ ...app, image: 'other.example/checkout:1.3.9' })),
    'the image comes from other.example/checkout instead of registry.example/checkout',
  )
  assert.match(grave(pods({ resources: app.resources })), /^a probe goes/)
  assert.equal(grave(pods({ readinessProbe: app.readinessProbe })), 'a limit goes')
  assert.match(grave(pods({ ...app, resources: { limits: { memory: '128Mi' } } })), /^a limit gets lower/)
  assert.equal(grave(pods({ ...app, resources: { limits: { memory: '512Mi' } } })), '')
  assert.equal(grave(pods(app, {}, { replicas: 0 })), 'nothing serves any more')
  assert.match(grave(pods(app, {}, { replicas: 1 })), /^replicas 4 -> 1/)
  assert.equal(grave(pods(app, {}, { replicas: 3 })), '')
  assert.match(grave(pods(app, { serviceAccountName: 'admin' })), /another account/)
  assert.match(grave(pods({ ...app, envFrom: [{ secretRef: { name: 'all' } }] })), /another secret/)
  assert.match(grave({ spec: { selector: { app: 'b' } } }, { spec: { selector: { app: 'a' } } }, 'Service'), /whom it reaches/)
  assert.match(grave({ spec: { rules: [{ host: 'b' }] } }, { spec: { rules: [{ host: 'a' }] } }, 'Ingress'), /requests go other ways/)
  assert.match(grave({ spec: { suspend: true } }, { spec: { suspend: false } }, 'CronJob'), /do not run any more/)
  assert.match(grave({ spec: { maxReplicas: 5 } }, { spec: { maxReplicas: 6 } }, 'HorizontalPodAutoscaler'), /^maxReplicas 6 -> 5/)
})
