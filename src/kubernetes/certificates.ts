import { X509Certificate } from 'node:crypto'
import { duration } from '../text/number.ts'
import type { Around } from './around.ts'
import { conditionOf } from './condition.ts'
import { eventsOf } from './events.ts'
import { findObject, nameOf, ofKind, type Ref, refOf } from './objects.ts'
import { workloadOf } from './owners.ts'
import { listAt, textAt, timeAt } from './read.ts'
import type { ClusterState, KubeObject } from './state.ts'
import type { Relation } from './subject.ts'
import { closest, listed, sinceWords, type Trouble } from './trouble.ts'

/** Less than this left is worth a word: the weekend. */
export const SOON_SECONDS = 3 * 86_400

/** A certificate is issued within minutes; what takes longer does not come. */
const SLOW_MS = 15 * 60_000

/** Renewal is tried again and again; an hour after its time it has failed. */
const OVERDUE_MS = 3600_000

const RECENT_MS = 30 * 60_000

type Given = {
  readonly around: Around
  /** Whether the alert itself speaks of certificates: then one that is about to expire is its cause. */
  readonly isAbout: boolean
  /** The values of the alert's labels: it may name the certificate itself. */
  readonly named: readonly string[]
}

/** Certificates of cert-manager that have expired, are not renewed or not issued, and admission webhooks whose certificate has expired. */
export const certificateTroubles = (given: Given): readonly Trouble[] => [
  ...ofKind(given.around.state, 'Certificate')
    .filter(({ apiVersion }) => apiVersion.startsWith('cert-manager.io/'))
    .flatMap((certificate) => ofCertificate(given, certificate) ?? []),
  ...webhookTroubles(given),
]

const ofCertificate = (given: Given, certificate: KubeObject): Trouble | undefined => {
  const { state } = given.around
  const ready = conditionOf(certificate, 'Ready')
  const end = timeAt(certificate, 'status', 'notAfter')
  const left = end === null ? null : Math.round((end.getTime() - state.at.getTime()) / 1000)
  const users = usersOf(given.around, certificate)
  const isNamed =
    given.isAbout && [certificate.metadata.name, textAt(certificate, 'spec', 'secretName')].some((name) => given.named.includes(name))
  const base = {
    object: refOf(certificate),
    relation: isNamed ? ('subject' as const) : closest([given.around.concerned.relationOf(refOf(certificate)), ...users.relations]),
    category: 'certificate' as const,
    explains: users.refs,
    objects: [certificate],
    suggestion: `See why it is not renewed: \`kubectl describe certificate ${certificate.metadata.name} -n ${certificate.metadata.namespace ?? 'default'}\`, then its CertificateRequest and issuer`,
  }
  const why = ready === undefined || ready.status === 'True' ? '' : ` (${ready.reason}: ${ready.message.slice(0, 110)})`
  const forWhom = users.refs.length === 0 ? '' : ` It is used by ${listed(users.refs)}.`
  const line = `notAfter ${textAt(certificate, 'status', 'notAfter')}, renewalTime ${textAt(certificate, 'status', 'renewalTime')}`
  if (left !== null && left <= 0) {
    const summary = `${nameOf(refOf(certificate))} has expired${sinceWords(state, end)}${why}.${forWhom}`
    return { ...base, severity: 'critical', weight: 0.92, since: end, summary, shown: [line, summary] }
  }
  const renewal = timeAt(certificate, 'status', 'renewalTime')
  // Short-lived certificates are always about to expire: only one whose time of renewal has passed is in trouble.
  const isOverdue = renewal !== null ? state.at.getTime() - renewal.getTime() > OVERDUE_MS : ready?.status === 'False'
  // An alert about it knows how early it is to be renewed; without one only what expires soon is worth a word.
  if (left !== null && isOverdue && (left < SOON_SECONDS || isNamed)) {
    const told = tellingOf(state, certificate)
    const summary = `${nameOf(refOf(certificate))} expires in ${duration(left)} and has not been renewed${sinceWords(state, renewal).replace(' since', ', due')}${why}${told === null ? '' : `: "${told}"`}.${forWhom}`
    return { ...base, severity: 'high', weight: given.isAbout ? 0.88 : 0.2, summary, shown: [line, summary] }
  }
  const isSlow = ready?.since !== null && ready?.since !== undefined && state.at.getTime() - ready.since.getTime() > SLOW_MS
  if (left === null && ready?.status === 'False' && isSlow) {
    const summary = `${nameOf(refOf(certificate))} has never been issued${sinceWords(state, ready.since)}${why}.${forWhom}`
    return { ...base, severity: 'high', weight: given.isAbout ? 0.85 : 0.5, since: ready.since, summary, shown: [line, summary] }
  }
  return undefined
}

/** Why it is not issued, in the words of what cert-manager makes for it (CertificateRequest, Order, Challenge), else of its own condition. */
const tellingOf = (state: ClusterState, certificate: KubeObject): string | null => {
  const { namespace, name } = certificate.metadata
  const event = eventsOf(state).find(
    ({ about, isWarning, reason, last }) =>
      /^(?:CertificateRequest|Order|Challenge)$/.test(about.kind) &&
      about.namespace === namespace &&
      about.name.startsWith(`${name}-`) &&
      (isWarning || /NotFound|Failed/.test(reason)) &&
      last !== null &&
      state.at.getTime() - last.getTime() < RECENT_MS,
  )
  const message = event?.message ?? conditionOf(certificate, 'Issuing')?.message ?? ''
  return message === '' ? null : message.slice(0, 150)
}

