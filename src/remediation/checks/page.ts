import type { Clock } from '../../context.ts'
import { at, numberAt, textAt } from '../../kubernetes/read.ts'
import type { Cdp, CdpEvent } from './cdp.ts'

/** One page of a browser, as far as it has come. */
export type Page = {
  /** Goes to an address; what comes of it is seen in the rest. */
  goTo(url: string): void
  /** Waits until it is so, at most `ms`. */
  until(isSo: () => boolean, ms: number): Promise<boolean>
  /** The document that is shown, or on its way. */
  shown(): Document | undefined
  /** What is wrong with it in words, or null. */
  trouble(): string | null
  /** Runs a function of ours in the page, in a world that the page's own scripts do not see; values go as JSON. Throws what the page says. */
  run(script: string, ...values: readonly (string | number)[]): Promise<unknown>
  /** Calls the page's session. */
  call(method: string, params?: object): Promise<unknown>
}

/** Times are seconds of the browser's own clock. */
export type Document = {
  readonly url: string
  readonly began: number
  readonly status: number | null
  readonly load: number | null
  readonly paint: number | null
}

type Opening = {
  readonly context: string
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Whether a host is one that it may lead to. */
  isOwn(host: string): boolean
  /** Whether an error of its scripts is trouble. */
  readonly scripts: boolean
}

/** A new page in a browser context of one's own, which nothing was shown in yet. Throws TransientError with the browser's words. */
export const openPage = async (cdp: Cdp, opening: Opening): Promise<Page> => {
  const { context } = opening
  const target = textAt(await cdp.call('Target.createTarget', { url: 'about:blank', browserContextId: context }), 'targetId')
  const session = textAt(await cdp.call('Target.attachToTarget', { targetId: target, flatten: true }), 'sessionId')
  const call = (method: string, params?: object): Promise<unknown> => cdp.call(method, params, session)
  const frame = textAt(await call('Page.getFrameTree'), 'frameTree', 'frame', 'id')
  const seen = follow(frame, opening)
  const changed = new Set<() => void>()
  cdp.onEvent((event) => {
    if (event.method === 'Target.targetCrashed' && textAt(event.params, 'targetId') === target) seen.fail('the page crashed')
    if (event.session !== session) return
    // Whoever waits for a press of OK would wait for ever.
    if (event.method === 'Page.javascriptDialogOpening') void call('Page.handleJavaScriptDialog', { accept: true }).catch(() => undefined)
    seen.hear(event)
    for (const look of changed) look()
  })
  await Promise.all([
    ...['Page.enable', 'Network.enable', 'Runtime.enable'].map((method) => call(method)),
    call('Page.setLifecycleEventsEnabled', { enabled: true }),
    // As wide as a usual window: what is narrower hides parts of many pages. Not every browser that speaks the protocol knows these two.
    call('Emulation.setDeviceMetricsOverride', { width: 1280, height: 800, deviceScaleFactor: 1, mobile: false }).catch(() => undefined),
    cdp.call('Browser.setDownloadBehavior', { behavior: 'deny', browserContextId: context }).catch(() => undefined),
  ])
  return {
    goTo: (url) => {
      const failed = (error: unknown): void => seen.fail(error instanceof Error ? error.message : String(error))
      void call('Page.navigate', { url }).then((went) => {
        if (at(went, 'isDownload') === true) seen.fail('it is a download, not a page')
        else if (textAt(went, 'errorText') !== '') seen.fail(textAt(went, 'errorText'))
        for (const look of changed) look()
      }, failed)
    },
    until: (isSo, ms) => waited(isSo, { ms, changed, ...opening }),
    shown: seen.shown,
    trouble: seen.trouble,
    run: async (script, ...values) => {
      const world = await call('Page.createIsolatedWorld', { frameId: frame, worldName: 'vigil' })
      const ran = await call('Runtime.callFunctionOn', {
        functionDeclaration: script,
        executionContextId: at(world, 'executionContextId'),
        arguments: values.map((value) => ({ value })),
        returnByValue: true,
      })
      const thrown = textAt(ran, 'exceptionDetails', 'exception', 'description')
      if (at(ran, 'exceptionDetails') !== undefined) throw new Error(firstLine(thrown))
      return at(ran, 'result', 'value')
    },
    call,
  }
}

type Waiting = Pick<Opening, 'clock' | 'signal'> & { readonly ms: number; readonly changed: Set<() => void> }

