import type { Cover } from '../cover/cover.ts'
import { wordsBefore } from '../read/around.ts'
import type { Mentions } from '../read/mentions.ts'
import { formsOf, type Inventory, type NameMention, nameOf } from '../read/names.ts'

/**
 * Whether a sentence turns round what replaced what, as a reason. Only where a quote itself says "A -> B": then A alone may be named
 * only as what was there before, and B never as that.
 */
export const turnedRound = ({ text, names }: Mentions, covers: readonly Cover[], inventory: Inventory): string | null => {
  for (const { from, to } of transitions(covers, inventory)) {
    const old = names.filter((name) => is(name, from))
    const young = names.filter((name) => is(name, to))
    const measured = covers.some((cover) => cover.shows === 'value' && cover.names.has(from) && !cover.names.has(to))
    if (
      /\b(?:rolled back|reverted|downgraded|went back)\b[^,;.]*\bto\b/i.test(text) &&
      old.length > 0 &&
      !/\b(?:should|would|could|can|if|not)\b/i.test(text) &&
      version.test(from) &&
      newer(to, from)
    )
      return `the quoted words go from ${from} to ${to}, not back`
    if (young.some((name) => saidOld(text, name, false))) return `${to} came after ${from}, not before it`
    if (
      old.some(
        (name) =>
          /(?:\bto|→|\bnow|\bnew|\bin favou?r of|\breplaced by|\breplaced\b[^,;]{0,60}\bwith)\s+(?:\w+\s+)?$/i.test(
            text.slice(0, name.from),
          ) && !/\bback to\s+$/i.test(text.slice(0, name.from)),
      )
    ) {
      return `${from} came before ${to}, not after it`
    }
    if (young.length === 0 && !measured && old.some((name) => !saidOld(text, name, true)))
      return `the quoted words speak of a change from ${from} to ${to}; name ${to}, or say that ${from} was before`
  }
  return null
}

const transitions = (covers: readonly Cover[], inventory: Inventory): { from: string; to: string }[] => [
  ...ofDiff(covers.flatMap(({ lines = [] }) => lines)),
  ...writtenTransitions(covers, inventory),
]

/** A line that was taken out and one that was put in, alike but for a version. */
const ofDiff = (lines: readonly string[]): { from: string; to: string }[] => {
  const versionIn = (line: string): string | undefined => /(?<![\w.])v?\d+(?:\.\d+)+[\w.-]*/.exec(line)?.[0]
  const sides = (sign: string) => lines.filter((line) => line.startsWith(`${sign} `)).flatMap((line) => versionIn(line) ?? [])
  const [[from], [to]] = [sides('-'), sides('+')]
  return from !== undefined && to !== undefined && from !== to ? [{ from, to }] : []
}

const writtenTransitions = (covers: readonly Cover[], inventory: Inventory): { from: string; to: string }[] =>
  covers.flatMap(({ quote = '' }) =>
    [
      ...quote.matchAll(
        /([\p{L}\p{N}][\p{L}\p{N}_.:/-]*)\s*(?:->|→|=>)\s*([\p{L}\p{N}][\p{L}\p{N}_.:/-]*)|\bfrom ([\p{L}\p{N}][\p{L}\p{N}_.:/-]*) to ([\p{L}\p{N}][\p{L}\p{N}_.:/-]*)/gu,
      ),
    ].flatMap(([, a, b, c, d]) => {
      const [from, to] = [a ?? c ?? '', b ?? d ?? '']
      return from !== to && nameOf(from, inventory) !== null && nameOf(to, inventory) !== null ? [{ from, to }] : []
    }),
  )

const version = /^v?\d+(?:\.\d+)+/

/** By their numbers. */
const newer = (a: string, b: string): boolean => {
  const [x, y] = [a, b].map((one) => (one.match(/\d+/g) ?? []).map(Number))
  const at = (x ?? []).findIndex((part, index) => part !== y?.[index])
  return at >= 0 && (x?.[at] ?? 0) > (y?.[at] ?? 0)
}

const is = (name: NameMention, other: string): boolean => formsOf(other).includes(name.text.toLowerCase())

const saidOld = (text: string, name: NameMention, alone: boolean): boolean => {
  const before = wordsBefore(text, name.from, 40)
  if (
    /(?:\bfrom|\breplac(?:ed|es|ing)|\binstead of|\bold|\bprevious|\bformer|\bsucceed(?:ed|s|ing)|\bback to)\s+(?:(?:version|release|the|image)\s+)*$/i.test(
      before,
    )
  )
    return true
  if (!alone) return false
  const after = text.slice(name.to, name.to + 30)
  return (
    /(?:\bwas|\bunlike|\bthan|\bback to|\bbefore,?|\buntil|\bstill|\bwas [\d.]+ in|\bwith|\bon)\s+(?:\w+\s+)?$/i.test(before) ||
    /^\s*(?:had\b|before\b|was replaced|until|earlier|ran\b|used\b|still\b)/i.test(after)
  )
}