/** The ingresses and workloads that show a certificate, and the services that it names. */
const usersOf = (
  { state, concerned }: Around,
  certificate: KubeObject,
): { readonly refs: readonly Ref[]; readonly relations: readonly Relation[] } => {
  const { namespace } = certificate.metadata
  const secret = textAt(certificate, 'spec', 'secretName')
  const ingresses = ofKind(state, 'Ingress').filter(
    (ingress) =>
      ingress.metadata.namespace === namespace && listAt(ingress, 'spec', 'tls').some((tls) => textAt(tls, 'secretName') === secret),
  )
  const backends = ingresses.flatMap((ingress) =>
    listAt(ingress, 'spec', 'rules').flatMap((rule) =>
      listAt(rule, 'http', 'paths').flatMap((path) => {
        const name = textAt(path, 'backend', 'service', 'name')
        return name === '' ? [] : [{ kind: 'Service', ...(namespace === undefined ? {} : { namespace }), name }]
      }),
    ),
  )
  const hosts = listAt(certificate, 'spec', 'dnsNames').flatMap((name) => (typeof name === 'string' ? name.split('.')[0] || [] : []))
  const services = ofKind(state, 'Service').filter(({ metadata }) => metadata.namespace === namespace && hosts.includes(metadata.name))
  const refs = [...ingresses, ...services].map(refOf)
  const mounted: Ref = { kind: 'Secret', ...(namespace === undefined ? {} : { namespace }), name: secret }
  return { refs, relations: [...refs, ...backends, mounted].map((ref) => concerned.relationOf(ref)) }
}

const CONFIGURATIONS = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'] as const

/** What the API server says when it cannot trust a webhook; creating anything that the webhook watches fails meanwhile. */
const EXPIRED = /certificate has expired or is not yet valid|certificate has expired/

const webhookTroubles = ({ around: { state, concerned } }: Given): readonly Trouble[] =>
  CONFIGURATIONS.flatMap((kind) => ofKind(state, kind)).flatMap((configuration) => {
    const names = listAt(configuration, 'webhooks').map((webhook) => textAt(webhook, 'name'))
    const refused = eventsOf(state).filter(
      ({ message, last }) =>
        EXPIRED.test(message) &&
        last !== null &&
        state.at.getTime() - last.getTime() < RECENT_MS &&
        names.some((name) => name !== '' && message.includes(`failed calling webhook "${name}"`)),
    )
    const ended = listAt(configuration, 'webhooks').flatMap((webhook) => expiryOf(textAt(webhook, 'clientConfig', 'caBundle')) ?? [])
    const expired = ended.filter((end) => end.getTime() <= state.at.getTime()).toSorted((a, b) => a.getTime() - b.getTime())[0]
    const [event] = refused
    if (event === undefined && expired === undefined) return []
    const workloads = refused.map(({ about }) => workloadFor(state, about))
    const name = nameOf(refOf(configuration))
    const what =
      expired === undefined
        ? 'is served with a certificate that has expired'
        : `trusts a certificate authority that has expired${sinceWords(state, expired)}`
    const summary = `${name} ${what}${workloads.length === 0 ? '' : `: ${listed(workloads)} cannot create its pods`}.`
    return [
      {
        object: refOf(configuration),
        relation: closest([concerned.relationOf(refOf(configuration)), ...workloads.map((one) => concerned.relationOf(one))]),
        category: 'certificate' as const,
        severity: 'critical' as const,
        weight: event === undefined ? 0.5 : 0.93,
        since: expired ?? event?.first ?? null,
        summary,
        suggestion: `Renew the certificate of the webhook and its caBundle: \`kubectl get ${kindPath(configuration)} ${configuration.metadata.name} -o yaml\``,
        explains: workloads,
        objects: [configuration, ...refused.slice(0, 3).map(({ object }) => object)],
        shown: [summary, ...refused.slice(0, 3).map(({ message }) => message)],
      },
    ]
  })

const kindPath = ({ kind }: KubeObject): string => kind.toLowerCase()

const workloadFor = (state: ClusterState, about: Ref): Ref => {
  const found = findObject(state, about)
  return found === undefined ? about : workloadOf(state, found)
}

/** When the first certificate of a bundle (base64 of PEM) ends; undefined for what is none. A bundle is good while its last one is. */
const expiryOf = (bundle: string): Date | undefined => {
  const pems =
    Buffer.from(bundle.slice(0, 100_000), 'base64')
      .toString('latin1')
      .match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  const ends = pems.flatMap((pem) => {
    try {
      return [new Date(new X509Certificate(pem).validTo).getTime()]
    } catch {
      // Whatever stands there is no certificate: of it nothing is known.
      return []
    }
  })
  const last = Math.max(...ends)
  return Number.isFinite(last) ? new Date(last) : undefined
}
