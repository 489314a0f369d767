import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fingerprint } from '../../../src/demo/world/fingerprint.ts'
import { openMetrics } from '../../../src/demo/world/openmetrics.ts'
import type { ScenarioId } from '../../../src/demo/world/scenarios/index.ts'
import type { Standing } from '../../../src/demo/world/standing.ts'
import type { World, WorldOptions } from '../../../src/demo/world/world.ts'
import { startWorld } from '../../../src/demo/world/world.ts'
import { InputError } from '../../../src/errors.ts'
import * as captured from './captures.ts'

describe('the story', () => {
  it('sends the stock Slack message and the webhook within seconds of breaking, and both say resolved after healing', async (t) => {
    const receiver = await listen(t)
    const { world, clock } = await start(t, {
      slackWebhookUrl: `${receiver.url}/services/T/B/X`,
      vigilWebhook: { url: `${receiver.url}/api/v1/alerts`, token: 'secret' },
      rule: { forSeconds: 2, windowSeconds: 15 },
      externalUrl: 'http://am.example.com',
    })
    world.break()
    clock.run()
    const [slack, webhook] = await receiver.both(0)
    assert.deepEqual(shapeOf(slack.body), shapeOf(captured.slackFiring))
    assert.deepEqual(shapeOf(webhook.body), shapeOf(captured.webhookFiring))
    assert.equal(webhook.headers.authorization, 'Bearer secret')
    const link = 'http://am.example.com/#/alerts?receiver=shop-alerts'
    const title = '[FIRING:1] CheckoutHighErrorRate checkout (prod-eu shop critical payments)'
    const attachment = at(slack.body, 'attachments', 0)
    assert.equal(at(attachment, 'title'), title)
    assert.equal(at(attachment, 'fallback'), `${title} | ${link}`)
    const alert = at(webhook.body, 'alerts', 0)
    assert.equal(at(alert, 'fingerprint'), fingerprint(at(alert, 'labels') as Record<string, string>))
    assert.equal(at(alert, 'endsAt'), '0001-01-01T00:00:00Z')
    assert.equal(at(webhook.body, 'groupKey'), '{}:{alertname="CheckoutHighErrorRate", service="checkout"}')
    assert.match(
      String(at(alert, 'generatorURL')),
      /\/graph\?g0\.expr=sum\+by\+%28service%2C\+namespace%2C\+cluster%29.*%3E\+0\.05&g0\.tab=1$/,
    )

    world.heal()
    clock.leap(60)
    const [slackEnd, webhookEnd] = await receiver.both(1)
    assert.equal(at(slackEnd.body, 'attachments', 0, 'title'), title.replace('FIRING:1', 'RESOLVED'))
    assert.equal(at(slackEnd.body, 'attachments', 0, 'color'), 'good')
    assert.deepEqual(shapeOf(webhookEnd.body), shapeOf(captured.webhookFiring))
    assert.equal(at(webhookEnd.body, 'status'), 'resolved')
    assert.equal(at(webhookEnd.body, 'alerts', 0, 'startsAt'), at(alert, 'startsAt'))
    assert.notEqual(at(webhookEnd.body, 'alerts', 0, 'endsAt'), '0001-01-01T00:00:00Z')
  })

  it("lets 3 minutes pass between the deploy and the onset, and the rule's `for` between the onset and the alert", async (t) => {
    const { world, clock } = await start(t)
    world.break()
    clock.leap(15)
    const [alert] = await until(
      async () => (await ask(`${world.alertmanagerUrl}/api/v2/alerts`)) as Json[],
      ({ length }) => length === 1,
    )
    const startsAt = Date.parse(String(at(alert, 'startsAt'))) / 1000
    const [[, pendingSince] = []] = await query(world, 'ALERTS_FOR_STATE')
    assert.equal(startsAt - Number(pendingSince), 30)
    const [[, deployedAt] = []] = await query(world, 'deploy_timestamp_seconds{service="checkout"}')
    const beforeOnset = Number(pendingSince) - Number(deployedAt)
    assert.ok(beforeOnset > 170 && beforeOnset < 195, `${beforeOnset}`)
    assert.deepEqual(await query(world, `ALERTS{alertstate="pending"} offset ${Math.round(clock.now() / 1000 - startsAt + 10)}s`), [
      [{ ...(at(alert, 'labels') as object), __name__: 'ALERTS', alertstate: 'pending' }, '1'],
    ])
  })

  it('at speed 1 takes as long as in life', async (t) => {
    const { world, clock } = await start(t, { speed: 1 })
    world.break()
    clock.leap(180)
    await sleep(600)
    assert.deepEqual(await ask(`${world.alertmanagerUrl}/api/v2/alerts`), [])
    clock.leap(60)
    const alerts = await until(
      async () => (await ask(`${world.alertmanagerUrl}/api/v2/alerts`)) as Json[],
      ({ length }) => length === 1,
    )
    assert.equal(at(alerts, 0, 'labels', 'alertname'), 'CheckoutHighErrorRate')
  })

  it('has fired the same alert yesterday for 6 minutes, and the quiet rule never', async (t) => {
    const { world } = await start(t, { rulesEverySeconds: 5 })
    const [firing, ...others] = await query(world, 'count_over_time(ALERTS{alertstate="firing"}[2d])')
    assert.equal(at(firing, 0, 'alertname'), 'CheckoutHighErrorRate')
    assert.ok(Math.abs(Number(firing?.[1]) * 5 - 360) < 60, `${firing?.[1]} evaluations`)
    assert.deepEqual(others, [])
  })

  it('keeps each scenario apart from the others by what moves with the errors', async (t) => {
    const signs = {
      versions: 'count(count by (version) (http_requests_total{service="checkout"}))',
      pool: 'min(db_pool_max{service="checkout"})',
      queries: 'histogram_quantile(0.99, sum by (le) (rate(db_query_duration_seconds_bucket[1m]))) > bool 0.25',
      load: 'sum(rate(http_requests_total{service="checkout"}[1m])) > bool 150',
    }
    const expected = {
      'bad-deploy': { versions: '2', pool: '10', queries: '0', load: '0' },
      'dependency-down': { versions: '1', pool: '50', queries: '1', load: '0' },
      traffic: { versions: '1', pool: '50', queries: '0', load: '1' },
    } as const
    for (const [id, values] of Object.entries(expected)) {
      const { world, clock } = await start(t)
      world.break(id as keyof typeof expected)
      clock.leap(90)
      for (const [sign, expression] of Object.entries(signs))
        assert.equal((await query(world, expression))[0]?.[1], values[sign as keyof typeof values], `${id}: ${sign}`)
      const [[, ratio] = []] = await query(
        world,
        'sum(rate(http_requests_total{service="checkout",code=~"5.."}[1m])) / sum(rate(http_requests_total{service="checkout"}[1m]))',
      )
      assert.ok(Number(ratio) > 0.07 && Number(ratio) < 0.14, `${id}: ${ratio}`)
      assert.deepEqual(await query(world, 'resets(http_requests_total[1h]) > 0'), [], `${id}: counters never fall`)
    }
  })

  it('answers to what is set in the cluster, and to nothing else', async (t) => {
    const well = [0, 0.01] as const
    const deeds: readonly (readonly [ScenarioId, ...(readonly [Partial<Standing>, readonly [number, number]])[]])[] = [
      [
        'bad-deploy',
        [{ restartedBy: 'x' }, [0.07, 0.2]],
        [{ version: 'v2.13.4', poolMax: 50 }, well],
        [{ version: 'v2.14.0', poolMax: 10 }, [0.07, 0.2]],
      ],
      ['bad-rollback', [{ version: 'v2.13.4' }, [0.4, 0.7]], [{ version: 'v2.15.0' }, [0.07, 0.2]]],
      ['memory-leak', [{ pods: 6 }, [0.07, 0.2]], [{ restartedBy: 'x' }, well]],
      ['cpu-limit', [{ restartedBy: 'x' }, [0.07, 0.2]], [{ cpuMillicores: 500 }, well]],
      ['traffic', [{ restartedBy: 'x' }, [0.07, 0.2]], [{ pods: 12 }, well]],
      ['dependency-down', [{ restartedBy: 'x' }, [0.07, 0.14]], [{ pods: 9 }, [0.15, 0.3]]],
      ['certificate', [{ restartedBy: 'x' }, [0.25, 0.4]]],
    ]
    for (const [id, ...steps] of deeds) {
      const { world, clock } = await start(t, { rulesEverySeconds: 30, historyMinutes: 30 })
      world.break(id)
      clock.leap(60)
      for (const [to, [least, most]] of steps) {
        world.set(to)
        clock.leap(150)
        const ratio = (code: string) => `sum(rate(http_requests_total{service="checkout"${code}}[1m]))`
        const [[, value] = []] = await query(world, `${ratio(',code=~"5.."')} / ${ratio('')}`)
        assert.ok(Number(value) >= least && Number(value) < most, `${id}, set ${JSON.stringify(to)}: ${value}`)
      }
    }
  })

  it('refuses to break what is broken, and can be broken again once it is healed', async (t) => {
    const { world, clock } = await start(t)
    world.break('traffic')
    assert.throws(() => world.break(), InputError)
    assert.equal(world.scenario()?.id, 'traffic')
    world.heal()
    assert.ok(world.scenario()?.healedAt)
    clock.leap(600)
    world.break('bad-deploy')
    clock.leap(30)
    assert.deepEqual(
      (await query(world, 'count by (version) (db_pool_max{service="checkout"})'))
        .map(([labels, value]) => [labels['version'], value])
        .sort(),
      [
        ['v2.13.4', '1'],
        ['v2.14.0', '4'],
      ],
    )
    world.heal()
    clock.leap(600)
    assert.deepEqual(
      (await query(world, 'count by (version) (db_pool_max{service="checkout"})')).map(([labels, value]) => [labels['version'], value]),
      [['v2.13.4', '5']],
    )
  })

  it('is the same world whenever it is started at the same time', async (t) => {
    const texts = []
    for (const _ of [1, 2]) {
      const { world, clock } = await start(t)
      world.break()
      clock.leap(20)
      const logs = await ask(
        `${world.lokiUrl}/loki/api/v1/query_range?${new URLSearchParams({ query: '{service="checkout"}', limit: '500' })}`,
      )
      texts.push([openMetrics(world.storage, clock.now() - 600_000, clock.now()), JSON.stringify(at(logs, 'data', 'result'))])
    }
    assert.deepEqual(texts[0], texts[1])
    assert.ok((texts[0]?.[0]?.length ?? 0) > 1_000_000)
  })
})

