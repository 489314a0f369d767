/** 32-bit FNV-1a of a text, well mixed. The shop has no dice: everything that looks random is this, so a question asked twice has one answer. */
export const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return mix(value)
}

/** A function from an integer to [0, 1) that looks random and is the same for ever for one seed. */
export const chance = (seed: string): ((n: number) => number) => {
  const start = hash(seed)
  return (n) => mix(start ^ mix(n | 0) ^ Math.floor(n / 2 ** 32)) / 2 ** 32
}

/** Lower-case hexadecimal digits from a seed, for names of pods and traces. */
export const hex = (seed: string, digits: number): string => {
  let text = ''
  for (let index = 0; text.length < digits; index += 1) text += hash(`${seed}/${index}`).toString(16).padStart(8, '0')
  return text.slice(0, digits)
}

/** Something that varies around 1 with time, and its integral: a counter has to be the area under its rate at every instant. */
type Wave = { at(seconds: number): number; area(seconds: number): number }

/** A day, half an hour, some minutes and less: together they look like traffic and can be integrated exactly. */
const periods: readonly (readonly [seconds: number, share: number])[] = [
  [86_400, 0.12],
  [1_867, 0.03],
  [433, 0.02],
  [113, 0.02],
  [37, 0.025],
]

/** The waves of one seed. Every seed shares the phase of the day, so that the whole shop is busy at the same hours. */
export const wave = (seed: string): Wave => {
  const parts = periods.map(([seconds, share], index) => {
    const turn = (2 * Math.PI) / seconds
    return { turn, share, phase: index === 0 ? -2 : (hash(`${seed}/${seconds}`) / 2 ** 32) * 2 * Math.PI }
  })
  return {
    at: (seconds) => parts.reduce((sum, { turn, share, phase }) => sum + share * Math.sin(turn * seconds + phase), 1),
    area: (seconds) => parts.reduce((sum, { turn, share, phase }) => sum - (share / turn) * Math.cos(turn * seconds + phase), seconds),
  }
}

/** The finalizer of MurmurHash3: FNV alone leaves neighbours alike. */
const mix = (value: number): number => {
  let mixed = value
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
