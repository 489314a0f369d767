import type { ClassMention, Mentions, Quoted } from '../read/mentions.ts'
import { type NameMention, nameCovered } from '../read/names.ts'
import { fold } from '../read/passage.ts'
import type { Cover } from './cover.ts'
import type { Support } from './covering.ts'

/** Whether a quotation stands in a passage of a receipt. */
export const quotedCovered = ({ text, mark }: Quoted, { covers, given }: Support): boolean => {
  const folded = fold(text)
  if ((folded.match(/[\p{L}\p{N}]/gu) ?? []).length < 2) return true
  if (covers.some(({ passages }) => passages.some((passage) => holds(passage, folded)))) return true
  if (given.names.has(folded)) return true
  // Code may be written together from what is covered: `DB_POOL_MAX=10`, `checkout`.
  const names = new Set(covers.flatMap(({ names: all }) => [...all]))
  return mark === '`' && nameCovered(text, names)
}

const holds = (passage: string, quoted: string): boolean => {
  const at = passage.indexOf(quoted)
  if (at < 0) return false
  const edge = (a: string, b: string): boolean => /[\p{L}\p{N}]/u.test(a) && /[\p{L}\p{N}]/u.test(b)
  return !edge(passage[at - 1] ?? '', quoted[0] ?? '') && !edge(passage[at + quoted.length] ?? '', quoted.at(-1) ?? '')
}

/** Whether a name stands in a receipt, or is the alert's own and no receipt is about another one of its kind. */
export const nameIsCovered = (name: NameMention, mentions: Mentions, { covers, given, inventory }: Support): boolean => {
  if (covers.some(({ names }) => nameCovered(name.text, names))) return true
  if (/\p{Ll}\p{Lu}/u.test(name.text) && !/\d/.test(name.text)) {
    // NotReady may stand there as NodeNotReady, or as "not ready".
    const apart = fold(name.text.replace(/(?<=\p{Ll})(?=\p{Lu})/gu, ' '))
    const joined = fold(name.text)
    if (covers.some(({ quote = '', lines = [] }) => [quote, ...lines].some((line) => line.includes(joined) || line.includes(apart))))
      return true
  }
  const mentioned = new Set(mentions.names.map(({ text }) => fold(text)))
  const folded = fold(name.text)
  const group = covers.flatMap(({ together }) => together).find((values) => values.includes(folded))
  if (group) return group.every((value) => mentioned.has(value))
  if (!nameCovered(name.text, given.names) && !technology.test(name.text)) return false
  // The alert's own names, and what a thing is made with, may be said without a receipt, but not instead of the object that the receipts are about.
  const rivals = covers.flatMap(({ own, names }) => [
    ...own.filter(({ kind }) => kind === name.kind).map((rival) => rival.name),
    ...[...names].filter((other) => inventory.get(other) === name.kind),
  ])
  if (rivals.length > 0) return rivals.some((rival) => mentioned.has(rival))
  return !insteadOf(covers, mentioned)
}

/** Every receipt is of one series of an object of its own, and the sentence names none of them. */
const insteadOf = (covers: readonly Cover[], mentioned: ReadonlySet<string>): boolean => {
  const objects = covers.map(({ own, shows }) =>
    shows === 'value' ? own.filter(({ kind }) => kind === 'node' || kind === 'queue' || kind === 'path' || kind === 'group') : [],
  )
  return objects.length > 0 && objects.every((own) => own.length > 0 && !own.some(({ name }) => mentioned.has(name)))
}

/** Written as a product is, not as an object: "its Redis client". */
const technology =
  /^(?:cert-manager|kube-proxy|coredns|Redis|Kafka|Postgres|Mongo|Nginx|Envoy|Istio|Linkerd|Consul|Vault|Etcd|Cassandra|Memcached|Zookeeper|ZooKeeper|Sentinel|Prometheus|Loki|Tempo|Grafana|Kubernetes|Docker|Linux|Java|Node|Python|Go|JVM|Stripe|Cloudflare|Lambda|Helm|Argo|Flux|Terraform|Celery|Sidekiq|Airflow|Spark|Flink|Nats|Pulsar|Haproxy|HAProxy|Traefik|CoreDNS|PgBouncer|Elastic|OpenSearch|Solr|Jaeger)$/

/** Whether a quantile or a status stands in the query or the words of a receipt. */
export const classCovered = ({ text, of }: ClassMention, { covers, given }: Support): boolean => {
  const contexts = covers.flatMap(({ context, passages }) => [context, ...passages])
  const has = (pattern: RegExp): boolean =>
    contexts.some((context) => pattern.test(context)) || [...given.names].some((name) => pattern.test(name))
  if (of === 'quantile') {
    const digits = text.replace(/^p/, '')
    if (digits === '50' && has(/\bmedian\b/)) return true
    const share = digits.includes('.') ? digits.replace('.', '') : digits
    return has(
      new RegExp(
        `(?<!\\d)0?\\.${share.replace(/0$/, '')}0*(?!\\d)|p${digits.replace('.', '\\.?')}(?!\\d)|(?<!\\d)${digits.replace('.', '\\.')}(?:th|rd|nd|st)`,
      ),
    )
  }
  const [first = ''] = text
  if (text.endsWith('xx'))
    return has(new RegExp(`(?<![\\d.])${first}(?:xx|\\.\\.|\\[0-9\\]|\\\\d|\\d\\d)|(?<![\\d.])${first}\\.\\+|(?<![\\d.])${first}\\.\\*`))
  return has(new RegExp(`(?<![\\d.])${text}(?![\\d.]\\d|\\d)`))
}
