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
    usage:
      '[--port PORT] [--scenario NAME]\n\nScenarios: bad-deploy (where none is named), bad-rollback, memory-leak, cpu-limit, traffic, ' +
      'dependency-down, certificate.\n--scenario without a name tells what each is.',
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
    name: 'triage',
    summary: 'looks at one alert, present or past, from the terminal, without Slack',
    usage: '--alert NAME [--at TIME] [--match \'service="checkout"\'] [--rules-only] [--json]',
    flags: ['alert', 'at', 'match', 'rules-only', 'json'],
    readsConfiguration: true,
    takesWords: false,
    run: async (input) => (await import('./triage.ts')).triage(input),
  },
  {
    name: 'replay',
    summary: 'runs stored investigations again, against a changed prompt, model or check, and says what is different',
    usage:
      '[--last N | --incident INC-7 | --investigation ID | --file FILE | --recorded] [--prompt FILE] [--model NAME] [--json] [--export [--raw]]',
    flags: ['last', 'incident', 'investigation', 'file', 'recorded', 'prompt', 'model', 'json', 'export', 'raw'],
    readsConfiguration: true,
    takesWords: false,
    run: async (input) => (await import('./replay.ts')).replay(input),
  },
  {
    name: 'eval',
    summary: 'runs the recorded incidents of eval/, or those of a folder, and scores them',
    usage:
      '[--cases NAME,NAME] [--rules-only] [--model NAME] [--record FILE] [--json] | --data DIR [--only NAME] [--limit N] [--history MINUTES] [--json]',
    flags: ['cases', 'rules-only', 'model', 'record', 'json', 'data', 'only', 'limit', 'history'],
    readsConfiguration: true,
    takesWords: false,
    run: async (input) => (await import('./eval.ts')).evalCommand(input),
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
    name: 'audit',
    summary: 'checks that nobody changed or removed anything in the audit trail, or prints it as JSON lines',
    usage: 'verify [--head HASH] | export [--since TIME]',
    flags: ['since', 'head'],
    readsConfiguration: true,
    takesWords: true,
    run: async (input) => (await import('./audit.ts')).audit(input),
  },
  {
    name: 'manifest',
    summary: "prints the Slack app's manifest, the lines that Alertmanager needs, or the rights that Vigil needs in Kubernetes",
    usage: '[alertmanager [--receiver NAME] [--url URL] | rbac [--namespace NAME] [--cluster NAME] [--config PATH]]',
    flags: ['receiver', 'url', 'namespace', 'cluster', 'config'],
    readsConfiguration: false,
    takesWords: true,
    run: async (input) => (await import('./manifest.ts')).manifest(input),
  },
]
