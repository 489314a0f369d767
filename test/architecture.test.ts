import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { test } from 'node:test'

/** Who may call whom (docs/architecture.md). Type-only imports are free, so only what is there at run time counts. */

type Edge = { readonly from: string; readonly to: string }

const sourceFiles = (): string[] =>
  readdirSync('src', { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts'))
    .sort()

const read = (file: string): string => readFileSync(`src/${file}`, 'utf8')

const STATEMENT = /^(?:import|export)\s(?<what>[^'"]*?)\bfrom\s+'(?<path>\.[^']+)'|\bimport\('(?<lazy>\.[^']+)'\)/gms

/** The files that a file imports; with `types`, also those of which it takes types alone. */
const importsOf = (file: string, text: string, types = false): string[] =>
  [...text.matchAll(STATEMENT)].flatMap(({ groups }) => {
    const path = groups?.['path'] ?? groups?.['lazy']
    if (path === undefined || (!types && isTypeOnly(groups?.['what'] ?? ''))) return []
    return [join(dirname(file), path)]
  })

const isTypeOnly = (what: string): boolean => {
  if (/^type\b/.test(what)) return true
  const names = /^\{(.*)\}\s*$/s.exec(what)?.[1]
  if (names === undefined) return false
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .every((name) => name.startsWith('type '))
}

const edges: readonly Edge[] = sourceFiles().flatMap((from) => importsOf(from, read(from)).map((to) => ({ from, to })))

/** The room of a file, or the file itself where it stands in no folder. */
const roomOf = (file: string): string => file.split('/')[0] ?? file

const ROOMS = ['alert', 'incident', 'investigation', 'remediation', 'learning', 'runbook', 'policy', 'drift']
const EVERYWHERE = ['errors.ts', 'telemetry', 'series', 'logs', 'traces', 'profiles', 'kubernetes', 'deploys', 'text']
const OF_A_ROOM = [...EVERYWHERE, 'llm', 'datasources', 'queue', 'db']

/** Beside itself, what each may import: rooms, single files, or `room/file.ts`. What is not named here is nobody's. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['cli', 'context.ts', 'version.ts'],
  // doctor asks the very clients that Vigil uses, and migrate the database: both are commands without a room in between.
  // The recorded incidents stand beside src, and one command runs them.
  cli: [
    'app.ts',
    'config.ts',
    'config-schema.ts',
    'context.ts',
    'version.ts',
    'demo/run.ts',
    '../eval/main.ts',
    '../eval/data/main.ts',
    ...ROOMS,
    ...OF_A_ROOM,
  ],
  'app.ts': ['config.ts', 'context.ts', 'version.ts', 'slack', 'http', 'sinks', ...ROOMS, ...OF_A_ROOM],
  'config.ts': ['config-schema.ts', 'config', 'config-faults.ts', 'config-named.ts', 'errors.ts', 'text'],
  'config-named.ts': [],
  'config-faults.ts': ['config-schema.ts', 'text'],
  'config-schema.ts': ['config'],
  config: ['text'],
  'context.ts': [],
  'version.ts': [],
  'errors.ts': [],

  slack: [...ROOMS, 'queue', 'db', ...EVERYWHERE],
  http: [...ROOMS, 'queue', 'db', 'version.ts', ...EVERYWHERE],
  sinks: [...ROOMS, 'queue', 'db', ...EVERYWHERE],

  // The road: policy and drift -> alert <-> incident <- investigation -> remediation -> learning.
  policy: ['alert', 'incident/timeline.ts', ...OF_A_ROOM],
  drift: ['alert', 'incident/timeline.ts', ...OF_A_ROOM],
  alert: ['incident', ...OF_A_ROOM],
  incident: ['alert', ...OF_A_ROOM],
  investigation: ['incident', 'remediation', 'runbook', 'learning', 'version.ts', ...OF_A_ROOM],
  remediation: ['incident', 'learning', 'runbook', ...OF_A_ROOM],
  learning: ['incident/timeline.ts', ...OF_A_ROOM],
  runbook: ['incident/timeline.ts', ...OF_A_ROOM],

  llm: ['datasources', ...EVERYWHERE],
  datasources: ['errors.ts', 'series', 'logs', 'traces', 'profiles', 'kubernetes', 'text'],

  queue: ['errors.ts'],
  db: ['errors.ts'],
  telemetry: ['errors.ts'],
  // Whose pod it is, by its name.
  series: ['errors.ts', 'kubernetes', 'text'],
  logs: ['errors.ts'],
  traces: [],
  profiles: [],
  kubernetes: ['text'],
  deploys: ['kubernetes', 'text'],
  text: ['errors.ts'],
}

const covers = (allowed: string, file: string): boolean => allowed === file || allowed === roomOf(file)

const violations = (found: readonly Edge[]): string[] =>
  found
    .filter(({ from, to }) => {
      const room = roomOf(from)
      if (room === 'demo' || room === roomOf(to)) return false
      return !(ALLOWED[room] ?? []).some((allowed) => covers(allowed, to))
    })
    .map(({ from, to }) => `src/${from} imports src/${to}`)

test('each room imports only what the house lets it', () => {
  assert.deepEqual(violations(edges), [])
})

test('every folder and file at the top of src has its place in the house', () => {
  const known = [...Object.keys(ALLOWED), 'demo']
  assert.deepEqual(
    readdirSync('src').filter((name) => !known.includes(name)),
    [],
  )
})

test('an import that the house forbids is found', () => {
  const forbidden: Edge[] = [
    { from: 'alert/receive.ts', to: 'slack/thread.ts' },
    { from: 'investigation/loop.ts', to: 'http/server.ts' },
    { from: 'learning/rate.ts', to: 'incident/resolve.ts' },
    { from: 'incident/resolve.ts', to: 'investigation/loop.ts' },
    { from: 'slack/thread.ts', to: 'datasources/loki.ts' },
    { from: 'db/schema.ts', to: 'queue/queue.ts' },
    { from: 'cli/start.ts', to: 'demo/slack/slack.ts' },
    { from: 'main.ts', to: 'app.ts' },
  ]
  assert.equal(violations(forbidden).length, forbidden.length)
  const text =
    "import type { A } from './a.ts'\nimport { type B } from './b.ts'\nimport {\n  C,\n  type D,\n} from './c.ts'\nawait import('./d.ts')\nexport { E } from './e.ts'"
  assert.deepEqual(importsOf('x/y.ts', text), ['x/c.ts', 'x/d.ts', 'x/e.ts'])
})

test('the demo is imported by cli/demo alone', () => {
  const outside = edges.filter(({ from, to }) => roomOf(to) === 'demo' && roomOf(from) !== 'demo')
  assert.deepEqual(
    outside.map(({ from, to }) => `${from} -> ${to}`),
    ['cli/demo.ts -> demo/run.ts'],
  )
})

test('no file leads back to itself through its imports', () => {
  const next = Map.groupBy(edges, ({ from }) => from)
  const done = new Set<string>()
  const circle = (file: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const { to } of next.get(file) ?? []) {
      const found = circle(to, [...way, file])
      if (found) return found
    }
    done.add(file)
    return undefined
  }
  for (const file of sourceFiles()) assert.equal(circle(file, [])?.join(' -> '), undefined)
})

/** Shelves whose members know nothing but their contract; what belongs to that beside the shelf's own files. */
const PURE_SHELVES: Readonly<Record<string, readonly string[]>> = {
  // What an alert is, and how it is told from another: pure, without a database.
  'alert/sources': ['alert/alert.ts', 'alert/fingerprint.ts', 'alert/group-subject.ts'],
  'investigation/rules': ['investigation/evidence.ts', 'investigation/analysis.ts'],
  'investigation/tools': ['investigation/evidence.ts', 'investigation/analysis.ts'],
  'remediation/actions': ['remediation/runners'],
  // A command is shut in the same way, whether it does something or only looks.
  'remediation/checks': ['remediation/runners/confined.ts'],
  'remediation/runners': [],
  llm: [],
  datasources: [],
}

test('members of a shelf import their contract, data sources and pure text alone, never a function of a room', () => {
  const free = ['errors.ts', 'datasources', 'series', 'logs', 'traces', 'profiles', 'kubernetes', 'deploys', 'text', 'telemetry']
  const wrong = Object.entries(PURE_SHELVES).flatMap(([shelf, contract]) =>
    edges.filter(
      ({ from, to }) =>
        from.startsWith(`${shelf}/`) &&
        !to.startsWith(`${shelf}/`) &&
        !contract.some((allowed) => to === allowed || to.startsWith(`${allowed}/`)) &&
        !free.some((allowed) => covers(allowed, to)),
    ),
  )
  assert.deepEqual(
    wrong.map(({ from, to }) => `src/${from} imports src/${to}`),
    [],
  )
})

/** Every shelf, with the files that stand there beside the members; each is imported from elsewhere. */
const SHELVES: Readonly<Record<string, readonly string[]>> = {
  'alert/sources': [],
  'investigation/rules': [],
  'investigation/tools': [],
  // What the configuration adds to the register.
  'remediation/actions': ['configured.ts'],
  'remediation/checks': [],
  'remediation/runners': [],
  // Query guards and what reads expressions; used by tools and rooms.
  // And the series around an alert and the deploys of services, which rules and a tool ask for alike.
  // And manifests in a folder, which an action reads and what looks for drift will.
  datasources: [
    'comparison.ts',
    'deploys.ts',
    'golden-signals.ts',
    'latency.ts',
    'logql.ts',
    'manifests.ts',
    'moved.ts',
    'nearby.ts',
    'newest.ts',
    'promql.ts',
    'recorded.ts',
    'send.ts',
  ],
  // Put on or asked in app and investigation: models around models, prices, the reading of a tool's input.
  llm: ['models.ts', 'redacting.ts', 'price.ts', 'tool-input.ts'],
  // The reader of the command line, which calls the register, and the table for docs/.
  cli: ['command-line.ts', 'configuration.ts'],
  'slack/listeners': [],
  'slack/commands': [],
  'http/routes': [],
  sinks: [],
}

test('every file of a shelf is registered in its index.ts', () => {
  const forgotten = Object.entries(SHELVES).flatMap(([shelf, beside]) => {
    if (!existsSync(`src/${shelf}`)) return []
    if (!existsSync(`src/${shelf}/index.ts`)) return [`src/${shelf} has no index.ts: a shelf's index is its register`]
    const reached = new Set<string>()
    const follow = (file: string): void => {
      if (reached.has(file) || !file.startsWith(`${shelf}/`)) return
      reached.add(file)
      for (const to of importsOf(file, read(file), true)) follow(to)
    }
    for (const name of ['index.ts', ...beside]) follow(`${shelf}/${name}`)
    return sourceFiles().filter((file) => file.startsWith(`${shelf}/`) && !reached.has(file))
  })
  assert.deepEqual(forgotten, [])
})

test('nobody but main, the commands and the configuration reads the environment or the command line', () => {
  const readers = sourceFiles().filter((file) => /\bprocess\.(env|argv)\b|\benv\b.*from 'node:process'/.test(read(file)))
  assert.deepEqual(
    readers.filter((file) => !['main.ts', 'config.ts'].includes(file) && roomOf(file) !== 'cli'),
    [],
  )
})

test('no file goes around the rules for imports: relative paths end in .ts, and only types come by import()', () => {
  const wrong = sourceFiles().flatMap((file) =>
    [...read(file).matchAll(/\bfrom\s+'(\.[^']+)'/g)].flatMap(([, path = '']) => (path.endsWith('.ts') ? [] : [`${file}: ${path}`])),
  )
  assert.deepEqual(wrong, [])
  const lazy = sourceFiles().filter((file) => roomOf(file) !== 'cli' && /\bawait import\('\./.test(read(file)))
  assert.deepEqual(lazy, [], 'only the commands load parts of Vigil late')
})
