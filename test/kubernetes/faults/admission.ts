import type { FaultCase, ObjectName } from './case.ts'
import { alert, answer, fault, healthyDeployment, ksm, logOf } from './cluster.ts'
import { event } from './events.ts'
import { configError, crashing, kubelet } from './looks.ts'
import { account, plain, service } from './things.ts'
import { type Plan, type Workload, workload } from './workloads.ts'
import { d, letters, m, s, type World } from './world.ts'

/** A roll-out whose pods the API server does not let in. */
const refusedRollout = (w: World, plan: Plan, of: { message: string; since: number; old?: number }): Workload => {
  const made = workload(w, {
    requests: { cpu: '100m', memory: '128Mi' },
    limits: { memory: '256Mi' },
    port: 8080,
    rolled: of.since,
    rolling: true,
    replicas: of.old ?? 2,
    ...plan,
    ...(of.old === undefined ? {} : { oldPods: Array.from({ length: of.old }, () => ({ age: d(4) })) }),
    refused: { message: of.message, since: of.since },
  })
  service(w, { ns: plan.ns, name: plan.name })
  return made
}

const stuck = (w: World, ns: string, deployment: string): FaultCase['alert'] =>
  alert(w, 'KubeDeploymentRolloutStuck', { namespace: ns, deployment })
const mismatch = (w: World, ns: string, deployment: string): FaultCase['alert'] =>
  alert(w, 'KubeDeploymentReplicasMismatch', ksm({ namespace: ns, deployment }))

const webhook = (
  w: World,
  of: {
    kind: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration'
    name: string
    hook: string
    ns: string
    service: string
    path: string
  },
): ObjectName => {
  plain(w, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: of.kind,
    name: of.name,
    age: d(90),
    rest: {
      webhooks: [
        {
          name: of.hook,
          clientConfig: { service: { namespace: of.ns, name: of.service, path: of.path, port: 443 }, caBundle: 'LS0tLS1CRUdJTi==' },
          failurePolicy: 'Fail',
          matchPolicy: 'Equivalent',
          sideEffects: 'None',
          timeoutSeconds: 10,
          admissionReviewVersions: ['v1'],
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['pods'], scope: 'Namespaced' }],
        },
      ],
    },
  })
  return { kind: of.kind, name: of.name }
}

const violates = (name: string, level: string): string =>
  `violates PodSecurity "${level}:latest": allowPrivilegeEscalation != false (container "${name}" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "${name}" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "${name}" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "${name}" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`

