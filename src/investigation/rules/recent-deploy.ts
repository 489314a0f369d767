import { healthOf, matchesAlert, splitComparison } from '../../datasources/comparison.ts'
import { deliveredDeploys } from '../../datasources/deploys.ts'
import { isSameService, mergedDeploys } from '../../deploys/merge.ts'
import { bareName, deploysOfCluster } from '../../deploys/of-cluster.ts'
import { atMost, untilTold } from '../../deploys/patience.ts'
import { type Near, nearestBefore, REACH_MS } from '../../deploys/pick.ts'
import { deployLabel, deployLook, deployWords } from '../../deploys/words.ts'
import { TransientError } from '../../errors.ts'
import type { Ref } from '../../kubernetes/objects.ts'
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
    const { subject, deploys, onset } = input
    if (subject === null) return []
    const isTold = nearestBefore(deploys.filter(isOf(input, subject)), onset) !== null
    const graph = isTold ? atMost(input.clock, calleesOf(input, subject), LATE) : calleesOf(input, subject)
    const { changes, workload, failure } = await changesOf(input, { subject, isTold, graph })
    const isOwn = isOf(input, workload?.name ?? subject)
    const own = nearestBefore(changes.filter(isOwn), onset)
    const others = changes.filter((deploy) => !isOwn(deploy) && isWithin(onset, deploy))
    const callees = others.length === 0 ? [] : await graph
    const called = callees instanceof Error ? null : nearestCalled(input, callees, changes)
    const relevant = [own, called?.near ?? null].flatMap((one) => (one === null ? [] : [one.nearest, ...one.others]))
    const cited = once(() => citeChanges(input, [...new Set([...relevant, ...changes])]))
    const findings = [
      ...(own === null ? [] : [await ownFinding(input, { near: own, workload, cited })]),
      ...(called === null ? [] : [calledFinding(input, { ...called, cited, hasOwn: own !== null })]),
    ]
    // What could not be asked is a gap only where it might have told something.
    const lost = failure ?? (callees instanceof Error ? callees : null)
    if (findings.length === 0 && lost !== null) throw lost
    return findings
  },
}

const LATE = new TransientError('no answer in time')

const once = <T>(make: () => T): (() => T) => {
  const made: T[] = []
  return () => {
    if (made.length === 0) made.push(make())
    return made[0] as T
  }
}

/** The services that the subject calls itself, or why that is not known. */
const calleesOf = async ({ surroundings }: RuleInput, subject: string): Promise<readonly string[] | Error> => {
  try {
    const { edges } = await surroundings.callGraph()
    const own = bareName(subject).toLowerCase()
    return [...new Set(edges.filter(({ from }) => from.toLowerCase() === own).map(({ to }) => to))].toSorted()
  } catch (error) {
    return error instanceof Error ? error : new TransientError(String(error))
  }
}

type Asked = { readonly subject: string; readonly isTold: boolean; readonly graph: Promise<readonly string[] | Error> }
type Changes = { readonly changes: readonly Deploy[]; readonly workload: Ref | null; readonly failure: Error | null }

/** All sources; one that fails hides nothing that another tells. */
const changesOf = async (input: RuleInput, { subject, isTold, graph }: Asked): Promise<Changes> => {
  const { deploys, onset, sources, surroundings, alert, signal } = input
  const from = new Date(onset.getTime() - DAY_MS)
  const isDelivered = sources.github !== undefined || sources.argocd !== undefined
  const callees = isDelivered ? await graph : []
  const services = [bareName(subject), ...(callees instanceof Error ? [] : callees)]
  const cluster = async (): Promise<Found> => {
    const state = await surroundings.clusterState()
    return state === null ? { deploys: [], workload: null } : deploysOfCluster(state, { subject, labels: alert.labels }, from)
  }
  const delivered = deliveredDeploys(sources, { services, from, signal }).map(async (found) => ({ deploys: await found, workload: null }))
  const asked = [cluster(), ...delivered].map((one): Promise<Found | Error> => one.catch((error: Error) => error))
  const isTelling = ({ deploys: found }: Found): boolean => nearestBefore(found.filter(isOf(input, subject)), onset) !== null
  const answered = isTold
    ? await Promise.all(asked.map((one) => atMost(input.clock, one, LATE)))
    : await untilTold(input.clock, asked, { isTelling, late: LATE })
  const found = answered.flatMap((one) => (one instanceof Error ? [] : [one]))
  const workload = found.find((one) => one.workload !== null)?.workload ?? null
  const all = [...deploys, ...found.flatMap((one) => one.deploys)]
  // Alerts may call a service otherwise than the workload behind it, or name what scrapes it: the cluster knows its name.
  const isOwn = isOf(input, subject)
  const named = workload === null ? all : all.map((one) => (isOwn(one) ? { ...one, service: workload.name } : one))
  return {
    changes: mergedDeploys(named),
    workload,
    failure: answered.find((one) => one instanceof Error) ?? null,
  }
}

type Found = { readonly deploys: readonly Deploy[]; readonly workload: Ref | null }

const DAY_MS = 86_400_000

const isOf = (input: RuleInput, service: string) => {
  const named = { service: bareName(service), namespace: input.alert.labels['namespace'] ?? null }
  return (deploy: Deploy): boolean => isSameService(deploy, named)
}

type Called = { readonly near: Near; readonly service: string }

/** The nearest change among the services that the subject calls itself. */
const nearestCalled = ({ onset }: RuleInput, callees: readonly string[], changes: readonly Deploy[]): Called | null => {
  const near = callees.flatMap((service) => {
    const found = nearestBefore(
      changes.filter((deploy) => isSameService(deploy, { service, namespace: null })),
      onset,
    )
    return found === null ? [] : [{ near: found, service }]
  })
  const [first] = near.toSorted((a, b) => newestFirst(a.near.nearest, b.near.nearest))
  if (first === undefined) return null
  const rest = near.filter((one) => one !== first).map((one) => one.near.nearest)
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
    // Where the cluster is known its object is meant, as the rules about it mean it.
    object: workload ?? { kind: 'service', name: bareName(input.subject ?? nearest.service) },
    category: categoryOf(nearest),
    weight: grade.weight,
    since: nearest.at.toISOString(),
    mark: markOf(nearest),
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
    mark: markOf(nearest),
    evidence: [cited()],
  }
}

/** One paragraph; where the names are long, what else there was stands in the evidence alone. */
const summed = (main: string, others: string, doubt: string): string => {
  const whole = `${main}${others}${doubt}`
  return whole.length < 400 ? whole : `${main}${doubt}`
}

const markOf = (deploy: Deploy) => ({ at: Math.round(deploy.at.getTime() / 1000), label: deployLabel(deploy) })

const CALLED = 0.6
/** Without a seen onset it may have begun earlier than it is counted from, and the change come after it: told, but nobody is accused for it alone. */
const UNSEEN = 0.5

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
  const near = changes.filter(({ at }) => input.onset.getTime() - at.getTime() < DAY_MS)
  return input.cite({
    source: 'vigil',
    query: `deploys of ${input.incident.cluster}, last 24 hours`,
    range: { from: new Date(input.clock.now().getTime() - DAY_MS).toISOString(), to: input.clock.now().toISOString() },
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
