import type { Analysis, ObjectRef, Receipt } from '../../investigation/analysis.ts'
import type { Evidence } from '../../investigation/evidence.ts'
import { summarise } from '../../series/summary.ts'
import { clean } from '../../text/clean.ts'
import type { Block } from '../drawing.ts'
import { paragraphOf, type Run } from './sheet.ts'

const DOES = {
  caused: 'caused',
  overloaded: 'overloaded',
  starved: 'starved',
  blocked: 'blocked',
  changed: 'changed',
} as const satisfies Record<Analysis['chain'][number]['relation'], string>

/**
 * From cause to symptom, one object below the other, so that it can be read on a phone: what each did to the next, since when its evidence
 * shows it, and where that is. `onset`: when the alert's own expression began to be true.
 */
export const chainBlocks = (links: Analysis['chain'], evidence: readonly Evidence[], onset: Date | null): Block[] => {
  const [first] = links
  if (first === undefined) return []
  const lines = links.map(({ from, to, relation, receipts }, i): Block => {
    const seen = firstSign(receipts, evidence)
    const facts = [...(seen === null ? [] : [`first seen ${clock(seen)}`]), ...new Set(receipts.map((receipt) => receipt.evidence))].join(
      ' · ',
    )
    const gap = i > 0 && links[i - 1]?.to.name !== from.name ? `${nameOf(from)} ` : ''
    const end = i === links.length - 1 && onset !== null ? `  since ${clock(onset)}` : ''
    const runs: Run[] = [
      { text: `↓ ${gap}${DOES[relation]}${facts === '' ? '' : `  (${facts})`}\n` },
      { text: nameOf(to), bold: true },
      { text: end },
    ]
    return paragraphOf(runs)
  })
  return [paragraphOf([{ text: nameOf(first.from), bold: true }]), ...lines]
}

const nameOf = ({ kind, namespace, name }: ObjectRef): string =>
  clean(`${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`).slice(0, 400)

const clock = (at: Date): string => `${at.toISOString().slice(11, 19)} UTC`

/** The earliest moment that receipts point at: a named one, the first of the lines, the change of the one series. */
const firstSign = (receipts: readonly Receipt[], all: readonly Evidence[]): Date | null => {
  const moments = receipts
    .map((receipt) =>
      signOf(
        receipt,
        all.find(({ id }) => id === receipt.evidence),
      ),
    )
    .filter((at): at is number => at !== null && Number.isFinite(at))
  return moments.length === 0 ? null : new Date(Math.min(...moments))
}

const signOf = (receipt: Receipt, evidence: Evidence | undefined): number | null => {
  if ('at' in receipt && receipt.at !== undefined) return Date.parse(receipt.at)
  if (evidence?.output.kind === 'lines') {
    const text = ('quote' in receipt ? receipt.quote : 'matching' in receipt ? receipt.matching : '').toLowerCase()
    const times = evidence.output.lines
      .filter(({ line }) => text !== '' && line.toLowerCase().includes(text))
      .map(({ at }) => Date.parse(at))
    return times.length === 0 ? null : times.reduce((least, at) => Math.min(least, at))
  }
  if (evidence?.output.kind !== 'series') return null
  const labels = 'series' in receipt ? Object.entries(receipt.series ?? {}) : []
  const meant = evidence.output.series.filter((one) => labels.every(([name, value]) => one.labels[name] === value))
  const [only] = meant
  const changedAt = only === undefined || meant.length > 1 ? undefined : summarise(only).changedAt
  return changedAt === undefined ? null : changedAt * 1000
}
