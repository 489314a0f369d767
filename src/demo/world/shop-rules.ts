import type { AlertRule } from './rules.ts'

/** The shop's own alerting rules: the one that every scenario trips, and one that stays quiet. */
export const shopRules = ({ forSeconds, windowSeconds }: { forSeconds: number; windowSeconds: number }): AlertRule[] => {
  const window = windowSeconds % 60 === 0 ? `${windowSeconds / 60}m` : `${windowSeconds}s`
  const by = 'sum by (service, namespace, cluster)'
  return [
    {
      name: 'CheckoutHighErrorRate',
      expression: `${by} (rate(http_requests_total{service="checkout",code=~"5.."}[${window}])) / ${by} (rate(http_requests_total{service="checkout"}[${window}])) > 0.05`,
      forSeconds,
      labels: { severity: 'critical', team: 'payments' },
      annotations: {
        summary: '{{ $labels.service }} answers {{ $value | humanizePercentage }} of its requests with 5xx (limit 5%)',
        description: `More than 5% of the requests to {{ $labels.service }} in {{ $labels.cluster }} failed over the last ${window}, for ${forSeconds}s.`,
        runbook_url: 'https://runbooks.example.com/checkout-high-error-rate',
      },
    },
    {
      name: 'CartMemoryHigh',
      expression: 'max by (service, namespace, cluster) (process_resident_memory_bytes{service="cart"}) > 450 * 1024 * 1024',
      forSeconds: 300,
      labels: { severity: 'warning', team: 'shop' },
      annotations: { summary: 'A pod of {{ $labels.service }} uses more than 450 MiB (limit 512 MiB)' },
    },
  ]
}
