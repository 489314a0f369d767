import { duplicateOpen } from './duplicate-open.ts'
import { errorSpike } from './error-spike.ts'
import { ownExpression } from './own-expression.ts'
import type { Rule } from './rule.ts'

/** The register of rules: one file, one line. Evidence is numbered in this order. */
export const rules: readonly Rule[] = [ownExpression, duplicateOpen, errorSpike]
