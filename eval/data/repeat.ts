import type { Both, Line, Trace, Written } from './recording.ts'

/** A stretch of what was written, moved in time: `shift` in seconds. `copy` is 0 for the recording itself. */
export type Stretch = { readonly copy: number; readonly shift: number; readonly lines: readonly Line[]; readonly traces: readonly Trace[] }

/**
 * The recording and before it, back to `since`, the fault-free stretches in turn, the newest ending where the recording begins. Services write
 * at all times; a recording that began out of nothing would be a change by itself.
 */
export const stretchesOf = ({ since, lines, traces, usual }: Written): Stretch[] => {
  const own: Stretch = { copy: 0, shift: 0, lines, traces }
  const known = usual
    .map((one) => ({ ...one, from: Math.floor(firstOf(one)), to: Math.ceil(lastOf(one)) }))
    .filter(({ from, to }) => to > from)
  const all = [own]
  let end = Math.floor(firstOf(own))
  for (let copy = 1; known.length > 0 && Number.isFinite(end); copy++) {
    const one = known[(copy - 1) % known.length]
    if (one === undefined || end - (one.to - one.from) < since) break
    all.push({ lines: one.lines, traces: one.traces, copy, shift: end - one.to })
    end -= one.to - one.from
  }
  return all
}

const firstOf = ({ lines: [line], traces }: Both): number =>
  Math.min(
    ...traces.flatMap(({ spans: [span] }) => (span === undefined ? [] : [span.start / 1000])),
    line === undefined ? Number.POSITIVE_INFINITY : secondsOf(line),
  )

const lastOf = ({ lines, traces }: Both): number => {
  const line = lines.at(-1)
  return Math.max(
    ...traces.flatMap(({ spans: [span] }) => (span === undefined ? [] : [span.start / 1000])),
    line === undefined ? 0 : secondsOf(line),
  )
}

const secondsOf = ({ nanoseconds }: Pick<Line, 'nanoseconds'>): number => Number(nanoseconds / 1_000_000n) / 1000

/** Each copy of a trace is another trace, in the logs too: its number stands at the beginning of the id. */
export const idOf = (trace: string, copy: number): string =>
  copy === 0 || trace.length < 8 ? trace : `${copy.toString(16).padStart(3, '0')}${trace.slice(3)}`
