import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namedCause } from '../../src/logs/cause.ts'

test('a cause is named where the words are plain, the special before the general', () => {
  const lines: [string, string | undefined][] = [
    ['write /data/wal: no space left on device', 'disk'],
    ['java.lang.OutOfMemoryError: Java heap space', 'memory'],
    ['x509: certificate has expired or is not yet valid', 'certificate'],
    ['dial tcp: lookup payments on 10.0.0.10:53: no such host', 'dns'],
    ['ERROR: deadlock detected', 'database'],
    ['FATAL: sorry, too many clients already', 'saturation'],
    ['HikariPool-1 - Connection is not available, request timed out', 'dependency'],
    ['read tcp 10.1.2.3: connection reset by peer', 'network'],
    ['dial tcp 10.1.2.3:5432: connect: connection refused', 'dependency'],
    ['upstream timeout request 3', 'dependency'],
    ['NullPointerException in Cart.total', undefined],
  ]
  for (const [line, cause] of lines) assert.equal(namedCause(line), cause, line)
})
