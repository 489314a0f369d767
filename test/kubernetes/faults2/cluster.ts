import type { KubeObject } from '../../../src/kubernetes/state.ts'
import type { Expected, FaultCase, ObjectName } from '../faults/case.ts'
import { answer } from '../faults/cluster.ts'
import { herrings } from '../faults/herrings.ts'
import { node } from '../faults/objects.ts'
import { account, configMap, drawEndpoints, namespace } from '../faults/things.ts'
import type { Workload } from '../faults/workloads.ts'
import { ago, d, h, hex, letters, m, number, patch, s, seeded, type World } from '../faults/world.ts'
import { dress, type Flavour } from './dress.ts'
import { oddities, platform, town } from './town.ts'

export type Told = { readonly alert: FaultCase['alert']; readonly expected: Expected | null }

export type Story = Flavour & {
  readonly name: string
  readonly nodes?: number
  /** Names of what is odd elsewhere; four by chance if not given. */
  readonly odd?: readonly string[]
  readonly ttl?: number
  readonly tell: (w: World) => Told
}

const names: Readonly<Record<Flavour['cloud'], (seed: string, i: number) => string>> = {
  openshift: (_, i) => `ocp4-compute-${i}.dc2.example.net`,
  hetzner: (seed, i) => `fsn1-k8s-agent-${letters(seed, 3)}-${i + 1}`,
  digitalocean: (seed, i) => `pool-${letters(seed, 9)}-${letters(`${seed}${i}`, 5)}`,
  oracle: (seed, i) => `10.0.${10 + number(seed, 6)}.${21 + i * 17}`,
  autopilot: (seed, i) => `gk3-main-nap-${letters(seed, 8)}-${hex(`${seed}${i}`).slice(0, 8)}-${letters(`${seed}n${i}`, 4)}`,
  eksAuto: (seed, i) => `i-0${hex(`${seed}${i}`).slice(0, 16)}.us-east-2.compute.internal`,
  talos: (seed, i) => `talos-${letters(`${seed}${i}`, 3)}-${letters(`${seed}t${i}`, 3)}`,
  edge: (_, i) => `rack${1 + (i % 2)}-node0${i + 1}`,
}

/** One cluster: nodes of a cloud, what runs in every cluster, the story itself, neighbours of its namespace and oddities elsewhere. */
export const cluster = (story: Story): FaultCase => {
  const seed = `second ${story.name}`
  const w: World = {
    seed,
    now: Date.UTC(2026, number(seed, 11), 1 + number(`${seed}d`, 27), number(`${seed}h`, 24), number(`${seed}m`, 60), number(seed, 59)),
    objects: [],
    logs: {},
    workers: [],
    cordoned: [],
    controlPlane: [],
    lost: [],
    reserved: [],
    addresses: new Set(),
    lostSince: {},
    absent: [],
    ttl: story.ttl ?? h(1),
    random: seeded(seed),
    placed: number(seed, 5),
    later: [],
    alone: [],
  }
  for (let i = 0; i < (story.nodes ?? 3 + number(seed, 3)); i++) {
    const made = names[story.cloud](seed, i)
    w.workers.push(made)
    node(w, made, { cpu: 8, memoryGi: 32, age: d(520 - i) })
  }
  if (story.cloud === 'talos' || story.cloud === 'openshift') {
    const made = story.cloud === 'talos' ? 'talos-cp-1' : 'ocp4-control-plane-0.dc2.example.net'
    w.controlPlane.push(made)
    const role = 'node-role.kubernetes.io/control-plane'
    node(w, made, { age: d(530), labels: { [role]: '' }, taints: [{ key: role, effect: 'NoSchedule' }] })
  }
  const told = story.tell(w)
  platform(w, story)
  town(w, spaceOf(told.alert.labels) ?? spaceOf(told.expected?.object) ?? 'portal')
  const all = { ...herrings, ...oddities }
  const odd =
    story.odd ??
    draw(
      w,
      Object.keys(all).filter((x) => x !== 'cordoned'),
    )
  for (const name of odd) all[name]?.(w)
  for (const add of w.later) add()
  settle(w)
  return {
    name: story.name,
    variant: 'a',
    now: ago(w, 0),
    alert: told.alert,
    objects: w.objects.map((o) => dress(w, story, o)).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    logs: w.logs,
    expected: told.expected,
  }
}

