/** Preloaded into a start of Vigil: writes to BENCH_RECORD the names of the packages that Vigil's own files import in that configuration. */
import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const names = new Set<string>()
registerHooks({
  resolve: (specifier, context, next) => {
    const isPackage = /^[@a-z]/i.test(specifier) && !/^(?:node|file|data):/.test(specifier)
    if (isPackage && context.parentURL?.includes('/src/') === true && !context.parentURL.includes('/node_modules/')) names.add(specifier)
    return next(specifier, context)
  },
})
process.on('exit', () => writeFileSync(process.env['BENCH_RECORD'] ?? '/dev/null', [...names].join(',')))
