/**
 * Imports the packages named in BENCH_PACKAGES and nothing else: what no start can be faster or smaller than. With BENCH_DATA_DIR it
 * opens the embedded database there too.
 */
const names = (process.env['BENCH_PACKAGES'] ?? '').split(',').filter(Boolean)
for (const name of names) await import(name)

const dataDir = process.env['BENCH_DATA_DIR']
if (dataDir !== undefined) {
  const { PGlite } = await import('@electric-sql/pglite')
  const database = await PGlite.create({ dataDir, startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'] })
  await database.query('select 1')
}

console.log('ready')
setInterval(() => undefined, 60_000)
