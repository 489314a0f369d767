/** The kinds of causes there are: one list for analyses, findings and the measuring of both (docs/categories.md). */
export const categories = [
  'bad_deploy',
  'config_change',
  'feature_flag',
  'saturation',
  'memory',
  'disk',
  'queue',
  'database',
  'dependency',
  'external',
  'network',
  'dns',
  'certificate',
  'node',
  'scheduling',
  'noisy_neighbour',
  'traffic',
  'scheduled_job',
  'false_alarm',
  'missing_data',
  'unknown',
] as const

export type Category = (typeof categories)[number]
