import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { checkSignature, looksSigned, sign } from '../../../src/remediation/runners/signature.ts'

const SECRET = 'a-secret-of-16-or-more'
const NOW = new Date('2026-11-21T12:00:00.900Z')
const TEXT = '{"status":"succeeded"}'

const check = (text: string, header: string, over: { secret?: string; now?: Date } = {}) =>
  checkSignature(Buffer.from(text), { header, secret: SECRET, now: NOW, ...over })

test('a signature is HMAC-SHA-256 over time and bytes, good for 300 s on either side', () => {
  const header = sign(TEXT, SECRET, NOW)
  const t = Math.floor(NOW.getTime() / 1000)
  assert.equal(header, `t=${t},v1=${createHmac('sha256', SECRET).update(`${t}.${TEXT}`).digest('hex')}`)
  const after = (seconds: number) => check(TEXT, header, { now: new Date((t + seconds) * 1000) })
  assert.deepEqual([-301, -300, 0, 300, 301].map(after), ['expired', 'good', 'good', 'good', 'expired'])
})

test('another text, secret or time, or a header of another shape, is no signature', () => {
  const header = sign(TEXT, SECRET, NOW)
  assert.equal(check(`${TEXT} `, header), 'wrong')
  assert.equal(check(TEXT, header, { secret: `${SECRET}x` }), 'wrong')
  assert.equal(check(TEXT, header.replace(/t=\d/, 't=2')), 'wrong')
  assert.equal(
    check(
      TEXT,
      header.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    ),
    'wrong',
  )
  const strange = [
    undefined,
    '',
    'v1=00',
    header.slice(0, -1),
    `${header},v1=00`,
    header.toUpperCase(),
    ` ${header}`,
    header.replace('t=', 't=-'),
  ]
  assert.deepEqual(strange.filter(looksSigned), [])
})
