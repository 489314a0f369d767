import { constants, type Dirent } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { InputError } from '../errors.ts'
import type { ManifestFile } from '../kubernetes/manifests.ts'
import { compare } from '../text/compare.ts'

/** What a folder of manifests may be at most: far above any that people keep by hand, and read within a second or two. */
const MOST_FILES = 2000
const MOST_DEPTH = 12
const MOST_FILE_BYTES = 1_000_000
const MOST_BYTES = 20_000_000
/** Of what mentions the wanted name, which is all that is parsed. */
const MOST_MENTIONING_BYTES = 4_000_000

/**
 * The .yaml, .yml and .json files of a folder and of those in it, sorted by path; names that begin with a dot are left out. `mentions`: of
 * these only the files in which that word stands. A link that leads out of the folder is refused. Throws InputError that names the file which
 * cannot be read or is too large, and where the folder is not made of finished manifests (Kustomize, a Helm chart).
 */
export const readManifests = async (folder: string, { mentions = '' }: { readonly mentions?: string } = {}): Promise<ManifestFile[]> => {
  const root = await realpath(folder).catch((error: unknown) => {
    throw new InputError(`the folder of manifests ${folder} cannot be read (${codeOf(error)})`)
  })
  const found: ManifestFile[] = []
  const seen = new Set<string>()
  let [bytes, mentioning] = [0, 0]
  for (const file of await filesIn(root, '', 0)) {
    const path = await within(root, file)
    if (path === null || seen.has(path)) continue
    seen.add(path)
    if (seen.size > MOST_FILES) throw new InputError(`${folder} has more than ${MOST_FILES} manifests: name a folder below it`)
    const text = await read(path, file)
    bytes += text.length
    if (bytes > MOST_BYTES) throw new InputError(`${folder} has more than ${MOST_BYTES / 1e6} MB of manifests: name a folder below it`)
    if (!text.includes(mentions)) continue
    mentioning += text.length
    if (mentions !== '' && mentioning > MOST_MENTIONING_BYTES)
      throw new InputError(
        `more than ${MOST_MENTIONING_BYTES / 1e6} MB of manifests in ${folder} mention ${mentions}: name a folder below it`,
      )
    found.push({ file, text })
  }
  return found
}

const filesIn = async (root: string, below: string, depth: number): Promise<string[]> => {
  if (depth > MOST_DEPTH) throw new InputError(`${below} is nested deeper than ${MOST_DEPTH} folders`)
  const entries = await readdir(join(root, below), { withFileTypes: true }).catch((error: unknown): Dirent[] => {
    throw new InputError(`${below === '' ? root : below} cannot be read (${codeOf(error)})`)
  })
  const files: string[] = []
  for (const entry of entries.toSorted((a, b) => compare(a.name, b.name))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.name.startsWith('.')) continue
    const builder = BUILDERS[entry.name]
    if (builder !== undefined) throw new InputError(`${path}: ${builder}; render it into a folder of its own, and name that`)
    if (entry.isDirectory()) files.push(...(await filesIn(root, path, depth + 1)))
    else if (MANIFEST.test(entry.name)) files.push(path)
    if (files.length > MOST_FILES) return files
  }
  return files
}

const MANIFEST = /\.(?:yaml|yml|json)$/

/** Beside these stand pieces, of which a program makes what is applied: no piece says how an object is to be. */
const BUILDERS: Readonly<Record<string, string>> = {
  'kustomization.yaml': 'Kustomize makes the manifests of this folder',
  'kustomization.yml': 'Kustomize makes the manifests of this folder',
  Kustomization: 'Kustomize makes the manifests of this folder',
  'Chart.yaml': 'Helm makes the manifests of this folder',
}

/** Where the file really is; null for a folder with such a name. A link may lead to another place inside of the folder, never out of it. */
const within = async (root: string, file: string): Promise<string | null> => {
  try {
    const path = await realpath(join(root, file))
    if (!path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`))
      throw new InputError(`${file} is a link that leads out of the folder of manifests: put the file itself there`)
    const found = await stat(path)
    if (found.isDirectory()) return null
    if (!found.isFile()) throw new InputError(`${file} is no ordinary file`)
    return path
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(`${file} cannot be read (${codeOf(error)})`)
  }
}

/** Opened without following a link any more: between the look and this it may have become one. */
const read = async (path: string, file: string): Promise<string> => {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const { size } = await handle.stat()
      if (size > MOST_FILE_BYTES) throw new InputError(`${file} is larger than ${MOST_FILE_BYTES / 1e6} MB`)
      const bytes = await handle.readFile()
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof InputError) throw error
    throw new InputError(`${file} cannot be read (${error instanceof TypeError ? 'it is not UTF-8' : codeOf(error)})`)
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'no reason was given')
