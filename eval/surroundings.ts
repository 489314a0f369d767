import type { Case, Course, Lines } from './case.ts'

/** What runs beside every incident and has nothing to do with it: whoever looks around sees more than the case. */
const NEIGHBOURS = ['frontend', 'basket', 'catalogue', 'recommendations', 'users'] as const

/** Everyday measurements and lines of the neighbours, and what every program of the case is measured by, where the case does not say it. */
export const surroundingsOf = ({
  courses,
  lines,
  alert,
}: Case): { readonly courses: readonly Course[]; readonly lines: readonly Lines[] } => {
  const own = new Set([alert.service, ...[...courses, ...lines].flatMap(({ labels }) => labels['service'] ?? [])])
  const neighbours = NEIGHBOURS.filter((name) => !own.has(name))
  const told = new Set(courses.map(({ metric, labels }) => `${metric} ${labels['service']}`))
  const everyday = [...own, ...neighbours].flatMap((service) => measured(service).filter(({ metric }) => !told.has(`${metric} ${service}`)))
  return {
    courses: [...everyday, ...neighbours.flatMap(served)],
    lines: neighbours.flatMap(written),
  }
}

/** A number between 0 and 1 of a name. */
const share = (name: string): number => ([...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 7) % 100) / 100

const measured = (service: string): Course[] => [
  { metric: 'up', labels: { service, job: 'apps' }, before: 1 },
  { metric: 'process_resident_memory_bytes', labels: { service, job: 'apps' }, before: (120 + 300 * share(service)) * 2 ** 20 },
  { metric: 'process_cpu_seconds_total', labels: { service, job: 'apps' }, before: 0.05 + 0.4 * share(service), counter: true },
  { metric: 'kube_pod_container_status_restarts_total', labels: { service, job: 'kube-state-metrics' }, before: 0 },
]

const served = (service: string): Course[] => [
  { metric: 'http_requests_total', labels: { service, code: '200' }, before: 20 + 80 * share(service), counter: true },
  { metric: 'http_requests_total', labels: { service, code: '500' }, before: 0.02 + 0.05 * share(service), counter: true },
]

const written = (service: string): Lines[] => [
  { labels: { service, level: 'info' }, every: 4, line: (n) => `level=info msg="request done" duration_ms=${8 + ((n * 37) % 140)}` },
  { labels: { service, level: 'warn' }, every: 210, line: (n) => `level=warn msg="slow request" duration_ms=${500 + ((n * 91) % 900)}` },
  {
    labels: { service, level: 'error' },
    every: 640,
    line: () => 'level=error msg="client closed the connection before the answer was written"',
  },
]
