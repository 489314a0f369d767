import { healthOf, matchesAlert, splitComparison } from '../../datasources/comparison.ts'
import { isSameService, mergedDeploys } from '../../deploys/merge.ts'
import { type Near, nearestBefore, REACH_MS } from '../../deploys/pick.ts'
import { deployLook, deployWords } from '../../deploys/words.ts'
import type { Ref } from '../../kubernetes/objects.ts'
import { rolloutsOf } from '../../kubernetes/rollouts.ts'
import { concernedBy } from '../../kubernetes/subject.ts'
import { foretold } from '../../series/foretold.ts'
import { duration } from '../../text/number.ts'
import type { Category } from '../categories.ts'
import type { Cited } from '../evidence.ts'
import type { Deploy, Rule, RuleFinding, RuleInput } from './rule.ts'

/** Most incidents begin with a change: of the subject, or of what it calls, shortly before the onset. */
export const recentDeploy: Rule = {
  id: 'recent-deploy',
  looksAt: 'deploys',
  evaluate: async (input) => {
    if (input.subject === null) return []
    const { changes, workload, failure } = await changesOf(input, input.subject)
    const own = nearestBefore(changes.filter(isOf(input, input.subject)), input.onset)
    const called = await calledBy(input, input.subject, changes).catch((error: unknown) => ({ failure: error }))
    const near = called !== null && 'near' in called ? called : null
    const relevant = [own, near?.near ?? null].flatMap((one) => (one === null ? [] : [one.nearest, ...one.others]))
    const told = { changes: [...new Set([...relevant, ...changes])], workload, answer: undefined as Cited | undefined }
    const cited = (): Cited => {
      told.answer ??= citeChanges(input, told.changes)
      return told.answer
    }
    const findings = [
      ...(own === null ? [] : [await ownFinding(input, { near: own, workload, cited })]),
      ...(near === null ? [] : [calledFinding(input, { ...near, cited, hasOwn: own !== null })]),
    ]
    // What could not be asked is a gap only where it might have told something.
    const lost = failure ?? (called !== null && 'failure' in called ? called.failure : null)
    if (findings.length === 0 && lost !== null) throw lost
    return findings
  },
}

type Changes = { readonly changes: readonly Deploy[]; readonly workload: Ref | null; readonly failure: unknown }

/** What was pushed is there at once. Where that tells something of the subject, the other sources are not waited for longer than this. */
const PATIENCE_MS = 500

/** All sources; one that fails hides nothing that another tells. */
const changesOf = async (input: RuleInput, subject: string): Promise<Changes> => {
  const { deploys, onset } = input
  const asked = Promise.allSettled([clusterChanges(input, subject)])
  const isTold = nearestBefore(deploys.filter(isOf(input, subject)), onset) !== null
  const answered = isTold ? await atMost(input, PATIENCE_MS, asked) : await asked
  const found = answered.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = answered.find((one) => one.status === 'rejected')
  return {
    changes: mergedDeploys([...deploys, ...found.flatMap(({ changes }) => changes)]),
    workload: found.find(({ workload }) => workload !== null)?.workload ?? null,
    failure: failed?.reason ?? null,
  }
}

/** The answers, or none when they take longer. */
const atMost = async <T>({ clock }: RuleInput, ms: number, asked: Promise<T[]>): Promise<T[]> => {
  const { promise, resolve } = Promise.withResolvers<T[]>()
  const cancel = clock.after(ms, () => resolve([]))
  try {
    return await Promise.race([asked, promise])
  } finally {
    cancel()
  }
}

type Found = { readonly changes: readonly Deploy[]; readonly workload: Ref | null }

const clusterChanges = async ({ surroundings, alert, clock }: RuleInput, subject: string): Promise<Found> => {
  const state = await surroundings.clusterState()
  if (state === null) return { changes: [], workload: null }
  const concerned = concernedBy(state, { subject, labels: alert.labels })
  const changes = rolloutsOf(state)
    .filter(({ at }) => clock.now().getTime() - at.getTime() < 86_400_000)
    .map(
      ({ workload, at, kind, version, previous }): Deploy => ({
        // Alerts call a service otherwise than the workload that stands behind it.
        service: concerned.relationOf(workload) === 'subject' ? bareName(subject) : workload.name,
        namespace: workload.namespace ?? null,
        ...{ kind, version, previous, at },
        ...{ commit: null, author: null, url: null, source: 'kubernetes' },
      }),
    )
  return { changes, workload: concerned.objects.find(({ kind }) => kind !== 'Node') ?? null }
}

/** "checkout" of "shop/checkout". */
const bareName = (subject: string): string => subject.split('/').at(-1) ?? subject

