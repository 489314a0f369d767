import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { alertmanager } from '../../../src/datasources/alertmanager.ts'
import { loki } from '../../../src/datasources/loki.ts'
import { prometheus } from '../../../src/datasources/prometheus.ts'
import { tools, toolsFor } from '../../../src/investigation/tools/index.ts'
import type { Tool } from '../../../src/investigation/tools/tool.ts'

const shelf = new URL('../../../src/investigation/tools/', import.meta.url)

const isTool = (value: unknown): value is Tool => typeof value === 'object' && value !== null && 'run' in value && 'question' in value

test('every tool on the shelf is registered, under a name of its own, and has a test', async () => {
  const found: Tool[] = []
  for (const file of readdirSync(shelf).filter((name) => name !== 'index.ts')) {
    const exported = Object.values((await import(new URL(file, shelf).href)) as object).filter(isTool)
    if (exported.length > 0)
      assert.ok(readdirSync(new URL('.', import.meta.url)).includes(file.replace('.ts', '.test.ts')), `${file} has no test`)
    found.push(...exported)
  }
  assert.ok(found.length >= 3)
  assert.deepEqual(new Set(tools), new Set(found))
  assert.equal(new Set(tools.map(({ name }) => name)).size, tools.length)
})

test('a tool is offered only where its source is configured', () => {
  const options = { endpoint: 'http://source', fetch, clock: systemClock }
  const names = (sources: Parameters<typeof toolsFor>[0]) => toolsFor(sources).map(({ name }) => name)
  assert.deepEqual(names({}), [])
  assert.deepEqual(names({ alertmanager: alertmanager(options) }), ['open_evidence', 'list_deploys', 'list_alerts'])
  const [metrics, logs] = [names({ prometheus: prometheus(options) }), names({ loki: loki(options) })]
  assert.deepEqual(metrics, ['query_metrics', 'query_metrics_range', 'open_evidence', 'list_deploys', 'what_changed', 'find_metrics'])
  assert.deepEqual(logs, ['query_logs', 'open_evidence', 'list_deploys'])
})
