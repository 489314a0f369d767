import { loadConfig } from '../../src/config.ts'
import { type Context, systemClock } from '../../src/context.ts'
import { prometheus } from '../../src/datasources/prometheus.ts'
import type { Incident, StoredAlert } from '../../src/db/schema.ts'
import { evaluateAll, numbered } from '../../src/investigation/evaluate.ts'
import { ownState } from '../../src/investigation/own-state.ts'
import { unrecorded } from '../../src/investigation/replay/sources.ts'
import { rules } from '../../src/investigation/rules/index.ts'
import type { Finding, Rule } from '../../src/investigation/rules/rule.ts'
import { type Suspect, suspectsOf } from '../../src/investigation/suspects.ts'
import { storiesOf } from './make.ts'
import type { Story, Told } from './story.ts'
import { expressionOf, firedAt, networkOf } from './world.ts'

export type StoryResult = {
  readonly n: number
  /** Of the stories whose first suspect is there for a deploy, the share in which this deploy is the cause. */
  readonly precision: number
  /** Of the stories that a deploy began, the share in which it is why the first suspect is there. */
  readonly recall: number
  readonly failures: readonly string[]
}

/** Plays deploy stories with a known truth through the rules and their fusion. */
export const runStories = async (count = 200, register: readonly Rule[] = rules): Promise<StoryResult> => {
  const stories = storiesOf(count)
  const ran: Outcome[] = []
  for (const story of stories) ran.push(await outcomeOf(story, register))
  const accused = ran.filter(({ first }) => first !== null)
  const began = ran.filter(({ story }) => story.cause !== null)
  return {
    n: stories.length,
    precision: shareOf(accused, isRight),
    recall: shareOf(began, isRight),
    failures: ran.filter((one) => (one.first !== null || one.story.cause !== null) && !isRight(one)).map(failureOf),
  }
}

/** `first`: the deploy for which the first suspect is one; null where it is for something else, or there is none. */
type Outcome = {
  readonly story: Story
  readonly first: { readonly object: string; readonly since: string } | null
  readonly suspect: Suspect | null
}

const shareOf = (all: readonly Outcome[], is: (one: Outcome) => boolean): number =>
  all.length === 0 ? 1 : all.filter(is).length / all.length

const isRight = ({ story: { cause }, first }: Outcome): boolean =>
  cause !== null && first !== null && first.object === cause.service && first.since === cause.at.toISOString()

const failureOf = ({ story, first, suspect }: Outcome): string => {
  const named = (one: Told | null): string => (one === null ? 'no deploy' : `${one.kind} of ${one.service} at ${one.at.toISOString()}`)
  const said =
    first === null
      ? `nobody for a deploy${suspect === null ? '' : `, but ${suspect.object.name} (${suspect.rules.join(', ')})`}`
      : `${first.object} for ${first.since}`
  return `${story.name} (${story.kind}): ${named(story.cause)}; accused: ${said}`
}

const outcomeOf = async (story: Story, register: readonly Rule[]): Promise<Outcome> => {
  const started = firedAt(story) ?? 0
  const findings = await look(story, { started, now: started + 20, register })
  const suspect = suspectsOf(findings)[0] ?? null
  const behind = findings.find(
    ({ rule, object, category }) => rule === 'recent-deploy' && category !== undefined && object?.name === suspect?.object.name,
  )
  const first = suspect === null || behind === undefined ? null : { object: suspect.object.name, since: behind.since ?? '' }
  return { story, first, suspect }
}

const look = async (
  story: Story,
  { started, now, register }: { started: number; now: number; register: readonly Rule[] },
): Promise<readonly Finding[]> => {
  const clock = { ...systemClock, now: () => new Date(now * 1000) }
  const sources = { prometheus: prometheus({ endpoint: 'http://prometheus', fetch: networkOf(story, now), clock }) }
  const labels = { alertname: story.alert.name, service: story.alert.service, severity: 'critical' }
  const alert = {
    source: 'alertmanager',
    status: 'firing',
    labels,
    annotations: {},
    starts_at: new Date(started * 1000),
    expression: expressionOf(story),
  } as unknown as StoredAlert
  const incident = { alertname: story.alert.name, subject: story.alert.service, cluster: 'default' } as Incident
  const signal = new AbortController().signal
  const own = await ownState({ alert, prometheus: sources.prometheus, clock, signal })
  const context = { ...unusedContext(), clock, sources: () => sources }
  const deploys = story.deploys.filter(({ at }) => at.getTime() <= now * 1000).map(({ truly: _truly, ...deploy }) => deploy)
  const onset = own?.onset ?? alert.starts_at
  const given = { incident, alert, own, onset, similar: [], deploys, redact: (text: string) => text, ms: 60_000 }
  return numbered(0, await evaluateAll(context, register, given)).findings
}

/** Stories have no database and no Slack: whatever asks for them is told that there is none. Nothing is configured. */
const unusedContext = (): Context => ({ db: unrecorded(), log: silent, config }) as unknown as Context

const config = loadConfig({ env: { VIGIL_CONFIG: '/dev/null' }, flags: {} })

const silent = { error: () => undefined, warn: () => undefined, info: () => undefined }
