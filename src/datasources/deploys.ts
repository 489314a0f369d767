import type { Deploy } from '../investigation/rules/rule.ts'
import type { Sources } from './sources.ts'

type Asked = { readonly services: readonly string[]; readonly from: Date; readonly signal: AbortSignal }

/** What the configured delivery systems know of the services' deploys: one promise a system, so that one that fails hides no other. */
export const deliveredDeploys = ({ github, argocd }: Sources, asked: Asked): Promise<readonly Deploy[]>[] => [
  ...(github === undefined ? [] : [github.deploys(asked)]),
  ...(argocd === undefined
    ? []
    : [argocd.applications(asked).then((all) => all.flatMap(({ services, deploys }) => named(services, deploys, asked)))]),
]

/** Under the name by which it was asked for. */
const named = (services: readonly string[], deploys: readonly Deploy[], { services: wanted, from }: Asked): Deploy[] => {
  const known = new Set(services.map((name) => name.toLowerCase()))
  return wanted
    .filter((name) => known.has(name.toLowerCase()))
    .flatMap((service) => deploys.filter(({ at }) => at >= from).map((deploy) => ({ ...deploy, service })))
}
