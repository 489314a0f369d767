import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { github } from '../../../src/datasources/github.ts'
import type { Sources } from '../../../src/datasources/sources.ts'
import type { Deploy } from '../../../src/investigation/rules/rule.ts'
import { listDeploys } from '../../../src/investigation/tools/list-deploys.ts'
import type { ToolContext } from '../../../src/investigation/tools/tool.ts'
import { cited } from '../../contracts/tool.ts'
import { saying, serve } from '../../datasources/wire.ts'

const NOW = new Date('2026-11-20T22:00:00Z')

const deploy = (service: string, minutes: number, over: Partial<Deploy> = {}): Deploy => ({
  ...{ service, namespace: null, kind: 'deploy', version: 'v2', previous: 'v1', commit: null, author: 'alice', url: null },
  ...{ at: new Date(NOW.getTime() - minutes * 60_000), source: 'pushed', ...over },
})

const ask = (input: object, { pushed = [], sources = {} }: { pushed?: readonly Deploy[]; sources?: Sources } = {}) => {
  const context: ToolContext = {
    sources,
    clock: { ...systemClock, now: () => NOW },
    signal: new AbortController().signal,
    deploys: async ({ from, to, limit }) => pushed.filter(({ at }) => at >= from && at <= to).slice(0, limit),
    evidence: () => undefined,
    redact: (text) => text.replaceAll('alice', '<person>'),
  }
  return listDeploys.run(listDeploys.input.parse(input), context)
}

test('what was pushed is listed newest first, of all or of one service, redacted and within the window', async () => {
  const pushed = [deploy('search', 5), deploy('checkout', 30), deploy('checkout', 60 * 30)]
  const all = cited(await ask({}, { pushed }))
  assert.equal(
    all.shown,
    '2 changes from 2026-11-19T22:00:00.000Z until 2026-11-20T22:00:00.000Z, the newest first\n' +
      '2026-11-20T21:55:00.000Z v1 → v2 of search by <person> went out (deploy, pushed)\n' +
      '2026-11-20T21:30:00.000Z v1 → v2 of checkout by <person> went out (deploy, pushed)',
  )
  assert.equal(all.complete, true)
  const one = cited(await ask({ service: 'Checkout', start: '-2d' }, { pushed }))
  assert.match(one.shown, /^2 changes .*\n.*T21:30.*\n.*2026-11-19T16:00/)
  assert.match(cited(await ask({})).shown, /^0 changes/)
})

test('what GitHub knows of the service is listed too, and where it fails the model is told', async (t) => {
  const repositories = [{ repository: 'shop/checkout', service: 'checkout' }]
  const wire = await serve(t, (asked, response) =>
    saying(
      asked.path.endsWith('/statuses')
        ? [{ state: 'success', created_at: '2026-11-20T21:31:00Z' }]
        : [{ id: 1, sha: 'a'.repeat(40), ref: 'v2', created_at: '2026-11-20T21:30:00Z' }],
    )(asked, response),
  )
  const hub = (endpoint: string) => ({ github: github({ endpoint, fetch, clock: systemClock }, repositories) })
  const answer = cited(await ask({ service: 'checkout' }, { pushed: [deploy('checkout', 30)], sources: hub(wire.url) }))
  assert.match(answer.shown, /^1 changes .*\n.*\(aaaaaaa\) went out \(deploy, pushed, github\)$/)
  const broken = await serve(t, saying('boom', 500))
  const failure = await ask({ service: 'checkout' }, { sources: hub(broken.url) })
  assert.ok(!failure.ok)
  assert.match(failure.error, /GitHub 500 boom\nThe query was: deploys of checkout/)
})

test('more than its cap is said, and a window that cannot be is refused', async () => {
  const { complete, shown } = cited(await ask({}, { pushed: Array.from({ length: 501 }, (_, i) => deploy(`s${i}`, 1 + i / 60)) }))
  assert.equal(complete, false)
  assert.match(shown, /Truncated/)
  const refused = await ask({ start: '-30d' })
  assert.ok(!refused.ok && refused.error.startsWith('Not asked: '))
})
