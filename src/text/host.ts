/** What tells our own names from those of others: the names of our services, and addresses that are surely ours (data sources, the alert's generator). */
export type Ours = { readonly services: readonly string[]; readonly addresses: readonly string[] }

/**
 * Whether a host is plainly somebody else's, by its name alone: a public name that is neither of a domain of ours, nor begins with a service of
 * ours, nor is a data store that a cloud runs for us. Addresses in numbers are never: whose they are cannot be told.
 */
export const isForeign = (host: string, { services, addresses }: Ours): boolean => {
  const name = host.toLowerCase().replace(/\.$/, '')
  if (!/^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z]$/.test(name) || name.length > 253) return false
  if (INSIDE.test(name) || RUN_FOR_US.test(name)) return false
  const labels = name.split('.')
  if (services.some((service) => service.toLowerCase() === labels[0])) return false
  return !addresses.some((address) => domainOf(hostOf(address)) === domainOf(name))
}

/** Names that the public DNS does not resolve (RFC 6762, 8375, 9476 and what people use). */
const INSIDE = /\.(?:local|internal|localhost|localdomain|svc|lan|corp|intra|intranet|private|home|home\.arpa|consul|cluster|node)$/

/** Databases, caches, queues and balancers that a provider runs for one customer: theirs is the machine, ours the load. */
const RUN_FOR_US =
  /\.(?:rds|cache|elb|redshift|docdb|neptune|es|kafka|mq)\.[a-z0-9.-]*amazonaws\.com$|\.elb\.amazonaws\.com$|\.(?:database|redis\.cache|servicebus|documents)\.(?:windows\.net|azure\.com)$|\.(?:postgres|mysql)\.database\.azure\.com$|\.mongodb\.net$/

/** The part of a name that somebody registers: two labels, three below country codes such as co.uk. */
const domainOf = (name: string): string => {
  const labels = name.split('.')
  const [, second = '', top = ''] = labels.slice(-3)
  const isCountry = top.length === 2 && second.length <= 3 && labels.length > 2
  return labels.slice(isCountry ? -3 : -2).join('.')
}

const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).hostname : address).toLowerCase()

/** Hosts that a text names as somewhere to go: in an address, before a port, or behind a word such as "lookup". At most ten, in their order. */
export const hostsIn = (text: string): string[] => {
  const found = new Set<string>()
  for (const pattern of PLACES) {
    for (const [, host = ''] of text.slice(0, LONGEST).matchAll(pattern)) if (!SOURCE_FILE.test(host)) found.add(host.toLowerCase())
  }
  return [...found].slice(0, 10)
}

const LONGEST = 4000

const NAME = '((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\\.){1,8}[a-zA-Z]{2,24})'
const PLACES = [
  new RegExp(`\\b[a-z][a-z0-9+.-]{1,10}://(?:[^/@\\s"']{1,80}@)?${NAME}`, 'g'),
  new RegExp(`(?<![\\w@./-])${NAME}:\\d{2,5}\\b`, 'g'),
  new RegExp(
    `\\b(?:lookup|host|hostname|upstream|peer|server|resolve|connect(?:ing|ion)? to|enotfound|eai_again|dial tcp|unknownhostexception)[\\s:="']{1,3}${NAME}`,
    'gi',
  ),
]

/** "main.go:42" is no host. */
const SOURCE_FILE = /\.(?:go|js|ts|py|java|rb|rs|kt|php|cc|cpp|cs|scala|mjs|cjs|tsx|jsx|lua|sql|sh|exs?|erl|swift|dart)$/i
