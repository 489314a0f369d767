import { createHash } from 'node:crypto'
import type { TestContext } from 'node:test'
import { serve, type Wire } from '../../datasources/wire.ts'

type Files = Readonly<Record<string, string>>
type Made = { readonly sha: string; readonly files: Files; readonly parents: readonly string[]; readonly message: string }

export type GitHubWire = Wire & {
  readonly commits: Made[]
  readonly branches: Record<string, string>
  readonly pulls: { head: string; base: string; title: string; body: string; number: number }[]
  /** Adds a commit to main. */
  commit(message: string, files: Files): string
  filesOf(branch: string): Files
  how: 'works' | 'refuses' | 'hangs' | 'breaks' | 'dies'
}

const idOf = (value: unknown): string => createHash('sha1').update(JSON.stringify(value)).digest('hex')

/** A GitHub with one repository, shop/checkout, whose trees and commits are real enough to be reverted. */
export const githubWire = async (t: TestContext): Promise<GitHubWire> => {
  const commits: Made[] = []
  const trees = new Map<string, Files>()
  const blobs = new Map<string, string>()
  const branches: Record<string, string> = {}
  const pulls: GitHubWire['pulls'] = []
  const treeOf = (files: Files): string => {
    for (const text of Object.values(files)) blobs.set(idOf(text), text)
    trees.set(idOf(files), files)
    return idOf(files)
  }
  const find = (ref: string): Made | undefined => commits.find(({ sha }) => sha === (branches[ref] ?? ref))
  const changed = (a: Files, b: Files) =>
    [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((path) => a[path] !== b[path]).map((filename) => ({ filename }))
  const add = (message: string, files: Files, parents: readonly string[]): string => {
    const sha = idOf([message, files, parents])
    treeOf(files)
    commits.push({ sha, files, parents, message })
    return sha
  }
  const read = (path: string): unknown => {
    const rest = path.replace('/repos/shop/checkout', '')
    if (rest === '') return { default_branch: 'main' }
    const one = find(decodeURIComponent(/^\/commits\/(.+)$/.exec(rest)?.[1] ?? ''))
    if (one !== undefined) {
      const before = find(one.parents[0] ?? '')?.files ?? {}
      const parents = one.parents.map((sha) => ({ sha }))
      return {
        sha: one.sha,
        parents,
        commit: { message: one.message, tree: { sha: treeOf(one.files) } },
        files: changed(before, one.files),
      }
    }
    const [, from = '', to = ''] = /^\/compare\/(\w+)\.\.\.(\w+)$/.exec(rest) ?? []
    const [a, b] = [find(from), find(to)]
    if (a !== undefined && b !== undefined) {
      const isAncestor = commits.indexOf(a) <= commits.indexOf(b) && Object.values(branches).includes(b.sha)
      return { status: isAncestor ? 'ahead' : 'diverged', files: changed(a.files, b.files) }
    }
    const files = find(/^\/git\/trees\/(\w+)$/.exec(rest)?.[1] ?? '')?.files
    if (files !== undefined)
      return {
        truncated: false,
        tree: Object.entries(files).map(([name, text]) => ({ path: name, mode: '100644', type: 'blob', sha: idOf(text) })),
      }
    const branch = /^\/git\/ref\/heads\/(.+)$/.exec(rest)?.[1]
    if (branch !== undefined && branches[branch] !== undefined) return { ref: branch }
    return undefined
  }
  const write = (path: string, sent: Record<string, unknown>): unknown => {
    switch (path.replace('/repos/shop/checkout', '')) {
      case '/git/trees': {
        const base = trees.get(String(sent['base_tree'])) ?? {}
        const files: Record<string, string> = { ...base }
        for (const { path: name, sha } of sent['tree'] as { path: string; sha: string | null }[])
          if (sha === null) delete files[name]
          else files[name] = blobs.get(sha) ?? ''
        return { sha: treeOf(files) }
      }
      case '/git/commits':
        return { sha: add(String(sent['message']), trees.get(String(sent['tree'])) ?? {}, sent['parents'] as string[]) }
      case '/git/refs':
        branches[String(sent['ref']).replace('refs/heads/', '')] = String(sent['sha'])
        return {}
      case '/pulls':
        pulls.push({ ...(sent as { head: string; base: string; title: string; body: string }), number: pulls.length + 7 })
        return { number: pulls.length + 6, html_url: 'https://github.com/shop/checkout/pull/7' }
      default:
        return undefined
    }
  }
  const wire = await serve(t, ({ method, path, params }, response, body) => {
    const say = (told: unknown, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(told))
    if (method === 'GET') {
      if (path.endsWith('/pulls')) return say(pulls.filter(({ head }) => `shop:${head}` === params['head']))
      const found = read(path)
      return found === undefined ? say({ message: 'Not Found' }, 404) : say(found)
    }
    if (made.how === 'hangs') return undefined
    if (made.how === 'breaks') return say({ message: 'Server Error' }, 502)
    if (made.how === 'refuses') return say({ message: 'Resource not accessible by personal access token' }, 403)
    const told = write(path, JSON.parse(body) as Record<string, unknown>)
    if (told === undefined) return say({ message: 'Not Found' }, 404)
    return made.how === 'dies' && path.endsWith('/pulls') ? response.destroy() : say(told, 201)
  })
  const made: GitHubWire = {
    ...wire,
    commits,
    branches,
    pulls,
    how: 'works',
    commit: (message, files) => {
      const last = branches['main']
      branches['main'] = add(message, files, last === undefined ? [] : [last])
      return branches['main']
    },
    filesOf: (branch) => find(branch)?.files ?? {},
  }
  return made
}
