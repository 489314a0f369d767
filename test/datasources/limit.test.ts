import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Clock, systemClock } from '../../src/context.ts'
import { limited } from '../../src/datasources/limit.ts'
import { PermanentError, TransientError } from '../../src/errors.ts'

const movable = () => {
  let ms = 1000
  const clock: Clock = { ...systemClock, monotonic: () => ms }
  return { clock, pass: (by: number) => (ms += by) }
}

const held = () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  return { promise, resolve }
}

const failing = async () => {
  throw new TransientError('Prometheus 503')
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('four questions run at once and the others wait in order', async () => {
  const ask = limited('Prometheus', movable().clock)
  const answers = Array.from({ length: 7 }, held)
  const started: number[] = []
  const all = answers.map((answer, index) =>
    ask(() => {
      started.push(index)
      return answer.promise
    }),
  )
  await turn()
  assert.deepEqual(started, [0, 1, 2, 3])
  answers[2]?.resolve('c')
  await turn()
  assert.deepEqual(started, [0, 1, 2, 3, 4])
  for (const [index, answer] of answers.entries()) answer.resolve(String(index))
  assert.deepEqual(await Promise.all(all), ['0', '1', 'c', '3', '4', '5', '6'])
})

test('a question that is withdrawn while it waits leaves the line and is never asked', async () => {
  const ask = limited('Prometheus', movable().clock)
  const answers = Array.from({ length: 4 }, held)
  const running = answers.map((answer) => ask(() => answer.promise))
  const stop = new AbortController()
  let asked = false
  const waiting = ask(async () => {
    asked = true
  }, stop.signal)
  const last = ask(async () => 'last')
  stop.abort()
  await assert.rejects(waiting, /stopped before it was answered/)
  for (const answer of answers) answer.resolve('x')
  await Promise.all(running)
  assert.equal(await last, 'last')
  assert.equal(asked, false)
  assert.equal(await ask(async () => 'free'), 'free')
})

test('after five transient failures in a row the source is left alone for 20 s, then one failure is enough', async () => {
  const { clock, pass } = movable()
  const ask = limited('Prometheus', clock)
  for (let n = 0; n < 5; n += 1) await assert.rejects(ask(failing), /Prometheus 503/)
  await assert.rejects(
    ask(async () => 'x'),
    (error) =>
      error instanceof TransientError && error.afterMs === 20_000 && /left alone for 20 s: its last 5 answers failed/.test(error.message),
  )
  pass(20_001)
  await assert.rejects(ask(failing), /Prometheus 503/)
  await assert.rejects(
    ask(async () => 'x'),
    /left alone/,
  )
  pass(20_001)
  assert.equal(await ask(async () => 'x'), 'x')
  for (let n = 0; n < 4; n += 1) await assert.rejects(ask(failing), /Prometheus 503/)
  assert.equal(await ask(async () => 'y'), 'y')
})

test('a refusal is an answer: it ends a row of failures, and withdrawn questions are no part of it', async () => {
  const ask = limited('Prometheus', movable().clock)
  for (let round = 0; round < 3; round += 1) {
    for (let n = 0; n < 4; n += 1) await assert.rejects(ask(failing))
    await assert.rejects(
      ask(async () => {
        throw new PermanentError('Prometheus 400')
      }),
      /Prometheus 400/,
    )
  }
  for (let n = 0; n < 10; n += 1) {
    const stop = new AbortController()
    const withdrawn = ask(async () => {
      stop.abort()
      return failing()
    }, stop.signal)
    await assert.rejects(withdrawn)
  }
  assert.equal(await ask(async () => 'x'), 'x')
})

test('what is asked first waits for its like alone, and shares the fate of the source', async () => {
  const ask = limited('Prometheus', movable().clock)
  const many = Array.from({ length: 9 }, held)
  const all = many.map((answer) => ask(() => answer.promise))
  await turn()
  assert.equal(await ask(async () => 'the state of the alert', undefined, true), 'the state of the alert')
  for (const answer of many) answer.resolve('')
  await Promise.all(all)
  for (let i = 0; i < 5; i++) await assert.rejects(ask(failing, undefined, true), TransientError)
  await assert.rejects(
    ask(async () => ''),
    /left alone for 20 s/,
  )
})
