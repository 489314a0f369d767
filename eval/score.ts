import type { Analysis } from '../src/investigation/analysis.ts'
import type { Expected } from './case.ts'

/** What was right and wrong of one analysis, without anybody's opinion. `faults` are for people. */
export type Score = { readonly right: boolean; readonly faults: readonly string[]; readonly unsupported: number }

export const score = (analysis: Analysis, { verdicts, cause, never, gaps = [] }: Expected): Score => {
  const faults: string[] = []
  if (!verdicts.includes(analysis.verdict)) faults.push(`verdict ${analysis.verdict}, expected ${verdicts.join(' or ')}`)
  if (cause === null && analysis.cause !== null) faults.push(`names a cause where none can be known: ${analysis.cause.text}`)
  if (cause !== null) {
    if (analysis.cause === null) faults.push(`names no cause, expected ${cause.category} of ${cause.object}`)
    else {
      if (analysis.cause.category !== cause.category) faults.push(`category ${analysis.cause.category}, expected ${cause.category}`)
      if (analysis.cause.object?.name !== cause.object)
        faults.push(`object ${analysis.cause.object?.name ?? 'none'}, expected ${cause.object}`)
      const said = `${analysis.cause.text} ${analysis.summary}`
      for (const words of cause.says) if (!words.test(said)) faults.push(`the cause does not say ${words}`)
    }
  }
  const all = [analysis.summary, analysis.cause?.text ?? '', ...analysis.claims.map(({ text }) => text)].join('\n')
  for (const words of never) if (words.test(all)) faults.push(`says what is not so: ${words}`)
  for (const words of gaps)
    if (!analysis.data_gaps.some((gap) => words.test(gap))) faults.push(`does not say that it could not see ${words}`)
  return { right: faults.length === 0, faults, unsupported: analysis.unsupported.length }
}
