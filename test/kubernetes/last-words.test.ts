import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostsIn, lastWords } from '../../src/kubernetes/last-words.ts'

/** The ends of logs as programs of many kinds write them: the line that tells, and what kind of thing it complains about. */
const ENDS: readonly (readonly [name: string, lines: readonly string[], line: RegExp, cause: string])[] = [
  [
    'a Go panic',
    [
      '2026-11-20T21:00:00Z INFO starting',
      'panic: runtime error: invalid memory address or nil pointer dereference',
      '[signal SIGSEGV: segmentation violation code=0x1]',
      '',
      'goroutine 1 [running]:',
      'main.main()',
      '\t/src/main.go:41 +0x1d',
    ],
    /^panic: runtime error/,
    'program',
  ],
  [
    'a right that lacks before the panic that follows from it',
    [
      'E0311 reflector.go:158] failed to list *v1.Node: nodes is forbidden: User "system:serviceaccount:a:b" cannot list resource "nodes"',
      'panic: timed out waiting for caches',
      'goroutine 1 [running]:',
    ],
    /nodes is forbidden: User/,
    'permission',
  ],
  [
    'a panic after a complaint about a peer that the program can do without',
    ['ERROR cannot send spans: dial tcp 10.0.0.4:4317: connection refused', 'panic: assignment to entry in nil map'],
    /^panic: assignment/,
    'program',
  ],
  [
    'a panic after a warning about its configuration',
    ['WARN config key cache.size is missing, using 10', 'panic: assignment to entry in nil map'],
    /^panic: assignment/,
    'program',
  ],
  [
    'fields as logfmt has them',
    [
      'time="x" level=info msg="starting"',
      String.raw`time="x" level=fatal msg="cannot read \"/etc/a.conf\"" err="open: permission denied"`,
    ],
    /^fatal: cannot read "\/etc\/a.conf": open: permission denied$/,
    'permission',
  ],
  [
    'a Python traceback',
    [
      'Traceback (most recent call last):',
      '  File "/app/main.py", line 12, in <module>',
      "    db = os.environ['DATABASE_URL']",
      '  File "<frozen os>", line 685, in __getitem__',
      "KeyError: 'DATABASE_URL'",
    ],
    /^KeyError: 'DATABASE_URL'/,
    'configuration',
  ],
  [
    'a Java stack with its cause last',
    [
      '2026-11-20 21:00:00.123 ERROR 1 --- [main] o.s.boot.SpringApplication : Application run failed',
      'org.springframework.beans.factory.BeanCreationException: Error creating bean',
      '\tat org.springframework.Foo.bar(Foo.java:12)',
      'Caused by: java.net.UnknownHostException: orders-db',
      '\tat java.base/java.net.InetAddress.getAllByName(InetAddress.java:1)',
      '\t... 42 more',
    ],
    /^Caused by: java.net.UnknownHostException: orders-db/,
    'peer',
  ],
  [
    'a Node module that is not there',
    [
      'node:internal/modules/cjs/loader:1148',
      '  throw err;',
      '  ^',
      '',
      "Error: Cannot find module '/app/server.js'",
      '    at Module._resolveFilename (node:internal/modules/cjs/loader:1145:15)',
      '{',
      "  code: 'MODULE_NOT_FOUND'",
      '}',
      '',
      'Node.js v20.20.2',
    ],
    /^Error: Cannot find module/,
    'program',
  ],
  [
    'a JSON log',
    [
      '{"level":"info","msg":"listening"}',
      '{"level":"fatal","ts":1,"msg":"failed to load config: yaml: line 7: did not find expected key"}',
    ],
    /did not find expected key/,
    'configuration',
  ],
  [
    'nginx',
    ['2026/11/20 21:00:00 [emerg] 1#1: host not found in upstream "cart" in /etc/nginx/conf.d/default.conf:12'],
    /host not found in upstream/,
    'peer',
  ],
  [
    'a file that is not there',
    ['time="2026-11-20T21:00:00Z" level=error msg="open /etc/app/config.yaml: no such file or directory"'],
    /no such file/,
    'configuration',
  ],
  ['a right that is missing', ["Error: EACCES: permission denied, open '/data/lock'"], /EACCES/, 'permission'],
  ['a disk that is full', ['ERROR could not write: No space left on device'], /No space left/, 'disk'],
  ['a heap that is full', ['Exception in thread "main" java.lang.OutOfMemoryError: Java heap space'], /OutOfMemoryError/, 'memory'],
  [
    'a migration',
    ['INFO running migrations', 'ERROR: migration 0042 failed: column "total" of relation "orders" already exists'],
    /migration 0042 failed/,
    'schema',
  ],
  ['a password', ['FATAL: password authentication failed for user "app"'], /password authentication failed/, 'configuration'],
  ['a certificate', ['error: x509: certificate has expired or is not yet valid'], /x509/, 'certificate'],
  ['a port that is taken', ['listen tcp :8080: bind: address already in use'], /address already in use/, 'port'],
  [
    'a peer that refuses',
    ['Error: connect ECONNREFUSED 10.0.0.9:5432', '    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1595:16)'],
    /ECONNREFUSED/,
    'peer',
  ],
  [
    'a flag that is not known',
    ['flag provided but not defined: -prot', 'Usage of /app:', '  -port int'],
    /not defined: -prot/,
    'configuration',
  ],
]

for (const [name, lines, line, cause] of ENDS)
  test(`the last words of ${name}`, () => {
    const words = lastWords(lines)
    assert.match(words?.line ?? '', line)
    assert.equal(words?.cause, cause)
  })

test('a log that complains of nothing has no last words', () => {
  assert.equal(lastWords(['INFO listening on 8080', 'level=info msg="no errors found, 0 failed"', '']), null)
  assert.equal(lastWords([]), null)
})

test('hosts are read where a complaint names them', () => {
  assert.deepEqual(hostsIn('dial tcp: lookup orders-db on 10.96.0.10:53: no such host')[0], 'orders-db')
  assert.deepEqual(hostsIn('Error: getaddrinfo ENOTFOUND redis-master'), ['redis-master'])
  assert.deepEqual(hostsIn('could not connect to server: connection to server at "db" (10.1.2.3), port 5432 failed'), ['db'])
  assert.deepEqual(hostsIn('Post "http://payment.shop.svc.cluster.local:8080/pay": dial tcp 10.0.0.1:8080: connect: connection refused'), [
    'payment.shop.svc.cluster.local',
  ])
  assert.deepEqual(hostsIn('java.net.UnknownHostException: orders-db'), ['orders-db'])
})
