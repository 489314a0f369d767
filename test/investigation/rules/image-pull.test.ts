import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { imagePull as rule } from '../../../src/investigation/rules/image-pull.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { event, status } from '../../kubernetes/made.ts'

const waiting = (reason = 'ImagePullBackOff', message = 'Back-off pulling image "registry.example/checkout:1.4.0"') =>
  status({ ready: false, started: false, state: { waiting: { reason, message } } })
const cluster = (said = '', one = waiting()): KubeObject[] => {
  const objects = app('checkout', {}, { statuses: [one], status: { phase: 'Pending' } })
  return said === ''
    ? objects
    : [
        ...objects,
        event(objects[2] as KubeObject, 'Failed', `Failed to pull image "registry.example/checkout:1.4.0": ${said}`, { container: 'app' }),
      ]
}

const LIMITED = 'unexpected status code https://registry.example/v2/: 429 Too Many Requests - Server message: toomanyrequests'

ruleContract(rule, { found: inCluster(cluster()), nothing: inCluster(app('checkout')) })

describe('image-pull', () => {
  it("gives the registry's own answer beside what it means", async () => {
    const [finding] = await found(rule, inCluster(cluster(LIMITED)))
    assert.match(finding?.summary ?? '', /limits how often it may be pulled \(429 Too Many Requests\)/)
  })

  const why = async (said: string): Promise<string> => (await found(rule, inCluster(cluster(said))))[0]?.summary ?? ''

  it('tells tag, repository, credentials, registry, rate limit and platform apart', async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      [
        'rpc error: code = NotFound desc = failed to pull and unpack image "registry.example/checkout:1.4.0": failed to resolve reference "registry.example/checkout:1.4.0": registry.example/checkout:1.4.0: not found',
        /no such image or tag/,
      ],
      ['manifest for registry.example/checkout:1.4.0 not found: manifest unknown: manifest unknown', /no such tag/],
      [
        "Error response from daemon: pull access denied for checkout, repository does not exist or may require 'docker login'",
        /does not exist or needs credentials; the pod names no pull secret/,
      ],
      [
        'failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://registry.example/token: 401 Unauthorized',
        /refuses the credentials/,
      ],
      [
        'failed to do request: Head "https://registry.example/v2/checkout/manifests/1.4.0": dial tcp: lookup registry.example on 10.96.0.10:53: no such host',
        /name does not resolve/,
      ],
      ['failed to do request: Head "https://registry.example/v2/": dial tcp 203.0.113.9:443: i/o timeout', /cannot be reached/],
      ['429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit', /limits how often/],
      ['no match for platform in manifest: not found', /not built for the node's platform/],
      [
        'failed to do request: Head "https://registry.example/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
        /TLS is refused/,
      ],
    ]
    for (const [said, expected] of cases) assert.match(await why(said), expected)
  })

  it('reads names that cannot be parsed and policies that forbid to pull', async () => {
    const say = async (reason: string) => (await found(rule, inCluster(cluster('', waiting(reason)))))[0]?.summary ?? ''
    assert.match(await say('InvalidImageName'), /name cannot be parsed/)
    assert.match(await say('ErrImageNeverPull'), /pull policy is Never/)
  })

  it('names the workload and settles it for the subject, and hints at most for a neighbour', async () => {
    const findings = await found(rule, inCluster(cluster('manifest unknown')))
    assert.deepEqual(accused(findings), ['Deployment checkout'])
    assert.equal(findings[0]?.category, 'image')
    const other = app('report', {}, { labels: { app: 'report' }, statuses: [waiting()] })
    assert.deepEqual(accused(await found(rule, inCluster([...app('checkout'), ...other]))), [])
  })

  it('does not take an old event of a pod that runs now for trouble', async () => {
    const objects = app('checkout')
    assert.deepEqual(
      await found(
        rule,
        inCluster([...objects, event(objects[2] as KubeObject, 'Failed', 'Failed to pull image "x": i/o timeout', { minutes: 30 })]),
      ),
      [],
    )
  })
})
