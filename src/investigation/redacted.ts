import { clean } from '../text/clean.ts'
import { mapTexts } from '../text/map-texts.ts'

/** A copy of a JSON value, fit to leave Vigil: every text in it, names of fields too, made fit to be seen and then redacted. */
export const redactedTexts = <T>(value: T, redact: (text: string) => string): T => mapTexts(value, (text) => redact(clean(text))) as T

/** Answers, fit to be kept as evidence: what is shown of them leaves Vigil, what was answered stays as it is. */
export const redactedAnswers = <T extends { readonly shown: string }>(answers: readonly T[], redact: (text: string) => string): T[] =>
  answers.map((answer) => ({ ...answer, shown: redact(clean(answer.shown)) }))
