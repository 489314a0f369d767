import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../../src/config.ts'
import { InputError } from '../../src/errors.ts'
import type { Entry } from '../../src/remediation/catalogue.ts'
import { refuseFaults } from '../../src/remediation/faults.ts'
import { forbiddenEntry, forbiddenStep, forbiddenWords } from '../../src/remediation/forbidden.ts'
import type { Json, Step, Target } from '../../src/remediation/offer.ts'

const LOST = /data is never deleted/
const KILLED = /nothing is killed before/
const OPENED = /no authentication, firewall/

const FORBIDDEN: readonly (readonly [string, RegExp])[] = [
  ['psql -c DROP TABLE orders', LOST],
  ['drop   database shop', LOST],
  ['Drop/**/Table orders', LOST],
  ['ＤＲＯＰ ＴＡＢＬＥ orders', LOST],
  ['DR\u200bOP TABLE orders', LOST],
  ['truncate orders', LOST],
  ['TRUNCATE TABLE orders CASCADE', LOST],
  ['delete from orders', LOST],
  ['DELETE FROM orders;', LOST],
  ['delete from orders where 1=1', LOST],
  ['delete from orders where true', LOST],
  ['update users set password = null', LOST],
  ['delete from a where id = 1; delete from b', LOST],
  ["delete from a where id = 1 or '1'='1'", LOST],
  ['redis-cli FLUSHALL', LOST],
  ['rm -rf /', LOST],
  ['/bin/rm -rf /var/lib/data', LOST],
  ['rm -fr x', LOST],
  ['rm -f -r x', LOST],
  ['rm --recursive x', LOST],
  ['r"m" -rf x', LOST],
  ['rm -R x', LOST],
  ['mkfs.ext4 /dev/sda1', LOST],
  ['dd if=/dev/zero of=/dev/sda', LOST],
  ['shred -u key', LOST],
  ['find /var -name x -delete', LOST],
  ['git push --force origin main', LOST],
  ['aws s3 rm s3://bucket --recursive', LOST],
  ['terraform destroy', LOST],
  ['kubectl delete ns shop', LOST],
  ['kubectl -n shop delete pvc data-db-0', LOST],
  ['kubectl delete pods --all', LOST],
  ['helm uninstall shop', LOST],
  ['kill -9 1', KILLED],
  ['kill -s KILL 1', KILLED],
  ['pkill -KILL java', KILLED],
  ['killall -9 nginx', KILLED],
  ['docker kill web', KILLED],
  ['docker rm -f web', KILLED],
  ['kubectl delete pod x --grace-period=0', KILLED],
  ['kubectl delete pod x --force', KILLED],
  ['kubectl delete pod x --grace-period 0', KILLED],
  ['iptables -F', OPENED],
  ['nft flush ruleset', OPENED],
  ['ufw disable', OPENED],
  ['systemctl stop firewalld', OPENED],
  ['setenforce 0', OPENED],
  ['kubectl delete networkpolicy deny-all', OPENED],
  ['kubectl delete clusterrolebinding x', OPENED],
  ['kubectl delete pdb checkout', OPENED],
  ['kubectl delete secret tls', OPENED],
  ['kubectl delete validatingwebhookconfigurations gate', OPENED],
  ['curl -X PUT auth_enabled=false', OPENED],
  ['rate_limit=off', OPENED],
  ['disable rate limits', OPENED],
  ['app --no-auth', OPENED],
  ['chmod -R 777 /srv', OPENED],
  ['sh -c "ls"', /never by a shell/],
  ['/bin/bash -lc ls', /never by a shell/],
  ['sudo reboot', /never by a shell/],
  ['kubectl -n kube-system rollout restart deploy/coredns', /own namespaces/],
]

const FINE = [
  'systemctl restart nginx',
  'kubectl -n shop rollout restart deployment/checkout',
  'delete from sessions where expires_at < now()',
  'update jobs set state = queued where id = 7',
  'rm /var/run/app.pid',
  'kill -TERM 1',
  'kill -15 12',
  'redis-cli DEL cache:checkout',
  'pg_terminate_backend {pid}',
  'truncate -s 0 /var/log/app.log',
  'checkout',
  'the table drops rows',
  'form -r',
  'nginx -s reload',
  'docker restart web',
  'https://remediator.example/restart',
  'registry.example/shop/kill-9:1.0',
  'auth: restart',
  'eval',
  'su',
  'shred',
  'delete from a where id = 1; select 1',
  'kubectl delete pod checkout-1',
]

test('what is forbidden is found however it is written', () => {
  for (const [text, why] of FORBIDDEN) assert.match(forbiddenWords(text) ?? '', why, text)
})

