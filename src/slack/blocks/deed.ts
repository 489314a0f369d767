import type { DeedEntry } from '../../incident/deed.ts'
import type { Block, ThreadView } from '../drawing.ts'
import { bold, clockTime, context, line, push, section } from './text.ts'

const HEAD = {
  running: 'Under way outside of Vigil',
  completed: 'Done outside of Vigil',
  failed: 'Failed outside of Vigil',
  cancelled: 'Called off outside of Vigil',
} as const satisfies Record<DeedEntry['status'], string>

/** What another tool, or somebody through it, told of a deed of theirs: never to be taken for one of Vigil's own. */
export const deedMessage = ({ settings: { hosts } }: ThreadView, told: DeedEntry): { text: string; blocks: readonly Block[] } => {
  const head = HEAD[told.status]
  const by = told.by === null ? '' : ` by ${line(told.by, hosts, 80)}`
  const detail = told.detail === '' ? '' : `\n${line(told.detail, hosts, 500)}`
  return {
    text: push([`${head}: ${told.deed} of ${told.target}`]),
    blocks: [
      section(`✍ *${head}:* ${bold(`${told.deed} of ${told.target}`, hosts, 250)}${by} ${clockTime(new Date(told.done_at))}${detail}`),
      context('Told over the API. Vigil did not do it and has not checked it; what is measured from now on may be its effect.'),
    ],
  }
}
