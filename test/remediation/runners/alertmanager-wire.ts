import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { serve } from '../../datasources/wire.ts'
import { freePort } from '../../postgres.ts'
import { hasProgram } from '../../template.ts'
import { until } from '../../until.ts'

type Silence = {
  readonly id: string
  readonly comment: string
  readonly endsAt: string
  readonly state: string
  readonly [field: string]: unknown
}

export type SilencingWire = {
  readonly url: string
  readonly asked: readonly { method: string; path: string }[]
  readonly silences: Silence[]
}

/** What Alertmanager does about silences: `next` treats the next change otherwise. */
export const silencingWire = async (
  t: TestContext,
  alerts: readonly Readonly<Record<string, string>>[],
  how: 'works' | 'refuses' | 'hangs' | 'breaks' | 'dies' = 'works',
): Promise<SilencingWire> => {
  const silences: Silence[] = []
  const wire = await serve(t, ({ method, path }, response, body) => {
    const say = (told: unknown, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(told))
    if (method === 'GET') {
      const at = { startsAt: '2026-11-20T22:00:00Z', endsAt: '2026-11-20T23:00:00Z' }
      if (path === '/api/v2/alerts')
        return say(alerts.map((labels, i) => ({ fingerprint: `f${i}`, labels, annotations: {}, ...at, status: { state: 'active' } })))
      return say(silences.map(({ state, ...rest }) => ({ ...rest, status: { state } })))
    }
    if (how === 'hangs') return undefined
    if (how === 'refuses') return say("failed to create silence: end time can't be in the past", 400)
    if (how === 'breaks') return response.writeHead(502).end('<html>bad gateway</html>')
    if (method === 'POST') silences.push({ ...(JSON.parse(body) as Silence), id: `s-${silences.length + 1}`, state: 'active' })
    else {
      const i = silences.findIndex(({ id }) => path.endsWith(`/${id}`))
      const found = silences[i]
      if (found === undefined) return say('', 404)
      silences[i] = { ...found, state: 'expired' }
    }
    return how === 'dies' ? response.destroy() : say({ silenceID: silences.at(-1)?.id })
  })
  return { url: wire.url, asked: wire.asked, silences }
}

export const missingAlertmanager = (): string | false =>
  !hasProgram('prometheus-alertmanager') && 'not on this machine: prometheus-alertmanager (apt-get install prometheus-alertmanager)'

/** Debian's Alertmanager with these alerts. */
export const realAlertmanager = async (t: TestContext, alerts: readonly Readonly<Record<string, string>>[]): Promise<string> => {
  const place = mkdtempSync(join(tmpdir(), 'vigil-alertmanager-'))
  writeFileSync(join(place, 'am.yml'), 'route: { receiver: none }\nreceivers: [{ name: none }]\n')
  const port = await freePort()
  const options = [`--config.file=${place}/am.yml`, `--storage.path=${place}/data`, `--web.listen-address=127.0.0.1:${port}`]
  const child = spawn('prometheus-alertmanager', [...options, '--cluster.listen-address='], { stdio: 'ignore' })
  t.after(async () => {
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    rmSync(place, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${port}`
  const isReady = async () => (await fetch(`${url}/-/ready`).catch(() => null))?.ok === true
  await until('Alertmanager is ready', isReady)
  await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((labels) => ({ labels }))),
  })
  return url
}
