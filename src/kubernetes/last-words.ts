import { clean } from '../text/clean.ts'
import { cut } from '../text/cut.ts'
import { textAt } from './read.ts'

/** What the last lines of a program that ended say about why. */
export type LastWords = { readonly line: string; readonly cause: Cause }

/** What kind of thing the line complains about; `program`: itself, or nothing known. */
export type Cause = 'configuration' | 'peer' | 'certificate' | 'permission' | 'disk' | 'memory' | 'schema' | 'port' | 'program'

/** Longer lines say it in their beginning. */
const LONGEST = 180

/** The line that says most about why it ended, the last of the most telling; null where none says anything. */
export const lastWords = (lines: readonly string[]): LastWords | null => {
  const told = lines
    .map((line) => clean(spoken(line)).replaceAll(/\s+/g, ' ').trim())
    .filter((line) => line !== '' && !FRAME.test(line))
    .map((line, at) => ({ line, at, weight: weightOf(line) }))
    .filter(({ weight }) => weight > 0)
    .map((one) => ({ ...one, weight: one.weight + (TELLING.has(causeOf(one.line)) ? 1.5 : 0) }))
    .toSorted((a, b) => b.weight - a.weight || b.at - a.at)
  const [best] = told
  return best === undefined ? null : { line: cut(unstamped(best.line), LONGEST), cause: causeOf(best.line) }
}

/**
 * What names its cause says more than the panic that follows it: "pods is forbidden", then "cache did not sync". Not a peer: programs
 * complain of one that they can do without, and end of something else.
 */
const TELLING: ReadonlySet<Cause> = new Set(['permission', 'certificate', 'disk', 'memory', 'schema', 'configuration', 'port'])