const waited = (isSo: () => boolean, { ms, changed, clock, signal }: Waiting): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const look = (): void => {
    if (isSo()) resolve(true)
  }
  const late = (): void => resolve(isSo())
  changed.add(look)
  const cancel = clock.after(ms, late)
  signal.addEventListener('abort', late, { once: true })
  look()
  return promise.finally(() => {
    changed.delete(look)
    cancel()
    signal.removeEventListener('abort', late)
  })
}

type Followed = { hear(event: CdpEvent): void; fail(why: string): void; shown(): Document | undefined; trouble(): string | null }

type Open = { -readonly [K in keyof Document]: Document[K] }

/** What the events of a page come to: the documents of its main frame, and what went wrong. */
const follow = (frame: string, { isOwn, scripts }: Pick<Opening, 'isOwn' | 'scripts'>): Followed => {
  const documents = new Map<string, Open>()
  const worlds = new Set<number>()
  let current: Open | undefined
  let wrong: string | null = null
  const fail = (why: string): void => {
    wrong ??= why
  }
  const nameOf = ({ url }: Document): string => (documents.size === 1 ? 'it' : shownUrl(url))
  const request = (params: unknown): void => {
    if (textAt(params, 'type') !== 'Document' || textAt(params, 'frameId') !== frame) return
    const loader = textAt(params, 'loaderId')
    const url = textAt(params, 'request', 'url')
    const known = documents.get(loader)
    // A redirect goes on as the same document, and one that a page makes before it has loaded counts with it.
    const began = current?.load === null ? current.began : (numberAt(params, 'timestamp') ?? 0)
    const document = known ?? { url, began, status: null, load: null, paint: null }
    document.url = url
    documents.set(loader, document)
    current = document
  }
  const response = (params: unknown): void => {
    const document = documents.get(textAt(params, 'loaderId'))
    if (document === undefined || textAt(params, 'type') !== 'Document' || textAt(params, 'frameId') !== frame) return
    document.status = numberAt(params, 'response', 'status')
    const host = hostOf(document.url)
    if (!isOwn(host)) fail(`it leads to another host, ${host}`)
    else if (document.status !== null && document.status >= 400) fail(`${nameOf(document)} answers ${document.status}`)
  }
  const lifecycle = (params: unknown): void => {
    const document = documents.get(textAt(params, 'loaderId'))
    if (document === undefined) return
    const when = numberAt(params, 'timestamp')
    if (textAt(params, 'name') === 'load') document.load = when
    if (textAt(params, 'name') === 'firstContentfulPaint') document.paint = when
  }
  const hears: Readonly<Record<string, (params: unknown) => void>> = {
    'Network.requestWillBeSent': request,
    'Network.responseReceived': response,
    'Network.loadingFailed': (params) => {
      const document = documents.get(textAt(params, 'requestId'))
      if (document !== undefined && at(params, 'canceled') !== true)
        fail(`${nameOf(document)} cannot be had: ${textAt(params, 'errorText')}`)
    },
    'Page.lifecycleEvent': lifecycle,
    'Runtime.executionContextsCleared': () => worlds.clear(),
    'Runtime.executionContextCreated': (params) => {
      const isMain = textAt(params, 'context', 'auxData', 'frameId') === frame && at(params, 'context', 'auxData', 'isDefault') === true
      if (isMain) worlds.add(numberAt(params, 'context', 'id') ?? 0)
    },
    'Runtime.exceptionThrown': (params) => {
      // Those of frames from elsewhere are not the page's own.
      if (!scripts || !worlds.has(numberAt(params, 'exceptionDetails', 'executionContextId') ?? -1)) return
      const thrown = textAt(params, 'exceptionDetails', 'exception', 'description') || textAt(params, 'exceptionDetails', 'text')
      fail(`a script of it failed: ${firstLine(thrown)}`)
    },
    'Inspector.targetCrashed': () => fail('the page crashed'),
  }
  return { hear: ({ method, params }) => hears[method]?.(params), fail, shown: () => current, trouble: () => wrong }
}

/** What follows may hold what a person or a check typed. */
export const shownUrl = (url: string): string => {
  const read = URL.parse(url)
  return read === null ? 'an address that is none' : `${read.origin}${read.pathname}`
}

export const hostOf = (url: string): string => URL.parse(url)?.host ?? ''

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').slice(0, 120)
