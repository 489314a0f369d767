import { duration } from '../text/number.ts'
import type { ContainerNow } from './containers.ts'
import { probeWindow } from './failing.ts'
import { declaredPorts } from './pods.ts'
import { numberAt, recordAt, textAt } from './read.ts'

export type ProbeKind = 'liveness' | 'readiness' | 'startup'

/** What an Unhealthy event says, or null where it is not of the kubelet's form. */
export type ProbeWord = { readonly kind: ProbeKind; readonly message: string }

export const probeWord = (message: string): ProbeWord | null => {
  const found = /^(liveness|readiness|startup) probe (?:failed|errored)[^:]*: ?([\s\S]*)$/i.exec(message)
  return found === null ? null : { kind: (found[1] ?? '').toLowerCase() as ProbeKind, message: (found[2] ?? '').trim() }
}

export const probeOf = (container: ContainerNow, kind: ProbeKind): Readonly<Record<string, unknown>> =>
  recordAt(container.spec, `${kind}Probe`)

export type ProbeFault = {
  /** Sure: the probe is set up wrong. Else the program may be to blame. */
  readonly isSetUpWrong: boolean
  readonly words: string
}

/** What is wrong, from the kubelet's message, the probe and the container's ports. */
export const probeFault = (container: ContainerNow, { kind, message }: ProbeWord): ProbeFault => {
  const probe = probeOf(container, kind)
  const port = portOf(container, probe)
  const declared = declaredPorts({ spec: { containers: [container.spec] } })
  const ports = declared.map((one) => one.port).join(', ')
  const path = textAt(probe, 'httpGet', 'path') || '/'
  if (port.isUnnamed) return { isSetUpWrong: true, words: `it asks port "${port.text}", and no port of the container has that name` }
  const status = Number(/statuscode: (\d{3})/.exec(message)?.[1])
  if (status === 404) return { isSetUpWrong: true, words: `${path} answers 404: the path is wrong` }
  if (status === 401 || status === 403)
    return { isSetUpWrong: true, words: `${path} answers ${status}: it wants a login that the probe has not` }
  if (status >= 300) return { isSetUpWrong: false, words: `${path} answers ${status}: the program says of itself that it is not well` }
  if (/malformed HTTP|server gave HTTP response to HTTPS|first record does not look like a TLS|EOF$/i.test(message))
    return { isSetUpWrong: true, words: `port ${port.text} does not speak ${textAt(probe, 'httpGet', 'scheme') || 'HTTP'}` }
  if (/connection refused|no route to host/i.test(message)) {
    const isOther = port.number !== null && declared.length > 0 && declared.every((one) => one.port !== port.number)
    return isOther
      ? { isSetUpWrong: true, words: `nothing listens on port ${port.text}; the container's ports are ${ports}` }
      : { isSetUpWrong: false, words: `nothing listens on port ${port.text}` }
  }
  if (/deadline exceeded|timed? ?out|timeout/i.test(message)) {
    const seconds = numberAt(probe, 'timeoutSeconds') ?? 1
    return { isSetUpWrong: false, words: `no answer within its timeout of ${duration(seconds)}` }
  }
  if (/not found|no such file|executable file/i.test(message))
    return { isSetUpWrong: true, words: `its command is not in the image (${message})` }
  return { isSetUpWrong: false, words: message === '' ? 'it says nothing more' : message }
}

type Port = { readonly number: number | null; readonly text: string; readonly isUnnamed: boolean }

const portOf = (container: ContainerNow, probe: unknown): Port => {
  const text = textAt(probe, 'httpGet', 'port') || textAt(probe, 'tcpSocket', 'port') || textAt(probe, 'grpc', 'port')
  if (/^\d+$/.test(text)) return { number: Number(text), text, isUnnamed: false }
  const named = declaredPorts({ spec: { containers: [container.spec] } }).find(({ name }) => name === text)
  return named === undefined
    ? { number: null, text, isUnnamed: text !== '' }
    : { number: named.port, text: `${named.port}`, isUnnamed: false }
}

/**
 * Whether a container was killed before it can have been up: its run lasted no longer than what its probes give it, half as much again for
 * the grace period. Then the probe's timing is as likely the cause as the program.
 */
export const isTooShort = (container: ContainerNow, kind: ProbeKind): { readonly seconds: number; readonly words: string } | null => {
  const { last } = container
  const probe = probeOf(container, kind)
  if (last?.startedAt === null || last?.startedAt === undefined || last.finishedAt === null || kind === 'readiness') return null
  const run = Math.round((last.finishedAt.getTime() - last.startedAt.getTime()) / 1000)
  const window = probeWindow(probe) + probeWindow(kind === 'liveness' ? probeOf(container, 'startup') : {})
  return run > window * 1.5 + 30
    ? null
    : { seconds: window, words: `killed ${duration(run)} after its start; the probe gives it ${duration(window)}` }
}
