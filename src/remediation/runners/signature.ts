import { createHmac, timingSafeEqual } from 'node:crypto'

/** A signature is good for so many seconds, before and after the time that stands in it. */
const GOOD_SECONDS = 300

/** "t=1763762400,v1=<hex>": HMAC-SHA-256 of "t.text" with the secret, so that neither can be changed or used much later. */
export const sign = (text: string, secret: string, now: Date): string => {
  const t = String(Math.floor(now.getTime() / 1000))
  return `t=${t},v1=${mac(t, Buffer.from(text), secret).toString('hex')}`
}

/** Whether bytes were signed with this secret no longer than five minutes ago. `expired`: they were, but not lately. */
export const checkSignature = (
  bytes: Uint8Array,
  { header, secret, now }: { readonly header: string; readonly secret: string; readonly now: Date },
): 'good' | 'wrong' | 'expired' => {
  const [, t, given] = SIGNATURE.exec(header) ?? []
  if (t === undefined || given === undefined) return 'wrong'
  if (!timingSafeEqual(Buffer.from(given, 'hex'), mac(t, bytes, secret))) return 'wrong'
  return Math.abs(now.getTime() / 1000 - Number(t)) <= GOOD_SECONDS ? 'good' : 'expired'
}

export const looksSigned = (header: string | undefined): header is string => header !== undefined && SIGNATURE.test(header)

const SIGNATURE = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/

const mac = (t: string, bytes: Uint8Array, secret: string): Buffer => createHmac('sha256', secret).update(`${t}.`).update(bytes).digest()
