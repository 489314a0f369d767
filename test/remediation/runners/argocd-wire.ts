import type { TestContext } from 'node:test'
import { serve, type Wire } from '../../datasources/wire.ts'

export const OLD = 'a'.repeat(40)
export const NEW = 'b'.repeat(40)

type Operation = { sync: { revision: string }; info?: readonly { name: string; value: string }[] }

export type Application = {
  metadata: { name: string; uid: string }
  spec: { syncPolicy: { automated?: { prune?: boolean; selfHeal?: boolean } | null } }
  status: {
    sync: { status: string; revision: string }
    health: { status: string }
    history: { id: number; revision: string; deployedAt: string }[]
    operationState: { phase: string; message?: string; startedAt: string; operation: Operation }
    resources: { kind: string; namespace: string; name: string; status: string }[]
  }
}

export type ArgoWire = Wire & {
  readonly app: Application
  /** What took effect: "sync", "rollback 3", "patch {…}". */
  readonly deeds: string[]
  how: 'works' | 'refuses' | 'hangs' | 'breaks' | 'dies'
}

/** An Argo CD with the application checkout: entry 4 of its history is live, 3 was before; a sync succeeds at once. */
export const argoWire = async (t: TestContext): Promise<ArgoWire> => {
  const at = (hour: number) => `2026-11-20T${hour}:00:00Z`
  const app: Application = {
    metadata: { name: 'checkout', uid: 'uid-checkout' },
    spec: { syncPolicy: {} },
    status: {
      sync: { status: 'OutOfSync', revision: NEW },
      health: { status: 'Healthy' },
      history: [
        { id: 3, revision: OLD, deployedAt: at(10) },
        { id: 4, revision: NEW, deployedAt: at(12) },
      ],
      operationState: { phase: 'Succeeded', startedAt: at(12), operation: { sync: { revision: NEW } } },
      resources: [{ kind: 'Deployment', namespace: 'shop', name: 'checkout', status: 'OutOfSync' }],
    },
  }
  const deeds: string[] = []
  const begin = (operation: Operation, status: string): void => {
    app.status.operationState = { phase: 'Succeeded', startedAt: new Date().toISOString(), operation }
    app.status.sync = { ...app.status.sync, status }
    const id = Math.max(...app.status.history.map((one) => one.id)) + 1
    app.status.history.push({ id, revision: operation.sync.revision, deployedAt: new Date().toISOString() })
  }
  const wire = await serve(t, ({ method, path }, response, body) => {
    const say = (told: unknown, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(told))
    const [, name, verb] = /^\/api\/v1\/applications\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? []
    if (name !== app.metadata.name) return say({ error: 'permission denied', code: 7, message: 'permission denied' }, 403)
    if (method === 'GET') return say(app)
    if (made.how === 'hangs') return undefined
    if (made.how === 'breaks') return say({ error: 'boom', code: 13, message: 'boom' }, 500)
    const automated = app.spec.syncPolicy.automated != null
    if (made.how === 'refuses' || (verb === 'rollback' && automated))
      return say({ code: 9, message: 'rollback cannot be initiated when auto-sync is enabled' }, 400)
    const sent = JSON.parse(body) as { infos?: Operation['info']; id?: number; patch?: string }
    if (verb === 'sync') begin({ sync: { revision: NEW }, info: sent.infos ?? [] }, 'Synced')
    if (verb === 'rollback') {
      const to = app.status.history.find(({ id }) => id === sent.id)
      if (to === undefined) return say({ code: 3, message: `application checkout does not have deployment with id ${sent.id}` }, 400)
      begin({ sync: { revision: to.revision } }, 'OutOfSync')
    }
    if (method === 'PATCH') {
      const patch = JSON.parse(sent.patch ?? '{}') as Application
      app.spec.syncPolicy = { ...app.spec.syncPolicy, ...patch.spec.syncPolicy }
    }
    deeds.push(method === 'PATCH' ? `patch ${sent.patch}` : verb === 'rollback' ? `rollback ${sent.id}` : (verb ?? ''))
    return made.how === 'dies' ? response.destroy() : say(app)
  })
  const made: ArgoWire = { ...wire, app, deeds, how: 'works' }
  return made
}
