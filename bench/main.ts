/**
 * `npm run bench [measure …] [-- --data DIR]`: how fast Vigil is against what it cannot be faster than, both measured in turn in one run on this
 * machine. Nothing here fails on a slow machine: it prints, and docs/bench.md says what stands behind each line.
 */
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { type Measured, table } from './measure.ts'
import { prepareScratch, type Scratch } from './scratch.ts'

const { values, positionals } = parseArgs({ options: { data: { type: 'string' } }, allowPositionals: true })
const { data } = values

const measures: Readonly<Record<string, (scratch: Scratch) => Promise<Measured[]>>> = {
  context: async () => (await import('./context.ts')).context(),
  logs: async () => (await import('./logs.ts')).logs(),
  'first-reply': async () => (await import('./first-reply.ts')).firstReply(),
  ingest: async () => (await import('./ingest.ts')).ingest(),
  rules: async () => {
    const { dataOf, rules } = await import('./rules.ts')
    return rules(dataOf(data))
  },
  'round-trips': async () => (await import('./round-trips.ts')).roundTrips(),
  'start-up': async (scratch) => (await import('./start-up.ts')).startUp(scratch),
}

const main = async (): Promise<void> => {
  const asked = positionals
  const unknown = asked.filter((name) => !(name in measures))
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}; there are ${Object.keys(measures).join(', ')}`)
  const scratch = await prepareScratch()
  const measured: Measured[] = []
  try {
    for (const [name, run] of Object.entries(measures)) {
      if (asked.length > 0 && !asked.includes(name)) continue
      const began = performance.now()
      try {
        try {
          measured.push(...(await run(scratch)))
        } catch (error) {
          // The other measures still count.
          console.error(`# ${name} failed:`, error)
          process.exitCode = 1
        }
      } catch (error) {
        console.error(`# ${name} failed:`, error)
        process.exitCode = 1
      }
      console.error(`# ${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`)
    }
  } finally {
    await scratch.remove()
  }
  console.log(`${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.version}, ${scratch.version}`)
  console.log(table(measured))
}

await main()
process.exit()
