import { crashing, kubelet, pullFailing } from '../faults/looks.ts'
import { cronJob, job } from '../faults/workloads.ts'
import { d, h, m, s } from '../faults/world.ts'
import { blames, fires, type Story } from './cluster.ts'
import { listens, release } from './release.ts'

const missing = /not found|manifest unknown|does not exist|no such|missing|tag/i

export const images: readonly Story[] = [
  {
    name: 'image-tag-unknown-to-the-registry',
    cloud: 'openshift',
    minor: 29,
    runtime: 'cri-o',
    tell: (w) => {
      const image = 'quay.example.net/acme/ledger-core:2.14.0-rc9'
      const error = `rpc error: code = Unknown desc = reading manifest 2.14.0-rc9 in quay.example.net/acme/ledger-core: manifest unknown`
      const made = release(w, {
        ns: 'ledger-prod',
        name: 'acme-ledger-core',
        container: 'core',
        scheme: 'app',
        image,
        before: 'quay.example.net/acme/ledger-core:2.13.4',
        rolled: m(19),
        age: d(200),
        rolling: true,
        replicas: 3,
        with: listens(8080),
        oldPods: [{ age: d(20) }, { age: d(20) - 30 }, { age: d(20) - 60 }],
        pods: [pullFailing('core', { image, error, since: m(19) - 2 })],
      })
      return {
        alert: fires(
          w,
          'KubePodNotReady',
          { namespace: 'ledger-prod', pod: made.pods[0]!.metadata.name, severity: 'warning' },
          { for: m(15) },
        ),
        expected: blames(made, missing),
      }
    },
  },
  {
    name: 'image-registry-name-does-not-resolve',
    cloud: 'talos',
    minor: 33,
    tell: (w) => {
      const image = 'harbor.corp.example.net/payments/settlement:7.3.1'
      const error = `rpc error: code = Unknown desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to do request: Head "https://harbor.corp.example.net/v2/payments/settlement/manifests/7.3.1": dial tcp: lookup harbor.corp.example.net on 169.254.116.108:53: no such host`
      const made = release(w, {
        ns: 'payments',
        name: 'eu1-settlement-worker',
        container: 'worker',
        image,
        rolled: m(14),
        age: d(70),
        rolling: true,
        pods: [pullFailing('worker', { image, error, since: m(14) - 2 }), pullFailing('worker', { image, error, since: m(14) - 3 })],
      })
      return {
        alert: fires(w, 'QueueLag', { namespace: 'payments', deployment: 'eu1-settlement-worker', queue: 'settlements' }, { for: m(5) }),
        expected: blames(made, /no such host|resolve|lookup|dns|registry|reach/i),
      }
    },
  },
  {
    name: 'image-secret-for-pulling-not-there',
    cloud: 'oracle',
    minor: 31,
    tell: (w) => {
      const image = 'fra.ocir.example.com/tenancy/kyc/face-match:1.0.44'
      const error = `rpc error: code = Unknown desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://fra.ocir.example.com/20180419/docker/token?scope=repository%3Atenancy%2Fkyc%2Fface-match%3Apull&service=fra.ocir.example.com: 403 Forbidden`
      const tell = (first: number) => ({
        tell: (x: typeof w, pod: Parameters<typeof kubelet>[1]) =>
          kubelet(x, pod, {
            reason: 'FailedToRetrieveImagePullSecret',
            message: 'Unable to retrieve some image pull secrets (ocir-pull-2026); attempting to pull the image may not succeed.',
            first,
            last: 12,
            count: Math.max(2, Math.floor(first / 13)),
          }),
      })
      const made = release(w, {
        ns: 'kyc',
        name: 'kyc-face-match',
        container: 'face-match',
        scheme: 'app',
        image,
        rolled: m(12),
        age: m(12),
        rolling: true,
        pod: { imagePullSecrets: [{ name: 'ocir-pull-2026' }] },
        pods: [pullFailing('face-match', { image, error, since: m(12) - 2, more: tell(m(12) - 3) })],
      })
      return {
        alert: fires(w, 'DeploymentUnavailable', { namespace: 'kyc', deployment: 'kyc-face-match' }, { for: m(5) }),
        expected: blames(made, /ocir-pull-2026|pull secret|credential|author|403|forbidden|denied/i, [
          { kind: 'Secret', namespace: 'kyc', name: 'ocir-pull-2026' },
        ]),
      }
    },
  },
  {
    name: 'image-limit-of-the-registry',
    cloud: 'digitalocean',
    minor: 30,
    tell: (w) => {
      const image = 'docker.io/library/python:3.12-slim'
      const error = `failed to pull and unpack image "${image}": failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/python/manifests/sha256:af4e85f1cac90dd3771e47292ea7c8a9830abfabbe4faa5c53f158854c2e819d: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit`
      const by = cronJob(w, { ns: 'pricing-lab', name: 'repricer', schedule: '*/30 * * * *', age: d(88), last: m(18) })
      const made = job(w, {
        ns: 'pricing-lab',
        name: 'repricer-29412030',
        container: 'repricer',
        image,
        age: m(18),
        by,
        pods: [pullFailing('repricer', { image, error, since: m(18) - 1 })],
      })
      return {
        alert: fires(w, 'JobNotDone', { namespace: 'pricing-lab', job_name: 'repricer-29412030' }, { for: m(10) }),
        expected: blames(made, /rate limit|toomanyrequests|too many requests|429|limit/i, [by]),
      }
    },
  },
  {
    name: 'image-registry-with-unknown-authority',
    cloud: 'edge',
    minor: 32,
    tell: (w) => {
      const image = 'registry.plant7.example.org:5000/scada/opc-bridge:5.1.0'
      const error = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to do request: Head "https://registry.plant7.example.org:5000/v2/scada/opc-bridge/manifests/5.1.0": tls: failed to verify certificate: x509: certificate signed by unknown authority`
      const made = release(w, {
        kind: 'StatefulSet',
        ns: 'scada',
        name: 'opc-bridge',
        container: 'bridge',
        scheme: 'k8s-app',
        port: 4840,
        image,
        rolled: m(26),
        age: d(310),
        pods: [pullFailing('bridge', { image, error, since: m(26) - 3 })],
      })
      return {
        alert: fires(w, 'StatefulSetDown', { namespace: 'scada', statefulset: 'opc-bridge' }, { for: m(15), severity: 'critical' }),
        expected: blames(made, /x509|certificate|unknown authority|tls|trust/i),
      }
    },
  },
  {
    name: 'image-gone-when-a-pod-was-made-again',
    cloud: 'hetzner',
    minor: 28,
    nodes: 5,
    tell: (w) => {
      const image = 'registry.example.net/security/falco-agent@sha256:4f2d6ab3c8f1e0d97a55b8c1f06d2e9b73ac4418e5f0a9d2b6c7e8f9010a1b2c'
      const error = `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`
      const drained = w.workers[4]!
      const made = release(w, {
        kind: 'DaemonSet',
        ns: 'security',
        name: 'falco-agent',
        container: 'falco',
        scheme: 'name',
        image,
        rolled: d(80),
        age: d(120),
        pods: w.workers.map((node) => (node === drained ? pullFailing('falco', { image, error, since: m(23), node }) : { node })),
      })
      return {
        alert: fires(w, 'DaemonSetPodsMissing', { namespace: 'security', daemonset: 'falco-agent' }, { for: m(15) }),
        expected: blames(made, missing),
      }
    },
  },
  {
    name: 'image-of-a-sidecar-refused',
    cloud: 'eksAuto',
    minor: 32,
    tell: (w) => {
      const image = '210987654321.dkr.ecr.us-east-2.amazonaws.com/platform/authz-proxy:3.0'
      const error = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": unexpected status from HEAD request to https://210987654321.dkr.ecr.us-east-2.amazonaws.com/v2/platform/authz-proxy/manifests/3.0: 403 Forbidden`
      const bad = (since: number) => pullFailing('authz', { image, error, since, more: {} })
      const made = release(w, {
        ns: 'claims',
        name: 'claims-intake-v5',
        container: 'intake',
        rolled: m(15),
        age: d(66),
        rolling: true,
        with: listens(8443, 'https'),
        sidecars: [{ name: 'authz', image }],
        pods: [bad(m(15) - 3), bad(m(15) - 5)],
      })
      return {
        alert: fires(
          w,
          'KubeDeploymentReplicasMismatch',
          { namespace: 'claims', deployment: 'claims-intake-v5', severity: 'warning' },
          { for: m(10) },
        ),
        expected: blames(made, /403|forbidden|credential|author|denied|permission/i),
      }
    },
  },
]