describe('the false recoveries', () => {
  it('resolves in Alertmanager when Prometheus is stopped, though nothing is healed, and leaves a gap', async (t) => {
    const { world, clock } = await start(t)
    world.break()
    clock.leap(30)
    const alerts = () => ask(`${world.alertmanagerUrl}/api/v2/alerts`) as Promise<Json[]>
    await until(alerts, ({ length }) => length === 1)
    const stoppedAt = clock.now()
    await world.stop('prometheus')
    await assert.rejects(fetch(`${world.prometheusUrl}/-/healthy`))
    clock.leap(60)
    await until(alerts, ({ length }) => length === 0)
    await world.resume('prometheus')
    await until(alerts, ({ length }) => length === 1)
    assert.deepEqual(await query(world, `count_over_time(up{service="cart"}[55s] offset ${(clock.now() - stoppedAt) / 1000 - 57}s)`), [])
  })

  it('resolves when the service is stopped: its series end, up is 0, and its counters start anew', async (t) => {
    const { world, clock } = await start(t)
    world.break()
    clock.leap(30)
    const alerts = () => ask(`${world.alertmanagerUrl}/api/v2/alerts`) as Promise<Json[]>
    await until(alerts, ({ length }) => length === 1)
    await world.stop('checkout')
    clock.leap(70)
    await until(alerts, ({ length }) => length === 0)
    assert.deepEqual(await query(world, 'http_requests_total{service="checkout"}'), [])
    assert.deepEqual((await query(world, 'sum by (service) (up{service="checkout"})'))[0]?.[1], '0')
    assert.deepEqual((await query(world, 'kube_deployment_status_replicas_available{deployment="checkout"}'))[0]?.[1], '0')
    await world.resume('checkout')
    clock.leap(30)
    assert.ok((await query(world, 'resets(http_requests_total{service="checkout",code="200"}[5m]) == 1')).length > 0)
    assert.deepEqual((await query(world, 'sum(up{service="checkout"})'))[0]?.[1], '5')
  })
})

