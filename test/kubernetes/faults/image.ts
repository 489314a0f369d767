import type { FaultCase } from './case.ts'
import { alert, answer, fault, ksm, type Story } from './cluster.ts'
import { event } from './events.ts'
import { configError, kubelet, pullFailing } from './looks.ts'
import type { PodLook } from './objects.ts'
import { account, service } from './things.ts'
import { job, type Plan, workload } from './workloads.ts'
import { d, h, m, s, type World } from './world.ts'

const unpacked = (image: string, why: string, code = 'Unknown'): string =>
  `rpc error: code = ${code} desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${why}`

const split = (image: string): { host: string; repository: string; tag: string } => {
  const slash = image.indexOf('/')
  const [repository, tag] = image.slice(slash + 1).split(':')
  return { host: image.slice(0, slash), repository: repository!, tag: tag ?? 'latest' }
}

const words = {
  notFound: (image: string): string => unpacked(image, `${image}: not found`, 'NotFound'),
  denied: (image: string): string =>
    unpacked(
      image,
      'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    ),
  unauthorised: (image: string): string =>
    unpacked(
      image,
      `failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://${split(image).host}/token?scope=repository%3A${encodeURIComponent(split(image).repository)}%3Apull&service=${split(image).host}: 401 Unauthorized`,
    ),
  forbidden: (image: string): string =>
    unpacked(
      image,
      `unexpected status from HEAD request to https://${split(image).host}/v2/${split(image).repository}/manifests/${split(image).tag}: 403 Forbidden`,
    ),
  timeout: (image: string): string =>
    unpacked(
      image,
      `failed to do request: Head "https://${split(image).host}/v2/${split(image).repository}/manifests/${split(image).tag}": dial tcp 10.20.0.15:443: i/o timeout`,
    ),
  noHost: (image: string): string =>
    unpacked(
      image,
      `failed to do request: Head "https://${split(image).host}/v2/${split(image).repository}/manifests/${split(image).tag}": dial tcp: lookup ${split(image).host} on 10.0.0.2:53: no such host`,
    ),
  refused: (image: string): string =>
    unpacked(
      image,
      `failed to do request: Head "https://${split(image).host}/v2/${split(image).repository}/manifests/${split(image).tag}": dial tcp 10.20.0.15:443: connect: connection refused`,
    ),
  tooMany: (image: string): string =>
    `rpc error: code = Unknown desc = failed to pull and unpack image "${image}": failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/${split(image).repository}/manifests/sha256:0a399eb16751829e1af26fea27b20c3ec28d7ab1fb72182879dcae1cca21206a: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit`,
  platform: (image: string): string =>
    `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": no match for platform in manifest: not found`,
}

/** A workload whose newest pods wait for an image. */
const pull = (of: {
  plan: Plan & { image: string }
  error: (image: string) => string
  since: number
  cause: RegExp
  by: 'waiting' | 'notReady' | 'deployment' | 'rollout' | 'statefulset' | 'daemonset'
  failing?: number
  old?: number
  init?: string
  ttl?: number
  herrings?: readonly string[]
  each?: (w: World, pod: Parameters<NonNullable<PodLook['tell']>>[1]) => void
  before?: (w: World) => void
  also?: Parameters<typeof answer>[2]
  now?: 'ErrImagePull'
}): Story => ({
  ...(of.ttl === undefined ? {} : { ttl: of.ttl }),
  ...(of.herrings === undefined ? {} : { herrings: of.herrings }),
  tell: (w) => {
    of.before?.(w)
    const { plan } = of
    const container = of.init ?? plan.container ?? plan.name
    const image = of.init === undefined ? plan.image : plan.inits!.find((i) => i.name === of.init)!.image
    const look = (): PodLook =>
      pullFailing(container, {
        image,
        error: of.error(image),
        since: of.since,
        init: of.init !== undefined,
        ...(of.now === undefined ? {} : { now: of.now }),
        ...(of.each === undefined ? {} : { more: { tell: of.each } }),
      })
    const made = workload(w, {
      requests: { cpu: '100m', memory: '128Mi' },
      port: 8080,
      ...plan,
      ...(plan.pods === undefined ? { pods: Array.from({ length: of.failing ?? 1 }, look) } : {}),
      ...(of.old === undefined ? {} : { oldPods: Array.from({ length: of.old }, () => ({ age: d(4) })), rolling: true }),
    })
    if (plan.kind !== 'DaemonSet') service(w, { ns: plan.ns, name: plan.name })
    const first = made.pods.find((p) => p.status?.['phase'] === 'Pending')!
    const { ns, name } = plan
    const labels: Record<typeof of.by, [string, Record<string, string>]> = {
      waiting: ['KubeContainerWaiting', ksm({ namespace: ns, pod: first.metadata.name, container, reason: 'ImagePullBackOff' })],
      notReady: ['KubePodNotReady', { namespace: ns, pod: first.metadata.name }],
      deployment: ['KubeDeploymentReplicasMismatch', ksm({ namespace: ns, deployment: name })],
      rollout: ['KubeDeploymentRolloutStuck', { namespace: ns, deployment: name }],
      statefulset: ['KubeStatefulSetReplicasMismatch', { namespace: ns, statefulset: name }],
      daemonset: ['KubeDaemonSetRolloutStuck', { namespace: ns, daemonset: name }],
    }
    const [alertname, rest] = labels[of.by]
    return { alert: alert(w, alertname, rest), expected: answer(made.object, [of.cause], [made, ...(of.also ?? [])]) }
  },
})

export const images: FaultCase[] = [
  ...fault('image-tag-not-found', [
    pull({
      plan: {
        ns: 'shop',
        name: 'checkout',
        image: 'registry.example.com/shop/checkout:v3.14.0',
        before: 'registry.example.com/shop/checkout:v3.13.2',
        age: d(190),
        rolled: m(24),
        replicas: 3,
      },
      old: 3,
      error: words.notFound,
      since: m(24),
      cause: /not found|v3\.14\.0|does not exist/i,
      by: 'rollout',
    }),
    pull({
      plan: {
        kind: 'StatefulSet',
        ns: 'monitoring-apps',
        name: 'tempo',
        image: 'docker.io/grafana/tempo:2.99.1',
        age: d(40),
        rolled: m(33),
        replicas: 1,
      },
      error: words.notFound,
      since: m(33),
      cause: /not found|2\.99\.1|does not exist/i,
      by: 'statefulset',
      herrings: ['neighbourPull', 'oldOom', 'oldPolicies', 'cordoned'],
    }),
  ]),
  ...fault('image-repository-wrong', [
    pull({
      plan: {
        ns: 'frontend',
        name: 'web',
        image: 'docker.io/acmecorp/web-storefront:1.8.1',
        before: 'docker.io/acmecorp/storefront-web:1.8.0',
        age: d(88),
        rolled: m(22),
        replicas: 2,
      },
      old: 2,
      error: words.denied,
      since: m(22),
      cause: /does not exist|denied|acmecorp\/web-storefront|authoriz/i,
      by: 'notReady',
    }),
    pull({
      plan: {
        ns: 'tools',
        name: 'pgadmin',
        container: 'ui',
        image: 'registry.example.com/mirrors/dpage/pgadmin5:8.12',
        age: m(48),
        rolled: m(48),
        replicas: 1,
      },
      error: words.notFound,
      since: m(48),
      cause: /not found|pgadmin5|does not exist/i,
      by: 'deployment',
    }),
  ]),
  ...fault('image-pull-secret-missing', [
    pull({
      plan: {
        ns: 'partners',
        name: 'portal',
        image: 'ghcr.io/acme/portal:5.0.2',
        age: m(37),
        rolled: m(37),
        replicas: 2,
        pod: { imagePullSecrets: [{ name: 'ghcr-pull' }] },
      },
      failing: 2,
      error: words.unauthorised,
      since: m(37),
      cause: /ghcr-pull|401|unauthori[sz]ed|credential|pull secret|authoriz/i,
      by: 'deployment',
      each: (w, p) =>
        kubelet(w, p, {
          reason: 'FailedToRetrieveImagePullSecret',
          message: 'Unable to retrieve some image pull secrets (ghcr-pull); attempting to pull the image may not succeed.',
          first: m(37),
          last: s(14),
          count: 160,
        }),
      also: [{ kind: 'Secret', namespace: 'partners', name: 'ghcr-pull' }],
    }),
    pull({
      plan: {
        ns: 'labs',
        name: 'assistant',
        image: 'quay.io/acme-internal/assistant:2026.3',
        age: d(14),
        rolled: m(26),
        replicas: 1,
        account: 'assistant',
      },
      error: words.unauthorised,
      since: m(26),
      cause: /quay-robot|401|unauthori[sz]ed|credential|pull secret|authoriz/i,
      by: 'waiting',
      before: (w) => account(w, { ns: 'labs', name: 'assistant', pullSecrets: ['quay-robot'] }),
      each: (w, p) =>
        kubelet(w, p, {
          reason: 'FailedToRetrieveImagePullSecret',
          message: 'Unable to retrieve some image pull secrets (quay-robot); attempting to pull the image may not succeed.',
          first: m(26),
          last: s(11),
          count: 118,
        }),
      also: [
        { kind: 'Secret', namespace: 'labs', name: 'quay-robot' },
        { kind: 'ServiceAccount', namespace: 'labs', name: 'assistant' },
      ],
    }),
  ]),
  ...fault('image-credentials-refused', [
    pull({
      plan: {
        ns: 'payments',
        name: 'risk',
        image: '482910337714.dkr.ecr.eu-west-1.amazonaws.com/risk:1.44.0',
        age: d(200),
        rolled: m(29),
        replicas: 2,
        pod: { imagePullSecrets: [{ name: 'ecr' }] },
      },
      old: 2,
      error: words.forbidden,
      since: m(29),
      cause: /403|forbidden|credential|authoriz|access/i,
      by: 'rollout',
    }),
    {
      tell: (w) => {
        const image = 'registry.corp.example/security/falco:0.39.1'
        const made = workload(w, {
          kind: 'DaemonSet',
          ns: 'security',
          name: 'falco',
          image,
          age: d(90),
          rolled: m(31),
          rolling: true,
          pods: w.workers.map((on, i) =>
            i === 1 ? pullFailing('falco', { image, node: on, error: words.unauthorised(image), since: m(31) }) : { node: on, age: d(20) },
          ),
        })
        return {
          alert: alert(w, 'KubeDaemonSetRolloutStuck', { namespace: 'security', daemonset: 'falco' }),
          expected: answer(made.object, [/401|unauthori[sz]ed|credential|authoriz/i], [made]),
        }
      },
    },
  ]),
  ...fault('image-registry-unreachable', [
    pull({
      plan: {
        ns: 'orders',
        name: 'fulfilment',
        image: 'harbor.corp.example/orders/fulfilment:7.1.0',
        age: d(120),
        rolled: m(21),
        replicas: 3,
      },
      old: 3,
      error: words.timeout,
      since: m(21),
      cause: /timeout|unreachable|cannot be reached|not reach|dial tcp/i,
      by: 'notReady',
    }),
    pull({
      plan: {
        ns: 'iot',
        name: 'ingestor',
        image: 'registry.plant7.example/iot/ingestor:0.9.3',
        age: d(18),
        rolled: d(2),
        replicas: 3,
        pods: [
          {},
          {},
          pullFailing('ingestor', {
            image: 'registry.plant7.example/iot/ingestor:0.9.3',
            error: words.noHost('registry.plant7.example/iot/ingestor:0.9.3'),
            since: m(25),
          }),
        ],
      },
      failing: 1,
      error: words.noHost,
      since: m(25),
      cause: /no such host|unreachable|cannot be reached|lookup|DNS|resolve/i,
      by: 'waiting',
    }),
  ]),
  ...fault('image-registry-refuses-connection-or-limits', [
    pull({
      plan: { ns: 'docs', name: 'wiki', image: 'docker.io/library/mediawiki:1.42.3', age: d(300), rolled: d(30), replicas: 1 },
      error: words.tooMany,
      since: m(23),
      cause: /429|rate limit|too many requests|toomanyrequests/i,
      by: 'deployment',
    }),
    pull({
      plan: { ns: 'games', name: 'lobby', image: 'registry.games.example:5000/games/lobby:3.3.3', age: d(50), rolled: m(27), replicas: 2 },
      old: 2,
      error: (image) => words.refused(image),
      since: m(27),
      cause: /connection refused|unreachable|cannot be reached|refus/i,
      by: 'rollout',
    }),
  ]),
  ...fault('image-name-invalid', [
    {
      tell: (w) => {
        const image = 'registry.example.com/Shop/Search:latest'
        const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format: repository name (Shop/Search) must be lowercase`
        const look: PodLook = {
          ...configError('search-api', { reason: 'InvalidImageName', message, since: m(26) }),
          tell: (x, p) => {
            kubelet(x, p, { container: 'search-api', reason: 'InspectFailed', message, first: m(26) - 3, last: s(9), count: 122 })
            kubelet(x, p, {
              container: 'search-api',
              reason: 'Failed',
              message: 'Error: InvalidImageName',
              first: m(26) - 3,
              last: s(9),
              count: 122,
            })
          },
        }
        const made = workload(w, {
          ns: 'shop',
          name: 'search-api',
          image,
          before: 'registry.example.com/shop/search:4.4.0',
          age: d(88),
          rolled: m(26),
          rolling: true,
          pods: [look],
          oldPods: [{ age: d(5) }, { age: d(5) }],
          replicas: 2,
        })
        return {
          alert: alert(w, 'KubeDeploymentRolloutStuck', { namespace: 'shop', deployment: 'search-api' }),
          expected: answer(made.object, [/InvalidImageName|invalid|lowercase|parse|Shop\/Search/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const image = 'registry.example.com/etl/loader:v1.2:stable'
        const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`
        const look: PodLook = {
          ...configError('loader', { reason: 'InvalidImageName', message, since: m(41) }),
          tell: (x, p) => {
            kubelet(x, p, { container: 'loader', reason: 'InspectFailed', message, first: m(41) - 3, last: s(4), count: 188 })
            kubelet(x, p, {
              container: 'loader',
              reason: 'Failed',
              message: 'Error: InvalidImageName',
              first: m(41) - 3,
              last: s(4),
              count: 188,
            })
          },
        }
        const made = job(w, { ns: 'etl', name: 'loader-29311000', container: 'loader', image, age: m(41), pods: [look] })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'etl', pod: made.pods[0]!.metadata.name }),
          expected: answer(made.object, [/InvalidImageName|invalid|parse|v1\.2:stable/i], [made]),
        }
      },
    },
  ]),
  ...fault('image-never-pulled', [
    {
      tell: (w) => {
        const image = 'acme/simulator:local'
        const message = `Container image "${image}" is not present with pull policy of Never`
        const look: PodLook = {
          ...configError('simulator', { reason: 'ErrImageNeverPull', message, since: m(22) }),
          tell: (x, p) => {
            kubelet(x, p, { container: 'simulator', reason: 'ErrImageNeverPull', message, first: m(22) - 2, last: s(3), count: 101 })
            kubelet(x, p, {
              container: 'simulator',
              reason: 'Failed',
              message: 'Error: ErrImageNeverPull',
              first: m(22) - 2,
              last: s(3),
              count: 101,
            })
          },
        }
        const made = workload(w, {
          ns: 'qa',
          name: 'simulator',
          image,
          age: m(22),
          rolled: m(22),
          rolling: true,
          with: { imagePullPolicy: 'Never' },
          pods: [look],
        })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'qa', pod: made.pods[0]!.metadata.name }),
          expected: answer(made.object, [/ErrImageNeverPull|Never|not present/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const image = 'edge/agent:2.0'
        const message = `Container image "${image}" is not present with pull policy of Never`
        const on = w.workers[w.workers.length - 1]!
        const look: PodLook = {
          ...configError('agent', { reason: 'ErrImageNeverPull', message, since: m(44) }),
          node: on,
          tell: (x, p) => {
            kubelet(x, p, { container: 'agent', reason: 'ErrImageNeverPull', message, first: m(44) - 2, last: s(6), count: 203 })
            kubelet(x, p, {
              container: 'agent',
              reason: 'Failed',
              message: 'Error: ErrImageNeverPull',
              first: m(44) - 2,
              last: s(6),
              count: 203,
            })
          },
        }
        const made = workload(w, {
          kind: 'DaemonSet',
          ns: 'edge',
          name: 'agent',
          image,
          age: d(30),
          rolled: d(30),
          with: { imagePullPolicy: 'Never' },
          pods: [...w.workers.slice(0, -1).map((node) => ({ node })), look],
        })
        return {
          alert: alert(w, 'KubeDaemonSetRolloutStuck', { namespace: 'edge', daemonset: 'agent' }),
          expected: answer(made.object, [/ErrImageNeverPull|Never|not present/i], [made]),
        }
      },
    },
  ]),
  ...fault('image-no-such-platform', [
    pull({
      plan: {
        ns: 'video',
        name: 'player-api',
        image: 'registry.example.com/video/player-api:9.0.0',
        age: d(33),
        rolled: m(20),
        replicas: 2,
      },
      old: 2,
      error: words.platform,
      since: m(20),
      cause: /platform|architecture/i,
      by: 'rollout',
    }),
    pull({
      plan: { ns: 'ml', name: 'ranker', image: 'docker.io/acme/ranker:0.4', age: d(9), rolled: m(28), replicas: 1 },
      error: words.platform,
      since: m(28),
      cause: /platform|architecture/i,
      by: 'notReady',
    }),
  ]),
  ...fault('image-of-an-init-container', [
    pull({
      init: 'fetch-assets',
      plan: {
        ns: 'frontend',
        name: 'blog',
        image: 'registry.example.com/frontend/blog:2.2.0',
        age: d(101),
        rolled: m(23),
        replicas: 2,
        inits: [{ name: 'fetch-assets', image: 'registry.example.com/platform/asset-fetcher:1.0.9' }],
      },
      old: 2,
      error: words.notFound,
      since: m(23),
      cause: /asset-fetcher|not found|1\.0\.9/i,
      by: 'notReady',
    }),
    pull({
      init: 'vault-agent',
      plan: {
        ns: 'payments',
        name: 'settlement',
        image: 'registry.example.com/payments/settlement:11.1',
        age: d(240),
        rolled: h(2),
        replicas: 1,
        inits: [{ name: 'vault-agent', image: 'docker.io/hashicorp/vault:1.17.99' }],
      },
      error: words.notFound,
      since: m(30),
      cause: /vault|not found|1\.17\.99/i,
      by: 'deployment',
      ttl: h(8),
      before: (w) =>
        event(w, {
          on: {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: { name: 'settlement', namespace: 'payments', uid: '77f5a2a0-93ac-4c55-8f15-1c9e9ef7b9a1' },
          },
          reason: 'ScalingReplicaSet',
          message: 'Scaled down replica set settlement-5f4d9c7bb6 to 0 from 1',
          first: h(2) - 40,
          from: 'deployment-controller',
        }),
    }),
  ]),
]
