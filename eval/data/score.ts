import type { Finding } from '../../src/investigation/rules/rule.ts'
import { suspectsOf } from '../../src/investigation/suspects.ts'
import type { Recording } from './recording.ts'
import type { Looked } from './run.ts'

/** What a rule's findings alone would have said. */
export type Alone = 'right' | 'wrong' | 'silent'

export type Row = {
  readonly set: Recording['set']
  readonly name: string
  /** Null where nothing was wrong. */
  readonly expected: string | null
  readonly suspects: readonly { readonly object: string; readonly weight: number; readonly rules: readonly string[] }[]
  /** The place of the right one, from 1; null: not among them. */
  readonly place: number | null
  readonly alone: Readonly<Record<string, Alone>>
  readonly ms: number
  readonly each: Readonly<Record<string, number>>
  /** Of the alert's own expression. */
  readonly state: string | null
  readonly onset: string | null
  readonly gaps: readonly string[]
  readonly findings: readonly Finding[]
}

/** Scores one first look without anybody's opinion: a suspect is right when it is the expected service or one of its pods. */
export const score = ({ set, name, expected }: Recording, { brief, ms, each }: Looked): Row => {
  const { suspects = [], findings, gaps, state, onset } = brief
  const isRight = ({ object }: { object: { name: string } }): boolean => expected?.names.includes(object.name) ?? false
  const place = suspects.findIndex(isRight)
  const alone = Object.keys(each).map((rule): [string, Alone] => {
    const [first] = suspectsOf(findings.filter((one) => one.rule === rule))
    return [rule, first === undefined ? 'silent' : isRight(first) ? 'right' : 'wrong']
  })
  return {
    set,
    name,
    expected: expected?.service ?? null,
    suspects: suspects.map(({ object, weight, rules }) => ({ object: `${object.kind}/${object.name}`, weight, rules })),
    place: place < 0 ? null : place + 1,
    alone: Object.fromEntries(alone),
    ms,
    each,
    state,
    onset,
    gaps,
    findings,
  }
}

/** Without a bar it is told, and no more. */
export type Bar = { readonly name: string; readonly value: string; readonly bar: string; readonly met: boolean }

/** Share of Nezha's six faults of which the right service stands first: five of six. */
const NEZHA_FIRST = 5 / 6
const PETSHOP_FIRST = 0.7
const PETSHOP_THREE = 0.87
const NORMAL_ACCUSED = 0.2

export const barsOf = (rows: readonly Row[]): Bar[] => {
  const nezha = rows.filter((row) => row.set === 'nezha' && row.expected !== null)
  const petshop = rows.filter((row) => row.set === 'petshop' && row.expected !== null)
  const normal = rows.filter((row) => row.set === 'petshop' && row.expected === null)
  const before = rows.filter((row) => row.set === 'nezha' && row.expected === null)
  const first = ({ place }: Row): boolean => place === 1
  const accused = ({ suspects }: Row): boolean => suspects.length > 0
  const among = ({ place }: Row): boolean => place !== null
  return [
    ...atLeast('nezha: right service first', nezha, { of: first, bar: NEZHA_FIRST }),
    ...atLeast('petshop: top 1', petshop, { of: first, bar: PETSHOP_FIRST }),
    ...atLeast('petshop: top 3', petshop, { of: among, bar: PETSHOP_THREE }),
    ...atMost('normal windows accused', normal, { of: accused, bar: NORMAL_ACCUSED }),
    ...(before.length === 0
      ? []
      : [{ name: 'nezha: accused before the fault', value: shown(before.filter(accused).length, before), bar: '', met: true }]),
  ]
}

const STORIES_PRECISION = 0.95
const STORIES_RECALL = 0.9

export const storyBars = ({ precision, recall, n }: { precision: number; recall: number; n: number }): Bar[] => [
  shareBar(`deploy stories (${n}): precision`, precision, STORIES_PRECISION),
  shareBar(`deploy stories (${n}): recall`, recall, STORIES_RECALL),
]

const shareBar = (name: string, share: number, bar: number): Bar => ({
  name,
  value: share.toFixed(3),
  bar: `>= ${bar.toFixed(2)}`,
  met: share >= bar - 1e-9,
})

type Asked = { readonly of: (row: Row) => boolean; readonly bar: number }

const atLeast = (name: string, rows: readonly Row[], { of, bar }: Asked): Bar[] => {
  const count = rows.filter(of).length
  return rows.length === 0 ? [] : [{ name, value: shown(count, rows), bar: `>= ${bar.toFixed(2)}`, met: count >= bar * rows.length - 1e-9 }]
}

const atMost = (name: string, rows: readonly Row[], { of, bar }: Asked): Bar[] => {
  const count = rows.filter(of).length
  return rows.length === 0 ? [] : [{ name, value: shown(count, rows), bar: `<= ${bar.toFixed(2)}`, met: count <= bar * rows.length + 1e-9 }]
}

const shown = (count: number, rows: readonly Row[]): string => `${count} of ${rows.length} (${(count / rows.length).toFixed(3)})`
