import { startCluster } from '../../../src/demo/kubernetes/api.ts'
import { kubernetes } from '../../../src/remediation/runners/kubernetes.ts'
import { runnerContract } from '../../contracts/runner.ts'
import { checkout } from '../stage.ts'
import { configOf, runningOf } from './running.ts'

const accounts = (url: string) => runningOf(configOf(`kubernetes: { endpoint: ${url}, runner: { endpoint: ${url} } }`))

runnerContract(kubernetes, {
  stage: async (t, how) => {
    const cluster = await startCluster(checkout())
    t.after(() => cluster.close())
    if (how === 'hangs') cluster.next('hangs')
    const found = how === 'refuses' ? [{ op: 'test', path: '/metadata/uid', value: 'another' }] : []
    const patch = [...found, { op: 'add', path: '/metadata/annotations/x', value: '1' }]
    const { url } = how === 'breaks' ? { url: 'http://127.0.0.1:9' } : cluster
    return {
      request: { method: 'PATCH', kind: 'Deployment', namespace: 'shop', name: 'checkout', patch, done: { marked: true } },
      running: accounts(url),
      deeds: () => cluster.ledger.length,
    }
  },
  unconfigured: { running: runningOf(configOf('')), says: /kubernetes\.runner/ },
})
