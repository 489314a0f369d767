import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { InputError } from '../../errors.ts'
import { readRecorded, writeRecorded } from '../../investigation/replay/file.ts'
import type { Recorded } from '../../investigation/replay/recorded.ts'

/** The recorded set that comes with Vigil: the incidents of eval/ as its scripted model went through them. */
export const shipped = fileURLToPath(new URL('../../../eval/recorded.json.gz', import.meta.url))

/** Exported investigations; a name that ends in .gz is compressed. Throws InputError for what is none. */
export const readRecording = (file: string): Recorded[] => {
  try {
    const bytes = readFileSync(file)
    return readRecorded((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString())
  } catch (error) {
    throw new InputError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

export const writeRecording = (file: string, recorded: readonly Recorded[]): void => {
  const text = writeRecorded(recorded)
  writeFileSync(file, file.endsWith('.gz') ? gzipSync(text, { level: 9 }) : text)
}
