import type { Press } from './contract.ts'
import { isObject } from './limits/report.ts'

/** The element with this `action_id` among the blocks (also those inside containers and accessories); `blockId` and `value` tell several apart. */
export const findElement = (blocks: readonly unknown[], wanted: Pick<Press, 'actionId' | 'blockId' | 'value'>): Found | undefined => {
  const candidates = elementsOf(blocks).filter(
    ({ element, blockId }) => element['action_id'] === wanted.actionId && (wanted.blockId === undefined || wanted.blockId === blockId),
  )
  return candidates.find(({ element }) => wanted.value !== undefined && element['value'] === wanted.value) ?? candidates[0]
}

/** All elements with the id of their block. */
const elementsOf = (blocks: readonly unknown[]): Found[] =>
  blocks
    .filter(isObject)
    .flatMap((block) => [
      ...[block['accessory'], block['element'], ...listOf(block['elements']), ...listOf(block['actions'])]
        .filter(isObject)
        .map((element) => ({ element, blockId: String(block['block_id']), block })),
      ...elementsOf(listOf(block['child_blocks'])),
    ])

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

export type Found = { element: Record<string, unknown>; blockId: string; block: Record<string, unknown> }
