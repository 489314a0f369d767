import type { LogLine } from '../logs/line.ts'
import type { Series } from '../series/series.ts'

/** E1, E2 … inside an incident, in a fixed order. */
export type EvidenceId = `E${number}`

/** What a data source answered, in one of four shapes, so that code can compute from it again. */
export type Answer =
  | { readonly kind: 'series'; readonly series: readonly Series[] }
  | { readonly kind: 'lines'; readonly lines: readonly LogLine[] }
  | { readonly kind: 'objects'; readonly objects: readonly unknown[] }
  | { readonly kind: 'text'; readonly text: string }

/** An answer with its question, as a tool or a rule hands it in, before it is numbered and stored. */
export type Cited = {
  /** The data source: 'prometheus', 'loki', 'alertmanager', 'vigil' (our own database) … */
  readonly source: string
  /** The exact query, fit to be pasted into the source's own page. */
  readonly query: string
  /** RFC 3339; `from` is null for an instant. */
  readonly range: { readonly from: string | null; readonly to: string } | null
  readonly output: Answer
  /** The text that the model, or the rule's reader, was given of the output. */
  readonly shown: string
  /** False when a cap cut the output: then nothing can be said to be absent. */
  readonly complete: boolean
  /** Where a person sees the same in the source's own page; made by Vigil from configured hosts only. */
  readonly link?: string
}

/** One stored answer of a data source. */
export type Evidence = Cited & { readonly id: EvidenceId; readonly at: string }
