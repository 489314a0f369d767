import { sourceNames } from '../../datasources/sources.ts'
import { forEachCluster } from './clusters.ts'

/** Whether the deployments of every configured repository can be read. */
export const checkGitHub = forEachCluster('github', {
  absent: () => ({
    level: 'note',
    part: sourceNames.github,
    text: 'not configured: deployments come by POST /api/v1/context/deploys alone (github.repositories)',
  }),
  mend: (reason) =>
    /GitHub 404/.test(reason)
      ? 'check the names in github.repositories, and that VIGIL_GITHUB_TOKEN may read the deployments of each (a private repository is 404 without)'
      : 'check VIGIL_GITHUB_TOKEN and VIGIL_GITHUB_API',
  look: async ({ source, input }) => {
    await source.look(input)
    const count = source.repositories.length
    return [
      { level: 'ok', part: sourceNames.github, text: `reads the deployments of ${count} ${count === 1 ? 'repository' : 'repositories'}` },
    ]
  },
})

/** Version, and whether applications can be read. */
export const checkArgoCd = forEachCluster('argocd', {
  absent: () => ({ level: 'note', part: sourceNames.argocd, text: 'not configured (VIGIL_ARGOCD_ENDPOINT)' }),
  mend: (reason) =>
    /40[13]/.test(reason)
      ? 'VIGIL_ARGOCD_TOKEN is missing or wrong, or its account may not get applications'
      : 'check VIGIL_ARGOCD_ENDPOINT (or clusters[].argocd), and that it answers from here: curl <endpoint>/api/version',
  look: async ({ source, input }) => {
    const [version, applications] = [await source.version(input), await source.applications(input)]
    const part = sourceNames.argocd
    if (applications.length === 0)
      return [
        {
          level: 'warning',
          part,
          text: `${version} shows no application`,
          mend: 'let the account of VIGIL_ARGOCD_TOKEN get applications (policy.csv: p, <account>, applications, get, */*, allow)',
        },
      ]
    return [{ level: 'ok', part, text: `${version}, ${applications.length} ${applications.length === 1 ? 'application' : 'applications'}` }]
  },
})
