import { type Cause, failing, NO_TRACES, observed, quote, ruledOutDeploy, ruledOutTraffic, seen, trafficQuestion } from './cause.ts'

const SECRET = 'checkout-client-tls'

/** A certificate that has expired, so that the other side refuses every new connection. */
export const expired: Cause = {
  sign: /tls: expired certificate/,
  considered: 'Its certificate',
  questions: ({ cluster }) => [
    [
      'left',
      'query_metrics',
      { query: `x509_cert_not_after{secret_name="${SECRET}"} - time()`, why: 'For how many seconds is it still valid?' },
    ],
    trafficQuestion,
    ...(cluster
      ? ([
          [
            'certificate',
            'kubernetes_get',
            { kind: 'certificates', namespace: 'shop', name: 'checkout-client', why: 'Why was it not renewed?' },
          ],
        ] as const)
      : []),
  ],
  conclude: (known) => {
    const { answer } = known
    const [logs, left, certificate] = [answer('logs'), answer('left'), answer('certificate')]
    const { share, claim } = failing(known)
    const isOver = /\}\s+-/.test(left?.text ?? '')
    const refused = 'account suspended until its contract is renewed'
    return {
      verdict: 'action_required',
      summary: `The client certificate ${SECRET} has expired: the card processor refuses checkout. ${share} of its requests fail. No action is offered: nothing that Vigil may do renews a certificate.`,
      confidence: isOver ? 90 : 70,
      urgency: 'now',
      cause: {
        text: `The certificate ${SECRET} has expired`,
        object: { kind: 'Certificate', namespace: 'shop', name: 'checkout-client' },
        category: 'certificate',
        receipts: [quote(logs, `tls: expired certificate (${SECRET})`)],
      },
      claims: [
        ...claim,
        observed(`The errors are "tls: expired certificate (${SECRET})"`, quote(logs, `tls: expired certificate (${SECRET})`)),
        ...seen(certificate, refused, `cert-manager could not renew it: "${refused}"`),
      ],
      ruled_out: [...ruledOutDeploy(known), ...ruledOutTraffic(known)],
      data_gaps: [NO_TRACES],
      next_steps: [
        'Have the account at the issuer cards-partner opened again, then: cmctl renew checkout-client -n shop',
        `Or put a certificate that is valid into the secret ${SECRET} by hand; checkout reads it anew by itself`,
      ],
      proposals: [],
    }
  },
}
