import type { Alert, SourceId } from '../alert.ts'

/** Where alerts come from. `parse` is pure; what must be asked elsewhere is alert/confirm. Throws InputError with the mend. */
export type Source = { readonly id: SourceId; parse(body: unknown): Alert[] }
