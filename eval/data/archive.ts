import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** The wanted files of an archive (`.tar.gz`, `.tgz`, `.tar`) or of a folder, by their paths. */
export const filesOf = (path: string, wanted: RegExp): ReadonlyMap<string, string> =>
  statSync(path).isDirectory() ? folder(path, wanted) : unpacked(path, wanted)

/** Whether `filesOf` can read it. */
export const isArchive = (name: string): boolean => /\.(tar\.gz|tgz|tar)$/.test(name)

const folder = (path: string, wanted: RegExp): Map<string, string> =>
  new Map(
    readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => wanted.test(name) && statSync(join(path, name)).isFile())
      .map((name) => [name, readFileSync(join(path, name), 'utf8')]),
  )

const BLOCK = 512

/** POSIX ustar, with GNU's and pax's long names: the header is 512 bytes, the size octal at 124, the kind at 156. */
const unpacked = (path: string, wanted: RegExp): Map<string, string> => {
  const raw = readFileSync(path)
  const bytes = raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw
  const files = new Map<string, string>()
  let long: string | undefined
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const header = bytes.subarray(at, at + BLOCK)
    const size = Number.parseInt(text(header, 124, 12), 8) || 0
    const body = bytes.subarray(at + BLOCK, at + BLOCK + size)
    const kind = String.fromCharCode(header[156] ?? 0)
    const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : ''
    const name = long ?? (prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`)
    if (kind === 'L') long = text(body, 0, size)
    else if (kind === 'x') long = /\d+ path=(.*)\n/.exec(body.toString('utf8'))?.[1]
    else {
      if ((kind === '0' || kind === '\0') && wanted.test(name)) files.set(name, body.toString('utf8'))
      long = undefined
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return files
}

const text = (bytes: Buffer, from: number, length: number): string => {
  const part = bytes.subarray(from, from + length)
  const end = part.indexOf(0)
  return part
    .subarray(0, end < 0 ? length : end)
    .toString('utf8')
    .trim()
}