export const admissions: FaultCase[] = [
  ...fault('admission-service-account-missing', [
    {
      tell: (w) => {
        const made = refusedRollout(
          w,
          {
            ns: 'shop',
            name: 'vouchers',
            account: 'vouchers-sa',
            age: d(60),
            beforePod: { serviceAccountName: 'default', serviceAccount: 'default' },
          },
          {
            old: 2,
            since: m(24),
            message:
              'pods "{set}-" is forbidden: error looking up service account shop/vouchers-sa: serviceaccount "vouchers-sa" not found',
          },
        )
        return {
          alert: stuck(w, 'shop', 'vouchers'),
          expected: answer({ kind: 'ServiceAccount', namespace: 'shop', name: 'vouchers-sa' }, [/service ?account|vouchers-sa/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        w.absent.push('ServiceAccount/backup/velero')
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'backup',
          name: 'store',
          replicas: 2,
          account: 'velero',
          age: d(90),
          rolled: d(30),
          pods: [{}],
        })
        event(w, {
          on: made.object,
          type: 'Warning',
          reason: 'FailedCreate',
          message:
            'create Pod store-1 in StatefulSet store failed error: pods "store-1" is forbidden: error looking up service account backup/velero: serviceaccount "velero" not found',
          first: m(19),
          last: s(33),
          count: 18,
          from: 'statefulset-controller',
        })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: 'backup', statefulset: 'store' }),
          expected: answer({ kind: 'ServiceAccount', namespace: 'backup', name: 'velero' }, [/service ?account|velero/i], [made]),
        }
      },
    },
  ]),
  ...fault('admission-pod-security', [
    {
      tell: (w) => {
        plain(w, {
          apiVersion: 'v1',
          kind: 'Namespace',
          name: 'secure-apps',
          age: d(300),
          labels: { 'kubernetes.io/metadata.name': 'secure-apps', 'pod-security.kubernetes.io/enforce': 'restricted' },
          rest: { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } },
        })
        const made = refusedRollout(
          w,
          { ns: 'secure-apps', name: 'vault-ui', age: d(20) },
          { old: 2, since: m(26), message: `pods "{set}-${letters(w.seed, 5)}" is forbidden: ${violates('vault-ui', 'restricted')}` },
        )
        return {
          alert: stuck(w, 'secure-apps', 'vault-ui'),
          expected: answer(
            made.object,
            [/PodSecurity|pod security|violates|restricted/i],
            [made, { kind: 'Namespace', name: 'secure-apps' }],
          ),
        }
      },
    },
    {
      tell: (w) => {
        plain(w, {
          apiVersion: 'v1',
          kind: 'Namespace',
          name: 'net-tools',
          age: d(200),
          labels: { 'kubernetes.io/metadata.name': 'net-tools', 'pod-security.kubernetes.io/enforce': 'baseline' },
          rest: { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } },
        })
        const made = workload(w, {
          kind: 'DaemonSet',
          ns: 'net-tools',
          name: 'tracer',
          age: m(34),
          rolled: m(34),
          pods: [],
          pod: { hostNetwork: true, hostPID: true },
          requests: { cpu: '10m' },
        })
        event(w, {
          on: made.object,
          type: 'Warning',
          reason: 'FailedCreate',
          message: `Error creating: pods "tracer-${letters(w.seed, 5)}" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true, hostPID=true), privileged (container "tracer" must not set securityContext.privileged=true)`,
          first: m(34),
          last: m(4),
          count: 19,
          from: 'daemonset-controller',
        })
        return {
          alert: alert(w, 'KubeDaemonSetNotScheduled', { namespace: 'net-tools', daemonset: 'tracer' }),
          expected: answer(made.object, [/PodSecurity|pod security|violates|baseline/i], [made, { kind: 'Namespace', name: 'net-tools' }]),
        }
      },
    },
  ]),
  ...fault('admission-webhook-unreachable', [
    {
      tell: (w) => {
        const hook = webhook(w, {
          kind: 'ValidatingWebhookConfiguration',
          name: 'kyverno-resource-validating-webhook-cfg',
          hook: 'validate.kyverno.svc-fail',
          ns: 'kyverno',
          service: 'kyverno-svc',
          path: '/validate/fail',
        })
        const engine = workload(w, {
          ns: 'kyverno',
          name: 'kyverno-admission-controller',
          replicas: 0,
          pods: [],
          age: d(150),
          rolled: d(40),
          status: { replicas: 0 },
        })
        service(w, {
          ns: 'kyverno',
          name: 'kyverno-svc',
          selector: { 'app.kubernetes.io/name': 'kyverno-admission-controller' },
          port: 443,
          targetPort: 9443,
          portName: 'https',
        })
        const made = refusedRollout(
          w,
          { ns: 'orders', name: 'invoicing', age: d(60) },
          {
            old: 2,
            since: m(22),
            message:
              'Internal error occurred: failed calling webhook "validate.kyverno.svc-fail": failed to call webhook: Post "https://kyverno-svc.kyverno.svc:443/validate/fail?timeout=10s": no endpoints available for service "kyverno-svc"',
          },
        )
        return {
          alert: stuck(w, 'orders', 'invoicing'),
          expected: answer({ kind: 'Service', namespace: 'kyverno', name: 'kyverno-svc' }, [/webhook/i], [made, engine, hook]),
        }
      },
    },
    {
      tell: (w) => {
        const hook = webhook(w, {
          kind: 'MutatingWebhookConfiguration',
          name: 'sidecar-injector',
          hook: 'inject.mesh.example.com',
          ns: 'mesh',
          service: 'injector',
          path: '/inject',
        })
        const injector = healthyDeployment(w, { ns: 'mesh', name: 'injector', replicas: 1 })
        const made = refusedRollout(
          w,
          { ns: 'chat', name: 'rooms', age: d(12) },
          {
            old: 3,
            since: m(25),
            message:
              'Internal error occurred: failed calling webhook "inject.mesh.example.com": failed to call webhook: Post "https://injector.mesh.svc:443/inject?timeout=10s": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-01-02T03:04:05Z is after 2026-01-02T00:00:00Z',
          },
        )
        return {
          alert: mismatch(w, 'chat', 'rooms'),
          expected: answer(hook, [/webhook|certificate/i], [made, injector, { kind: 'Service', namespace: 'mesh', name: 'injector' }]),
        }
      },
    },
  ]),
  ...fault('admission-policy-denies', [
    {
      tell: (w) => {
        const hook = webhook(w, {
          kind: 'ValidatingWebhookConfiguration',
          name: 'gatekeeper-validating-webhook-configuration',
          hook: 'validation.gatekeeper.sh',
          ns: 'gatekeeper-system',
          service: 'gatekeeper-webhook-service',
          path: '/v1/admit',
        })
        healthyDeployment(w, { ns: 'gatekeeper-system', name: 'gatekeeper-webhook-service', replicas: 1 })
        const made = refusedRollout(
          w,
          { ns: 'finance', name: 'statements', age: d(33) },
          {
            old: 2,
            since: m(20),
            message: 'admission webhook "validation.gatekeeper.sh" denied the request: [require-owner] you must provide labels: {"owner"}',
          },
        )
        return {
          alert: stuck(w, 'finance', 'statements'),
          expected: answer(made.object, [/denied|gatekeeper|admission|policy|label/i], [made, hook]),
        }
      },
    },
    {
      tell: (w) => {
        const hook = webhook(w, {
          kind: 'ValidatingWebhookConfiguration',
          name: 'kyverno-resource-validating-webhook-cfg',
          hook: 'validate.kyverno.svc-fail',
          ns: 'kyverno',
          service: 'kyverno-svc',
          path: '/validate/fail',
        })
        healthyDeployment(w, { ns: 'kyverno', name: 'kyverno-svc', replicas: 1 })
        const made = refusedRollout(
          w,
          { ns: 'public-web', name: 'cms', image: 'docker.io/acme/cms:latest', age: d(8) },
          {
            since: m(41),
            message:
              'admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource Pod/public-web/{set}-6nhw2 was blocked due to the following policies \n\ndisallow-latest-tag:\n  validate-image-tag: \'validation error: Using a mutable image tag e.g. "latest" is not allowed. rule validate-image-tag failed at path /spec/containers/0/image/\'\n',
          },
        )
        return {
          alert: mismatch(w, 'public-web', 'cms'),
          expected: answer(made.object, [/denied|kyverno|admission|polic|latest/i], [made, hook]),
        }
      },
    },
  ]),
  ...fault('admission-priority-class-missing', [
    {
      tell: (w) => {
        const made = refusedRollout(
          w,
          { ns: 'trading', name: 'matcher', pod: { priorityClassName: 'business-critical' }, beforePod: {}, age: d(120) },
          { old: 3, since: m(27), message: 'pods "{set}-" is forbidden: no PriorityClass with name business-critical was found' },
        )
        return {
          alert: stuck(w, 'trading', 'matcher'),
          expected: answer(
            made.object,
            [/priority ?class|business-critical/i],
            [made, { kind: 'PriorityClass', name: 'business-critical' }],
          ),
        }
      },
    },
    {
      tell: (w) => {
        const made = workload(w, {
          kind: 'DaemonSet',
          ns: 'logging',
          name: 'collector',
          age: m(29),
          rolled: m(29),
          pods: [],
          pod: { priorityClassName: 'node-high' },
          requests: { cpu: '20m' },
        })
        event(w, {
          on: made.object,
          type: 'Warning',
          reason: 'FailedCreate',
          message: 'Error creating: pods "collector-" is forbidden: no PriorityClass with name node-high was found',
          first: m(29),
          last: m(2),
          count: 18,
          from: 'daemonset-controller',
        })
        return {
          alert: alert(w, 'KubeDaemonSetNotScheduled', { namespace: 'logging', daemonset: 'collector' }),
          expected: answer(made.object, [/priority ?class|node-high/i], [made, { kind: 'PriorityClass', name: 'node-high' }]),
        }
      },
    },
  ]),
  ...fault('admission-account-may-not', [
    {
      tell: (w) => {
        account(w, { ns: 'platform', name: 'external-dns', age: d(180) })
        const log = [
          'time="2026" level=info msg="Instantiating new Kubernetes client"',
          'time="2026" level=fatal msg="ingresses.networking.k8s.io is forbidden: User \\"system:serviceaccount:platform:external-dns\\" cannot list resource \\"ingresses\\" in API group \\"networking.k8s.io\\" at the cluster scope"',
        ]
        const made = workload(w, {
          ns: 'platform',
          name: 'external-dns',
          replicas: 1,
          account: 'external-dns',
          age: d(180),
          rolled: m(24),
          pods: [crashing('external-dns', { since: m(23), restarts: 9, exit: 1, ran: 1, log })],
        })
        return {
          alert: alert(
            w,
            'KubePodCrashLooping',
            ksm({ namespace: 'platform', pod: made.pods[0]!.metadata.name, container: 'external-dns', reason: 'CrashLoopBackOff' }),
          ),
          expected: answer(
            made.object,
            [/forbidden|RBAC|cannot list|not allowed|permission/i],
            [made, { kind: 'ServiceAccount', namespace: 'platform', name: 'external-dns' }],
          ),
        }
      },
    },
    {
      herrings: ['oldOom', 'chronicCrash', 'oldFailedJob', 'quotaHigh'],
      tell: (w) => {
        account(w, { ns: 'ops', name: 'janitor', age: d(44) })
        const log = [
          'E0311 reflector.go:158] failed to list *v1.Pod: pods is forbidden: User "system:serviceaccount:ops:janitor" cannot list resource "pods" in API group "" in the namespace "ops"',
          'panic: cache did not sync',
          '',
          'goroutine 1 [running]:',
        ]
        const made = workload(w, {
          ns: 'ops',
          name: 'janitor',
          replicas: 1,
          account: 'janitor',
          age: d(44),
          rolled: d(12),
          pods: [crashing('janitor', { since: m(31), age: d(12), restarts: 10, exit: 2, ran: 30, log })],
        })
        logOf(w, made.pods[0]!, 'janitor', { previous: log })
        return {
          alert: alert(w, 'KubeDeploymentReplicasMismatch', ksm({ namespace: 'ops', deployment: 'janitor' })),
          expected: answer(
            made.object,
            [/forbidden|RBAC|cannot list|not allowed|permission/i],
            [made, { kind: 'ServiceAccount', namespace: 'ops', name: 'janitor' }],
          ),
        }
      },
    },
  ]),
  ...fault('admission-image-runs-as-root', [
    {
      tell: (w) => {
        const made = workload(w, {
          ns: 'secure',
          name: 'reporter',
          replicas: 2,
          age: d(70),
          rolled: m(23),
          rolling: true,
          pod: { securityContext: { runAsNonRoot: true } },
          beforePod: {},
          pods: [
            configError('reporter', {
              message: 'container has runAsNonRoot and image will run as root (pod: "{pod}", container: reporter)',
              since: m(23),
            }),
          ],
          oldPods: [{ age: d(6) }, { age: d(6) }],
        })
        return {
          alert: alert(w, 'KubeContainerWaiting', {
            namespace: 'secure',
            pod: made.pods[0]!.metadata.name,
            container: 'reporter',
            reason: 'CreateContainerConfigError',
          }),
          expected: answer(made.object, [/runAsNonRoot|root/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const message = 'container has runAsNonRoot and image has non-numeric user (node), cannot verify user is non-root'
        const made = workload(w, {
          ns: 'frontend',
          name: 'ssr',
          replicas: 1,
          age: d(7),
          rolled: m(35),
          rolling: true,
          pod: { securityContext: { runAsNonRoot: true } },
          beforePod: {},
          pods: [
            configError('ssr', {
              message,
              since: m(35),
              more: {
                tell: (x, p) =>
                  kubelet(x, p, {
                    container: 'ssr',
                    type: 'Normal',
                    reason: 'Pulled',
                    message: 'Container image "registry.example.com/frontend/ssr:3.0" already present on machine',
                    first: m(35) - 3,
                    last: s(8),
                    count: 161,
                  }),
              },
            }),
          ],
          oldPods: [{ age: d(6) }],
        })
        return {
          alert: alert(w, 'KubePodNotReady', { namespace: 'frontend', pod: made.pods[0]!.metadata.name }),
          expected: answer(made.object, [/runAsNonRoot|non-?root/i], [made]),
        }
      },
    },
  ]),
]
