import type { Line, Trace, Written } from './recording.ts'

/** A stretch of what was written, moved in time: `shift` in seconds. `copy` is 0 for the recording itself. */
export type Stretch = { readonly copy: number; readonly shift: number; readonly lines: readonly Line[]; readonly traces: readonly Trace[] }

/**
 * The recording and before it, back to `since`, the fault-free minute again and again, the newest copy ending where the recording begins.
 * Services write at all times; a recording that began out of nothing would be a change by itself.
 */
export const stretchesOf = ({ since, lines, traces, usual }: Written): Stretch[] => {
  const own: Stretch = { copy: 0, shift: 0, lines, traces }
  const first = firstOf(own)
  const [from, to] = [firstOf(usual), lastOf(usual)]
  const length = Math.max(1, Math.ceil(to - from))
  const copies = Number.isFinite(first) && Number.isFinite(from) ? Math.floor((first - since) / length) : 0
  return [
    own,
    ...Array.from({ length: Math.max(0, copies) }, (_, n) => ({
      ...usual,
      copy: n + 1,
      shift: Math.floor(first) - (n + 1) * length - Math.floor(from),
    })),
  ]
}

type Both = { readonly lines: readonly Line[]; readonly traces: readonly Trace[] }

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

export const secondsOf = ({ nanoseconds }: Pick<Line, 'nanoseconds'>): number => Number(nanoseconds / 1_000_000n) / 1000

/** Each copy of a trace is another trace, in the logs too: its number stands at the beginning of the id. */
export const idOf = (trace: string, copy: number): string =>
  copy === 0 || trace.length < 8 ? trace : `${copy.toString(16).padStart(3, '0')}${trace.slice(3)}`
