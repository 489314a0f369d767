import { clean } from '../../text/clean.ts'
import { cut } from '../../text/cut.ts'
import { escapeMrkdwn } from '../../text/escape.ts'

/** Foreign text inside code, as one line: nothing in it is alive or ends the code, and no address in it can be clicked. */
export const inCode = (text: string, max = 200): string => cut(written(text), max, '…', { mrkdwn: true }) || '–'

/** Lines as they stand, in equal widths. */
export const fence = (lines: readonly string[], max = 160): string => `\`\`\`\n${lines.map((one) => inCode(one, max)).join('\n')}\n\`\`\``

const written = (text: string): string =>
  escapeMrkdwn(
    clean(text)
      .replace(/\s+/g, ' ')
      .trimEnd()
      .replaceAll('`', "'")
      .replace(/http(?=s?:\/\/)/gi, 'hxxp')
      .replace(/(?<![a-z0-9])www\.(?=\w)/gi, 'www[.]'),
  )
