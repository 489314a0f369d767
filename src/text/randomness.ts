/**
 * True for what a generator made (keys, tokens), false for words, names, paths, hexadecimal ids and numbers.
 *
 * Random base64 changes between lower case, upper case and digit at 62 % of its positions (sigma 11 % at 20 characters, 8 % at 40); names in
 * camel case, paths and host names at 10 to 30 %. Hexadecimal digits and UUIDs are never called random here: they are trace ids, hashes and digests,
 * which must survive; whether one is a secret only its name can tell. At least `shortest` characters, of all three classes.
 */
export const looksRandom = (text: string, shortest = 20): boolean => {
  if (text.length < shortest || !/^[\w+/=.~-]+$/.test(text) || /^(?:0x)?[0-9a-f-]+$/i.test(text)) return false
  const seen = new Set<number>()
  let changes = 0
  let previous = 0
  let counted = 0
  for (let index = 0; index < text.length; index += 1) {
    const kind = kindOf(text.charCodeAt(index))
    if (kind === 0) continue
    if (previous !== 0 && kind !== previous) changes += 1
    seen.add(kind)
    previous = kind
    counted += 1
  }
  return seen.size === 3 && counted >= shortest * 0.75 && changes / counted >= 0.35
}

/** 1 digit, 2 upper case, 3 lower case, 0 anything else. */
const kindOf = (code: number): 0 | 1 | 2 | 3 => {
  if (code >= 48 && code <= 57) return 1
  if (code >= 65 && code <= 90) return 2
  return code >= 97 && code <= 122 ? 3 : 0
}
