/**
 * Untrusted text made fit for a model, a terminal and Slack: what it says is what is seen.
 *
 * Removed: ANSI escape sequences, control characters (all but `\n` and `\t`; `\r\n`, `\r`, NEL and the two Unicode separators become
 * `\n`), bidirectional controls, zero-width and other invisible characters, the tag block (U+E0000), stray variation selectors and lone
 * surrogates. Emoji survive with their joiners; the flags that are spelled in tag characters (England, Scotland, Wales) become a plain
 * black flag, because the same characters smuggle whole sentences past a reader. Cleaning twice changes nothing more. Linear in time.
 */
export const clean = (text: string): string => {
  // Nearly every line of a log is of this kind; the test costs a tenth of the replacements.
  if (PRINTABLE_ASCII.test(text)) return text
  return (
    text
      .replace(LONE_SURROGATES, '')
      .replace(INVISIBLE, '')
      .replace(ANSI, '')
      .replace(NEW_LINES, '\n')
      .replace(CONTROLS, '')
      // Last: whether these belong to an emoji depends on what is left beside them.
      .replace(STRAY_JOINERS, '')
      .replace(STRAY_SELECTORS, '')
  )
}

const PRINTABLE_ASCII = /^[\t\n\x20-\x7e]*$/

// First of all: a pair split by something that is removed later would otherwise grow together into a character nobody checked.
const LONE_SURROGATES = /\p{Surrogate}/gu

const INVISIBLE = new RegExp(
  [
    '[\\u061C\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069', // bidirectional controls: "Trojan Source", CVE-2021-42574
    '\\u00AD\\u034F\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u200B\\u200C\\u2060-\\u2065\\u206A-\\u206F\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB',
    '\\uFE00-\\uFE0D\\u{E0100}-\\u{E01EF}', // variation selectors other than text and emoji style: 256 of them carry a byte each
    '\\u{E0000}-\\u{E007F}', // tags: invisible ASCII
    '\\uFFFE\\uFFFF]',
  ].join(''),
  'gu',
)

// A joiner is an emoji's only between two pictographs (the first may carry a skin tone or a style).
const STRAY_JOINERS = /(?<!\p{Extended_Pictographic}[\u{1F3FB}-\u{1F3FF}\uFE0F]?)\u200D|\u200D(?!\p{Extended_Pictographic})/gu

const STRAY_SELECTORS = /(?<!\p{Emoji})[\uFE0E\uFE0F]/gu

// CSI; OSC and other strings only where they end on their own line: an open one would otherwise hide what follows it; two-byte ones.
const ESCAPE = '\\u001b'
const ANSI = new RegExp(
  [
    `(?:${ESCAPE}\\[|\\u009b)[0-?]{0,64}[ -/]{0,16}[@-~]`,
    `${ESCAPE}[\\]PX^_][^\\n\\u0007\\u009c${ESCAPE}]{0,2048}(?:\\u0007|\\u009c|${ESCAPE}\\\\)`,
    `${ESCAPE}[ -/]{0,4}[0-~]`,
  ].join('|'),
  'g',
)

const NEW_LINES = /\r\n?|[\x85\u2028\u2029]/g

const CONTROLS = /[^\P{Cc}\n\t]/gu
