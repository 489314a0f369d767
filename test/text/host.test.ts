import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostsIn, isForeign } from '../../src/text/host.ts'

const ours = {
  services: ['checkout', 'payments'],
  addresses: ['https://prometheus.shop.co.uk:9090/graph', 'http://10.0.0.1:3100', 'http://loki:3100'],
}

test('a public name of another domain is foreign', () => {
  for (const host of ['api.stripe.com', 'API.Bank.example.', 'hooks.slack.com', 'fcm.googleapis.com'])
    assert.equal(isForeign(host, ours), true, host)
})

test('what may be ours is never foreign', () => {
  const hosts = [
    'payments',
    'payments.prod.svc.cluster.local',
    'db.internal',
    '10.1.2.3',
    '52.3.4.5',
    '::1',
    'localhost',
    'shop.co.uk',
    'pay.shop.co.uk',
  ]
  for (const host of hosts) assert.equal(isForeign(host, ours), false, host)
  assert.equal(isForeign('payments.example.com', ours), false, 'a service of ours by its public name')
  assert.equal(isForeign('orders.abc123.eu-west-1.rds.amazonaws.com', ours), false, 'a database that is run for us')
  assert.equal(isForeign('other.co.uk', ours), true)
})

test('hosts are read where a text means to go somewhere, and files are none', () => {
  const texts: [string, string[]][] = [
    ['Post "https://api.stripe.com/v1/charges": context deadline exceeded', ['api.stripe.com']],
    ['dial tcp: lookup api.bank.example on 10.0.0.10:53: no such host', ['api.bank.example']],
    ['getaddrinfo ENOTFOUND api.stripe.com', ['api.stripe.com']],
    ['connect to smtp.mail.example:587 failed', ['smtp.mail.example']],
    ['panic at main.go:42 in com.shop.cart.Total', []],
    ['mail to ada@shop.example bounced', []],
  ]
  for (const [text, hosts] of texts) assert.deepEqual(hostsIn(text), hosts, text)
})

test('long and odd texts take no time', () => {
  for (const text of ['a.'.repeat(100_000), 'https://'.repeat(50_000), `${'a'.repeat(100_000)}.com:80`]) {
    const start = performance.now()
    hostsIn(text)
    isForeign(text, ours)
    assert.ok(performance.now() - start < 200)
  }
})
