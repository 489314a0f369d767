import { type FaultCase, type ObjectName, sameObject } from './faults/case.ts'

/**
 * Asks `look` about every case and holds its first suspect against what an engineer would say. Exact: the object (or one that counts as
 * the same) and a summary that speaks of the cause. In a healthy cluster any suspect at all is an accusation. Prints a table of what was
 * not exact, unless `print` is given something else.
 */
export const score = async (cases: readonly FaultCase[], look: Look, print: (line: string) => void = console.log): Promise<Score> => {
  const judged: Judged[] = []
  for (const one of cases) judged.push(judge(one, await look(one)))
  const faults = judged.filter((j) => j.case.expected !== null)
  const named = faults.filter((j) => j.outcome !== 'silent')
  const exact = faults.filter((j) => j.outcome === 'exact')
  const accused = judged.filter((j) => j.outcome === 'accused')
  const result: Score = {
    judged,
    faults: faults.length,
    exact: exact.length,
    wrong: named.length - exact.length,
    silent: faults.length - named.length,
    exactShare: share(exact.length, faults.length),
    rightShare: share(exact.length, named.length),
    healthy: judged.length - faults.length,
    accused: accused.length,
  }
  for (const line of table(result)) print(line)
  return result
}

export const judge = (one: FaultCase, suspects: readonly Suspect[]): Judged => {
  const first = suspects[0]
  const { expected } = one
  if (expected === null) return { case: one, first, outcome: first === undefined ? 'left alone' : 'accused' }
  if (first === undefined) return { case: one, first, outcome: 'silent' }
  const { object } = first
  const where = object !== undefined && object !== null && [expected.object, ...expected.alsoAcceptable].some((o) => sameObject(o, object))
  const why = expected.cause.some((words) => words.test(first.summary))
  return {
    case: one,
    first,
    outcome: where && why ? 'exact' : 'wrong',
    missed: [...(where ? [] : ['object']), ...(why ? [] : ['cause'])].join(' and '),
  }
}

/** 1 when there is nothing to be right about. */
const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole)

const percent = (x: number): string => `${(100 * x).toFixed(1)} %`

const table = (result: Score): string[] => {
  const groups = Map.groupBy(result.judged, (j) => (j.case.expected === null ? 'healthy' : (j.case.name.split('-')[0] ?? '')))
  const count = (all: readonly Judged[], outcome: Judged['outcome']): string =>
    String(all.filter((j) => j.outcome === outcome).length).padStart(7)
  const lines = [
    `${'group'.padEnd(14)}${'cases'.padStart(7)}${'exact'.padStart(7)}${'wrong'.padStart(7)}${'silent'.padStart(7)}${'accused'.padStart(9)}`,
  ]
  for (const [group, all] of groups) {
    lines.push(
      `${group.padEnd(14)}${String(all.length).padStart(7)}${count(all, 'exact')}${count(all, 'wrong')}${count(all, 'silent')}  ${count(all, 'accused')}`,
    )
  }
  for (const j of result.judged) {
    if (j.outcome === 'exact' || j.outcome === 'left alone') continue
    const wanted = j.case.expected === null ? 'nothing' : told(j.case.expected.object)
    lines.push(
      `${j.outcome.padEnd(8)} ${j.case.name}/${j.case.variant}${j.missed ? ` (${j.missed})` : ''}: wanted ${wanted}${j.first === undefined ? '' : `, got ${told(j.first.object)}: ${j.first.summary}`}`,
    )
  }
  lines.push(
    `exact ${result.exact} of ${result.faults} faults (${percent(result.exactShare)}), right where one is named ${percent(result.rightShare)}, ` +
      `accused ${result.accused} of ${result.healthy} healthy clusters`,
  )
  return lines
}

const told = (o: ObjectName | undefined | null): string =>
  o === undefined || o === null ? 'no object' : `${o.kind} ${o.namespace === undefined ? '' : `${o.namespace}/`}${o.name}`

export type Suspect = { readonly object?: ObjectName | undefined | null; readonly summary: string }
export type Look = (one: FaultCase) => Promise<readonly Suspect[]>
export type Judged = {
  readonly case: FaultCase
  readonly first: Suspect | undefined
  readonly outcome: 'exact' | 'wrong' | 'silent' | 'accused' | 'left alone'
  readonly missed?: string
}
export type Score = {
  readonly judged: readonly Judged[]
  readonly faults: number
  readonly exact: number
  readonly wrong: number
  readonly silent: number
  readonly exactShare: number
  /** Of the faults where a suspect was named. */
  readonly rightShare: number
  readonly healthy: number
  readonly accused: number
}
