import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { scriptOf } from '../../eval/bench.ts'
import { cases } from '../../eval/cases/index.ts'
import type { Reply } from '../../src/demo/model/script.ts'
import { startModelServer } from '../../src/demo/model/server.ts'
import type { MessagesRequest } from '../../src/demo/model/wire.ts'
import { systemPrompt } from '../../src/investigation/prompt.ts'
import { command, program } from './process.ts'

test('the recorded set that comes with Vigil shows no regression', async () => {
  const { status, out } = await command(['replay', '--recorded'])
  assert.equal(status, 0, out)
  assert.match(out, new RegExp(`\n${cases.length} replayed: .* 0 regressions`))
})

/** One fault each, put into a copy of the source: what stands there, what then stands there, and what the replay says of it. */
const FAULTS: readonly { what: string; file: string; from: string; to: string; says: RegExp }[] = [
  {
    what: 'a rule that is silent',
    file: 'rules/own-expression.ts',
    from: 'if (own === null) return []',
    to: 'if (own !== undefined) return []',
    says: /^ +rule own-expression: critical\/high: checkout is at .* -> nothing$/m,
  },
  {
    what: 'a rule that says the opposite',
    file: 'rules/own-expression.ts',
    from: 'own.firing === true',
    to: 'own.firing === false',
    says: /^ +rule own-expression: critical\/high: checkout is at .* -> info\/high: checkout is back on the healthy side/m,
  },
  {
    what: 'an onset that is found too late',
    file: 'own-state.ts',
    from: 'for (let i = last; i >= 0; i--)',
    to: 'for (let i = last; i >= last; i--)',
    says: /^ +rule own-expression: .* since 11:36:51 UTC\. -> .* since 11:39:00 UTC\.$/m,
  },
  {
    what: 'a tool that throws',
    file: 'tools/query-metrics-range.ts',
    from: 'return await answerOver',
    to: "throw new TypeError('out of order')\n      return await answerOver",
    says: /^ +no answer now: E\d+, query_metrics_range: out of order$/m,
  },
  {
    what: 'a tool that keeps a part of the lines',
    file: 'tools/query-logs.ts',
    from: 'const { lines } = answer',
    to: 'const lines = answer.lines.slice(0, 3)',
    says: /^ +other data now: E\d+, query_logs: "200\+ lines /m,
  },
  {
    what: 'a tool that shows nothing',
    file: 'tools/query-logs.ts',
    from: "shown: shownText(notes, linesText(lines, asked.redact), 'lines, all older,')",
    to: "shown: 'nothing'",
    says: /^ +cause: The deploy of checkout from v2\.13\.4 to v2\.14\.0 broke it -> none$/m,
  },
  {
    what: 'a check that finds no evidence',
    file: 'receipts/check.ts',
    from: 'readerOf(submitted, evidence, given)',
    to: 'readerOf(submitted, [], given)',
    says: /^ +verdict: action_required -> inconclusive$/m,
  },
  {
    what: 'a check that believes',
    file: 'receipts/check.ts',
    from: 'filter((one) => !one.ok).map(({ text }) => text)',
    to: "filter((one) => one.text === '').map(({ text }) => text)",
    says: /^ +shown now, had no proof then: The error rate of v2\.14\.0 is 27\.5$/m,
  },
]

/** A copy of the program that may be broken. */
const copied = (t: TestContext): string => {
  const directory = mkdtempSync(join(tmpdir(), 'vigil-replay-'))
  t.after(() => rmSync(directory, { recursive: true }))
  for (const name of ['src', 'eval', 'package.json']) cpSync(name, join(directory, name), { recursive: true })
  symlinkSync(resolve('node_modules'), join(directory, 'node_modules'))
  return directory
}

test('a rule, a tool or the check that is broken is a regression on the recorded set, and what changed is told', async (t) => {
  const directory = copied(t)
  for (const { what, file, from, to, says } of FAULTS) {
    await t.test(what, async () => {
      const path = join(directory, 'src/investigation', file)
      const whole = readFileSync(path, 'utf8')
      assert.ok(whole.includes(from), `${from} does not stand in ${file}`)
      writeFileSync(
        path,
        whole.replace(from, () => to),
      )
      try {
        const { status, out, err } = await program(['replay', '--recorded'], {}, directory).ended
        assert.equal(status, 1, out + err)
        assert.match(out, says)
        assert.match(out, /, [1-9]\d* regressions$/m)
      } finally {
        writeFileSync(path, whole)
      }
    })
  }
})

const MARKER = 'First, do no harm'

/** Of each incident the scripted model that was recorded, as long as the prompt has the marker; without it the model gives up at once. */
const answering = (request: MessagesRequest): Reply => {
  const first = JSON.stringify(request.messages[0]).replaceAll('\\', '')
  const one = cases.find(({ name }) => first.includes(`"cluster":"${name}"`))
  assert.ok(one !== undefined, first)
  if (JSON.stringify(request.system).includes(MARKER)) return scriptOf(one)(request)
  const input = { verdict: 'inconclusive', summary: '', confidence: 10, urgency: 'now', cause: null, claims: [], ruled_out: [] }
  return { content: [{ type: 'tool_use', id: 's', name: 'submit_analysis', input }] }
}

test('a changed prompt is sent anew: the model that answers otherwise without a marker is seen to', async (t) => {
  const server = await startModelServer({ script: answering })
  t.after(() => server.close())
  const directory = mkdtempSync(join(tmpdir(), 'vigil-prompt-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'prompt.txt')
  const replayed = async (prompt: string) => {
    writeFileSync(file, prompt)
    const env = { VIGIL_CLAUDE_API_KEY: server.apiKey, ANTHROPIC_BASE_URL: server.url, VIGIL_CLAUDE_MODEL: 'claude-haiku-5-5' }
    return command(['replay', '--recorded', '--prompt', file], env)
  }
  const same = await replayed(systemPrompt)
  assert.equal(same.status, 0, same.out + same.err)
  assert.match(same.out, / 0 changed, .* 0 regressions$/)
  const other = await replayed(systemPrompt.replace(MARKER, ''))
  assert.equal(other.status, 1)
  assert.match(
    other.out,
    /^regression INC-\d+ HighErrorRate in bad-deploy\n +verdict: action_required -> inconclusive\n +cause: The deploy of checkout .* -> none$/m,
  )
})

test('other words of a tool are no regression, and a prompt that changed and was not sent is said', async (t) => {
  const directory = copied(t)
  const replaced = (file: string, from: string, to: string): void => {
    const path = join(directory, 'src/investigation', file)
    writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))
  }
  replaced('prompt.ts', MARKER, 'Last, do no harm')
  replaced('tools/query-logs.ts', ', newest first`', ', the newest first`')
  const { status, out } = await program(['replay', '--recorded'], {}, directory).ended
  assert.equal(status, 0, out)
  assert.match(out, /^ +shown otherwise now: E\d+, query_logs: ".*, newest first.* -> ".*, the newest first/m)
  assert.match(out, /^a model is told otherwise now, and was not asked \(--model NAME\): prompt$/m)
  assert.match(out, / 0 regressions\nIs it meant to be so\? npx vigil eval --record eval\/recorded\.json\.gz\n$/)
})
