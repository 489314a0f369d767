import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CheckInput } from '../../../src/cli/doctor/check.ts'
import { checkArgoCd, checkGitHub } from '../../../src/cli/doctor/deploys.ts'
import { loadConfig } from '../../../src/config.ts'
import { systemClock } from '../../../src/context.ts'
import { saying, serve } from '../../datasources/wire.ts'

const input = (over: { github?: object; argocd?: object }): CheckInput => {
  const config = loadConfig({ env: { VIGIL_CONFIG: '/dev/null' }, flags: {} })
  const merged = { ...config, github: { ...config.github, ...over.github }, argocd: { ...config.argocd, ...over.argocd } }
  return { config: merged, env: {}, clock: systemClock, fetch, signal: new AbortController().signal, channels: Promise.resolve([]) }
}

const repositories = [{ repository: 'shop/checkout', service: 'checkout' }]

test('what is not configured is a note', async () => {
  const lines = [...(await checkGitHub(input({}))), ...(await checkArgoCd(input({})))]
  assert.deepEqual(
    lines.map(({ level }) => level),
    ['note', 'note'],
  )
})

test('repositories and applications that can be read are counted', async (t) => {
  const hub = await serve(t, saying([]))
  const argo = await serve(t, (asked, response) =>
    saying(asked.path === '/api/version' ? { Version: 'v2.11.3' } : { items: [{ metadata: { name: 'checkout' } }] })(asked, response),
  )
  const [github] = await checkGitHub(input({ github: { api: hub.url, repositories } }))
  const [argocd] = await checkArgoCd(input({ argocd: { endpoint: argo.url } }))
  assert.deepEqual([github?.level, github?.text], ['ok', 'reads the deployments of 1 repository'])
  assert.deepEqual([argocd?.level, argocd?.text], ['ok', 'v2.11.3, 1 application'])
})

test('what refuses or shows nothing says how it is mended', async (t) => {
  const hub = await serve(t, saying({ message: 'Not Found' }, 404))
  const argo = await serve(t, (asked, response) =>
    saying(asked.path === '/api/version' ? { Version: 'v2.11.3' } : { items: [] })(asked, response),
  )
  const [github] = await checkGitHub(input({ github: { api: hub.url, repositories } }))
  const [argocd] = await checkArgoCd(input({ argocd: { endpoint: argo.url } }))
  assert.equal(github?.level, 'fault')
  assert.match(github?.mend ?? '', /github\.repositories.*VIGIL_GITHUB_TOKEN/)
  assert.equal(argocd?.level, 'warning')
  assert.match(argocd?.mend ?? '', /get applications/)
})