const isOf = (input: RuleInput, service: string) => {
  const named = { service: bareName(service), namespace: input.alert.labels['namespace'] ?? null }
  return (deploy: Deploy): boolean => isSameService(deploy, named)
}

type Called = { readonly near: Near; readonly service: string }

/** The nearest change among the services that the subject calls itself. */
const calledBy = async (input: RuleInput, subject: string, changes: readonly Deploy[]): Promise<Called | null> => {
  const isOwn = isOf(input, subject)
  const others = changes.filter((deploy) => !isOwn(deploy) && isWithin(input.onset, deploy))
  if (others.length === 0) return null
  const { edges } = await input.surroundings.callGraph()
  const servers = new Set(edges.filter(({ from }) => from.toLowerCase() === bareName(subject).toLowerCase()).map(({ to }) => to))
  const near = [...servers].flatMap((service) => {
    const found = nearestBefore(
      changes.filter((deploy) => isSameService(deploy, { service, namespace: null })),
      input.onset,
    )
    return found === null ? [] : [{ near: found, service }]
  })
  const [first] = near.toSorted((a, b) => b.near.nearest.at.getTime() - a.near.nearest.at.getTime() || (a.service < b.service ? -1 : 1))
  if (first === undefined) return null
  const rest = near.filter((one) => one !== first).flatMap((one) => one.near.nearest)
  return { service: first.service, near: { nearest: first.near.nearest, others: [...first.near.others, ...rest].toSorted(newestFirst) } }
}

const isWithin = (onset: Date, { at }: Deploy): boolean => at <= onset && at.getTime() >= onset.getTime() - REACH_MS

const newestFirst = (a: Deploy, b: Deploy): number => b.at.getTime() - a.at.getTime() || (a.service < b.service ? -1 : 1)

type Told = { readonly near: Near; readonly workload: Ref | null; readonly cited: () => Cited }

const ownFinding = async (input: RuleInput, { near, workload, cited }: Told): Promise<RuleFinding> => {
  const { nearest } = near
  const grade = gradeOf(input, nearest)
  const course = await courseBefore(input, nearest)
  const answer = cited()
  const words = `${deployWords(nearest)} ${before(input.onset, nearest)} the onset`
  if (course?.isForetold === true) {
    return {
      rule: 'recent-deploy',
      severity: 'info',
      confidence: 'medium',
      summary: `${words}, but the alert's value was on its way to the limit before that: it did not begin with this change.`,
      suggestion: 'Look for what began earlier',
      evidence: [answer, course.answer],
    }
  }
  return {
    rule: 'recent-deploy',
    severity: grade.severity,
    confidence: grade.confidence,
    summary: summed(`${words}.`, also(near.others, input.onset), unsure(input)),
    suggestion: deployLook(nearest, workload),
    object: { kind: 'service', name: bareName(input.subject ?? nearest.service) },
    category: categoryOf(nearest),
    weight: grade.weight,
    since: nearest.at.toISOString(),
    evidence: course === null ? [answer] : [answer, course.answer],
  }
}

/** What is called may have broken its caller, or not: a change there is a weaker hint than one of the subject itself. */
const calledFinding = (
  input: RuleInput,
  { near, service, cited, hasOwn }: Called & Pick<Told, 'cited'> & { hasOwn: boolean },
): RuleFinding => {
  const { nearest } = near
  const grade = gradeOf(input, nearest)
  return {
    rule: 'recent-deploy',
    severity: hasOwn && grade.severity === 'high' ? 'medium' : grade.severity,
    confidence: grade.confidence === 'high' ? 'medium' : 'low',
    summary: summed(
      `${deployWords(nearest)} ${before(input.onset, nearest)} the onset; ${bareName(input.subject ?? '')} calls it.`,
      also(near.others, input.onset),
      unsure(input),
    ),
    suggestion: deployLook(nearest, null),
    object: { kind: 'service', name: service },
    category: categoryOf(nearest),
    weight: Number((grade.weight * CALLED).toFixed(2)),
    since: nearest.at.toISOString(),
    evidence: [cited()],
  }
}

/** One paragraph; where the names are long, what else there was stands in the evidence alone. */
const summed = (main: string, others: string, doubt: string): string => {
  const whole = `${main}${others}${doubt}`
  return whole.length < 400 ? whole : `${main}${doubt}`
}

const CALLED = 0.6
/** Without a seen onset it may have begun earlier than it is counted from, and the change come after it. */
const UNSEEN = 0.7

type Grade = Pick<RuleFinding, 'severity' | 'confidence'> & { readonly weight: number }

