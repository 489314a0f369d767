import { z } from 'zod'
import { key, list } from './key.ts'

type SmallBudget = { tool_calls: number; tokens_in: number; tokens_out: number; usd: number; seconds: number }

/** Limits of a run that is smaller than an investigation. */
const smallBudget = (name: 'QUESTION' | 'CHALLENGE', what: string, fallback: SmallBudget) =>
  z
    .strictObject({
      tool_calls: key(z.number().int().min(0).default(fallback.tool_calls), {
        variable: `VIGIL_BUDGET_${name}_TOOL_CALLS`,
        doc: `Tool calls per ${what}`,
      }),
      tokens_in: key(z.number().int().min(1).default(fallback.tokens_in), {
        variable: `VIGIL_BUDGET_${name}_TOKENS_IN`,
        doc: `Input tokens per ${what}`,
      }),
      tokens_out: key(z.number().int().min(1).default(fallback.tokens_out), {
        variable: `VIGIL_BUDGET_${name}_TOKENS_OUT`,
        doc: `Output tokens per ${what}`,
      }),
      usd: key(z.number().min(0).default(fallback.usd), { variable: `VIGIL_BUDGET_${name}_USD`, doc: `Money per ${what}, US dollars` }),
      seconds: key(z.number().int().min(1).default(fallback.seconds), {
        variable: `VIGIL_BUDGET_${name}_SECONDS`,
        doc: `Wall time per ${what}`,
      }),
    })
    .prefault({})

export const budgets = z.strictObject({
  investigation: z
    .strictObject({
      tool_calls: key(z.number().int().min(0).default(15), { variable: 'VIGIL_BUDGET_TOOL_CALLS', doc: 'Tool calls per investigation' }),
      tokens_in: key(z.number().int().min(1).default(200_000), {
        variable: 'VIGIL_BUDGET_TOKENS_IN',
        doc: 'Input tokens per investigation',
      }),
      tokens_out: key(z.number().int().min(1).default(50_000), {
        variable: 'VIGIL_BUDGET_TOKENS_OUT',
        doc: 'Output tokens per investigation',
      }),
      usd: key(z.number().min(0).default(1), { variable: 'VIGIL_BUDGET_USD', doc: 'Money per investigation, US dollars' }),
      seconds: key(z.number().int().min(1).default(180), { variable: 'VIGIL_BUDGET_SECONDS', doc: 'Wall time per investigation' }),
      parallel_tools: key(z.number().int().min(1).max(16).default(4), {
        variable: 'VIGIL_PARALLEL_TOOLS',
        doc: 'Tool calls of one turn that run side by side',
      }),
    })
    .prefault({}),
  day: z
    .strictObject({
      usd: key(z.number().min(0).default(50), {
        variable: 'VIGIL_BUDGET_DAY_USD',
        doc: 'Money in any 24 hours, US dollars; then rules only',
      }),
      reserved_for_critical: key(z.number().min(0).max(1).default(0.3), {
        variable: 'VIGIL_BUDGET_RESERVED_FOR_CRITICAL',
        doc: 'Share of the day that only critical alerts may spend',
      }),
      tokens: key(z.number().int().min(0).optional(), {
        variable: 'VIGIL_BUDGET_DAY_TOKENS',
        doc: 'Tokens in any 24 hours, in and out; without it only the money counts',
      }),
      cheaper_at: key(z.number().min(0).max(1).default(0.8), {
        variable: 'VIGIL_BUDGET_CHEAPER_AT',
        doc: 'Share of the day from which the small model does everything',
      }),
    })
    .prefault({}),
  channel: z
    .strictObject({
      usd: key(z.number().min(0).optional(), {
        variable: 'VIGIL_BUDGET_CHANNEL_USD',
        doc: 'Money for the incidents of one channel in any 24 hours, US dollars; without it only the day counts',
      }),
    })
    .prefault({}),
  question: smallBudget('QUESTION', 'question asked in a thread', {
    tool_calls: 6,
    tokens_in: 80_000,
    tokens_out: 16_000,
    usd: 0.3,
    seconds: 90,
  }),
  challenge: smallBudget('CHALLENGE', 'attempt to refute an analysis', {
    tool_calls: 6,
    tokens_in: 80_000,
    tokens_out: 16_000,
    usd: 0.3,
    seconds: 90,
  }),
  concurrency: key(z.number().int().min(1).max(64).default(4), {
    variable: 'VIGIL_CONCURRENCY',
    doc: 'Investigations at a time in one process',
  }),
})

/** The short look before an investigation. */
export const gate = z.strictObject({
  severities: key(list.default([]), {
    variable: 'VIGIL_GATE_SEVERITIES',
    doc: 'Severities that pass the gate before an investigation ("*": all; empty: no gate)',
  }),
  wait_minutes: key(z.number().min(0).max(240).default(15), {
    variable: 'VIGIL_GATE_WAIT_MINUTES',
    doc: 'An alert that usually goes by itself within this time is waited for (0: never)',
  }),
  tool_calls: key(z.number().int().min(0).max(10).default(3), { variable: 'VIGIL_GATE_TOOL_CALLS', doc: 'Tool calls of the gate' }),
  tokens_in: key(z.number().int().min(1).default(40_000), { variable: 'VIGIL_GATE_TOKENS_IN', doc: 'Input tokens of the gate' }),
  tokens_out: key(z.number().int().min(1).default(6000), { variable: 'VIGIL_GATE_TOKENS_OUT', doc: 'Output tokens of the gate' }),
  usd: key(z.number().min(0).default(0.05), { variable: 'VIGIL_GATE_USD', doc: 'Money of the gate, US dollars' }),
  seconds: key(z.number().int().min(1).default(30), {
    variable: 'VIGIL_GATE_SECONDS',
    doc: 'Wall time of the gate; then it is investigated',
  }),
})