test('ordinary commands are not forbidden', () => {
  assert.deepEqual(
    FINE.filter((text) => forbiddenWords(text) !== null),
    [],
  )
})

const bounds = { own: 'vigil' }
const entry = (over: Record<string, unknown>): Entry =>
  ({ kind: 'restart_unit', params: {}, targets: ['shop/*'], automatic: false, verify: [], ...over }) as unknown as Entry

test('an entry that says something forbidden is a fault, wherever it says it', () => {
  const faults: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ runner: 'command', argv: ['rm', '-rf', '/data'] }, LOST],
    [{ runner: 'command', argv: ['systemctl', 'restart', 'x'], dry_run_argv: ['kill', '-9', '1'] }, KILLED],
    [{ runner: 'command', argv: ['mysql', '-e', '{sql}'], params: { sql: { values: ['DROP TABLE a'] } } }, LOST],
    [{ kind: 'drop_table', runner: 'http', url: 'https://r.example' }, LOST],
    [{ kind: 'x', name: 'disable_firewall', runner: 'http', url: 'https://r.example' }, OPENED],
    [{ runner: 'http', url: 'https://ana:hunter2@r.example' }, /credentials/],
    [{ runner: 'command', argv: ['login', '--password=hunter2'] }, /credentials/],
    [{ runner: 'command', argv: ['tool', 'ghp_0123456789abcdefghijABCDEFGHIJ012345'] }, /credentials/],
    [{ verify: [{ kind: 'command', argv: ['/bin/rm', '-rf', '/data'] }] }, LOST],
    [{ verify: [{ kind: 'command', argv: ['/bin/sh', '-c', 'look'] }] }, /never by a shell/],
    [{ verify: [{ kind: 'command', argv: ['/bin/look', '--password=hunter2'] }] }, /credentials/],
    [{ verify: [{ kind: 'browser', steps: [{ fill: '#key', value: 'ghp_0123456789abcdefghijABCDEFGHIJ012345' }] }] }, /credentials/],
    [{ kind: 'restart_workload', targets: ['kube-system/*'] }, /namespace kube-system/],
    [{ kind: 'restart_workload', targets: ['shop/*', 'vigil/*'] }, /namespace vigil/],
  ]
  for (const [over, why] of faults) assert.match(forbiddenEntry(entry(over), bounds).join('; '), why, JSON.stringify(over))
  const fine = [
    { kind: 'restart_workload', targets: ['*/*', 'worker-*'] },
    { runner: 'command', argv: ['systemctl', 'restart', '{unit}'] },
    { runner: 'command', argv: ['login', '--password={password}'] },
    { verify: [{ kind: 'command', argv: ['/opt/checks/queue', '--most', '100'] }] },
  ]
  for (const over of fine) assert.deepEqual(forbiddenEntry(entry(over), bounds), [], JSON.stringify(over))
})

const target: Target = { kind: 'Deployment', namespace: 'shop', name: 'checkout' }
const step = (request: Json, runner = 'kubernetes'): Step => ({ runner, request })

test('a planned step that is forbidden is never offered', () => {
  const kubernetes = (over: Record<string, Json>) => step({ method: 'PATCH', kind: 'Deployment', namespace: 'shop', name: 'x', ...over })
  const cases: readonly (readonly [Step, RegExp])[] = [
    [kubernetes({ namespace: 'kube-system' }), /namespace kube-system/],
    [kubernetes({ namespace: 'vigil' }), /namespace vigil/],
    [kubernetes({ method: 'DELETE', kind: 'PersistentVolumeClaim' }), /data would be lost/],
    [kubernetes({ method: 'DELETE', kind: 'Namespace' }), /never changed or deleted/],
    [kubernetes({ method: 'DELETE', kind: 'Deployment' }), /never deleted/],
    [kubernetes({ kind: 'NetworkPolicy' }), /firewall/],
    [kubernetes({ kind: 'PodDisruptionBudget' }), /guard/],
    [kubernetes({ kind: 'ValidatingWebhookConfiguration' }), /guard/],
    [kubernetes({ kind: 'ConfigMap' }), /never changed/],
    [kubernetes({ method: 'DELETE', kind: 'Pod', body: { gracePeriodSeconds: 0 } }), KILLED],
    [kubernetes({ method: 'POST', kind: 'Pod', body: { deleteOptions: { gracePeriodSeconds: 0 } } }), KILLED],
    [kubernetes({ patch: [{ op: 'add', path: '/spec/template/spec/terminationGracePeriodSeconds', value: 0 }] }), KILLED],
    [step({ argv: ['rm', '-rf', '/'] }, 'command'), LOST],
    [step({ params: { sql: 'drop table orders' } }, 'http'), LOST],
    [step({ params: { key: 'ghp_0123456789abcdefghijABCDEFGHIJ012345' } }, 'http'), /credentials/],
    [step({ target: { namespace: 'kube-system', name: 'coredns' } }, 'job'), /namespace kube-system/],
  ]
  for (const [one, why] of cases) assert.match(forbiddenStep(one, target, bounds) ?? '', why, JSON.stringify(one))
  assert.equal(forbiddenStep(kubernetes({}), target, bounds), null)
  assert.equal(forbiddenStep(kubernetes({ method: 'DELETE', kind: 'Pod', done: { gone: 'u' } }), target, bounds), null)
  assert.equal(forbiddenStep(step({ argv: ['systemctl', 'restart', 'nginx'] }, 'command'), target, bounds), null)
  assert.match(forbiddenStep(kubernetes({}), { ...target, namespace: 'kube-public' }, bounds) ?? '', /namespace kube-public/)
})