export const earlier: readonly Story[] = [
  {
    name: 'earlier-image-now-crash',
    cloud: 'hetzner',
    minor: 31,
    tell: (w) => {
      const image = 'registry.example.net/fleet/dispatcher:8.2.0'
      const log = [
        'panic: runtime error: index out of range [3] with length 3',
        'goroutine 1 [running]:',
        'main.loadZones(...)',
        '\t/src/cmd/dispatcher/zones.go:88',
      ]
      const made = release(w, {
        ns: 'fleet',
        name: 'fleet-dispatcher',
        container: 'dispatcher',
        image,
        rolled: m(40),
        age: d(90),
        rolling: true,
        pods: [
          crashing('dispatcher', {
            since: m(22),
            age: m(40) - 3,
            restarts: 8,
            exit: 2,
            log,
            ran: 1,
            more: {
              tell: (x, pod) => {
                kubelet(x, pod, {
                  container: 'dispatcher',
                  reason: 'Failed',
                  message: `Failed to pull image "${image}": rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`,
                  first: m(39),
                  last: m(25),
                  count: 6,
                })
                kubelet(x, pod, {
                  container: 'dispatcher',
                  type: 'Normal',
                  reason: 'BackOff',
                  message: `Back-off pulling image "${image}"`,
                  first: m(39),
                  last: m(24),
                  count: 44,
                })
                kubelet(x, pod, {
                  container: 'dispatcher',
                  type: 'Normal',
                  reason: 'Pulled',
                  message: `Successfully pulled image "${image}" in 2.113s (2.113s including waiting). Image size: 48211034 bytes.`,
                  first: m(22) + 4,
                })
              },
            },
          }),
        ],
      })
      return {
        alert: fires(w, 'DeploymentUnavailable', { namespace: 'fleet', deployment: 'fleet-dispatcher' }, { for: m(10) }),
        expected: blames(made, /index out of range|panic|zones|exit(ed|s)? (code |with )?(code )?2/i),
      }
    },
  },
  {
    name: 'earlier-restarts-now-readiness',
    cloud: 'digitalocean',
    minor: 29,
    tell: (w) => {
      const now = (age: number) => ({
        age,
        changed: m(13),
        containers: {
          gateway: {
            is: 'running' as const,
            since: h(5) - 10,
            ready: false,
            restarts: 2,
            last: { exit: 137, reason: 'OOMKilled', ago: h(5), ran: h(9) },
          },
        },
        tell: (x: typeof w, pod: Parameters<typeof kubelet>[1]) =>
          kubelet(x, pod, {
            container: 'gateway',
            reason: 'Unhealthy',
            message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
            first: m(13) + s(20),
            last: s(6),
            count: 79,
          }),
      })
      const made = release(w, {
        ns: 'telephony',
        name: 'sip-gateway-b',
        container: 'gateway',
        scheme: 'k8s-app',
        rolled: d(3),
        limits: { memory: '512Mi' },
        with: listens(9000, 'admin', '/ready'),
        pods: [now(d(3) - 10), now(d(3) - 15)],
      })
      for (const p of made.pods)
        w.logs[`telephony/${p.metadata.name}/gateway`] = {
          current: ['WARN  registrar: upstream trunk carrier-2 answers 408, marking not ready', 'WARN  ready: 0 of 2 trunks up'],
          previous: ['INFO  call 8812 ended'],
        }
      return {
        alert: fires(w, 'DeploymentUnavailable', { namespace: 'telephony', deployment: 'sip-gateway-b' }, { for: m(10) }),
        expected: blames(made, /readiness|503|not ready|unready|trunk/i),
      }
    },
  },
]