describe('the simulated APIs', () => {
  it('answer in the shapes of a real Prometheus 2.42', async (t) => {
    const { world, clock } = await start(t)
    world.break()
    clock.leap(30)
    const get = (path: string) => ask(`${world.prometheusUrl}${path}`)
    const same = async (path: string, example: unknown) => assert.deepEqual(shapeOf(await get(path)), shapeOf(example), path)
    await until(
      () => get('/api/v1/alerts'),
      (body) => at(body, 'data', 'alerts', 0, 'state') === 'firing',
    )
    await same('/api/v1/query?query=up', captured.promQuery)
    await same('/api/v1/query?query=42', captured.promScalar)
    await same('/api/v1/query?query=nope', captured.promEmpty)
    await same(`/api/v1/query_range?query=up&start=${clock.now() / 1000 - 60}&end=${clock.now() / 1000}&step=5`, captured.promRange)
    await same('/api/v1/status/buildinfo', captured.promBuildinfo)
    assert.deepEqual(at(await get('/api/v1/series?match[]=up'), 'data', 0, '__name__'), 'up')
    await same('/api/v1/labels', captured.promLabels)
    await same('/api/v1/label/__name__/values', captured.promLabels)
    assert.deepEqual(keysOf(at(await get('/api/v1/alerts'), 'data', 'alerts', 0)), keysOf(captured.promAlert))
    const group = at(await get('/api/v1/rules'), 'data', 'groups', 0)
    assert.deepEqual(keysOf(group), keysOf(captured.promRuleGroup))
    assert.deepEqual(keysOf(at(group, 'rules', 0)), keysOf(captured.promRule))
    assert.deepEqual(keysOf(at(await get('/api/v1/targets'), 'data', 'activeTargets', 0)), keysOf(captured.promTarget))
    assert.deepEqual(at(await get('/api/v1/metadata'), 'data', 'http_requests_total', 0, 'type'), 'counter')
    assert.equal(await (await fetch(`${world.prometheusUrl}/-/healthy`)).text(), 'Prometheus Server is Healthy.\n')
  })

  it('answer the errors of a real Prometheus word by word', async (t) => {
    const { world } = await start(t)
    for (const { path, status, body } of captured.promErrors) {
      const response = await fetch(`${world.prometheusUrl}${path}`)
      assert.deepEqual({ status: response.status, body: await response.json() }, { status, body })
    }
    const execution = await fetch(`${world.prometheusUrl}/api/v1/query?query=${encodeURIComponent('up + on(service) up')}`)
    assert.equal(execution.status, 422)
    const slow = new URLSearchParams({ query: 'max_over_time(sum(rate(http_requests_total[1m]))[3h:1s])', timeout: '1ms' })
    const timeout = await fetch(`${world.prometheusUrl}/api/v1/query`, { method: 'POST', body: slow })
    assert.deepEqual([timeout.status, at(await timeout.json(), 'errorType')], [503, 'timeout'])
  })

  it('say that this world does not know what it does not know', async (t) => {
    const { world } = await start(t)
    for (const unknown of [
      'holt_winters(up[5m], 0.1, 0.1)',
      'double_exponential_smoothing(up[5m], 0.1, 0.1)',
      'count_values("v", up)',
      'up @ 12',
    ]) {
      const response = await fetch(`${world.prometheusUrl}/api/v1/query?${new URLSearchParams({ query: unknown })}`)
      const body = await response.json()
      assert.equal(response.status, 400, unknown)
      assert.equal(at(body, 'errorType'), 'bad_data')
      assert.match(String(at(body, 'error')), /does not know|unknown function/)
    }
  })

  it('answer in the shapes of a real Alertmanager 0.25', async (t) => {
    const { world, clock } = await start(t, {
      slackWebhookUrl: 'http://127.0.0.1:1/x',
      vigilWebhook: { url: 'http://127.0.0.1:1/y', token: 'z' },
    })
    world.break()
    clock.leap(30)
    const get = (path: string) => ask(`${world.alertmanagerUrl}${path}`)
    const alerts = await until(
      () => get('/api/v2/alerts'),
      (body) => Array.isArray(body) && body.length === 1,
    )
    assert.deepEqual(keysOf(at(alerts, 0)), keysOf(captured.amAlert))
    const groups = await get('/api/v2/alerts/groups?receiver=%5Eshop-alerts%24')
    assert.deepEqual(keysOf(at(groups, 0)), keysOf(captured.amGroup))
    assert.deepEqual(at(groups, 0, 'labels'), { alertname: 'CheckoutHighErrorRate', service: 'checkout' })
    assert.deepEqual(await get('/api/v2/alerts/groups?receiver=shop'), [], 'the expression is anchored')
    assert.deepEqual(await get('/api/v2/alerts?filter=service%3D%22cart%22'), [])
    const status = await get('/api/v2/status')
    assert.deepEqual(keysOf(status), keysOf(captured.amStatus))
    const config = String(at(status, 'config', 'original'))
    assert.match(config, /- name: shop-alerts\n {2}slack_configs:[\s\S]*webhook_configs:[\s\S]*url: http:\/\/127\.0\.0\.1:1\/y/)
    assert.ok(!config.includes('credentials: z'))
    assert.equal((await fetch(`${world.alertmanagerUrl}/api/v2/alerts?filter=nonsense`)).status, 400)
    assert.equal((await fetch(`${world.alertmanagerUrl}/-/healthy`)).status, 200)
  })

  it("answer Loki's questions about lines", async (t) => {
    const { world, clock } = await start(t)
    world.break()
    clock.leap(20)
    const ns = (seconds: number) => `${BigInt(Math.round(clock.now() + seconds * 1000)) * 1_000_000n}`
    const body = await loki(world, 'query_range', { query: '{service="checkout"} |= "timeout acquiring connection"', limit: '50' })
    assert.equal(at(body, 'data', 'resultType'), 'streams')
    const streams = at(body, 'data', 'result') as { stream: Record<string, string>; values: [string, string][] }[]
    const lines = streams.flatMap(({ values }) => values)
    assert.equal(lines.length, 50)
    assert.deepEqual([...new Set(streams.map(({ stream }) => stream['version']))], ['v2.14.0'])
    for (const [at, line] of lines) {
      assert.match(at, /^\d{19}$/)
      assert.match(
        line,
        /level=error msg="timeout acquiring connection from pool after 3000ms \(pool max=10, waiting=\d+\)" route=\/pay trace_id=[0-9a-f]{32}$/,
      )
    }
    const newest = lines.map(([at]) => BigInt(at)).reduce((most, at) => (at > most ? at : most))
    assert.ok(Number(BigInt(ns(0)) - newest) < 5e9, 'without a direction the newest come')

    const deploy = await loki(world, 'query_range', { query: '{container="deployer"}', direction: 'forward' })
    assert.match(
      String(at(deploy, 'data', 'result', 0, 'values', 0, 1)),
      /deploy checkout: v2\.13\.4 -> v2\.14\.0" commit=a39bf2c author=alice change="DB_POOL_MAX 50 -> 10"$/,
    )
    const first = await loki(world, 'query_range', {
      query: '{service="checkout"} |~ "(?i)TIMEOUT acquiring" != "trace_id=0"',
      direction: 'forward',
      limit: '1',
    })
    const deployedAt = world.scenario()?.startedAt.getTime() ?? 0
    const after = Number(at(first, 'data', 'result', 0, 'values', 0, 0)) / 1e6 - deployedAt
    assert.ok(after > 60_000 && after < 100_000, `first timeout ${after} ms after the deploy`)
  })

  it('count lines in Loki as often as they are there', async (t) => {
    const { world, clock } = await start(t)
    world.break()
    clock.leap(20)
    const selector = '{service="checkout",level="error"} |= "timeout"'
    const counted = await loki(world, 'query', {
      query: `sum by (pod) (count_over_time(${selector} [2m]))`,
      time: String(clock.now() / 1000),
    })
    assert.equal(at(counted, 'data', 'resultType'), 'vector')
    const to = BigInt(clock.now()) * 1_000_000n
    const lines = await loki(world, 'query_range', { query: selector, start: `${to - 120_000_000_000n}`, end: `${to}`, limit: '5000' })
    const there = (at(lines, 'data', 'result') as { values: unknown[] }[]).reduce((sum, { values }) => sum + values.length, 0)
    const sum = (at(counted, 'data', 'result') as { value: [number, string] }[]).reduce((total, { value }) => total + Number(value[1]), 0)
    assert.equal(sum, there)
    assert.ok(there > 500, `${there}`)
    const rate = await loki(world, 'query', { query: `sum(rate(${selector} [2m]))`, time: String(clock.now() / 1000) })
    assert.ok(Math.abs(Number(at(rate, 'data', 'result', 0, 'value', 1)) - there / 120) < 1e-9)
    const range = await loki(world, 'query_range', { query: `sum(count_over_time(${selector} | logfmt | route="/pay" [1m]))`, step: '60' })
    assert.equal(at(range, 'data', 'resultType'), 'matrix')
  })

  it("answer Loki's labels and errors", async (t) => {
    const { world } = await start(t)
    assert.ok((at(await loki(world, 'labels', {}), 'data') as string[]).includes('service'))
    assert.deepEqual(at(await loki(world, 'label/service/values', {}), 'data'), ['cart', 'checkout', 'frontend', 'payments-db', 'search'])
    assert.equal(at(await loki(world, 'series', { 'match[]': '{service="payments-db",level="info"}' }), 'data', 0, 'pod'), 'payments-db-0')
    assert.equal(await (await fetch(`${world.lokiUrl}/ready`)).text(), 'ready\n')
    for (const [params, text] of [
      [{ query: '{service="checkout"' }, /^parse error at line 1, col \d+: syntax error: unexpected \$end/],
      [{ query: '{service=~".*"}' }, /^parse error : queries require at least one regexp or equality matcher/],
      [{ query: '{service="cart"}', limit: '6000' }, /^max entries limit per query exceeded/],
      [{ query: '{service="cart"} | line_format "x"' }, /does not know/],
    ] as const) {
      const response = await fetch(`${world.lokiUrl}/loki/api/v1/query_range?${new URLSearchParams(params)}`, {
        headers: { 'X-Scope-OrgID': 'shop' },
      })
      assert.equal(response.status, 400)
      assert.match(response.headers.get('content-type') ?? '', /text\/plain/)
      assert.match(await response.text(), text)
    }
  })
})

