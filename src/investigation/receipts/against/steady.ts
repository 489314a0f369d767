import type { Cover } from '../cover/cover.ts'
import type { Mentions } from '../read/mentions.ts'
import { clauseAt } from '../read/verbs.ts'
import { meantBy } from './subject.ts'

const steady = /\b(?:unchanged|(?:not|n't|never) (?:really |much )?(?:chang\w*|mov\w*|var\w*)|flat|steady|stable|constant)\b/i
const partly =
  /\b(?:since|until|till|before|after|then|from|between|again|now|levell?ed|plateau\w*|held|holds?|holding|stay\w*|at (?:about |around |roughly )?\d+)/i

/** "Has not changed" of what has: further than a quarter of its highest value, also after it left its level. */
export const moved = ({ text, moments }: Mentions, covers: readonly Cover[]): string | null => {
  const said = steady.exec(text)
  if (!said || covers.some(({ shows }) => shows !== 'value') || moments.length > 0 || partly.test(text)) return null
  const about = meantBy(clauseAt(text, said.index), covers)
  const wild = about.filter(({ course }) => {
    const values = (course?.points ?? []).map(([, value]) => value).filter(Number.isFinite)
    const [most, least] = [
      values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
      values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    ]
    return values.length > 1 && most - least > Math.max(Math.abs(most), Math.abs(least)) / 4
  })
  return about.length > 0 && wild.length === about.length ? `it says "${said[0]}", but the cited series did change` : null
}
