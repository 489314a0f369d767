import type { Labels } from '../../series/series.ts'

/** Alertmanager's fingerprint of a label set: 64-bit FNV-1a over the sorted labels, each name and value followed by the byte 0xff; 16 hexadecimal digits. */
export const fingerprint = (labels: Labels): string => {
  let value = 0xcbf29ce484222325n
  const add = (byte: number) => {
    value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n)
  }
  for (const name of Object.keys(labels).sort())
    for (const text of [name, labels[name] ?? '']) {
      for (const byte of Buffer.from(text)) add(byte)
      add(0xff)
    }
  return value.toString(16).padStart(16, '0')
}