/** Of a line in JSON or logfmt its level, message and error: "fatal: cannot load config: no such file"; any other line as it is. */
const spoken = (line: string): string => {
  if (line.trimStart().startsWith('{')) {
    try {
      const fields: unknown = JSON.parse(line)
      return saidIn((name) => textAt(fields, name)) || line
    } catch {
      return line
    }
  }
  const fields = new Map(
    [...line.matchAll(/(?:^|\s)(level|lvl|severity|msg|message|err|error)=(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(
      ([, name = '', quoted, plain = '']) => [name, quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, '$1')] as const,
    ),
  )
  return fields.has('msg') || fields.has('message') ? saidIn((name) => fields.get(name) ?? '') : line
}

const SAID = [
  ['level', 'severity', 'lvl'],
  ['msg', 'message'],
  ['error', 'err', 'exception'],
] as const

const saidIn = (of: (name: string) => string): string => SAID.flatMap((names) => names.map(of).find((text) => text !== '') ?? []).join(': ')

/** Frames of a stack and their frills tell where, not why. */
const FRAME =
  /^(?:at [\w$.<>/]+[ (]|File "|goroutine \d+|\.\.\. \d+ more|Traceback \(most recent|created by |\[signal |exit status|\^+$|Node\.js v|npm ERR! )/

/** What a program only warns of it has lived with. */
const WARNING = /^\[?warn(?:ing)?\b|\blevel"?[=:] ?"?warn|\[warn(?:ing)?\]|^W\d{4} /i

const weightOf = (line: string): number => {
  const weight = WEIGHTS.find(([pattern]) => pattern.test(line))?.[1] ?? 0
  return WARNING.test(line) ? Math.min(weight, 1) : weight
}

/** The surest first: what a program writes when it gives up, then what its logger calls fatal, then an error, then a complaint without a level. */
const WEIGHTS: readonly (readonly [RegExp, number])[] = [
  [/^(?:INFO|DEBUG|TRACE)\b|\blevel"?[=:] ?"?(?:info|debug|trace)\b|\[(?:info|debug)\]/i, 0],
  [
    /^panic:|^Caused by:|\bfatal\b|\bcritical\b|^thread '.*' panicked|uncaught|unhandled|^[\w.]*(?:Error|Exception)\b[^a-z]|segmentation fault|\[(?:FTL|emerg|alert|crit)\]|^F\d{4} /i,
    3,
  ],
  [
    /\b(?:error|exception|failed|failure|cannot|can't|could not|unable to|refused|denied|invalid|missing|not found|no such|required|must be set|already in use|not defined|unrecogni[sz]ed|unknown (?:flag|option|command|argument)|forbidden|unauthorized|not (?:allowed|permitted|writable)|mismatch)\b|^E\d{4} /i,
    2,
  ],
  [/\b(?:unknown|unexpected|unsupported|timed? ?out|abort(?:ed|ing)?|exiting|not set|undefined)\b/i, 1],
]

/** The more telling first: "failed to load config: permission denied" is about permission. */
const CAUSES: readonly (readonly [RegExp, Cause])[] = [
  [/permission denied|operation not permitted|\bEACCES\b|\bEPERM\b|read-only file system|\bEROFS\b|is forbidden: User/i, 'permission'],
  [/no space left|disk (?:is )?full|\bENOSPC\b/i, 'disk'],
  [/OutOfMemory|out of memory|cannot allocate memory|heap out of memory|std::bad_alloc|MemoryError/i, 'memory'],
  [/address already in use|\bEADDRINUSE\b/i, 'port'],
  [/x509|certificate|unable to load.*(?:key|cert)/i, 'certificate'],
  [
    /connection refused|\bECONNREFUSED\b|no such host|\bENOTFOUND\b|name or service not known|getaddrinfo|could not (?:connect|translate host)|i\/o timeout|\bETIMEDOUT\b|connection (?:timed out|reset)|unreachable|UnknownHost|no route to host|host not found|temporary failure in name resolution/i,
    'peer',
  ],
  [/migration|relation ".*" does not exist|no such table|unknown column|schema version|dirty database/i, 'schema'],
  [
    /config|\byaml\b|\btoml\b|\bjson\b.*(?:pars|unexpected|invalid)|environment variable|\benv(?:ironment)?\b.*(?:required|missing|not set|unset|must)|(?:required|missing|must be set|not set|undefined).*\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b|\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b.*(?:required|missing|must be set|not set|undefined|invalid)|KeyError: '[A-Z_]+'|unknown (?:flag|option|argument|command)|unrecognized (?:option|argument)|flag provided but not defined|invalid (?:value|argument|option)|no such file or directory|\bENOENT\b|FileNotFound|password authentication failed|invalid (?:credentials|password)|access denied for user/i,
    'configuration',
  ],
]

const causeOf = (line: string): Cause => CAUSES.find(([pattern]) => pattern.test(line))?.[1] ?? 'program'

/** The time in front is shown elsewhere. */
const unstamped = (line: string): string => line.replace(/^\[?\d{4}[-/]\d\d[-/]\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\]?\s*/, '')

/** Hosts that a line complains about: "dial tcp: lookup redis on …", "connect to db:5432", "http://payment/". */
export const hostsIn = (line: string): readonly string[] =>
  [
    ...new Set(
      [
        ...line.matchAll(
          /(?:lookup|host(?:name)?|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|ENOTFOUND|connect(?:ing|ion)? to(?: server at)?|UnknownHostException:) "?([a-z][a-z0-9.-]*[a-z0-9])/gi,
        ),
        ...line.matchAll(
          /\b(?:nc(?: -\w+)*|nslookup|pg_isready[^;&|]*? -h|wait-for-it(?:\.sh)?|getent hosts|redis-cli[^;&|]*? -h|(?:waiting|wait) for) ([a-z][a-z0-9.-]*[a-z0-9])/gi,
        ),
        ...line.matchAll(/(?:\/\/|@|\s|"|')([a-z][a-z0-9.-]*[a-z0-9]):\d{2,5}\b/g),
        ...line.matchAll(/\/\/(?:[^/@\s]*@)?([a-z][a-z0-9.-]*[a-z0-9])/g),
      ].map(([, host = '']) => host),
    ),
  ].filter((host) => !NO_HOST.test(host))

/** "could not connect to server": words that stand where a name could. */
const NO_HOST = /^(?:server|host|database|the|upstream|remote|peer|port|tcp|http|https)$/i
