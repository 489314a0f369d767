import type { Command } from './command.ts'

/** The register of commands, in the order of `vigil --help`. Each is loaded when it is called: `manifest` needs no database. */
export const commands: readonly Command[] = [
  {
    name: 'start',
    summary: 'runs Vigil until it is stopped',
    usage: '',
    flags: [],
    readsConfiguration: true,
    takesWords: false,
    run: async (input) => (await import('./start.ts')).start(input),
  },
  {
    name: 'demo',
    summary: 'runs the whole story on this machine: a Slack, a shop that breaks, and Vigil',
    usage: '[--port PORT] [--scenario NAME]',
    flags: ['port', 'scenario'],
    readsConfiguration: false,
    takesWords: false,
    run: async (input) => (await import('./demo.ts')).demo(input),
  },
  {
    name: 'doctor',
    summary: 'checks the configuration and every connection, and says how to mend each fault',
    usage: '',
    flags: [],
    readsConfiguration: true,
    takesWords: false,
    run: async (input) => (await import('./doctor.ts')).doctor(input),
  },
  {
    name: 'migrate',
    summary: "brings the database to this version's tables; start does it too",
    usage: '',
    flags: [],
    readsConfiguration: true,
    takesWords: false,
    run: async (input) => (await import('./migrate.ts')).migrateCommand(input),
  },
  {
    name: 'manifest',
    summary: "prints the Slack app's manifest, or the lines that Alertmanager needs",
    usage: '[alertmanager [--receiver NAME] [--url URL]]',
    flags: ['receiver', 'url'],
    readsConfiguration: false,
    takesWords: true,
    run: async (input) => (await import('./manifest.ts')).manifest(input),
  },
]
