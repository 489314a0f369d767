import type { Config } from '../config.ts'
import { type Edit, leafEdits } from '../kubernetes/edits.ts'
import { loosenedBy } from '../kubernetes/loosened.ts'
import { appliedKinds } from '../kubernetes/manifests.ts'
import { at, listAt, textAt } from '../kubernetes/read.ts'
import { clean } from '../text/clean.ts'
import { createRedactor } from '../text/redact.ts'
import type { Entry } from './catalogue.ts'
import type { Json, Step, Target } from './offer.ts'

/** Where nothing is ever changed: the cluster's own parts, and Vigil itself. */
type Bounds = { readonly own: string }

export const boundsOf = ({ remediation }: Pick<Config, 'remediation'>): Bounds => ({ own: remediation.own_namespace })

/**
 * What no entry may say, whatever it is called and whoever approves it (the list of MISSION 104 as code): each fault names the entry and
 * what is forbidden in it. Asked once, when Vigil starts.
 */
export const forbiddenEntry = (entry: Entry, bounds: Bounds): string[] => {
  const {
    kind,
    name = '',
    argv = [],
    dry_run_argv: dryRun = [],
    url = '',
    image = '',
    namespace,
    params,
    targets,
    undo = '',
    verify,
  } = entry
  const values = Object.values(params).flatMap(({ values: all = [] }) => all.map(String))
  // A check only looks, but a command is a command.
  const looks = verify.map((check) => listAt(check, 'argv').map(String))
  const typed = verify.flatMap((check) => listAt(check, 'steps').map((step) => textAt(step, 'value')))
  const lines = [
    ...[argv, dryRun, ...looks].map((words) => words.join(' ')),
    url,
    image,
    ...values,
    ...[kind, name, undo].map((one) => one.replaceAll('_', ' ')),
  ]
  const places = [
    ...targets.filter((one) => one.includes('/')).map((one) => one.split('/')[0] ?? ''),
    ...(namespace === undefined ? [] : [namespace]),
  ]
  return [
    ...new Set([
      ...[...lines, ...argv, ...dryRun, ...looks.flat()].flatMap((line) => forbiddenWords(line) ?? []),
      ...places.flatMap((place) => forbiddenPlace(place, bounds) ?? []),
      ...[credentialIn([...looks.flat(), ...typed]), entry.runner === undefined ? null : credentialIn([...argv, ...dryRun, url])].filter(
        (found) => found !== null,
      ),
    ]),
  ]
}

/** Why a planned step may not be taken, whoever approves it; null: it may be offered. Asked right before the offer is made. */
export const forbiddenStep = ({ runner, request }: Step, target: Target, bounds: Bounds): string | null => {
  const places = [target.namespace, textAt(request, 'namespace'), textAt(request, 'target', 'namespace')]
  for (const place of places) {
    const found = place === undefined || place === '' ? null : forbiddenPlace(place, bounds)
    if (found !== null) return found
  }
  if (runner === 'apply') return forbiddenManifest(request)
  if (runner === 'kubernetes') return at(request, 'back') === undefined ? forbiddenChange(request) : forbiddenManifest(request)
  // The others are built in and have no word of their own: what they may ask for stands in their actions.
  return ['command', 'http', 'job'].includes(runner) ? forbiddenRequest(request) : null
}

const forbiddenPlace = (place: string, { own }: Bounds): string | null =>
  [...SYSTEM, own].includes(place) ? `nothing in the namespace ${place} is ever changed` : null

const SYSTEM: readonly string[] = ['kube-system', 'kube-public', 'kube-node-lease']

