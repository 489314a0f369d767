/** Numbers in words, from zero to the billions. */
const small = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
  'nineteen',
]
const tens = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety']
const large: Readonly<Record<string, number>> = { dozen: 12, hundred: 100, thousand: 1e3, million: 1e6, billion: 1e9 }

const simple = [...small, ...tens].sort((a, b) => b.length - a.length).join('|')
const multiple = Object.keys(large).join('|')

/** A number in words: "three", "forty-two", "a hundred", "three hundred and fifty-six", "half a dozen". Case is ignored. */
export const inWords = `(?:half a dozen|(?:(?:an? )(?=${multiple})|(?=(?:${simple})\\b))(?:${simple}|${multiple})\\b(?:(?:[ -](?:and )?)(?:${simple}|${multiple})\\b)*)`

/** A number as digits or words; a unit may follow. */
export const anyNumeral = `(?:\\d[\\d,]*(?:\\.\\d+)?|${inWords})`

/** What a numeral in digits or words comes to. */
export const numeralValue = (numeral: string): number => {
  const plain = numeral.toLowerCase().trim()
  if (/^\d/.test(plain)) return Number(plain.replaceAll(',', ''))
  if (plain === 'half a dozen') return 6
  let total = 0
  let group = 0
  for (const word of plain.split(/[ -]+/)) {
    const unit = small.indexOf(word)
    const ten = tens.indexOf(word)
    const factor = large[word]
    if (unit >= 0) group += unit
    else if (ten >= 0) group += 20 + ten * 10
    else if (factor !== undefined && factor < 1000) group = Math.max(1, group) * factor
    else if (factor !== undefined) {
      total += Math.max(1, group) * factor
      group = 0
    }
  }
  return total + group
}

/** "tenfold": the words before "fold" written together with it. */
export const foldWords = `(?:${simple}|hundred|thousand)`

/** "thirds", "quarter", "tenth": into how many parts. */
export const partsNamed = (word: string): number => parts[word.toLowerCase().replace(/s$/, '')] ?? 1

const parts: Readonly<Record<string, number>> = {
  half: 2,
  halve: 2,
  third: 3,
  quarter: 4,
  fourth: 4,
  fifth: 5,
  sixth: 6,
  seventh: 7,
  eighth: 8,
  ninth: 9,
  tenth: 10,
  twentieth: 20,
  hundredth: 100,
}
export const partNames = '(?:third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth|twentieth|hundredth)s?'
