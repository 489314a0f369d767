import type { Receive } from '../../alert/receive.ts'
import type { Context } from '../../context.ts'
import type { OpenApiDocument } from '../docs-page.ts'
import type { Route } from '../route.ts'
import { actionResultRoutes } from './action-result.ts'
import { actionRoutes } from './actions.ts'
import { alertRoutes } from './alerts.ts'
import { contextRoutes } from './context.ts'
import { deedRoutes } from './deeds.ts'
import { deployRoutes } from './deploys.ts'
import { incidentRoutes } from './incidents.ts'
import { openRoutes } from './open.ts'
import { queueRoutes } from './queue.ts'
import { statsRoutes } from './stats.ts'
import { triageRoutes } from './triage.ts'

/** The register of routes: a new file is one line here, and with it in the API, its document, its metrics and its checks. */
export const routesOf = (context: Context, doors: { receive: Receive; document: () => OpenApiDocument }): Route[] => [
  ...alertRoutes(context, doors.receive),
  ...triageRoutes(context, doors.receive),
  ...incidentRoutes(context),
  ...actionRoutes(context),
  ...actionResultRoutes(context),
  ...deedRoutes(context),
  ...queueRoutes(context),
  ...statsRoutes(context),
  ...deployRoutes(context),
  ...contextRoutes(context),
  ...openRoutes(doors.document),
]
