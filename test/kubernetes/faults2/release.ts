import { claim, service } from '../faults/things.ts'
import { type Plan, type Workload, workload } from '../faults/workloads.ts'
import { d, type World } from '../faults/world.ts'

type Scheme = 'k8s-app' | 'app' | 'instance' | 'name'

export const selectorOf = (name: string, scheme: Scheme): Record<string, string> =>
  scheme === 'k8s-app'
    ? { 'k8s-app': name }
    : scheme === 'app'
      ? { app: name }
      : scheme === 'name'
        ? { 'app.kubernetes.io/name': name }
        : { 'app.kubernetes.io/name': baseOf(name), 'app.kubernetes.io/instance': name }

/** The part of a release's name that says what it is: no version, no colour, no number. */
const baseOf = (name: string): string => name.split('-').findLast((part) => /^(?!v\d|r\d)[a-z]{3,}/.test(part)) ?? name

/** A workload whose label scheme is told; a StatefulSet gets its headless service and its claims. */
export const release = (w: World, plan: Plan & { scheme?: Scheme }): Workload => {
  const { scheme, ...rest } = plan
  const selector = plan.selector ?? selectorOf(plan.name, scheme ?? 'instance')
  // A roll-out that is refused pod by pod would have left the old ones where they were.
  const nothingLeft = plan.kind === undefined && plan.rolling && (plan.oldPods ?? []).length === 0 && plan.rolled !== plan.age
  const spec = nothingLeft ? { strategy: { type: 'Recreate' }, ...plan.spec } : plan.spec
  const wanted = plan.pods?.filter((look) => look.gone === undefined && look.terminating === undefined).length
  const made = workload(w, {
    ...(plan.kind === undefined && plan.refused === undefined && wanted !== undefined ? { replicas: wanted } : {}),
    requests: { cpu: '150m', memory: '256Mi' },
    ...rest,
    ...(spec === undefined ? {} : { spec }),
    selector,
  })
  if (plan.kind === 'StatefulSet') {
    const port = plan.port ?? 5432
    service(w, {
      ns: plan.ns,
      name: `${plan.name}-headless`,
      selector,
      headless: true,
      port,
      targetPort: port,
      portName: 'main',
      spec: { publishNotReadyAddresses: false },
    })
    for (const c of plan.volumeClaims ?? [])
      for (const [i] of (plan.pods ?? Array.from({ length: plan.replicas ?? 2 })).entries()) {
        const name = `${c.name}-${plan.name}-${i}`
        if (!w.objects.some((o) => o.kind === 'PersistentVolumeClaim' && o.metadata.name === name) && !w.absent.includes(name))
          claim(w, { ns: plan.ns, name, size: c.size, age: d(90), ...(c.storageClass === undefined ? {} : { class: c.storageClass }) })
      }
  }
  return made
}

/** A listening container: named or numbered ports and a readiness probe by HTTP. */
export const listens = (port: number, name?: string, path = '/healthz') => ({
  ports: [{ ...(name === undefined ? {} : { name }), containerPort: port, protocol: 'TCP' }],
  readinessProbe: {
    httpGet: { path, port: name ?? port, scheme: 'HTTP' },
    timeoutSeconds: 2,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  },
})
