import { z } from 'zod'
import { digest } from '../../text/digest.ts'
import { duration } from '../../text/number.ts'
import { filled } from '../../text/placeholders.ts'
import { shellWord } from '../../text/shell.ts'
import type { Json, Risk, Target, UndoRef } from '../offer.ts'
import { argvOf, type Entry, nameOfEntry, unfit } from '../runners/entry.ts'
import { sandboxOf } from '../runners/job-manifest.ts'
import { hasSandbox } from '../runners/sandbox.ts'
import { type Action, action, type CatalogueAction, type Planned } from './action.ts'

type Params = { readonly [name: string]: string | number | boolean }

/**
 * The action of an entry with a runner of its own. `undo`: the entry that takes it back, which is given those of its parameters that it
 * knows. Nothing live is read: what the other side would say of it only its dry run tells.
 */
export const configured = (entry: Entry, undo: Entry | undefined): CatalogueAction => action<Params, null>(actionOf(entry, undo))

const actionOf = (entry: Entry, undo: Entry | undefined): Action<Params, null> => ({
  kind: entry.kind,
  about: entry.about ?? `${entry.kind.replaceAll('_', ' ')} (an action of this installation)`,
  params: paramsOf(entry),
  idempotent: entry.idempotent ?? false,
  timeoutSeconds: entry.timeout_seconds ?? SECONDS,
  target: (params) => targetOf(entry, params),
  read: async () => null,
  plan: (params, _live, id) => {
    const target = targetOf(entry, params)
    const back = undoOf(undo, params)
    return {
      title: titleOf(entry, target),
      ...deedOf(entry, { params, target, id }),
      risk: riskOf(entry, back),
      why: [...(back === null ? ['nothing is configured that takes it back'] : [`${back.entry} takes it back`]), ...boundsOf(entry)],
      notes: notesOf(entry),
      // Another program, address or bound under the same name is another action.
      preconditions: { entry: digest(entry) },
      undo: back,
    }
  },
})

/** Of an entry that says no other time. */
const SECONDS = 60

/** "Restart unit: nginx.service". */
const titleOf = ({ kind }: Entry, { namespace, name }: Target): string => {
  const words = kind.replaceAll('_', ' ')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}: ${namespace === undefined ? '' : `${namespace}/`}${name}`
}

type Deed = Pick<Planned, 'change' | 'steps' | 'command'>
type Filled = { readonly params: Params; readonly target: Target; readonly id: string }

const deedOf = (entry: Entry, { params, target, id }: Filled): Deed => {
  const name = nameOfEntry(entry)
  switch (entry.runner) {
    case 'command': {
      const argv = argvOf(entry.argv ?? [], params)
      const typed = argv.map(shellWord).join(' ')
      return { change: [`+ ${typed}`], steps: [{ runner: 'command', request: { entry: name, params, argv } }], command: typed }
    }
    case 'http': {
      const { url = '', kind, callback } = entry
      const sent = { kind, target: targetJson(target), params }
      const request = { entry: name, url, ...sent, ...(callback === true ? { callback } : {}) }
      const written = `POST ${url} ${JSON.stringify(sent)}`
      return { change: [`+ ${written}`], steps: [{ runner: 'http', request }], command: written }
    }
    case 'job':
      return jobOf(entry, params, id)
    case undefined:
      return { change: [], steps: [], command: '' }
  }
}

const jobOf = (entry: Entry, params: Params, id: string): Deed => {
  const { image = '', namespace = '', argv = [], egress = [] } = entry
  const typed = argvOf(argv, params).map(shellWord).join(' ')
  const reach = egress.map(({ cidr, port }) => `${cidr}:${port}`).join(', ')
  const { policy, job } = sandboxOf(entry, params, id)
  return {
    change: [`+ Job in ${namespace}: ${image}`, `+ ${typed}`, `+ it may connect to ${reach === '' ? 'nothing' : `${reach} and DNS`}`],
    steps: [{ runner: 'job', request: { entry: nameOfEntry(entry), params, namespace, policy, job } }],
    command: `kubectl -n ${namespace} run remedy --rm -i --restart=Never --image=${shellWord(image)} --command -- ${typed}`,
  }
}

const targetJson = ({ kind, namespace, name }: Target): { readonly [key: string]: Json } =>
  namespace === undefined ? { kind, name } : { kind, namespace, name }

/** What code can know of an own action: that it can be repeated and taken back. Only then may the entry call it low. */
const riskOf = ({ risk, idempotent }: Entry, back: UndoRef | null): Risk =>
  risk === 'LOW' && idempotent === true && back !== null ? 'LOW' : 'MEDIUM'

const boundsOf = ({ runner, network }: Entry): string[] => {
  if (runner !== 'command') return []
  if (!hasSandbox()) return ['runs as nobody and with an empty environment, but in no sandbox: bubblewrap is not installed']
  return [`runs in a sandbox, ${network === true ? 'with' : 'without'} network`]
}

const notesOf = ({ runner, dry_run_argv: dryRun, probe, callback, timeout_seconds: seconds }: Entry): string[] => [
  ...(dryRun === undefined && runner !== 'job' ? ['It could not be tried beforehand: nothing is configured for that'] : []),
  ...(callback === true ? [`The remediator may report its end later: that is waited for, ${duration(seconds ?? SECONDS)} in all`] : []),
  ...(probe === true
    ? []
    : [`If ${callback === true ? 'it reports nothing' : 'Vigil is stopped in the middle'}, a person must find out whether it was done`]),
]

const undoOf = (undo: Entry | undefined, params: Params): UndoRef | null => {
  if (undo === undefined) return null
  const known = Object.entries(params).filter(([name]) => undo.runner === undefined || Object.hasOwn(undo.params, name))
  return { entry: nameOfEntry(undo), params: Object.fromEntries(known) }
}

const targetOf = (entry: Entry, params: Params): Target => {
  const template = entry.target ?? (Object.hasOwn(entry.params, 'namespace') ? '{namespace}/{name}' : '{name}')
  const written = filled(template, params)
  const cutAt = written.indexOf('/')
  return cutAt < 0
    ? { kind: 'service', name: written }
    : { kind: 'service', namespace: written.slice(0, cutAt), name: written.slice(cutAt + 1) }
}

type Param = Entry['params'][string]

const paramsOf = ({ params }: Entry): z.ZodType<Params> =>
  z.strictObject(Object.fromEntries(Object.entries(params).map(([name, param]) => [name, paramOf(param)]))) as z.ZodType<Params>

/** Long enough for every name and address, short enough to be read on a card. */
const LONGEST = 500

const paramOf = ({ type, pattern, min, max, values }: Param): z.ZodType => {
  const among = <T extends z.ZodType>(schema: T): T =>
    values === undefined ? schema : schema.refine((value) => values.some((one) => one === value), `must be one of ${values.join(', ')}`)
  switch (type) {
    case 'string': {
      const text = z
        .string()
        .min(1)
        .max(LONGEST)
        .superRefine((value, context) => {
          const reason = unfit(value)
          if (reason !== null) context.addIssue(reason)
        })
      return among(pattern === undefined ? text : text.regex(new RegExp(`^(?:${pattern})$`, 'u'), 'is not as the entry allows it'))
    }
    case 'integer':
    case 'number': {
      const number = type === 'integer' ? z.number().int() : z.number()
      const above = min === undefined ? number : number.min(min)
      return among(max === undefined ? above : above.max(max))
    }
    case 'boolean':
      return z.boolean()
  }
}
