import type { Labels } from '../series/series.ts'
import { compare } from '../text/compare.ts'

const OFFSET = 0xcbf29ce484222325n
const PRIME = 0x100000001b3n
const MASK = 0xffffffffffffffffn
const SEPARATOR = 0xff

/**
 * The fingerprint of a label set: FNV-1a of 64 bits over the sorted labels, each as name, 0xff, value, 0xff, in 16 hex digits.
 * The same as `LabelSet.Fingerprint` of prometheus/common, so that it agrees with Alertmanager's own.
 */
export const fingerprint = (labels: Labels): string => {
  let hash = OFFSET
  const add = (byte: number) => {
    hash = ((hash ^ BigInt(byte)) * PRIME) & MASK
  }
  const encoder = new TextEncoder()
  for (const [name, value] of Object.entries(labels).sort(byName)) {
    for (const byte of encoder.encode(name)) add(byte)
    add(SEPARATOR)
    for (const byte of encoder.encode(value)) add(byte)
    add(SEPARATOR)
  }
  return hash.toString(16).padStart(16, '0')
}

const byName = ([a]: [string, string], [b]: [string, string]): number => compare(a, b)