/** What a deed of the Kubernetes runner may never be. What is not known to be harmless is not allowed: new kinds have to be thought of. */
const forbiddenChange = (request: Json): string | null => {
  const [method, kind] = [textAt(request, 'method'), textAt(request, 'kind')]
  const protection = PROTECTIONS[kind]
  if (protection !== undefined) return `a ${kind} is never changed or deleted: ${protection}`
  if (method === 'DELETE' && kind !== 'Pod') return `a ${kind} is never deleted: only pods come again by themselves`
  if (method !== 'DELETE' && !CHANGEABLE.has(kind)) return `a ${kind} is never changed`
  if (isForced(request)) return 'nothing is killed before it had its grace period'
  // What a patch holds comes from the object's own revisions: a credential in it is no news.
  return method === 'POST' && textAt(request, 'subresource') === '' ? credentialIn(textsIn(at(request, 'body') as Json)) : null
}

/** What a manifest that is applied, or what takes it back, may never do: judged by what changes, as the API server's dry run told it. */
const forbiddenManifest = (request: Json): string | null => {
  const kind = textAt(request, 'kind')
  const edits = listAt(request, 'edits') as readonly Edit[]
  if (!appliedKinds.some((one) => one === kind))
    return `a ${kind} is never applied: ${PROTECTIONS[kind] ?? 'it is none of the kinds that are'}`
  if (textAt(request, 'subresource') !== '' || textAt(request, 'method') === 'DELETE') return `a ${kind} is never deleted`
  const loosened = loosenedBy(kind, edits)
  if (loosened !== null) return loosened
  const lines = leafEdits(edits).flatMap(({ was, is }) => (typeof is === 'string' ? newLines(was, is) : []))
  for (const line of lines) {
    const found = forbiddenWords(line)
    if (found !== null) return found
  }
  // What a step holds is stored and shown: the manifest, and what stood where it changes something.
  return credentialIn([...textsIn(at(request, 'body') as Json | undefined), ...textsIn(edits as unknown as Json)])
}

/** Whoever writes a script into a manifest means each of its lines; what stood there before is no news. */
const newLines = (was: unknown, is: string): string[] => {
  const known = new Set(typeof was === 'string' ? was.split('\n') : [])
  return is.split('\n').filter((line) => !known.has(line))
}

const PROTECTIONS: Readonly<Record<string, string>> = {
  Namespace: 'everything in it would go with it',
  PersistentVolume: 'data would be lost for good',
  PersistentVolumeClaim: 'data would be lost for good',
  VolumeAttachment: 'data may be lost',
  StorageClass: 'data may be lost',
  NetworkPolicy: 'it is a firewall',
  ValidatingWebhookConfiguration: 'it is a guard of the cluster',
  MutatingWebhookConfiguration: 'it is a guard of the cluster',
  PodDisruptionBudget: 'it is a guard of the service',
  ResourceQuota: 'it is a limit that somebody set',
  LimitRange: 'it is a limit that somebody set',
  ServiceAccount: 'it is a right',
  Secret: 'it is a credential',
  Role: 'it is a right',
  ClusterRole: 'it is a right',
  RoleBinding: 'it is a right',
  ClusterRoleBinding: 'it is a right',
}

const CHANGEABLE = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'HorizontalPodAutoscaler',
  'Node',
  'Pod',
  'Rollout',
  'Job',
  'CronJob',
])

const isForced = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false
  const grace = at(value, 'gracePeriodSeconds')
  if (grace !== undefined && (typeof grace !== 'number' || grace < 1)) return true
  if (at(value, 'force') === true) return true
  // A patch that writes the field names it in its path.
  const path = textAt(value, 'path')
  if (/(?:terminationGracePeriodSeconds|gracePeriodSeconds)$/.test(path) && Number(at(value, 'value')) < 1) return true
  return Object.values(value).some(isForced)
}

/** Of the runners that entries bring along: whatever text stands in the request, together where it is a command, and piece by piece. */
const forbiddenRequest = (request: Json): string | null => {
  const argv = listAt(request, 'argv').filter((one) => typeof one === 'string')
  const texts = textsIn(request)
  for (const line of [argv.join(' '), ...texts]) {
    const found = forbiddenWords(line)
    if (found !== null) return found
  }
  if (isForced(request)) return 'nothing is killed before it had its grace period'
  return credentialIn(texts)
}

