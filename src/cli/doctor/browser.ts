import { textAt } from '../../kubernetes/read.ts'
import { openCdp } from '../../remediation/checks/cdp.ts'
import { type CheckInput, type Line, said } from './check.ts'

const part = 'Browser'

/** Whether the browser that checks open pages with answers, and gives each a context of its own. Nothing where nobody wants one. */
export const checkBrowser = async (input: CheckInput): Promise<Line[]> => {
  const { actions, browser } = input.config
  const wanting = actions.filter(({ verify }) => verify.some(({ kind }) => kind === 'browser')).length
  if (browser.endpoint !== undefined) return [await ask(browser.endpoint, input)]
  if (wanting === 0) return []
  const who = wanting === 1 ? 'one entry of actions has a check' : `${wanting} entries of actions have checks`
  return [{ level: 'warning', part, text: `not configured, but ${who} that needs it: nothing they do would ever be verified`, mend: MEND }]
}

const MEND = 'set VIGIL_BROWSER_ENDPOINT, such as http://browser:9222 (docs/checks.md)'

const ask = async (endpoint: string, input: CheckInput): Promise<Line> => {
  try {
    const cdp = await openCdp(endpoint, input)
    try {
      const product = textAt(await cdp.call('Browser.getVersion'), 'product')
      const browserContextId = textAt(await cdp.call('Target.createBrowserContext', { disposeOnDetach: true }), 'browserContextId')
      await cdp.call('Target.disposeBrowserContext', { browserContextId })
      return { level: 'ok', part, text: `${product || 'it'} answers, and gives each check a context of its own` }
    } finally {
      cdp.close()
    }
  } catch (error) {
    return {
      level: 'fault',
      part,
      text: said(error),
      mend: 'check VIGIL_BROWSER_ENDPOINT (browser.endpoint), and that it answers from here: curl <endpoint>/json/version',
    }
  }
}
