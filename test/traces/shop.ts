import type { Span } from '../../src/traces/span.ts'

/** How long each part of a purchase takes: milliseconds inside checkout, on the way to payments, inside payments, in the bank that it asks. */
export type Purchase = {
  readonly at: number
  readonly own?: number
  readonly way?: number
  readonly payments?: number
  readonly bank?: number
  /** Fails in payments with this message, and so above it. */
  readonly error?: string
}

/** checkout (server) -> checkout (client) -> payments (server) -> the bank's address (client). */
export const purchase = ({ at, own = 20, way = 2, payments = 30, bank = 10, error }: Purchase): Span[] => {
  const inside = payments + bank
  const failed = error ?? null
  const common = { error: failed === null ? null : `502 from payments: ${failed}` }
  return [
    {
      id: 'root',
      parent: null,
      service: 'checkout',
      name: 'POST /pay',
      kind: 'server',
      start: at,
      end: at + own + way + inside,
      ...common,
    },
    {
      id: 'call',
      parent: 'root',
      service: 'checkout',
      name: 'POST',
      kind: 'client',
      start: at + own,
      end: at + own + way + inside,
      ...common,
    },
    {
      ...{ id: 'charge', parent: 'call', service: 'payments', name: 'POST /charge', kind: 'server' },
      ...{ start: at + own + way / 2, end: at + own + way / 2 + inside, error: failed },
    },
    {
      ...{
        id: 'bank',
        parent: 'charge',
        service: 'payments',
        name: 'POST',
        kind: 'client',
        peer: { name: 'api.bank.example', kind: 'host' },
      },
      ...{ start: at + own + way / 2 + payments, end: at + own + way / 2 + inside, error: null },
    },
  ]
}
