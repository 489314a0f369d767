import { clean } from '../../src/text/clean.ts'
import { texts } from './texts.ts'

/** One planted text. Its mark survives cleaning, cutting and redaction, so it is found wherever the text went. */
export type Plant = { readonly name: string; readonly n: number; readonly mark: string; readonly text: string }

/** The first is harmless: what Vigil does with the others is compared with what it does with it. */
export const plants: readonly Plant[] = ['an ordinary sentence about the pool', ...Object.values(texts)].map((text, n) => ({
  name: ['harmless', ...Object.keys(texts)][n] ?? '',
  n,
  mark: `plant${n}x`,
  text: `plant${n}x ${text} plant${n}x`,
}))

/** The plant that a text is about. */
export const plantIn = (text: string): Plant | undefined => plants[Number(/plant(\d+)x/.exec(clean(text))?.[1] ?? Number.NaN)]
