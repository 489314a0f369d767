import type { App } from '@slack/bolt'
import type { Door } from '../door.ts'
import { about } from './about.ts'
import { alertMessage } from './alert-message.ts'
import { approve } from './approve.ts'
import { askingApprover } from './ask-approver.ts'
import { feedback } from './feedback.ts'
import { found } from './found.ts'
import { groups } from './groups.ts'
import { home } from './home.ts'
import { investigateAnyway } from './investigate-anyway.ts'
import { membership } from './membership.ts'
import { mention } from './mention.ts'
import { menu } from './menu.ts'
import { pages } from './pages.ts'
import { press } from './press.ts'
import { reaction } from './reaction.ts'
import { shortcut } from './shortcut.ts'
import { slash } from './slash.ts'
import { threadTalk } from './thread-talk.ts'

/** Listens to one kind of thing: acknowledges, parses, makes one call. */
export type Listener = (app: App, door: Door) => void

/** The register of listeners: one file, one line. */
const listeners: readonly Listener[] = [
  alertMessage,
  mention,
  threadTalk,
  reaction,
  press,
  about,
  investigateAnyway,
  menu,
  pages,
  feedback,
  shortcut,
  slash,
  home,
  membership,
  approve,
  found,
  askingApprover,
  groups,
]

export const register: Listener = (app, door) => {
  for (const listen of listeners) listen(app, door)
}