describe('faults on demand', () => {
  it('answers with a status for as many requests as asked, and late for as long as asked', async (t) => {
    const { world } = await start(t)
    const ready = async () => (await fetch(`${world.lokiUrl}/ready`)).status
    world.faults.status('loki', 503, 2)
    assert.deepEqual([await ready(), await ready(), await ready()], [503, 503, 200])
    world.faults.delay('loki', 300)
    const before = performance.now()
    await ready()
    assert.ok(performance.now() - before >= 295)
    world.faults.delay('loki', 0)
    await world.stop('loki')
    await assert.rejects(ready())
    await world.resume('loki')
    assert.equal(await ready(), 200)
  })

  it('tries a notification again that was not taken', async (t) => {
    const receiver = await listen(t, 2)
    const { world, clock } = await start(t, { vigilWebhook: { url: `${receiver.url}/api/v1/alerts`, token: 'secret' } })
    world.break()
    clock.leap(20)
    clock.run()
    await until(
      async () => receiver.calls,
      ({ length }) => length >= 3,
    )
    assert.deepEqual(
      receiver.calls.slice(0, 3).map(({ status }) => status),
      [500, 500, 200],
    )
    await sleep(600)
    assert.equal(receiver.calls.length, 3)
  })

  it('says nothing of an alert that is silenced', async (t) => {
    const receiver = await listen(t)
    const { world, clock } = await start(t, { vigilWebhook: { url: `${receiver.url}/api/v1/alerts`, token: 'secret' } })
    const silence = {
      matchers: [{ name: 'alertname', value: 'Checkout.*', isRegex: true }],
      startsAt: new Date(clock.now()).toISOString(),
      endsAt: new Date(clock.now() + 3_600_000).toISOString(),
      createdBy: 'ana',
      comment: 'known',
    }
    const made = await fetch(`${world.alertmanagerUrl}/api/v2/silences`, { method: 'POST', body: JSON.stringify(silence) })
    assert.deepEqual(keysOf(await made.json()), ['silenceID'])
    assert.deepEqual(keysOf(at(await ask(`${world.alertmanagerUrl}/api/v2/silences`), 0)), keysOf(captured.amSilence))
    world.break()
    clock.leap(30)
    const alerts = await until(
      () => ask(`${world.alertmanagerUrl}/api/v2/alerts`),
      (body) => Array.isArray(body) && body.length === 1,
    )
    assert.equal(at(alerts, 0, 'status', 'state'), 'suppressed')
    clock.leap(5)
    await sleep(800)
    assert.equal(receiver.calls.length, 0)
  })
})

