import { z } from 'zod'
import { type ProfileType, type Pyroscope, profileTypes, selectorOf } from '../../datasources/pyroscope.ts'
import { formatDuration } from '../../datasources/time.ts'
import { type Change, grown } from '../../profiles/compare.ts'
import { percent } from '../../text/number.ts'
import { asking } from './asking.ts'
import { refused } from './failure.ts'
import { questionText, shownText, why } from './shown.ts'
import type { Tool, ToolAnswer, ToolContext } from './tool.ts'
import { end, type Window, windowOf } from './window.ts'

const types = Object.keys(profileTypes) as [ProfileType, ...ProfileType[]]

const input = z.object({
  service: z.string().min(1).max(200).describe('The service, as its profiles name it (service_name).'),
  type: z.enum(types).default('cpu'),
  start: z.string().default('-15m').describe('From when the trouble is looked at: RFC 3339 or relative (-15m).'),
  end,
  before: z.string().optional().describe('Start of a window of the same length to compare with. Default: the one right before.'),
  why,
})

type Input = z.infer<typeof input>

const maxWindowSeconds = 6 * 3600
const shownFunctions = 10
/** Of the whole profile: what grew by less is noise of sampling. */
const leastGrowth = 0.005

export const compareProfiles: Tool<Input> = {
  name: 'compare_profiles',
  description:
    'Compares the profiles of a service in two windows (CPU, memory in use, allocations, goroutines, waiting for locks): the functions whose own ' +
    'share grew most, and how the whole changed.',
  input,
  needs: 'pyroscope',
  question: ({ why, service, type }) => questionText(why, `${type} profile of ${service} against before`),
  run: (asked, context) => {
    const query = `${profileTypes[asked.type].id}${selectorOf(asked.service)}`
    return asking('pyroscope', context, query, async (pyroscope) => {
      const now = context.clock.now()
      const window = windowOf(asked, now, maxWindowSeconds)
      if (typeof window === 'string') return refused(query, window)
      const length = window.to.getTime() - window.from.getTime()
      const start = asked.before ?? new Date(window.from.getTime() - length).toISOString()
      const before = windowOf({ start, end: window.from.toISOString() }, now, 31 * 86_400)
      if (typeof before === 'string') return refused(query, before)
      const windows = { now: window, before: { from: before.from, to: new Date(before.from.getTime() + length) } }
      return await answerWith(pyroscope, asked, { query, ...windows }, context)
    })
  },
}

type Windows = { readonly query: string; readonly now: Window; readonly before: Window }

const answerWith = async (
  pyroscope: Pyroscope,
  asked: Input,
  { query, now, before }: Windows,
  { signal, redact }: ToolContext,
): Promise<ToolAnswer> => {
  const [current, earlier] = await Promise.all([now, before].map((window) => pyroscope.profile(asked, { ...window, signal })))
  const empty = { total: 0, functions: new Map() }
  const changes = grown(current ?? empty, earlier ?? empty).filter(({ self, selfBefore }) => self - selfBefore >= leastGrowth)
  const [total, totalBefore] = [current?.total ?? 0, earlier?.total ?? 0]
  const span = formatDuration((now.to.getTime() - now.from.getTime()) / 1000)
  const { unit } = profileTypes[asked.type]
  const notes = [
    `${unit}, ${span} from ${now.from.toISOString()} against ${span} from ${before.from.toISOString()}`,
    total === 0 || totalBefore === 0
      ? `No profiles in the ${total === 0 ? 'window' : 'window before'}: the shares of it are 0.`
      : `The whole is ${percent(total / totalBefore)} of before.`,
    changes.length === 0
      ? 'No function grew by more than 0.5 % of the whole.'
      : `${changes.length} functions grew; their own share, and with what they called:`,
  ]
  const objects = changes.map(({ name, self, selfBefore, total: all, totalBefore: allBefore }) => ({
    function: name,
    self_share: self,
    self_share_before: selfBefore,
    total_share: all,
    total_share_before: allBefore,
  }))
  return {
    ok: true,
    summary:
      changes[0] === undefined
        ? 'nothing grew'
        : `${redact(changes[0].name)} ${percent(changes[0].selfBefore)} to ${percent(changes[0].self)}`,
    cited: {
      source: 'pyroscope',
      query,
      range: { from: now.from.toISOString(), to: now.to.toISOString() },
      output: { kind: 'objects', objects: [...objects, { whole: total, whole_before: totalBefore }] },
      shown: shownText(
        notes,
        changes.slice(0, shownFunctions).map((change) => changeText(change, redact)),
        'functions',
      ),
      complete: total > 0 && totalBefore > 0,
    },
  }
}

const changeText = ({ name, self, selfBefore, total, totalBefore }: Change, redact: (text: string) => string): string =>
  `${redact(name)}: ${percent(self)} (before ${percent(selfBefore)}), with callees ${percent(total)} (before ${percent(totalBefore)})`
