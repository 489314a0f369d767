import { createServer } from 'node:net'
import type { CheckInput, Line } from './check.ts'

const part = 'HTTP'

/** Whether the API is on, and whether its two ports can be had. */
export const checkHttp = async (input: CheckInput): Promise<Line[]> => {
  const { api_token, http, admin } = input.config
  const isRunning = await healthy(input)
  const taken = isRunning
    ? []
    : await takenPorts([
        { ...http, variable: 'VIGIL_HTTP_PORT' },
        { ...admin, variable: 'VIGIL_ADMIN_PORT' },
      ])
  const where = isRunning ? `a Vigil is running here (port ${admin.port} answers)` : portsFree(http.port, admin.port)
  const state: Line =
    api_token === undefined
      ? {
          level: 'note',
          part,
          text: `API off: VIGIL_API_TOKEN is not set, so no webhook of Alertmanager is taken${taken.length > 0 ? '' : `; ${where}`}`,
        }
      : { level: 'ok', part, text: `API on port ${http.port}${taken.length > 0 ? '' : `, ${where}`}` }
  return [state, ...taken]
}

/** Port 0 asks the system for any. */
const portsFree = (...ports: number[]): string => (ports.includes(0) ? 'on any free port' : `ports ${ports.join(' and ')} are free`)

/** Whether a Vigil answers on the configured ops port. */
export const healthy = async (input: Pick<CheckInput, 'config' | 'fetch' | 'signal'>): Promise<boolean> => {
  const { port, host: configured } = input.config.admin
  if (port === 0) return false
  const host = ['0.0.0.0', '::'].includes(configured) ? '127.0.0.1' : configured
  try {
    const response = await input.fetch(`http://${host}:${port}/-/healthy`, { signal: input.signal })
    return response.ok && (await response.text()).startsWith('healthy')
  } catch {
    return false
  }
}

type Port = { port: number; host: string; variable: string }

const takenPorts = async (ports: readonly Port[]): Promise<Line[]> => {
  const codes = await Promise.all(ports.map(async (one) => ({ ...one, code: await listenable(one) })))
  return codes.flatMap(({ port, host, variable, code }): Line[] =>
    code === undefined
      ? []
      : [
          {
            level: 'fault',
            effect: 'no start',
            part,
            text: `port ${port} on ${host} ${code === 'EADDRINUSE' ? 'is taken by another program' : code === 'EACCES' ? 'is not allowed to this user' : `cannot be had: ${code}`}`,
            mend: `set ${variable} to a free one`,
          },
        ],
  )
}

/** The error's code, or undefined when it could be listened on; it is let go at once. */
const listenable = ({ port, host }: Port): Promise<string | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
