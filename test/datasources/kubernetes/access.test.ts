import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { loadConfig } from '../../../src/config.ts'
import { systemClock } from '../../../src/context.ts'
import { openSources } from '../../../src/datasources/index.ts'
import { currentAccess, type KubernetesAccess } from '../../../src/datasources/kubernetes/access.ts'
import { kubernetes } from '../../../src/datasources/kubernetes.ts'
import { kubeApi } from '../../kubernetes/api.ts'

const directory = (t: TestContext): string => {
  const path = mkdtempSync(join(tmpdir(), 'vigil-kube-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

const write = (path: string, content: unknown): string => {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

type Fields = Record<string, unknown>

const kubeconfig = (server: string, given: { cluster?: Fields; user?: Fields; context?: string; current?: string } = {}) => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': given.current ?? given.context ?? 'prod',
  contexts: [{ name: given.context ?? 'prod', context: { cluster: 'c', user: 'u', namespace: 'x' } }],
  clusters: [{ name: 'c', cluster: { server, ...given.cluster } }],
  users: [{ name: 'u', user: given.user ?? { token: 'from-the-file' } }],
})

const client = (access: KubernetesAccess) => kubernetes(access, { fetch, clock: systemClock })

test('a token file is read again, so that a token which rotates goes on working', async (t) => {
  const file = write(join(directory(t), 'token'), 'first\n')
  const api = await kubeApi(t, { objects: [] })
  let ms = 0
  const source = kubernetes(
    { endpoint: api.url, token_file: file, token: 'not this' },
    { fetch, clock: { ...systemClock, monotonic: () => ms } },
  )
  await source.version({})
  write(file, 'second\n')
  await source.version({})
  ms = 61_000
  await source.version({})
  assert.deepEqual(
    api.asked.map(({ headers }) => headers.authorization),
    ['Bearer first', 'Bearer first', 'Bearer second'],
  )
})

test('a kubeconfig gives server and token of the named context, else of the current one; of several files the first counts', async (t) => {
  const api = await kubeApi(t, { objects: [] })
  const at = directory(t)
  const one = write(join(at, 'one'), kubeconfig(`${api.url}/`, { context: 'eu' }))
  const other = { ...kubeconfig('http://127.0.0.1:1', { context: 'us' }), users: [{ name: 'u', user: { token: 'other' } }] }
  const two = write(join(at, 'two'), other)
  await client({ kubeconfig: one }).version({})
  await client({ kubeconfig: `${one}:${two}`, context: 'us' }).version({})
  assert.deepEqual(
    api.asked.map(({ path, headers }) => [path, headers.authorization]),
    Array(2).fill(['/version', 'Bearer from-the-file']),
  )
})

test('what cannot be used is said at the question, with how to mend it and without what is in the file', async (t) => {
  const at = directory(t)
  const faults: [KubernetesAccess, RegExp][] = [
    [{ kubeconfig: join(at, 'missing') }, /cannot read .*missing \(ENOENT\): check the path/],
    [{ kubeconfig: write(join(at, 'broken'), 'users: [{token: hunter2') }, /broken is not valid YAML$/],
    [{ kubeconfig: write(join(at, 'list'), '[]') }, /list is no kubeconfig/],
    [{ kubeconfig: write(join(at, 'ok'), kubeconfig('http://x')), context: 'us' }, /has no context us; it has prod/],
    [{ kubeconfig: write(join(at, 'no-current'), kubeconfig('http://x', { current: '' })) }, /has no current-context: name one/],
    [{ kubeconfig: write(join(at, 'no-server'), kubeconfig('')) }, /the cluster c of the kubeconfig cannot be used: its server/],
    [
      { kubeconfig: write(join(at, 'exec'), kubeconfig('http://x', { user: { exec: { command: 'aws', args: ['eks'] } } })) },
      /the context prod signs in by the exec plugin aws, and Vigil runs no programs: .*vigil manifest rbac.*token_file/,
    ],
    [{ kubeconfig: write(join(at, 'old'), kubeconfig('http://x', { user: { 'auth-provider': { name: 'gcp' } } })) }, /by an auth-provider/],
    [{ kubeconfig: write(join(at, 'proxy'), kubeconfig('http://x', { cluster: { 'proxy-url': 'http://p' } })) }, /wants a proxy/],
    [{ endpoint: 'http://x', token_file: join(at, 'missing') }, /cannot read .*missing \(ENOENT\)/],
    [{ endpoint: 'http://x', token_file: write(join(at, 'empty'), '\n') }, /the token of the Kubernetes API in .*empty is empty/],
    [{ in_cluster: true, token_file: join(at, 'no-account') }, /no-account \(ENOENT\)/],
  ]
  for (const [access, said] of faults)
    await assert.rejects(client(access).version({}), (error: Error) => {
      assert.match(error.message, said)
      assert.doesNotMatch(error.message, /hunter2/)
      return error.name === 'InputError'
    })
})

test('each of the configured clusters has its own API, by a context of the one kubeconfig or by an address; others have none', async (t) => {
  const at = directory(t)
  const [eu, us, own] = [await kubeApi(t, { objects: [] }), await kubeApi(t, { objects: [] }), await kubeApi(t, { objects: [] })]
  const kubernetes = { context: 'eu' }
  const clusters = [
    { name: 'prod-eu', match: ['cluster="eu"'], kubernetes },
    { name: 'prod-us', match: ['cluster="us"'], kubernetes: { endpoint: us.url, token_file: write(join(at, 'token'), 'of-us') } },
    { name: 'none', match: ['cluster="x"'] },
  ]
  const env = {
    VIGIL_CONFIG: write(join(at, 'vigil.yaml'), { clusters }),
    KUBECONFIG: write(join(at, 'config'), kubeconfig(eu.url, { context: 'eu' })),
    VIGIL_KUBERNETES_ENDPOINT: own.url,
    VIGIL_KUBERNETES_TOKEN: 'mine',
  }
  const sources = openSources(loadConfig({ env, flags: {} }), { fetch, clock: systemClock })
  for (const name of ['prod-eu', 'prod-us', 'default']) await sources(name).kubernetes?.version({})
  assert.deepEqual(
    [eu, us, own].map(({ asked }) => asked.map(({ headers }) => headers.authorization)),
    [['Bearer from-the-file'], ['Bearer of-us'], ['Bearer mine']],
  )
  assert.deepEqual([sources('none').kubernetes, sources('unknown').kubernetes], [undefined, undefined])
})

test('inside a cluster the API has the name that every pod knows', (t) => {
  const at = directory(t)
  const access = { in_cluster: true, token_file: write(join(at, 'token'), 'own'), ca_file: write(join(at, 'ca'), 'pem') }
  const { endpoint, auth } = currentAccess(access, { fetch, clock: systemClock })()
  assert.deepEqual([endpoint, auth], ['https://kubernetes.default.svc', { kind: 'bearer', token: 'own' }])
})

test('certificates of a kubeconfig are used: the authority of the server, and our own', async (t) => {
  const at = directory(t)
  const pem = (name: string) => readFileSync(join(at, name), 'utf8')
  const make = (name: string, subject: string, ...more: string[]) =>
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
        ...['-subj', subject, '-keyout', join(at, `${name}.key`), '-out', join(at, `${name}.crt`), ...more],
      ],
      { stdio: 'ignore' },
    )
  make('server', '/CN=api', '-addext', 'subjectAltName=IP:127.0.0.1')
  make('client', '/CN=vigil')
  const seen: (string | undefined)[] = []
  const options = { key: pem('server.key'), cert: pem('server.crt'), ca: pem('client.crt'), requestCert: true, rejectUnauthorized: true }
  const server = createServer(options, (request, response) => {
    seen.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN))
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"gitVersion":"v1.33.1"}')
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const user = { 'client-certificate': 'client.crt', 'client-key-data': Buffer.from(pem('client.key')).toString('base64') }
  const whole = write(join(at, 'whole'), kubeconfig(url, { user, cluster: { 'certificate-authority': 'server.crt' } }))
  assert.equal(await client({ kubeconfig: whole }).version({}), 'v1.33.1')
  const loose = write(join(at, 'loose'), kubeconfig(url, { user, cluster: { 'insecure-skip-tls-verify': true } }))
  assert.equal(await client({ kubeconfig: loose }).version({}), 'v1.33.1')
  assert.deepEqual(seen, ['vigil', 'vigil'])
  const unknown = write(join(at, 'unknown'), kubeconfig(url, { user }))
  await assert.rejects(client({ kubeconfig: unknown }).version({}), /its certificate is self-signed/)
})
