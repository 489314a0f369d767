import { certificateTroubles, SOON_SECONDS } from '../../kubernetes/certificates.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Series } from '../../series/series.ts'
import { duration } from '../../text/number.ts'
import { wordsOfAlert } from '../../text/words-of-alert.ts'
import type { Rule, RuleFinding, RuleInput } from './rule.ts'

/** Certificates that have expired or are about to: cert-manager's objects, admission webhooks, and what probes and exporters measure. */
export const certificateExpiry: Rule = {
  id: 'certificate-expiry',
  looksAt: 'certificates',
  needs: ['kubernetes', 'prometheus'],
  evaluate: async (input) => {
    const isAbout = speaksOfCertificates(input)
    const [known, measured] = await Promise.allSettled([fromObjects(input, isAbout), fromMetrics(input, isAbout)])
    const findings = [...(known.status === 'fulfilled' ? known.value : []), ...(measured.status === 'fulfilled' ? measured.value : [])]
    // What one source proves is not lost because the other failed; where nothing was found, the failure is what there is to say.
    for (const result of [known, measured]) if (findings.length === 0 && result.status === 'rejected') throw result.reason
    return findings
  },
}

const speaksOfCertificates = ({ alert }: RuleInput): boolean => /\bcert|certificate|x509|\btls\b|\bssl\b/i.test(wordsOfAlert(alert))

const fromObjects = (input: RuleInput, isAbout: boolean): Promise<RuleFinding[]> =>
  findingsOf('certificate-expiry', input, ({ around }) =>
    certificateTroubles({ around, isAbout, named: Object.values(input.alert.labels) }),
  )

/** Of the blackbox exporter, of x509-certificate-exporter, and of cert-manager; the last renews short-lived ones, so only expired ones count. */
const QUERY = [
  `(probe_ssl_earliest_cert_expiry - time() < ${SOON_SECONDS})`,
  `(x509_cert_not_after - time() < ${SOON_SECONDS})`,
  '(certmanager_certificate_expiration_timestamp_seconds - time() < 0)',
].join(' or ')

/** More certificates than this nobody lets expire at once. */
const MOST_SERIES = 50

const fromMetrics = async (input: RuleInput, isAbout: boolean): Promise<RuleFinding[]> => {
  const { sources, clock, signal, cite } = input
  const { prometheus } = sources
  if (prometheus === undefined) return []
  const { series, complete } = await prometheus.instant(QUERY, { at: clock.now(), signal, limit: MOST_SERIES })
  const ours = series
    .flatMap((one) => ({ one, left: one.points.at(-1)?.[1] ?? Number.NaN }))
    .filter(({ one, left }) => Number.isFinite(left) && isOurs(input, one))
    .toSorted((a, b) => a.left - b.left || (nameOf(a.one) < nameOf(b.one) ? -1 : 1))
  const [first] = ours
  if (first === undefined) return []
  const name = nameOf(first.one)
  const seconds = Math.round(first.left)
  const words = seconds <= 0 ? `expired ${duration(-seconds)} ago` : `expires in ${duration(seconds)}`
  const answer = cite({
    source: 'prometheus',
    query: QUERY,
    range: { from: null, to: clock.now().toISOString() },
    output: { kind: 'series', series: ours.map(({ one }) => one) },
    shown: ours
      .slice(0, 10)
      .map(
        ({ one, left }) =>
          `${nameOf(one)}: ${left <= 0 ? `expired ${duration(-Math.round(left))} ago` : `expires in ${duration(Math.round(left))}`} ${JSON.stringify(one.labels).slice(0, 300)}`,
      )
      .join('\n'),
    complete,
    link: prometheus.link(QUERY),
  })
  const isExpired = seconds <= 0
  const { namespace } = first.one.labels
  return [
    {
      rule: 'certificate-expiry',
      severity: isExpired ? 'critical' : 'high',
      confidence: 'high',
      summary: `The certificate of ${name} ${words}.`,
      suggestion: 'Renew it, then reload what shows it',
      object: { kind: 'Certificate', ...(namespace === undefined ? {} : { namespace }), name: name.slice(0, 253) },
      category: 'certificate',
      weight: isExpired ? 0.9 : isAbout ? 0.85 : 0.2,
      evidence: [answer],
    },
  ]
}

/** What is measured under the alert's own instance, or bears the subject's name as a word: "https://checkout.example.com". */
const isOurs = ({ alert, subject }: RuleInput, { labels }: Series): boolean => {
  const { instance } = alert.labels
  if (instance !== undefined && labels['instance'] === instance) return true
  const name = subject?.split('/').at(-1)?.toLowerCase()
  return (
    name !== undefined &&
    Object.values(labels).some((value) =>
      value
        .toLowerCase()
        .split(/[^a-z0-9-]+/)
        .includes(name),
    )
  )
}

const nameOf = ({ labels }: Series): string =>
  labels['secret_name'] ?? labels['name'] ?? labels['subject_CN'] ?? labels['instance'] ?? labels['target'] ?? 'a probed endpoint'
