import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Running, StepRunner } from '../../src/remediation/runners/runner.ts'

/** What the other side of a runner does about the next step. */
export type How = 'works' | 'refuses' | 'hangs' | 'breaks'

export type RunnerStage = {
  /** A step as the plan of an action has it, and the other side set to treat it so. */
  readonly request: unknown
  readonly running: Running
  /** How often it was done. */
  deeds(): number | Promise<number>
}

export type RunnerWorld = {
  stage(t: TestContext, how: How): Promise<RunnerStage>
  /** Without an account; what is to be configured stands in the words. Null: it needs none. */
  readonly unconfigured: { readonly running: Running; readonly says: RegExp } | null
  /** How long a stage that hangs is waited for; default 300 ms. */
  readonly patience?: number
}

/** What every runner of src/remediation/runners owes. */
export const runnerContract = (runner: StepRunner, world: RunnerWorld): void => {
  describe(`the runner ${runner.id}`, () => {
    it('does what it is told once', async (t) => {
      const { request, running, deeds } = await world.stage(t, 'works')
      const ran = await runner.run(request, running)
      assert.equal(ran.outcome, 'done', JSON.stringify(ran))
      assert.equal(await deeds(), 1)
    })

    it('says that nothing was done when the other side refuses', async (t) => {
      const { request, running, deeds } = await world.stage(t, 'refuses')
      const ran = await runner.run(request, running)
      assert.ok(ran.outcome === 'failed' && ran.reason.length > 5, JSON.stringify(ran))
      assert.equal(await deeds(), 0)
    })

    it('does not know the end of what hangs, and waits no longer than its time', async (t) => {
      const { request, running } = await world.stage(t, 'hangs')
      const patience = world.patience ?? 300
      const began = performance.now()
      const ran = await runner.run(request, { ...running, signal: AbortSignal.timeout(patience) })
      assert.equal(ran.outcome, 'unknown', JSON.stringify(ran))
      assert.ok(performance.now() - began < patience + 7000)
    })

    it('never throws for what the other side does', async (t) => {
      const { request, running } = await world.stage(t, 'breaks')
      const ran = await runner.run(request, running)
      assert.ok(ran.outcome !== 'done', JSON.stringify(ran))
      await runner.probe(request, running)
      await runner.dryRun(request, running)
    })

    it('begins nothing when its time is over before', async (t) => {
      const { request, running, deeds } = await world.stage(t, 'works')
      const ran = await runner.run(request, { ...running, signal: AbortSignal.abort() })
      assert.notEqual(ran.outcome, 'done')
      assert.equal(await deeds(), 0)
    })

    it('does nothing of a step that it does not know', async (t) => {
      const { request, running, deeds } = await world.stage(t, 'works')
      const strange = [null, 'rm -rf /', 7, [], {}, { ...(request as object), shell: true }]
      for (const step of strange) {
        const ran = await runner.run(step, running)
        assert.ok(ran.outcome === 'failed' && !ran.mayPass, JSON.stringify([step, ran]))
        assert.equal(await runner.probe(step, running), 'unknown')
        assert.equal((await runner.dryRun(step, running)).ok, false)
      }
      assert.equal(await deeds(), 0)
    })

    it('says what is to be configured where it has no account', async (t) => {
      const { request, running } = await world.stage(t, 'works')
      assert.equal(runner.missing(running), null)
      if (world.unconfigured === null) return
      assert.match(runner.missing(world.unconfigured.running) ?? '', world.unconfigured.says)
      const ran = await runner.run(request, world.unconfigured.running)
      assert.equal(ran.outcome, 'failed')
    })
  })
}