const textsIn = (value: Json | undefined): string[] => {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap((one: Json) => textsIn(one))
}

const credentialIn = (texts: readonly string[]): string | null => {
  const { redact } = createRedactor({ addresses: 'none' })
  return texts.some((text) => CREDENTIAL.test(redact(clean(text)))) || texts.some((text) => LOGIN.test(text))
    ? 'credentials never stand in a command or a request: name a variable in env, or a secret'
    : null
}

/** What the redactor takes for a secret by its form or name; what only looks random may be an id. */
const CREDENTIAL = /\[redacted:(?!high-entropy)/

/** "--password=x", "token=x", "//user:pass@host"; what stands in braces is a parameter, in `$` a variable. */
const LOGIN = /(?:(?:^|[\s?&-])(?:password|passwd|pwd|token|secret|api[_-]?key)=(?![{$]|$)\S|:\/\/[^/\s:@]+:(?![{$])[^/\s@]+@)/i

/** Why words are forbidden wherever they stand; null: nothing in them is. */
export const forbiddenWords = (text: string): string | null => {
  // Look-alikes, comments and quotes inside are the ways around a list of words.
  const words = clean(text)
    .normalize('NFKC')
    .replace(/\/\*.*?\*\//gs, ' ')
    .replace(/["'`\\]/g, '')
    .replace(/\s+/g, ' ')
    .toLowerCase()
  // A statement with a condition does not excuse the next one.
  const pieces = [words, ...words.split(';').map((piece) => piece.trim())]
  return FORBIDDEN.find(({ pattern, unless }) => pieces.some((one) => pattern.test(one) && unless?.test(one) !== true))?.what ?? null
}

type Forbidden = { readonly what: string; readonly pattern: RegExp; readonly unless?: RegExp }

const LOST = 'data is never deleted for good'
const KILLED = 'nothing is killed before it had its grace period'
const OPENED = 'no authentication, firewall, right, limit or guard is ever switched off'

const FORBIDDEN: readonly Forbidden[] = [
  { what: LOST, pattern: /\bdrop (?:table|database|schema|view|index|collection|keyspace|column|user|role|partition)\b/ },
  { what: LOST, pattern: /\btruncate (?:table )?[a-z_{]/ },
  { what: LOST, pattern: /\bdelete from \S/, unless: /\bdelete from \S+(?: as \S+| \S+)? where (?!\(?(?:1 ?= ?1|true)\b)/ },
  { what: LOST, pattern: /\bupdate \S+ set \S/, unless: /\bwhere (?!\(?(?:1 ?= ?1|true)\b)/ },
  { what: LOST, pattern: /\b(?:delete from|update) .*\bor \(?(?:1 ?= ?1|true)\b/ },
  { what: LOST, pattern: /\b(?:flushall|flushdb|dropdatabase)\b|\.drop\(|deletemany\(\s*\{\s*\}/ },
  { what: LOST, pattern: /(?:^|[\s;&|(/])rm (?:\S+ )*?-(?:-recursive|-no-preserve-root|[a-z]*r)/ },
  { what: LOST, pattern: /(?:^|[\s;&|(/])(?:mkfs(?:\.\w+)?|wipefs|shred|blkdiscard|sgdisk|fdisk|parted|mke2fs) \S/ },
  { what: LOST, pattern: /\bdd (?:\S+ )*?of=|>\s*\/dev\/(?!null\b)|\bfind (?:\S+ )+-delete\b|\bfind (?:\S+ )+-exec rm\b/ },
  {
    what: LOST,
    pattern: /\b(?:lv|vg|pv)remove\b|\bzfs destroy\b|\bzpool destroy\b|\bterraform destroy\b|\bdocker (?:system|volume) prune\b/,
  },
  { what: LOST, pattern: /\bgit push (?:\S+ )*?(?:-f|--force|--mirror|--delete)\b|\bs3 r[mb] (?:\S+ )*?--(?:recursive|force)\b/ },
  {
    what: LOST,
    pattern:
      /\bhelm (?:uninstall|delete)\b|\b(?:delete|drop|destroy|purge|wipe) (?:the )?(?:database|volume|namespace|bucket|topic|index)s?\b/,
  },
  {
    what: LOST,
    pattern:
      /\b(?:kubectl|oc) (?:\S+ )*?delete (?:\S+ )*?(?:ns|namespaces?|pvc?|persistentvolume(?:claim)?s?|crds?|customresourcedefinitions?)\b|\b(?:kubectl|oc) (?:\S+ )*?delete (?:\S+ )*?--all\b/,
  },
  { what: KILLED, pattern: /\b(?:p?kill|killall) (?:\S+ )*?-(?:9|kill|sigkill|s ?(?:9|kill|sigkill)|-signal[= ](?:9|kill|sigkill))\b/ },
  {
    what: KILLED,
    pattern: /\b(?:docker|podman|nerdctl) (?:kill\b|rm (?:\S+ )*?-(?:f\b|-force))|\b(?:docker|podman) stop (?:\S+ )*?-(?:t|-time)[= ]?0\b/,
  },
  { what: KILLED, pattern: /--grace-period[= ](?:0|-1)\b|\b(?:kubectl|oc) (?:\S+ )*?--(?:force|now)\b|\bsystemctl kill\b/ },
  { what: KILLED, pattern: /\b(?:reboot|poweroff|halt|shutdown) (?:\S+ )*?-{1,2}f(?:orce)?\b|\bforce kill\b/ },
  {
    what: OPENED,
    pattern:
      /\b(?:kubectl|oc) (?:\S+ )*?delete (?:\S+ )*?(?:networkpolic(?:y|ies)|netpol|(?:cluster)?role(?:binding)?s?|serviceaccounts?|sa|secrets?|pdb|poddisruptionbudgets?|(?:validating|mutating)webhookconfigurations?|resourcequotas?|quota|limitranges?)\b/,
  },
  {
    what: OPENED,
    pattern:
      /\bip6?tables (?:\S+ )*?(?:-f|--flush|-x|-p \S+ accept)(?: |$)|\bnft flush\b|\bufw (?:disable|reset)\b|\bsetenforce (?:0|permissive)\b/,
  },
  {
    what: OPENED,
    pattern: /\bsystemctl (?:\S+ )*?(?:stop|disable|mask) (?:\S+ )*?(?:firewalld|ufw|nftables|iptables|auditd|apparmor|fail2ban|falco)\b/,
  },
  {
    what: OPENED,
    pattern:
      /\b(?:disable|bypass|skip|turn off|switch off) (?:the )?(?:auth\w*|firewall|rate ?limit\w*|tls|ssl|mfa|2fa|rbac|audit\w*|waf)\b/,
  },
  {
    what: OPENED,
    pattern:
      /\b(?:auth(?:entication|orization)?|firewall|rate[_-]?limit(?:ing)?|rbac|mfa|tls_verify|ssl_verify)(?:[_.-]enabled?)?[= :]+(?:off|false|0|none|disabled?)\b|--(?:no-auth|insecure|anonymous-auth[= ]true|skip-auth|disable-auth)\b/,
  },
  { what: OPENED, pattern: /\bchmod (?:\S+ )*?(?:0?777|[ao]\+w)\b|\b(?:grant all|create user|alter user|alter role)\b/ },
  {
    what: 'a command is run as it is written, never by a shell',
    pattern: /(?:^|\/| )(?:ba|z|da|k|c|fi)?sh (?:\S+ )*?-[a-z]*c(?: |$)|(?:^|\/| )(?:eval|sudo|su) \S/,
  },
  {
    what: "nothing in the cluster's own namespaces is ever changed",
    pattern: /(?:^| )(?:-n|--namespace)[= ]?(?:kube-system|kube-public|kube-node-lease)\b/,
  },
]
