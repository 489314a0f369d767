/**
 * A Kubernetes quantity as a number: "250m" is 0.25, "128Mi" 134217728, "1e3" 1000; cores of cpu, bytes of memory. Null for what is none.
 * Suffixes as in k8s.io/apimachinery/pkg/api/resource.
 */
export const quantity = (value: unknown): number | null => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'string') return null
  const parts = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([KMGTPE]i|[numkMGTPE])?)$/.exec(value.trim())
  if (parts === null) return null
  const [, digits = '', exponent = '', suffix = ''] = parts
  return Number(`${digits}${exponent}`) * (FACTORS[suffix] ?? 1)
}

const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}