const spaceOf = (x: object | undefined): string | undefined =>
  (x as Record<string, string> | undefined)?.['namespace'] ?? (x as Record<string, string> | undefined)?.['kube_namespace']

const keyOf = (o: KubeObject): string => `${o.kind}/${o.metadata.namespace ?? ''}/${o.metadata.name}`

const draw = (w: World, from: readonly string[]): string[] => {
  const out = new Set<string>()
  while (out.size < 4) out.add(from[Math.floor(w.random() * from.length)]!)
  return [...out]
}

/** Namespaces, accounts, the map that every namespace gets, endpoints. */
const settle = (w: World): void => {
  const spaces = new Set([...w.objects.map((o) => o.metadata.namespace).filter((n) => n !== undefined), 'default', 'kube-system'])
  for (const ns of spaces) {
    const has = (kind: string, name: string): boolean =>
      w.objects.some((o) => o.kind === kind && o.metadata.name === name && (kind === 'Namespace' || o.metadata.namespace === ns))
    if (!has('Namespace', ns)) namespace(w, ns)
    const used = w.objects.filter((o) => o.kind === 'Pod' && o.metadata.namespace === ns).map((o) => String(o.spec?.['serviceAccountName']))
    for (const name of new Set(['default', ...used]))
      if (!has('ServiceAccount', name) && !w.absent.includes(`ServiceAccount/${ns}/${name}`)) account(w, { ns, name })
    if (!has('ConfigMap', 'kube-root-ca.crt')) configMap(w, { ns, name: 'kube-root-ca.crt', data: { 'ca.crt': rootCertificate } })
  }
  drawEndpoints(w)
}

const rootCertificate = '-----BEGIN CERTIFICATE-----\nMIIC/jCCAeagAwIBAgIBADANBgkq\n-----END CERTIFICATE-----\n'

// ---- what stories are told with

/** Labels as the team's own rule gives them; nothing is added. */
export const fires = (
  w: World,
  alertname: string,
  labels: Readonly<Record<string, string>>,
  of: { for?: number; fired?: number; severity?: string } = {},
): FaultCase['alert'] => ({
  labels: { alertname, ...(of.severity === undefined ? {} : { severity: of.severity }), ...labels },
  startsAt: ago(w, of.fired ?? s(35)),
  for: of.for ?? m(5),
})

/** The workload, its newest set, its pods, and whatever else counts as the same. */
export const blames = (made: Workload, cause: RegExp, also: readonly (KubeObject | ObjectName | Workload)[] = []): Expected =>
  answer(made.object, [cause], [made, ...also])

/** The Endpoints and the slice that belong to a service. */
export const endsOf = (w: World, svc: KubeObject): ObjectName[] => {
  const { name, namespace: space } = svc.metadata
  const ns = space === undefined ? {} : { namespace: space }
  return [
    { kind: 'Endpoints', ...ns, name },
    { kind: 'EndpointSlice', ...ns, name: `${name}-${letters(`${w.seed}${name}`, 5)}` },
  ]
}

export const nodeOf = (w: World, name: string): KubeObject => w.objects.find((o) => o.kind === 'Node' && o.metadata.name === name)!

/** Conditions of a node that have turned. */
export const turn = (
  w: World,
  name: string,
  over: Readonly<Record<string, { status: string; reason: string; message: string; since: number; heartbeat?: number }>>,
  taints: readonly { key: string; effect: string }[] = [],
): KubeObject => {
  const found = nodeOf(w, name)
  const conditions = (found.status?.['conditions'] ?? []) as { type: string }[]
  return patch(w, found, {
    ...(taints.length === 0 ? {} : { spec: { taints: taints.map((t) => ({ ...t, timeAdded: ago(w, Object.values(over)[0]!.since) })) } }),
    status: {
      conditions: conditions.map((c) => {
        const turned = over[c.type]
        if (turned === undefined) return c
        const { since, heartbeat, ...words } = turned
        return { ...c, ...words, lastTransitionTime: ago(w, since), lastHeartbeatTime: ago(w, heartbeat ?? 20) }
      }),
    },
  })
}
