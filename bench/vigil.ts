import { type Running, startProcess } from './process.ts'

export type Vigil = Running & { readonly api: string; readonly ops: string }

export const TOKEN = 'token-of-the-bench-api'

/** `vigil start` as a user starts it, on free ports. */
export const startVigil = async (env: Readonly<Record<string, string>>): Promise<Vigil> => {
  const running = await startProcess({
    args: ['src/main.ts', 'start'],
    env: {
      VIGIL_CONFIG: '/dev/null',
      VIGIL_API_TOKEN: TOKEN,
      VIGIL_HTTP_PORT: '0',
      VIGIL_HTTP_HOST: '127.0.0.1',
      VIGIL_ADMIN_PORT: '0',
      VIGIL_ADMIN_HOST: '127.0.0.1',
      VIGIL_DRAIN_SECONDS: '1',
      ...env,
    },
    ready: 'Vigil is up',
  })
  const { api, ops } = JSON.parse(running.line) as { api: number; ops: number }
  return { ...running, api: `http://127.0.0.1:${api}`, ops: `http://127.0.0.1:${ops}` }
}