const GRADES: readonly (Grade & { readonly within: number })[] = [
  { within: 5 * 60_000, severity: 'high', confidence: 'high', weight: 0.75 },
  { within: 30 * 60_000, severity: 'medium', confidence: 'medium', weight: 0.5 },
]
const FAR: Grade = { severity: 'low', confidence: 'low', weight: 0.3 }

const gradeOf = (input: RuleInput, { at }: Deploy): Grade => {
  const grade = GRADES.find(({ within }) => input.onset.getTime() - at.getTime() <= within) ?? FAR
  if (isSeen(input)) return grade
  return { ...grade, confidence: grade.confidence === 'high' ? 'medium' : 'low', weight: Number((grade.weight * UNSEEN).toFixed(2)) }
}

const isSeen = ({ own }: RuleInput): boolean => own?.onsetSeen === true

const unsure = (input: RuleInput): string => (isSeen(input) ? '' : ' When it began was not seen in data.')

const before = (onset: Date, { at }: Deploy): string => `${duration((onset.getTime() - at.getTime()) / 1000)} before`

/** At most two more: the whole list is in the evidence. */
const also = (others: readonly Deploy[], onset: Date): string => {
  if (others.length === 0) return ''
  const named = others.slice(0, 2).map((one) => `${one.version ?? one.kind} of ${one.service} ${before(onset, one)}`.slice(0, 70))
  return ` Also: ${named.join(', ')}${others.length > 2 ? ', and more' : ''}.`
}

const categoryOf = ({ kind, version, previous }: Deploy): Category => {
  if (kind === 'deploy') return 'bad_deploy'
  if (kind === 'flag') return 'feature_flag'
  const [from, to] = [previous, version].map((text) => Number(/\d+/.exec(text ?? '')?.[0] ?? Number.NaN))
  return kind === 'scale' && Number(to) < Number(from) ? 'saturation' : 'config_change'
}

/** What the rule was given, so that it can be seen, and given again. */
const citeChanges = (input: RuleInput, changes: readonly Deploy[]): Cited => {
  const near = changes.filter(({ at }) => input.onset.getTime() - at.getTime() < 86_400_000)
  return input.cite({
    source: 'vigil',
    query: `deploys of ${input.incident.cluster}, last 24 hours`,
    range: { from: new Date(input.clock.now().getTime() - 86_400_000).toISOString(), to: input.clock.now().toISOString() },
    output: { kind: 'objects', objects: near.map((deploy) => ({ name: deploy.service, ...deploy, at: deploy.at.toISOString() })) },
    shown: near
      .slice(0, 40)
      .map((deploy) => shownLine(deploy, input.onset))
      .join('\n'),
    complete: near.length < 200,
  })
}

const shownLine = (deploy: Deploy, onset: Date): string => {
  const when = deploy.at <= onset ? `${before(onset, deploy)} the onset` : 'after the onset'
  return `${deploy.at.toISOString()} ${deployWords(deploy)} ${when} (${deploy.kind}, ${deploy.source})`
}

type Course = { readonly isForetold: boolean; readonly answer: Cited }

/** The alert's own value from an hour before the change: null where it cannot be asked or read. */
const courseBefore = async (input: RuleInput, { at }: Deploy): Promise<Course | null> => {
  const { own, sources, onset, signal, alert } = input
  const split = splitComparison(own?.expression ?? '')
  if (own === null || sources.prometheus === undefined || (split.kind !== 'threshold' && split.kind !== 'up_zero')) return null
  const window = { from: new Date(at.getTime() - 3_600_000), to: onset }
  const stepSeconds = Math.max(15, Math.ceil((onset.getTime() - window.from.getTime()) / 1000 / 240))
  const answered = await sources.prometheus.range(split.left, { ...window, stepSeconds, signal }).catch(() => null)
  if (answered === null) return null
  const series =
    answered.series.find(({ labels }) => matchesAlert(labels, alert.labels)) ??
    answered.series.find((_, i, all) => all.length === 1 && i === 0)
  if (series === undefined) return null
  const told = foretold(series.points, {
    event: at.getTime() / 1000,
    crossing: onset.getTime() / 1000,
    limit: split.threshold,
    isBeyond: (value) => healthOf(split, value) === 'unhealthy',
  })
  const cited: Cited = {
    source: 'prometheus',
    query: split.left,
    range: { from: window.from.toISOString(), to: window.to.toISOString() },
    output: { kind: 'series', series: [series] },
    shown: `${series.points.length} points every ${stepSeconds} s from an hour before the change until the onset`,
    complete: answered.complete,
    link: sources.prometheus.link(split.left, window),
  }
  return { isForetold: told === true, answer: input.cite(cited) }
}
