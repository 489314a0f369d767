import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ago, d, hex, type Json, merge, type World } from '../faults/world.ts'

/** Where a cluster runs and which versions: several components word things differently from minor to minor. */
export type Flavour = {
  readonly cloud: 'openshift' | 'hetzner' | 'digitalocean' | 'oracle' | 'autopilot' | 'eksAuto' | 'talos' | 'edge'
  /** Minor version of Kubernetes 1. */
  readonly minor: 27 | 28 | 29 | 30 | 31 | 32 | 33
  readonly runtime?: 'containerd' | 'cri-o'
}

/** The object as this version and this runtime would have written it. */
export const dress = (w: World, of: Flavour, o: KubeObject): KubeObject => {
  const text = of.runtime === 'cri-o' ? JSON.stringify(o).replaceAll('containerd://', 'cri-o://') : JSON.stringify(o)
  const x = JSON.parse(text) as KubeObject
  if (x.kind === 'Node') return asNode(w, of, x)
  if (x.kind === 'Pod') return asPod(w, of, x)
  if (x.kind === 'Event') return { ...x, message: worded(of, x) }
  if (x.kind === 'Deployment') return recreated(x)
  if (x.kind === 'Job' && of.minor < 31)
    return withConditions(x, (c) => !['FailureTarget', 'SuccessCriteriaMet'].includes(String(c['type'])))
  return x
}

const recreated = (o: KubeObject): KubeObject =>
  (o.spec?.['strategy'] as { type?: string } | undefined)?.type === 'Recreate'
    ? { ...o, spec: { ...o.spec, strategy: { type: 'Recreate' } } }
    : o

const withConditions = (o: KubeObject, keep: (c: Json) => boolean): KubeObject => {
  const conditions = o.status?.['conditions'] as Json[] | undefined
  return conditions === undefined ? o : { ...o, status: { ...o.status, conditions: conditions.filter(keep) } }
}

const asPod = (w: World, of: Flavour, o: KubeObject): KubeObject => {
  const told = withConditions(o, (c) => of.minor >= 29 || c['type'] !== 'PodReadyToStartContainers')
  const status = { ...told.status }
  const node = o.spec?.['nodeName']
  if (of.cloud === 'oracle' && node !== undefined) Object.assign(status, { hostIP: node, hostIPs: [{ ip: node }] })
  if (of.minor < 29) delete status['hostIPs']
  for (const field of ['containerStatuses', 'initContainerStatuses']) {
    const all = status[field] as { state?: { waiting?: { reason: string; message?: string } } }[] | undefined
    if (all === undefined) continue
    status[field] = all.map((c) => {
      const waiting = c.state?.waiting
      if (of.minor < 32 || waiting?.reason !== 'ImagePullBackOff') return c
      return { ...c, state: { waiting: { ...waiting, message: `${waiting.message}: ErrImagePull: ${pullError(w, o)}` } } }
    })
  }
  status['conditions'] = ((status['conditions'] ?? []) as Json[]).map((c) =>
    c['reason'] === 'Unschedulable' ? { ...c, message: claims(of, String(c['message'])) } : c,
  )
  return { ...told, status }
}

/** Since 1.32 the back-off repeats why the pull failed. */
const pullError = (w: World, pod: KubeObject): string => {
  const told = w.objects.find(
    (e) =>
      e.kind === 'Event' &&
      (e['involvedObject'] as { uid?: string }).uid === pod.metadata.uid &&
      String(e['message']).startsWith('Failed to pull image'),
  )
  return String(told?.['message'] ?? '').replace(/^Failed to pull image "[^"]*": /, '')
}

const claims = (of: Flavour, message: string): string =>
  of.minor < 32 ? message : message.replace('. preemption: ', '. no new claims to deallocate, preemption: ')

const worded = (of: Flavour, e: KubeObject): string => {
  const message = String(e['message'])
  if (e['reason'] === 'FailedScheduling') return claims(of, message)
  if (e['reason'] === 'Created' && of.minor >= 32) return message.replace('Created container ', 'Created container: ')
  return message
}

