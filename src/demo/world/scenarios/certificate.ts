import { mended, nothing } from '../curve.ts'
import type { Scenario } from './scenario.ts'

/** The client certificate with which checkout calls the card processor expires: each new connection is refused. No deed on the cluster changes that. */
export const certificate: Scenario = {
  id: 'certificate',
  title: 'The certificate with which checkout calls the card processor expires',
  hint: 'No fix is offered: a certificate is renewed by the one who may. The thread names it and says how',
  mended: 'Somebody renewed the certificate',
  onsetSeconds: 90,
  effects: ({ from, until }) => ({
    errors: () =>
      mended(
        [
          [from + 40, 0],
          [from + 75, 0.31],
        ],
        until,
      ),
    code: '500',
    traffic: nothing,
    slowness: nothing,
    pressure: nothing,
    failure: () => `card processor: remote error: tls: expired certificate (checkout-client-tls)`,
    certificateUntil: until === undefined ? from : until + 90 * 86_400,
  }),
}
