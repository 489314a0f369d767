import type { Deploy } from '../investigation/rules/rule.ts'
import { cut } from '../text/cut.ts'

/** "v2.13.4 → v2.14.0 of checkout by alice (a39bf2c) went out": who reported it may have written anything, so each word is short and plain. */
export const deployWords = (deploy: Deploy): string => {
  const service = plain(deploy.service, 60)
  const from = deploy.previous === null ? '' : `${plain(deploy.previous)} → `
  const version = deploy.version === null ? null : `${from}${plain(deploy.version)}`
  const by = deploy.author === null ? '' : ` by ${plain(deploy.author)}`
  const commit = deploy.commit === null || deploy.commit === deploy.version ? '' : ` (${shortCommit(deploy.commit)})`
  const in_ = version === null ? '' : ` (${version})`
  switch (deploy.kind) {
    case 'deploy':
      return `${version === null ? 'A deploy' : version} of ${service}${by}${commit} went out`
    case 'config':
      return `A configuration change of ${service}${in_}${by}${commit} went live`
    case 'flag':
      return `A feature flag of ${service}${in_} was switched${by}`
    case 'scale':
      return `${service} was scaled${in_}${by}`
  }
}

/** "v2.14.0", or what it was and of whom: for a mark in a chart. */
export const deployLabel = ({ kind, service, version }: Deploy): string => {
  const label = version === null ? `${kind} of ${plain(service)}` : kind === 'deploy' ? plain(version) : `${kind} ${plain(version)}`
  return cut(label, 40)
}

/** A command or a look that shows what the change was. A name goes into a command only when it is made of harmless characters. */
export const deployLook = (deploy: Deploy, workload: { kind: string; namespace?: string; name: string } | null): string => {
  const { previous, version, commit } = deploy
  const diff =
    isRevision(commit) && deploy.kind !== 'flag'
      ? `git show ${commit}`
      : deploy.kind === 'deploy' && isRevision(previous) && isRevision(version)
        ? `git log ${previous}..${version}`
        : null
  const history =
    workload === null || !isRevision(workload.name) || !['Deployment', 'StatefulSet', 'DaemonSet'].includes(workload.kind)
      ? null
      : `kubectl${workload.namespace === undefined ? '' : ` -n ${workload.namespace}`} rollout history ${workload.kind.toLowerCase()}/${workload.name}`
  const looks = [history, diff].filter((look) => look !== null)
  if (looks.length > 0) return `See what changed: ${looks.map((look) => `\`${look}\``).join(' and ')}`
  switch (deploy.kind) {
    case 'deploy':
      return 'See what the deploy changed, and whether it can be rolled back'
    case 'config':
      return 'See what the configuration was before, and whether it can be put back'
    case 'flag':
      return 'See whether the flag can be switched back'
    case 'scale':
      return 'Compare the load of each replica with that before'
  }
}

/** One line of an untrusted text, at most `max` characters. */
const plain = (text: string, max = 40): string => cut(text.replace(/[\s\p{C}`]+/gu, ' ').trim(), max)

const shortCommit = (commit: string): string => (/^[0-9a-f]{12,}$/i.test(commit) ? commit.slice(0, 7) : plain(commit))

const isRevision = (name: string | null): name is string => name !== null && /^[\w][\w.+/-]{0,79}$/.test(name) && !name.includes('..')