type Json = Record<string, unknown>

/** A fixed date; `run` lets the clock go on with real time, `leap` moves it by seconds. */
const clockAt = (start: number) => {
  let base = start
  let running: number | undefined
  const now = () => base + (running === undefined ? 0 : Date.now() - running)
  return {
    now,
    run: () => {
      running = Date.now()
    },
    leap: (seconds: number) => {
      base += seconds * 1000
    },
  }
}

const start = async (t: TestContext, options: WorldOptions = {}) => {
  const clock = clockAt(Date.parse('2026-11-20T03:04:00.000Z'))
  const world = await startWorld({ now: () => new Date(clock.now()), ...options })
  t.after(() => world.close())
  return { world, clock }
}

type Taken = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: unknown; readonly status: number }

/** Takes what Alertmanager sends; the first `failures` requests are answered with 500. */
const listen = async (t: TestContext, failures = 0) => {
  const calls: Taken[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const status = calls.length < failures ? 500 : 200
    calls.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()), status })
    response.writeHead(status).end('ok')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const nth = (path: RegExp, index: number) => calls.filter((call) => path.test(call.path))[index]
  const both = async (index: number): Promise<[Taken, Taken]> => {
    const found = await until(
      async () => [nth(/services/, index), nth(/alerts/, index)] as const,
      ([slack, webhook]) => slack !== undefined && webhook !== undefined,
    )
    return [found[0]!, found[1]!]
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls, both }
}

