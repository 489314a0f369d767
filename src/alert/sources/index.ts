import type { SourceId } from '../alert.ts'
import { alertmanager } from './alertmanager.ts'
import { bare } from './bare.ts'
import { mention } from './mention.ts'
import { slackMessage } from './slack-message.ts'
import type { Source } from './source.ts'

/** The register of sources: one file, one line. */
export const sources = { alertmanager, bare, mention, 'slack-message': slackMessage } as const satisfies Readonly<Record<SourceId, Source>>
