import { answer } from '../faults/cluster.ts'
import { crashing } from '../faults/looks.ts'
import { ingress, networkPolicy, service } from '../faults/things.ts'
import { d, m, s } from '../faults/world.ts'
import { blames, endsOf, fires, type Story } from './cluster.ts'
import { listens, release, selectorOf } from './release.ts'

export const services: readonly Story[] = [
  {
    name: 'service-selects-the-old-release-name',
    cloud: 'digitalocean',
    minor: 30,
    tell: (w) => {
      const made = release(w, {
        ns: 'storefront',
        name: 'prod-eu-basket-api-v2',
        container: 'api',
        rolled: m(26),
        age: m(26),
        replicas: 3,
        with: listens(8080, 'http'),
      })
      const svc = service(w, { ns: 'storefront', name: 'basket-api', selector: selectorOf('prod-eu-basket-api', 'instance'), age: d(320) })
      return {
        alert: fires(w, 'HighErrorRate', { namespace: 'storefront', service: 'basket-api' }, { for: m(5), severity: 'page' }),
        expected: answer(svc, [/selector|selects|endpoint|label|match/i], [made, ...endsOf(w, svc)]),
      }
    },
  },
  {
    name: 'service-port-name-renamed',
    cloud: 'eksAuto',
    minor: 32,
    tell: (w) => {
      const made = release(w, {
        ns: 'insurance',
        name: 'quote-engine-7',
        container: 'quotes',
        scheme: 'app',
        rolled: m(16),
        age: d(170),
        replicas: 2,
        with: listens(8080, 'http-main'),
        beforeWith: listens(8080, 'http'),
      })
      const svc = service(w, {
        ns: 'insurance',
        name: 'quote-engine',
        selector: { app: 'quote-engine-7' },
        port: 80,
        targetPort: 'http',
        age: d(170),
      })
      return {
        alert: fires(w, 'HighErrorRate', { namespace: 'insurance', service: 'quote-engine' }, { for: m(5) }),
        expected: answer(svc, [/port|endpoint/i], [made, ...endsOf(w, svc)]),
      }
    },
  },
  {
    name: 'service-number-that-nobody-listens-on',
    cloud: 'oracle',
    minor: 28,
    tell: (w) => {
      const made = release(w, {
        ns: 'hr',
        name: 'hr-payslips',
        container: 'payslips',
        scheme: 'k8s-app',
        rolled: m(21),
        age: d(90),
        with: { ...listens(8000, 'web'), env: [{ name: 'PORT', value: '8000' }] },
        beforeWith: { ...listens(8080, 'web'), env: [{ name: 'PORT', value: '8080' }] },
        sidecars: [
          { name: 'metrics', image: 'docker.io/nginx/nginx-prometheus-exporter:1.3', ports: [{ name: 'metrics', containerPort: 9113 }] },
        ],
      })
      const svc = service(w, {
        ns: 'hr',
        name: 'payslips',
        selector: { 'k8s-app': 'hr-payslips' },
        port: 80,
        targetPort: 8080,
        portName: 'web',
        age: d(90),
      })
      ingress(w, { ns: 'hr', name: 'hr-web', host: 'hr.example.org', service: 'payslips', class: 'traefik' })
      return {
        alert: fires(w, 'IngressErrors', { namespace: 'hr', ingress: 'hr-web', service: 'payslips' }, { for: m(5) }),
        expected: answer(svc, [/port/i], [made, ...endsOf(w, svc)]),
      }
    },
  },
  {
    name: 'service-behind-an-ingress-renamed',
    cloud: 'hetzner',
    minor: 33,
    tell: (w) => {
      const made = release(w, {
        ns: 'blog',
        name: 'blog-frontend-next',
        scheme: 'name',
        rolled: m(31),
        age: m(31),
        with: listens(3000, 'http'),
      })
      const svc = service(w, { ns: 'blog', name: 'blog-frontend-next', age: m(31) })
      const entry = ingress(w, {
        ns: 'blog',
        name: 'blog',
        host: 'blog.example.org',
        service: 'blog-frontend',
        class: 'traefik',
        age: d(500),
      })
      return {
        alert: fires(w, 'IngressErrors', { ingress: 'blog' }, { for: m(5), severity: 'critical' }),
        expected: answer(entry, [/service|backend/i], [svc, made, { kind: 'Service', namespace: 'blog', name: 'blog-frontend' }]),
      }
    },
  },
  {
    name: 'service-of-pods-that-all-crash',
    cloud: 'talos',
    minor: 29,
    tell: (w) => {
      const log = ['ERROR cannot load price list: open /data/prices.csv: no such file or directory', 'exit']
      const bad = (age: number) => crashing('tariffs', { since: m(20), age, restarts: 8, log, ran: 2 })
      const made = release(w, {
        ns: 'energy',
        name: 'energy-tariffs-v2',
        container: 'tariffs',
        rolled: m(21),
        age: d(61),
        rolling: true,
        with: listens(7070, 'rpc'),
        pods: [bad(m(21) - 4), bad(m(21) - 5)],
      })
      const svc = service(w, {
        ns: 'energy',
        name: 'tariffs',
        selector: selectorOf('energy-tariffs-v2', 'instance'),
        port: 7070,
        targetPort: 'rpc',
        portName: 'rpc',
      })
      return {
        alert: fires(w, 'HighErrorRate', { namespace: 'energy', service: 'tariffs' }, { for: m(5) }),
        expected: blames(made, /prices\.csv|no such file|crash|exit/i, [svc]),
      }
    },
  },
  {
    name: 'service-port-that-an-ingress-invents',
    cloud: 'eksAuto',
    minor: 31,
    tell: (w) => {
      const made = release(w, {
        ns: 'partners',
        name: 'acme-partner-portal',
        scheme: 'app',
        rolled: d(14),
        age: d(90),
        with: listens(8443, 'https'),
      })
      const svc = service(w, {
        ns: 'partners',
        name: 'partner-portal',
        selector: { app: 'acme-partner-portal' },
        port: 443,
        targetPort: 'https',
        portName: 'https',
        age: d(90),
      })
      const entry = ingress(w, {
        ns: 'partners',
        name: 'partners-public',
        host: 'partners.example.org',
        service: 'partner-portal',
        port: 8443,
        class: 'traefik',
        age: m(34),
      })
      return {
        alert: fires(w, 'IngressErrors', { namespace: 'partners', ingress: 'partners-public' }, { for: m(10) }),
        expected: answer(entry, [/port|backend/i], [svc, made]),
      }
    },
  },
]