const ask = async (url: string): Promise<unknown> => {
  const response = await fetch(url)
  assert.equal(response.status, 200, url)
  return response.json()
}

const query = async (world: World, expression: string): Promise<[Record<string, string>, string][]> => {
  const body = await ask(`${world.prometheusUrl}/api/v1/query?${new URLSearchParams({ query: expression })}`)
  const result = at(body, 'data', 'result') as { metric: Record<string, string>; value: [number, string] }[]
  return result.map(({ metric, value }) => [metric, value[1]])
}

const loki = (world: World, path: string, params: Record<string, string>) =>
  ask(`${world.lokiUrl}/loki/api/v1/${path}?${new URLSearchParams(params)}`)

const until = async <T>(look: () => Promise<T>, good: (found: T) => boolean): Promise<T> => {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = await look()
    if (good(found)) return found
    await sleep(80)
  }
  throw new Error('waited 8 s in vain')
}

const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], value)

const keysOf = (value: unknown): string[] => Object.keys(value as object).sort()

/** Keys and kinds, not values: label sets and annotations count as one kind, lists by their first member. */
const shapeOf = (value: unknown): unknown => {
  if (Array.isArray(value))
    return value.length === 0 ? [] : typeof value[0] === 'object' ? [shapeOf(value[0])] : value.map((item) => typeof item).slice(0, 2)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, /labels|metric|annotations/i.test(key) ? 'names and values' : shapeOf(inner)]),
  )
}
