import { channelLists, configKeys } from '../../config.ts'
import { nearest } from '../../text/nearest.ts'
import type { CheckInput, Line } from './check.ts'

/** Variables that begin like ours, are not read, and are one slip away from one that is. Others (Kubernetes makes VIGIL_PORT) are left alone. */
export const checkVariables = async ({ env }: CheckInput): Promise<Line[]> => {
  const known = ['VIGIL_CONFIG', ...configKeys().map(({ variable }) => variable), ...channelLists.map(({ variable }) => variable)]
  return Object.keys(env).flatMap((name): Line[] => {
    if (!name.startsWith('VIGIL_') || known.includes(name) || known.includes(name.replace(/_FILE$/, ''))) return []
    const meant = nearest(
      name.slice(6),
      known.map((one) => one.slice(6)),
    )
    if (meant === undefined || Math.abs(meant.length - name.length + 6) > 2) return []
    return [{ level: 'warning', part: 'Variables', text: `${name} is set, but nothing reads it`, mend: `did you mean VIGIL_${meant}?` }]
  })
}