const clouds: Readonly<Record<Flavour['cloud'], { region: string; zones: readonly string[]; os: string; kernel: string; type: string }>> = {
  openshift: {
    region: 'dc2',
    zones: ['dc2-a', 'dc2-b'],
    os: 'Red Hat Enterprise Linux CoreOS 417.94.202502051822-0',
    kernel: '5.14.0-427.50.1.el9_4.x86_64',
    type: 'vsphere-vm.cpu-8.mem-32gb.os-unknown',
  },
  hetzner: { region: 'fsn1', zones: ['fsn1-dc14'], os: 'Ubuntu 22.04.5 LTS', kernel: '5.15.0-131-generic', type: 'cpx41' },
  digitalocean: {
    region: 'ams3',
    zones: ['ams3'],
    os: 'Debian GNU/Linux 12 (bookworm)',
    kernel: '6.1.0-28-amd64',
    type: 's-8vcpu-32gb',
  },
  oracle: {
    region: 'eu-frankfurt-1',
    zones: ['EU-FRANKFURT-1-AD-1', 'EU-FRANKFURT-1-AD-2', 'EU-FRANKFURT-1-AD-3'],
    os: 'Oracle Linux Server 8.10',
    kernel: '5.15.0-302.167.6.el8uek.x86_64',
    type: 'VM.Standard.E4.Flex',
  },
  autopilot: {
    region: 'europe-west4',
    zones: ['europe-west4-a', 'europe-west4-b', 'europe-west4-c'],
    os: 'Container-Optimized OS from Google',
    kernel: '6.6.56+',
    type: 'e2-standard-8',
  },
  eksAuto: {
    region: 'us-east-2',
    zones: ['us-east-2a', 'us-east-2b', 'us-east-2c'],
    os: 'Bottlerocket (EKS Auto, Standard) 2025.3.9 (aws-k8s-1.32-standard)',
    kernel: '6.1.129',
    type: 'm7i.2xlarge',
  },
  talos: { region: 'home', zones: ['home-1'], os: 'Talos (v1.9.4)', kernel: '6.12.13-talos', type: 'metal' },
  edge: { region: 'plant-7', zones: ['rack1', 'rack2'], os: 'Ubuntu 24.04.2 LTS', kernel: '6.8.0-53-generic', type: 'k3s' },
}

const patches: Readonly<Record<number, number>> = { 27: 16, 28: 15, 29: 13, 30: 9, 31: 6, 32: 2, 33: 1 }

const asNode = (w: World, of: Flavour, o: KubeObject): KubeObject => {
  const cloud = clouds[of.cloud]
  const { name } = o.metadata
  const at = w.objects.filter((x) => x.kind === 'Node').findIndex((x) => x.metadata.name === name)
  const zone = cloud.zones[at % cloud.zones.length]!
  const version = `v1.${of.minor}.${patches[of.minor]}${of.cloud === 'edge' ? '+k3s1' : ''}`
  const runtime = of.runtime === 'cri-o' ? `cri-o://1.${of.minor}.3` : `containerd://${of.minor < 30 ? '1.6.36' : '1.7.25'}`
  const told: Json = {
    metadata: {
      labels: {
        'topology.kubernetes.io/region': cloud.region,
        'topology.kubernetes.io/zone': zone,
        'node.kubernetes.io/instance-type': cloud.type,
      },
    },
    spec: { providerID: `${of.cloud}://${cloud.region}/${hex(name).slice(0, 12)}` },
    status: {
      // There a node is called by its address.
      ...(of.cloud === 'oracle'
        ? {
            addresses: [
              { type: 'InternalIP', address: name },
              { type: 'Hostname', address: name },
            ],
          }
        : {}),
      nodeInfo: {
        kubeletVersion: version,
        ...(of.minor < 33 ? { kubeProxyVersion: version } : {}),
        containerRuntimeVersion: runtime,
        osImage: cloud.os,
        kernelVersion: cloud.kernel,
      },
    },
  }
  const made = merge(o as unknown as Json, told) as unknown as KubeObject
  return made.metadata.creationTimestamp === undefined
    ? { ...made, metadata: { ...made.metadata, creationTimestamp: ago(w, d(30)) } }
    : made
}