test('a manifest is judged by what it changes and by what stands in it, and so is what takes it back', () => {
  const apply = (over: Record<string, Json>) =>
    step(
      { kind: 'ConfigMap', namespace: 'shop', name: 'x', create: false, body: {}, of: null, takes: [], force: false, edits: [], ...over },
      'apply',
    )
  const back = (over: Record<string, Json>) =>
    step({ method: 'PATCH', kind: 'ConfigMap', namespace: 'shop', name: 'x', patch: [], back: 'id', ...over })
  const edit = (path: string, is: Json, was: Json = '') => ({ edits: [{ path, was, is }] })
  const cases: readonly (readonly [Step, RegExp])[] = [
    [apply({ namespace: 'kube-system' }), /namespace kube-system/],
    ...['Secret', 'Role', 'ServiceAccount', 'Namespace', 'Node', 'NetworkPolicy', 'PersistentVolumeClaim', 'Pod', ''].map(
      (kind) => [apply({ kind }), /is never applied/] as const,
    ),
    [apply({ kind: 'ValidatingWebhookConfiguration' }), /guard/],
    [apply(edit('/data/run.sh', 'echo 1\nrm -rf /data\n')), LOST],
    [apply(edit('/data/app.yaml', 'auth: off')), OPENED],
    [apply({ kind: 'Deployment', ...edit('/spec/template/spec/hostNetwork', true) }), /more rights on its node/],
    [apply({ kind: 'Deployment', ...edit('/spec/template/spec/terminationGracePeriodSeconds', 0, 30) }), KILLED],
    [apply({ body: { data: { key: 'ghp_0123456789abcdefghijABCDEFGHIJ012345' } } }), /credentials/],
    [apply(edit('/data/app.yaml', 'a: 1', 'password=hunter2')), /credentials/],
    [back({ kind: 'PodDisruptionBudget', ...edit('/spec/minAvailable', 1, 2) }), OPENED],
    [back({ kind: 'NetworkPolicy' }), /firewall/],
    [back({ method: 'DELETE' }), /never deleted/],
  ]
  for (const [one, why] of cases) assert.match(forbiddenStep(one, target, bounds) ?? '', why, JSON.stringify(one))
  // What stood there before is no news.
  assert.equal(forbiddenStep(apply(edit('/data/run.sh', 'rm -rf /data\nb', 'rm -rf /data\na')), target, bounds), null)
  assert.equal(forbiddenStep(back(edit('/data/a', '1', '2')), target, bounds), null)
})

test('Vigil does not start with such an entry, and every fault is told', () => {
  const manifests = (clusters?: string[]) =>
    entry({ kind: 'apply_manifest', manifests: './m', ...(clusters === undefined ? {} : { clusters }) })
  const several = (one: Entry) => () =>
    refuseFaults({ actions: [one], remediation: { own_namespace: 'vigil' }, clusters: [{ name: 'eu' }] } as unknown as Config)
  assert.throws(
    several(manifests()),
    /apply_manifest\): clusters must name the one cluster that its manifests are for \(clusters: \[eu\]\)/,
  )
  assert.throws(several(manifests(['default', 'eu'])), /must name the one cluster/)
  several(manifests(['eu']))()
  const config = {
    actions: [entry({ kind: 'rollback_workload', targets: ['kube-system/*'] }), entry({ kind: 'nothing_like_this' })],
    remediation: { own_namespace: 'vigil' },
  } as unknown as Config
  assert.throws(
    () => refuseFaults(config),
    (error) =>
      error instanceof InputError &&
      error.message.includes('has 2 faults') &&
      error.message.includes('actions[0] (rollback_workload): is forbidden: nothing in the namespace kube-system is ever changed') &&
      error.message.includes('actions[1] (nothing_like_this)'),
  )
})