export const networks: readonly Story[] = [
  {
    name: 'network-policy-shuts-the-namespace',
    cloud: 'talos',
    minor: 32,
    tell: (w) => {
      const made = release(w, {
        ns: 'catering',
        name: 'main-menu-api',
        container: 'menu',
        scheme: 'app',
        rolled: d(16),
        with: listens(8080, 'http'),
      })
      const svc = service(w, { ns: 'catering', name: 'menu-api', selector: { app: 'main-menu-api' } })
      const policy = networkPolicy(w, {
        ns: 'catering',
        name: 'zero-trust-baseline',
        age: m(19),
        spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], egress: [{}] },
      })
      const front = release(w, {
        ns: 'catering',
        name: 'catering-kiosk-bff',
        container: 'bff',
        scheme: 'app',
        rolled: d(7),
        with: listens(4000),
      })
      for (const p of front.pods)
        w.logs[`catering/${p.metadata.name}/bff`] = {
          current: ['WARN GET http://menu-api/menu: dial tcp: i/o timeout', 'WARN GET http://menu-api/menu: dial tcp: i/o timeout'],
          previous: [],
        }
      return {
        alert: fires(w, 'HighErrorRate', { namespace: 'catering', service: 'menu-api' }, { for: m(10) }),
        expected: answer(policy, [/network ?policy|zero-trust-baseline|isolat|den(y|ies)|ingress/i], [made, svc]),
      }
    },
  },
  {
    name: 'network-policy-forgets-the-database',
    cloud: 'openshift',
    minor: 29,
    runtime: 'cri-o',
    tell: (w) => {
      release(w, { kind: 'StatefulSet', ns: 'rostering-data', name: 'shifts-db', scheme: 'app', port: 5432, rolled: d(100), replicas: 1 })
      const db = service(w, {
        ns: 'rostering-data',
        name: 'shifts-db',
        selector: { app: 'shifts-db' },
        port: 5432,
        targetPort: 5432,
        portName: 'pg',
      })
      const log = [
        'INFO  connecting to shifts-db.rostering-data.svc:5432',
        `ERROR could not connect: dial tcp ${String(db.spec?.['clusterIP'])}:5432: i/o timeout`,
        'FATAL giving up after 5 attempts',
      ]
      const bad = (age: number) => crashing('rota', { since: m(22), age, restarts: 7, log, ran: 50 })
      const made = release(w, {
        ns: 'rostering',
        name: 'rota-planner-v6',
        container: 'rota',
        scheme: 'app',
        rolled: d(6),
        with: listens(8080, 'http'),
        pods: [bad(d(6) - 4), bad(d(6) - 9)],
      })
      const policy = networkPolicy(w, {
        ns: 'rostering',
        name: 'egress-allow-list',
        age: m(24),
        spec: {
          podSelector: { matchLabels: { app: 'rota-planner-v6' } },
          policyTypes: ['Egress'],
          egress: [
            {
              to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
              ports: [{ port: 53, protocol: 'UDP' }],
            },
          ],
        },
      })
      return {
        alert: fires(w, 'DeploymentUnavailable', { namespace: 'rostering', deployment: 'rota-planner-v6' }, { for: m(10), fired: s(50) }),
        expected: blames(made, /network ?policy|egress|i\/o timeout|timeout|5432|connect/i, [policy]),
      }
    },
  },
]
