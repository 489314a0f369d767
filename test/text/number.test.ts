import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amount, bytes, duration, metricValue, percent, usd } from '../../src/text/number.ts'

const table = <T>(write: (value: T) => string, rows: readonly (readonly [T, string])[]): void => {
  for (const [value, text] of rows) assert.equal(write(value), text)
}

test('percentages have one decimal, and never claim all or nothing that is not', () => {
  table(percent, [
    [0.1243, '12.4 %'],
    [0.05, '5 %'],
    [0, '0 %'],
    [1, '100 %'],
    [0.9995, '99.95 %'],
    [0.99995, '99.995 %'],
    [0.0004, '0.04 %'],
    [-0.02, '-2 %'],
    [12.4, '1,240 %'],
    [Number.NaN, 'no value'],
  ])
})

test('amounts are whole where they are, else three digits', () => {
  table(amount, [
    [1204, '1,204'],
    [1234567890, '1,234,567,890'],
    [12.43, '12.4'],
    [310.4, '310'],
    [0.001234, '0.00123'],
    [-0.5, '-0.5'],
    [0, '0'],
    [-0, '0'],
    [999.96, '1,000'],
    [1234.6, '1,235'],
    [1e15, '1.00e+15'],
    [1e-9, '1.00e-9'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])
})

test('durations read as people say them', () => {
  table(duration, [
    [0, '0 s'],
    [0.00002, '0.02 ms'],
    [0.0004, '0.4 ms'],
    [0.04, '40 ms'],
    [0.31, '0.31 s'],
    [1.23, '1.2 s'],
    [9.96, '10 s'],
    [58, '58 s'],
    [72, '72 s'],
    [119.6, '2 min'],
    [180, '3 min'],
    [7199, '2 h'],
    [7500, '2 h 5 min'],
    [172799, '2 d'],
    [273600, '3 d 4 h'],
    [-58, '-58 s'],
  ])
})

test('money is in cents, sizes in binary prefixes', () => {
  table(usd, [
    [0.143, '$0.14'],
    [0, '$0.00'],
    [0.001, 'under $0.01'],
    [1204.5, '$1,204.50'],
    [-2, '-$2.00'],
  ])
  table(bytes, [
    [0, '0 B'],
    [512, '512 B'],
    [1536, '1.5 KiB'],
    [1023.99, '1 KiB'],
    [1024 ** 3, '1 GiB'],
    [-2048, '-2 KiB'],
    [1024 ** 7, '1,024 EiB'],
  ])
})

test('a metric carries its unit', () => {
  assert.equal(metricValue(0.1243, 'ratio'), '12.4 %')
  assert.equal(metricValue(12.43, 'percent'), '12.4 %')
  assert.equal(metricValue(0.31, 'seconds'), '0.31 s')
  assert.equal(metricValue(1536, 'bytes/s'), '1.5 KiB/s')
  assert.equal(metricValue(12.43, 'req/s'), '12.4 req/s')
  assert.equal(metricValue(41), '41')
  assert.equal(metricValue(Number.NaN, 'ratio'), 'no value')
})
