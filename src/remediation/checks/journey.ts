import { z } from 'zod'
import type { Clock } from '../../context.ts'
import { at, numberAt, textAt } from '../../kubernetes/read.ts'
import type { Page } from './page.ts'

const selector = z.string().min(1).max(500)

const SHAPES = '{ fill, value }, { fill, variable }, { click }, { expect_text } or { expect_selector }'

/** One thing that a visitor does or sees. Selectors are those of CSS, in the page's own document. */
export const step = z.union(
  [
    z.strictObject({ fill: selector, value: z.string().max(1000) }),
    /** The value of a variable of Vigil's own environment. */
    z.strictObject({ fill: selector, variable: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
    z.strictObject({ click: selector }),
    z.strictObject({ expect_text: z.string().min(1).max(500) }),
    z.strictObject({ expect_selector: selector }),
  ],
  `must be one of ${SHAPES}`,
)

export type Step = z.infer<typeof step>

type Walking = {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly named: Readonly<Record<string, string>>
  /** How long each step may wait for what it needs. */
  readonly stepMs: number
}

/** Walks through a page as a visitor would, step by step; what went wrong, with the step, or null. Throws when the signal aborts. */
export const walk = async (page: Page, steps: readonly Step[], walking: Walking): Promise<string | null> => {
  for (const [i, one] of steps.entries()) {
    const wrong = await take(page, one, walking)
    if (wrong !== null) return `step ${i + 1} of ${steps.length} (${nameOf(one)}): ${wrong}`
  }
  return null
}

const nameOf = (one: Step): string => {
  if ('fill' in one) return `fill ${one.fill}`
  if ('click' in one) return `click ${one.click}`
  return 'expect_text' in one ? `expect "${one.expect_text}"` : `expect ${one.expect_selector}`
}

/** How often is looked: a person would not notice. */
const PAUSE_MS = 100

/** Tries until it is done, since pages come to be piece by piece. */
const take = async (page: Page, one: Step, { clock, signal, named, stepMs }: Walking): Promise<string | null> => {
  const stop = new AbortController()
  const late = clock.sleep(stepMs, AbortSignal.any([signal, stop.signal])).then(() => 'late' as const)
  let missing = 'it does not answer'
  try {
    for (;;) {
      const trouble = page.trouble()
      if (trouble !== null) return trouble
      const seen = await Promise.race([attempt(page, one, named).then(done, unready), late])
      if (seen === 'done') return page.trouble()
      if (seen === 'late') return `${missing} (waited ${stepMs} ms)`
      missing = seen.missing
      await clock.sleep(PAUSE_MS, signal)
    }
  } finally {
    late.catch(() => undefined)
    stop.abort()
  }
}

const done = (missing: string | null): 'done' | { missing: string } => (missing === null ? 'done' : { missing })

/** A page that is on its way to the next has no world to run in. */
const unready = (error: unknown): { missing: string } => ({ missing: error instanceof Error ? error.message : String(error) })

/** What is not there yet, or null when the step is done. */
const attempt = async (page: Page, one: Step, named: Walking['named']): Promise<string | null> => {
  if ('expect_text' in one) return (await page.run(HAS_TEXT, one.expect_text)) === true ? null : 'the text is not there'
  if ('expect_selector' in one) return missingOf(await page.run(FIND, one.expect_selector, 0))
  if ('click' in one) {
    const found = await page.run(FIND, one.click, 1)
    const missing = missingOf(found)
    if (missing !== null) return missing
    const where = { x: numberAt(found, 'x') ?? 0, y: numberAt(found, 'y') ?? 0 }
    await page.call('Input.dispatchMouseEvent', { type: 'mouseMoved', ...where })
    for (const type of ['mousePressed', 'mouseReleased'])
      await page.call('Input.dispatchMouseEvent', { type, ...where, button: 'left', clickCount: 1 })
    return null
  }
  const value = 'value' in one ? one.value : (named[one.variable] ?? '')
  const found = await page.run(FILL, one.fill, value)
  const missing = missingOf(found)
  if (missing === null && at(found, 'typed') === true) await page.call('Input.insertText', { text: value })
  return missing
}

const missingOf = (found: unknown): string | null => {
  const missing = textAt(found, 'missing')
  return missing === '' ? null : missing
}

/** As a reader sees it: white space and letters' case do not matter. */
const HAS_TEXT = `function (wanted) {
  const plain = (text) => text.replace(/\\s+/g, ' ').trim().toLowerCase()
  return plain(document.body ? document.body.innerText : '').includes(plain(wanted))
}`

/** Where an element is; with \`press\` only when a press in its middle would meet it. */
const FIND = `function (selector, press) {
  const element = document.querySelector(selector)
  if (element === null) return { missing: 'it is not there' }
  if (press) element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' })
  const box = element.getBoundingClientRect()
  if (box.width === 0 || box.height === 0 || !element.checkVisibility({ visibilityProperty: true })) return { missing: 'it is not visible' }
  if (!press) return {}
  if (element.disabled === true) return { missing: 'it is disabled' }
  const x = box.x + box.width / 2
  const y = box.y + box.height / 2
  const hit = document.elementFromPoint(x, y)
  return hit !== null && (element.contains(hit) || hit.contains(element)) ? { x, y } : { missing: 'something covers it' }
}`

/** Makes a field ready to be typed into, with what is in it selected; what cannot be typed is set. */
const FILL = `function (selector, value) {
  const field = document.querySelector(selector)
  if (field === null) return { missing: 'it is not there' }
  if (field.disabled || field.readOnly) return { missing: 'it is disabled' }
  const tell = () => ['input', 'change'].forEach((name) => field.dispatchEvent(new Event(name, { bubbles: true })))
  if (field instanceof HTMLSelectElement) {
    const option = [...field.options].find((one) => one.value === value || one.text.trim() === value)
    if (option === undefined) return { missing: 'it has no such option' }
    field.value = option.value
    tell()
    return {}
  }
  field.focus()
  if (field instanceof HTMLInputElement && !/^(text|search|url|tel|email|password|number)$/.test(field.type)) {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, value)
    tell()
    return {}
  }
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.select()
  else if (field.isContentEditable) getSelection().selectAllChildren(field)
  else return { missing: 'it is no field' }
  return { typed: true }
}`
